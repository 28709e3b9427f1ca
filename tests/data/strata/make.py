"""Write patients.csv."""

import numpy as np
import pandas as pd

generator = np.random.default_rng(7)
n, p = 90, 12
x = generator.normal(size=(n, p))
x[:, 6:] = x[:, :6] + 0.5 * generator.normal(size=(n, 6))
stratum = generator.choice(["A", "B", "C", "D"], n, p=[0.4, 0.3, 0.2, 0.1])
shift = {"A": 0, "B": 1.2, "C": -1, "D": 0.5}
hazard = x[:, 0] - 0.7 * x[:, 1] + np.array([shift[one] for one in stratum])
time = np.ceil(15 * generator.exponential(size=n) * np.exp(-hazard))
event = (generator.random(n) < 0.7).astype(int)
x = (x - x.mean(0)) / x.std(0, ddof=1)
fold = generator.permutation(np.arange(n) % 5 + 1)
table = pd.DataFrame(x, columns=[f"x{number}" for number in range(p)])
table.assign(time=time, event=event, stratum=stratum, fold=fold).to_csv("patients.csv", index=False)
