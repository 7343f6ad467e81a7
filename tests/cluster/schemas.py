"""Schemas of the custom resources that we write: the parts of their CRDs that we use.

An unknown field is refused, which the CRDs themselves do not do: Kubernetes prunes it in silence.
Kubeflow Trainer's kinds are checked by its own models instead (test_trainer.py).

Sources: prometheus-operator (monitoring.coreos.com/v1), Kueue (kueue.x-k8s.io/v1beta2), Volcano
(batch.volcano.sh/v1alpha1, scheduling.volcano.sh/v1beta1), Kubeflow Pipelines 2.17.
"""

import jsonschema

STRING = {"type": "string"}
NUMBER = {"type": "integer"}
FLAG = {"type": "boolean"}
ANY = {"type": "object"}
STRINGS = {"type": "object", "additionalProperties": STRING}
DURATION = {"type": "string", "pattern": r"^([0-9]+(ms|s|m|h|d))+$"}
QUANTITY = {"type": ["string", "integer"], "pattern": r"^[0-9]+(\.[0-9]+)?(m|[kMGT]i?)?$"}


def thing(required="", /, **properties):
    """An object with these properties and no others; ``required`` names those it must have."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": required.split(),
    }


def many(item):
    return {"type": "array", "items": item}


def resource(api, spec="", **properties):
    """A custom resource of an API version."""
    metadata = thing(
        "name", name=STRING, namespace=STRING, labels=STRINGS, annotations=STRINGS,
        ownerReferences=many(ANY),
    )  # fmt: skip
    body = {"spec": spec} if spec else {}
    return thing(
        "apiVersion kind metadata" + (" spec" if spec else ""),
        apiVersion={"const": api},
        kind=STRING,
        metadata=metadata,
        **body,
        **properties,
    )


EXPRESSION = thing(
    "key operator",
    key=STRING,
    operator={"enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
    values=many(STRING),
)
SELECTOR = thing(matchLabels=STRINGS, matchExpressions=many(EXPRESSION))
TOLERATION = thing(key=STRING, operator=STRING, effect=STRING, value=STRING)
MONITORING, KUEUE = "monitoring.coreos.com/v1", "kueue.x-k8s.io/v1beta2"
ENDPOINT = thing(port=STRING, interval=DURATION, scrapeTimeout=DURATION, honorLabels=FLAG)
RULE = thing(
    "alert expr",
    alert=STRING,
    expr=STRING,
    labels=thing("severity", severity={"enum": ["info", "warning", "critical"]}),
    annotations=thing("summary runbook_url", summary=STRING, runbook_url=STRING),
    **{"for": DURATION},
)
EVENTS = {"enum": ["PodEvicted", "PodFailed", "TaskCompleted", "Unknown", "*"]}
POLICY = thing(
    "action",
    event=EVENTS,
    exitCode=NUMBER,
    action={"enum": ["RestartJob", "AbortJob", "TerminateJob", "CompleteJob", "RestartTask"]},
)

GROUP = thing("name rules", name=STRING, interval=DURATION, rules=many(RULE))
QUOTA = thing("name nominalQuota", name=STRING, nominalQuota=QUANTITY)

SCHEMAS = {
    "PodMonitor": resource(
        MONITORING,
        thing(
            "selector podMetricsEndpoints",
            selector=SELECTOR,
            podTargetLabels=many(STRING),
            podMetricsEndpoints=many(ENDPOINT),
        ),
    ),
    "ServiceMonitor": resource(
        MONITORING, thing("selector endpoints", selector=SELECTOR, endpoints=many(ENDPOINT))
    ),
    "PrometheusRule": resource(
        MONITORING,
        thing("groups", groups=many(GROUP)),
    ),
    "ResourceFlavor": resource(KUEUE, thing(nodeLabels=STRINGS, tolerations=many(TOLERATION))),
    "ClusterQueue": resource(
        KUEUE,
        thing(
            "resourceGroups",
            namespaceSelector=SELECTOR,
            preemption=thing(withinClusterQueue={"enum": ["Never", "LowerPriority"]}),
            resourceGroups=many(
                thing(
                    "coveredResources flavors",
                    coveredResources=many(STRING),
                    flavors=many(
                        thing(
                            "name resources",
                            name=STRING,
                            resources=many(QUOTA),
                        )
                    ),
                )
            ),
        ),
    ),
    "LocalQueue": resource(KUEUE, thing("clusterQueue", clusterQueue=STRING)),
    "WorkloadPriorityClass": resource(KUEUE, value=NUMBER, description=STRING),
    "Queue": resource(
        "scheduling.volcano.sh/v1beta1", thing(weight=NUMBER, reclaimable=FLAG)
    ),
    "Job": resource(
        "batch.volcano.sh/v1alpha1",
        thing(
            "tasks minAvailable",
            schedulerName={"const": "volcano"},
            queue=STRING,
            maxRetry=NUMBER,
            minAvailable=NUMBER,
            plugins=thing(svc=many(STRING), env=many(STRING)),
            policies=many(POLICY),
            tasks=many(thing("name replicas template", name=STRING, replicas=NUMBER, template=ANY)),
            ttlSecondsAfterFinished=NUMBER,
        ),
    ),
    "Pipeline": resource(
        "pipelines.kubeflow.org/v2beta1", thing(description=STRING, displayName=STRING)
    ),
    "PipelineVersion": resource(
        "pipelines.kubeflow.org/v2beta1",
        thing(
            "pipelineName pipelineSpec",
            pipelineName=STRING,
            displayName=STRING,
            description=STRING,
            pipelineSpec=ANY,
            platformSpec=ANY,
        ),
    ),
}  # fmt: skip
"""Schema of each kind."""


def complaints(found: dict) -> list[str]:
    """Return what is wrong with a custom resource, in words; empty when nothing is."""
    errors = jsonschema.Draft202012Validator(SCHEMAS[found["kind"]]).iter_errors(found)
    return sorted(f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in errors)
