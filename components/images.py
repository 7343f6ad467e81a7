"""The images that the steps run in; ``flan compile`` can name others, by digest best of all.

KFP caches by the image's name, not its content, so a name must never be used for two contents: the
default is the release's tag, and a build passes the digests that it pushed.
"""

import os

DATA = os.environ.get("FLAN_DATA_IMAGE", "ghcr.io/flan-on-kubeflow/data:0.1.0")
"""No torch: fetch, render, mix, pack, report, promote."""
TRAIN = os.environ.get("FLAN_TRAIN_IMAGE", "ghcr.io/flan-on-kubeflow/train:0.1.0")
"""With torch and CUDA: train, evaluate."""
