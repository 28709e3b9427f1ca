"""Writes patients.csv: made-up follow-up in whole months, ended by one of two causes or by censoring.

python make.py, in this folder.
"""

import numpy as np
import pandas as pd

N = 90
generator = np.random.default_rng(13)
group = np.where(np.arange(N) % 3 == 0, "short", "long")
rate = np.where(group == "short", 0.05, 0.02)
times = np.column_stack(
    [generator.exponential(1 / rate), generator.exponential(60, N), generator.uniform(6, 48, N)]
)  # of cause 1, of cause 2, of the end of the study
month = np.ceil(times.min(axis=1)).astype(int)
status = np.array([1, 2, 0])[times.argmin(axis=1)]
# In group "long" somebody has an event at the last time, so that nobody is left.
status[(group == "long") & (month == month[group == "long"].max())] = 1
pd.DataFrame({"group": group, "month": month, "status": status}).to_csv("patients.csv", index=False)
