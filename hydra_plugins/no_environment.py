"""Found by Hydra inside DVC (``dvc exp run -S …``): ``params.yaml`` gets no value of an environment variable either."""

from radsurv.stages.interpolations import refuse

refuse()
