from pathlib import Path

from radsurv.archive.collections import COLLECTIONS


def test_every_collection_has_a_recipe_with_the_same_source():
    recipes = Path(__file__).parents[2] / "conf" / "cohort"
    for name, collection in COLLECTIONS.items():
        text = (recipes / f"{name}.yaml").read_text()
        doi = collection.page.removeprefix("https://doi.org/")
        assert doi.startswith("https://") or f"doi:{doi}" in text
        assert collection.clinical.rpartition("/")[2] in text
