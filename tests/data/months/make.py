"""The table that reference.R reads: 198 real patients with follow-up in whole months, and predictions of no importance.

python tests/data/months/make.py
"""

from pathlib import Path

import numpy as np
import pandas as pd

here = Path(__file__).parent
data = np.load(here.parent / "coxnet/breast198/data.npz")
months = np.ceil(data["time"] / 30.4375).astype(int)
# Any score will do: the first feature as it is, with ties.
score = np.round((data["X"][:, 0] - data["X"][:, 0].mean()) / data["X"][:, 0].std(), 1)
table = pd.DataFrame({"months": months, "event": data["event"].astype(int), "score": score})
for horizon in (24, 60, 84, 120):
    table[f"survival_{horizon}"] = np.round(np.exp(-0.004 * horizon * np.exp(0.6 * score)), 3)
table.to_csv(here / "patients.csv", index=False)
