"""Read Kubeflow Trainer objects (a JSON list on stdin) into Kubeflow's models; print complaints.

The models drop fields that they do not know, in silence: so what comes out is compared with what
went in. Runs in the checkers' venv.
"""

import json
import sys

from kubeflow_trainer_api import models

MODELS = {
    "TrainJob": models.TrainerV1alpha1TrainJob,
    "TrainingRuntime": models.TrainerV1alpha1TrainingRuntime,
}


def lost(given, kept, path=""):
    """Yield the paths of what is in ``given`` and not in ``kept``."""
    if isinstance(given, dict) and isinstance(kept, dict):
        yield from (f"{path}.{key} is not known" for key in given.keys() - kept.keys())
        for key in given.keys() & kept.keys():
            yield from lost(given[key], kept[key], f"{path}.{key}")
    elif isinstance(given, list) and isinstance(kept, list):
        for index, pair in enumerate(zip(given, kept, strict=True)):
            yield from lost(*pair, f"{path}[{index}]")


def complaints(found):
    model = MODELS[found["kind"]]
    try:
        read = model.from_dict(found)
    except ValueError as error:
        return [str(error)]
    return list(lost(found, json.loads(json.dumps(read.to_dict(), default=str))))


if __name__ == "__main__":
    said = [words for found in json.load(sys.stdin) for words in complaints(found)]
    print(json.dumps(said))
