"""A pod's container as a process of this machine: its command, variables, volumes and account.

What a runtime would do by mounts is done by names: where a path of a volume stands in an argument
or a variable, the volume's folder is put. The name of a headless Service's pod is this machine.
"""

import base64
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEYS = "/var/run/secrets/flan/s3"


class Container:
    """What a pod's first container says, resolved against the API."""

    def __init__(self, api, body, folder):
        """Read the pod ``body``; its volumes are made under ``folder``."""
        self.api, self.body, self.folder = api, body, folder
        self.spec = body["spec"]["containers"][0]
        self.namespace = body["metadata"]["namespace"]

    def command(self, environment):
        """Return the words to run and the variables, ``environment`` among them.

        Raises:
            LookupError: a Secret or a ConfigMap that it needs does not exist.
        """
        folders, told = self._volumes(), dict(self._variables())
        words = [*self.spec["command"], *self.spec.get("args", [])]
        words = [moved(expanded(word, told), folders) for word in words]
        program = Path(sys.executable).parent / words[0]
        variables = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "TMPDIR": folders.get("/tmp", str(self.folder)),
            **environment,
            **{name: moved(value, folders) for name, value in told.items()},
        }
        paths = [str(ROOT), variables.get("PYTHONPATH", "")]
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        if KEYS in folders:
            variables["FLAN_S3_SECRET"] = folders[KEYS]
        if self.body["spec"].get("automountServiceAccountToken", True):
            account = self.body["spec"]["serviceAccountName"]
            variables["KUBECONFIG"] = str(self.api.kubeconfig(account, self.namespace))
        return [str(program), *words[1:]], variables

    def message(self):
        """Return the file of its last words."""
        return self.folder / "message"

    def _variables(self):
        for source in self.spec.get("envFrom", []):
            yield from self._read("configmaps", source["configMapRef"]).items()
        for each in self.spec.get("env", []):
            value = each.get("value", "")
            if "valueFrom" in each and "fieldRef" in each["valueFrom"]:
                value = self._field(each["valueFrom"]["fieldRef"]["fieldPath"])
            yield each["name"], here(value, self.body["spec"].get("subdomain"))

    def _field(self, path):
        """Return a value of the pod itself: ``metadata.labels['name']``."""
        label = re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path)
        if label:
            return self.body["metadata"].get(label[1], {}).get(label[2], "")
        return self.body["metadata"].get(path.removeprefix("metadata."), "")

    def _read(self, kind, source):
        """Return the data of a ConfigMap or a Secret."""
        name = source.get("name") or source["secretName"]
        path = f"/api/v1/namespaces/{self.namespace}/{kind}/{name}"
        found = self.api.get(path, missing=None)
        if found is None and not source.get("optional"):
            raise LookupError(f'{kind.removesuffix("s")} "{name}" not found')
        return found.get("data", {}) if found else {}

    def _volumes(self):
        """Make the volumes' folders; return them by the path where they would be mounted."""
        self.folder.mkdir(exist_ok=True)
        volumes = {each["name"]: each for each in self.body["spec"].get("volumes", [])}
        folders = {self.spec.get("terminationMessagePath", "-"): str(self.message())}
        for mount in self.spec.get("volumeMounts", []):
            folder = self.folder / mount["name"]
            folder.mkdir(exist_ok=True)
            for key, content in self._files(volumes[mount["name"]]):
                (folder / key).write_bytes(content)
            folders[mount["mountPath"]] = str(folder)
        return folders

    def _files(self, volume):
        if "secret" in volume:
            for key, value in self._read("secrets", volume["secret"]).items():
                yield key, base64.b64decode(value)
        if "configMap" in volume:
            for key, value in self._read("configmaps", volume["configMap"]).items():
                yield key, value.encode()


def here(text, subdomain):
    """Replace the name of a pod behind a headless Service: its address is this machine's.

    >>> here("job-0.job", "job"), here("job-0.job", None)
    ('127.0.0.1', 'job-0.job')
    """
    return "127.0.0.1" if subdomain and text.endswith(f".{subdomain}") else text


def expanded(text, variables):
    """Replace ``$(NAME)`` by the variable's value, as Kubernetes does; ``$$(`` is a plain ``$(``.

    >>> expanded("$(A) $(B) $$(A)", {"A": "1"})
    '1 $(B) $(A)'
    """
    pattern = re.compile(r"\$\$|\$\((\w+)\)")
    return pattern.sub(
        lambda found: "$" if found[0] == "$$" else variables.get(found[1], found[0]), text
    )


def moved(text, folders):
    """Replace the paths of mounts by those of the volumes' folders.

    >>> moved("--state=/tmp/x /tmpfs", {"/tmp": "/pods/7/tmp"})
    '--state=/pods/7/tmp/x /tmpfs'
    """
    paths = "|".join(sorted(map(re.escape, folders), key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w/.-])({paths})(?![\w.-])")
    return pattern.sub(lambda found: folders[found[0]], text)
