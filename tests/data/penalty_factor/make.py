"""Writes the made-up patients of reference.R: ``python make.py``, in this folder. No patient is behind them."""

import numpy as np
import pandas as pd

CASES = {"joint": (60, 8), "wide": (24, 30)}

for name, (n_patients, n_features) in CASES.items():
    generator = np.random.default_rng(n_features)
    age = generator.normal(size=n_patients)
    sex = (generator.random(n_patients) < 0.4).astype(float)
    images = generator.normal(size=(n_patients, n_features - 3)) + 0.4 * age[:, None]
    fold = generator.permutation(n_patients) % 4 + 1
    rare = np.zeros(
        n_patients
    )  # a label that only patients of one inner fold have: constant in the training set without them
    rare[np.flatnonzero(fold == 2)[:3]] = 1.0
    values = np.column_stack([age, sex, rare, images])
    values = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    months = np.ceil(12 * generator.exponential(np.exp(-0.9 * age - 0.5 * sex - 0.6 * images[:, 0])))
    event = (generator.random(n_patients) < 0.7).astype(int)
    table = pd.DataFrame(values, columns=[f"x{column}" for column in range(n_features)])
    table = table.assign(months=months, event=event, fold=fold)
    table.to_csv(f"{name}.csv", index=False, float_format="%.17g")
