"""Pod Security's level ``restricted``, as its standard lists it; each violation in words.

Source: kubernetes.io/docs/concepts/security/pod-security-standards, table "Restricted".
"""

VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
    "projected", "secret",
}  # fmt: skip


def violations(spec: dict) -> list[str]:
    """Return what keeps a pod's spec from the level; empty means that it is admitted."""
    found = [f"{name} is set" for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]
    for volume in spec.get("volumes", []):
        found += [
            f"volume {volume['name']} is {kind}" for kind in volume.keys() - VOLUMES - {"name"}
        ]
    pod = spec.get("securityContext", {})
    for container in [*spec["containers"], *spec.get("initContainers", [])]:
        own = container.get("securityContext", {})
        found += [f"{container['name']}: {words}" for words in _container({**pod, **own}, own)]
        found += [
            f"{container['name']}: hostPort"
            for port in container.get("ports", [])
            if "hostPort" in port
        ]
    return found


def _container(merged: dict, own: dict):
    if own.get("privileged"):
        yield "privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "may escalate privileges"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []):
        yield "does not drop ALL capabilities"
    if set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield "adds capabilities"
    if merged.get("runAsNonRoot") is not True:
        yield "may run as root"
    if merged.get("runAsUser") == 0:
        yield "runs as user 0"
    if merged.get("seccompProfile", {}).get("type") not in {"RuntimeDefault", "Localhost"}:
        yield "has no seccomp profile"


def pod_specs(found) -> list[dict]:
    """Return every pod spec inside an object, whatever its kind: a dict with containers."""
    if isinstance(found, list):
        return [spec for each in found for spec in pod_specs(each)]
    if not isinstance(found, dict):
        return []
    if isinstance(found.get("containers"), list) and "image" in (found["containers"] or [{}])[0]:
        return [found]
    return [spec for each in found.values() for spec in pod_specs(each)]
