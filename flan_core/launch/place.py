"""Where the launcher itself runs: the pod of a pipeline's step, or a person's shell."""

import os
from dataclasses import dataclass

from flan_core.launch.cluster import NAMESPACE, Cluster, NotFound, Object

POD = "KFP_POD_NAME"
"""Variable that Kubeflow Pipelines sets in each step's pod."""
RUN = "pipeline/runid"
"""Label of the run's id on each step's pod."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What the launcher's own pod says about its run."""

    run: str = ""
    """Id of the pipeline's run; empty outside one."""
    namespace: str = ""
    """Namespace of the launcher's pod, and of the run."""
    image: str = ""
    """The step's image."""
    owners: tuple[Object, ...] = ()
    """The run's Workflow: what it owns is deleted with it."""

    @classmethod
    def found(cls, cluster: Cluster) -> "Place":
        """Read the launcher's own pod."""
        name = os.environ.get(POD, "")
        if not name:
            return cls()
        namespace = NAMESPACE.read_text("utf-8").strip() if NAMESPACE.is_file() else ""
        try:
            pod = cluster.at(namespace).get("v1/pods", name)
        except NotFound:
            return cls()
        metadata = pod["metadata"]
        images = {each["name"]: each["image"] for each in pod["spec"]["containers"]}
        owners = tuple(
            {key: owner[key] for key in ("apiVersion", "kind", "name", "uid")}
            for owner in metadata.get("ownerReferences", [])
        )
        return cls(
            run=metadata.get("labels", {}).get(RUN, ""),
            namespace=namespace or cluster.namespace,
            image=images.get("main", ""),
            owners=owners,
        )
