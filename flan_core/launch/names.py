"""The words of a cluster that several modules share: labels, and paths of the API. No imports."""

PART = {"app.kubernetes.io/part-of": "flan"}
"""Label of everything that we make in a cluster."""
STEP_LABEL, ATTEMPT_LABEL = "flan/step", "flan/attempt"
RUN_LABEL = "flan/run"
"""Id of the pipeline's run that a job belongs to; ``none`` where a person launched it."""
HOME_LABEL = "flan/run-namespace"
"""Namespace of that run, which may be another than the job's."""
JOB_LABEL = "flan/job"
"""Label of everything that belongs to one piece of work, whatever the attempt."""
NONE = "none"

JOBS = "batch/v1/jobs"
TRAINJOBS = "trainer.kubeflow.org/v1alpha1/trainjobs"
VOLCANO = "batch.volcano.sh/v1alpha1/jobs"
WORKFLOWS = "argoproj.io/v1alpha1/workflows"
KUEUE_GROUP = "kueue.x-k8s.io/v1beta2"
WORKLOADS = f"{KUEUE_GROUP}/workloads"
PODS, EVENTS = "v1/pods", "v1/events"
OWNED = {"Service": "v1/services", "NetworkPolicy": "networking.k8s.io/v1/networkpolicies"}
"""What a job owns, by kind."""
