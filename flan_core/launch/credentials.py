"""Make the store's keys when the cluster is set up: ``python -m flan_core.launch.credentials``.

Each Secret named on the command line gets a new random pair, and one that exists is left as it is;
so no key is ever in a file of this project. The Job in manifests/components/minio runs it.
"""

import argparse
import secrets
import sys
from collections.abc import Sequence

from flan_core.launch.cluster import Cluster, Exists
from flan_core.launch.names import PART

BYTES = 24
"""Random bytes of a secret key."""


def create(cluster: Cluster, name: str) -> bool:
    """Create the Secret ``name`` with accesskey and secretkey; tell whether it was not there."""
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": PART},
        "type": "Opaque",
        "stringData": {
            "accesskey": f"{name}-{secrets.token_hex(4)}",
            "secretkey": secrets.token_urlsafe(BYTES),
        },
    }
    try:
        cluster.create("v1/secrets", body)
    except Exists:
        return False
    return True


def main(arguments: Sequence[str]) -> None:
    """Create the Secrets that are missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("secrets", nargs="+", metavar="NAME")
    cluster = Cluster.found("")
    for name in parser.parse_args(arguments).secrets:
        print(f"{name}: {'created' if create(cluster, name) else 'is there already'}")


if __name__ == "__main__":
    main(sys.argv[1:])
