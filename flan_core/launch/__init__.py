"""Start a distributed step where it shall run: a laptop, Kubernetes, Kubeflow Trainer, Volcano.

      step of the pipeline                          where the GPUs are
    ┌──────────────────────┐   one TorchX AppDef   ┌──────────────────────────────────────────┐
    │ launch.train         │ ────────────────────▶ │ node 0: launch.node ─▶ torchrun ─▶ ranks │
    │  waits, streams the  │ ◀──────────────────── │ node 1: launch.node ─▶ torchrun ─▶ ranks │
    │  log, says what broke│   log, exit codes     └──────────────────────────────────────────┘
    └──────────────────────┘

The only package that knows TorchX and Kubernetes; both are imported when a job is started.

In:  settings of the step and of the launch; the step's files.
Out: the step's files; exit code 93 when no attempt can help, 75 when another may.
"""

from flan_core.launch.steps import LaunchEvaluate, LaunchTrain, evaluate, gc, manifest, train

__all__ = ["LaunchEvaluate", "LaunchTrain", "evaluate", "gc", "manifest", "train"]
