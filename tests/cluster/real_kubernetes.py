"""A real Kubernetes: etcd, API server, controllers and scheduler as processes of this machine.

    with RealKubernetes(folder, port) as real:
        real.kubectl("apply", "-k", "manifests/overlays/gpu")
        real.cluster("flan-step", "flan")     flan_core's client, with that account's own token

`make servers` builds the programs (tests/cluster/kubernetes/go.mod). Pod Security, quotas, RBAC,
validation, the Job controller and the garbage collector are Kubernetes' own; the node is not
(tests/cluster/kubelet.py).
"""

import json
import os
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import urllib3
from kubernetes import client, config

from flan_core.launch.cluster import Cluster

TOOLS = Path(__file__).parents[2] / "build" / "tools"
PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
TOKEN = "admin-of-the-tests"  # of a server that lives for seconds on this machine
CONTROLLERS = (
    "cronjob", "deployment", "disruption", "garbagecollector", "job", "namespace", "replicaset",
    "resourcequota", "root-ca-cert-publisher", "serviceaccount", "statefulset",
    "ttl-after-finished",
)  # fmt: skip
"""Those that our objects need; the others look after nodes, volumes and clouds."""
ANYBODY = ssl._create_unverified_context()
GONE = object()


class Api:
    """Requests as the cluster's administrator."""

    def __init__(self, url, authority, folder):
        """Ask the server at ``url``; kubeconfigs are written into ``folder``."""
        self.url, self.authority, self.folder = url, authority, folder
        self._pool = urllib3.PoolManager(ca_certs=str(authority), maxsize=8, retries=False)

    def request(self, method, path, body=None, kind="application/json", missing=GONE):
        """Send a request; return the object.

        Raises:
            OSError: the server refuses it or does not answer.
        """
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
        sent = None if body is None else json.dumps(body).encode()
        try:
            answer = self._pool.request(method, self.url + path, body=sent, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionError(str(error)) from error
        if answer.status == 404 and missing is not GONE:
            return missing
        if answer.status >= 400:
            raise OSError(f"{method} {path}: {answer.data.decode()}")
        return json.loads(answer.data)

    def get(self, path, missing=GONE):
        return self.request("GET", path, missing=missing)

    def post(self, path, body):
        return self.request("POST", path, body)

    def patch(self, path, body, kind="merge"):
        """Change what an object has; nothing happens when it is gone."""
        return self.request("PATCH", path, body, f"application/{kind}-patch+json", missing=None)

    def delete(self, path, options=None):
        return self.request("DELETE", path, options or {}, missing=None)

    def token(self, account, namespace):
        """Return a token of a service account, as its pods get one."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        return self.post(path, body)["status"]["token"]

    def kubeconfig(self, account, namespace):
        """Write the kubeconfig of a service account; return its path."""
        path = self.folder / f"{namespace}.{account}.kubeconfig"
        if not path.is_file():
            path.write_text(self.configuration(self.token(account, namespace), namespace))
        return path

    def configuration(self, token, namespace="default"):
        """Return a kubeconfig, in JSON, which is YAML."""
        cluster = {"server": self.url, "certificate-authority": str(self.authority)}
        context = {"cluster": "real", "user": "user", "namespace": namespace}
        return json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "real",
            "clusters": [{"name": "real", "cluster": cluster}],
            "contexts": [{"name": "real", "context": context}],
            "users": [{"name": "user", "user": {"token": token}}],
        })  # fmt: skip


def status_of(url):
    """Return the status of a server's answer, 0 while there is none."""
    try:
        with urllib.request.urlopen(url, timeout=1, context=ANYBODY) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class RealKubernetes:
    """The control plane; a context manager."""

    def __init__(self, folder, port):
        """Keep everything in ``folder``; ``port()`` gives a free port."""
        self.folder = folder
        self.port, self.etcd_ports = port(), (port(), port())
        authority = folder / "apiserver.crt"
        self.url = f"https://127.0.0.1:{self.port}"
        self.api = Api(self.url, authority, folder)
        self._started = []

    def __enter__(self):
        """Start the servers; the controllers wait for ``start_controllers``."""
        try:
            self._start_servers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start_servers(self):
        key = self.folder / "accounts.key"
        make = ["openssl", "genrsa", "-out", str(key), "2048"]
        subprocess.run(make, check=True, capture_output=True)
        (self.folder / "tokens.csv").write_text(f'{TOKEN},admin,admin,"system:masters"\n')
        store, peers = (f"http://127.0.0.1:{port}" for port in self.etcd_ports)
        self.start(
            "etcd", data_dir=self.folder / "etcd", listen_client_urls=store,
            advertise_client_urls=store, listen_peer_urls=peers, unsafe_no_fsync="true",
            initial_advertise_peer_urls=peers, initial_cluster=f"default={peers}",
        )  # fmt: skip
        self.start(
            "kube-apiserver", allow_privileged="true", api_audiences="kubernetes",
            authorization_mode="RBAC", bind_address="127.0.0.1", cert_dir=self.folder,
            endpoint_reconciler_type="none",
            etcd_servers=store, secure_port=self.port, service_account_issuer="https://flan.test",
            service_account_key_file=key, service_account_signing_key_file=key,
            service_cluster_ip_range="10.0.0.0/24", token_auth_file=self.folder / "tokens.csv",
        )  # fmt: skip
        self.wait(f"{self.url}/readyz")
        (self.folder / "admin.kubeconfig").write_text(self.api.configuration(TOKEN))

    def __exit__(self, *_):
        for process in reversed(self._started):
            process.kill()
            process.wait()

    def start(self, name, environment=None, /, **flags):
        """Start a program with ``--flag=value``; its log is in the folder."""
        words = [f"--{flag.replace('_', '-')}={value}" for flag, value in flags.items()]
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [TOOLS / name, *words], env=environment, stdout=log, stderr=log
            )
        self._started.append(process)
        return process

    def start_controllers(self):
        """Start what makes pods of Jobs and the like, and finds them a node.

        The garbage collector learns of new kinds every thirty seconds: apply CRDs before.
        """
        common = {
            "kubeconfig": self.folder / "admin.kubeconfig",
            "leader_elect": "false",
            "secure_port": 0,
        }
        self.start(
            "kube-controller-manager", **common, controllers=",".join(CONTROLLERS),
            root_ca_file=self.api.authority, concurrent_job_syncs=2,
            service_account_private_key_file=self.folder / "accounts.key",
        )  # fmt: skip
        self.start("kube-scheduler", **common)

    def wait(self, url, seconds=60, answers=(200,)):
        """Wait until a server answers."""
        end = time.monotonic() + seconds
        while status_of(url) not in answers:
            self.alive()
            assert time.monotonic() < end, f"{url} did not answer"
            time.sleep(0.1)

    def alive(self):
        """Fail when a server has ended."""
        for process in self._started:
            name = Path(process.args[0]).name
            assert process.poll() is None, f"{name} ended:\n{self.log(name)}"

    def log(self, name):
        """Return the end of a program's log."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-4_000:]

    def kubectl(self, *words, check=True, text=None, account=""):
        """Run kubectl as the administrator, or as an account of namespace ``flan``."""
        admin = self.folder / "admin.kubeconfig"
        who = self.api.kubeconfig(account, "flan") if account else admin
        done = subprocess.run(
            [TOOLS / "kubectl", "--kubeconfig", who, f"--cache-dir={self.folder}/cache", *words],
            input=text,
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
        )
        self.alive()
        assert not check or done.returncode == 0, f"kubectl {' '.join(words)}: {done.stderr}"
        return done

    def cluster(self, account, namespace, pause_s=0.05):
        """Return the library's client with an account's own token, as a kubeconfig has it."""
        found = client.Configuration()
        path = str(self.api.kubeconfig(account, namespace))
        config.load_kube_config(path, client_configuration=found)
        return Cluster(found, namespace, pause_s=pause_s)
