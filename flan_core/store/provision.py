"""Prepare a MinIO server: a bucket, and an account that may use it and nothing else.

    python -m flan_core.store.provision --endpoint http://minio:9000 --bucket flan \
        --root /var/run/secrets/flan/root --account /var/run/secrets/flan/s3

Each of the two folders holds accesskey and secretkey: the server's own, and the account's. Doing it
again changes nothing. The Job in manifests/components/minio runs it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from minio import Minio, MinioAdmin
from minio.credentials import StaticProvider

from flan_core.store.access import Access
from flan_core.store.attempts import attempt

PATIENCE = 12
"""Attempts at reaching a server that is still starting."""
POLICY = "flan"


def policy(bucket: str) -> dict[str, Any]:
    """Return what the account may do: read, write and list one bucket."""
    resource = f"arn:aws:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "s3:GetBucketLocation",
                    "s3:ListBucket",
                    "s3:ListBucketMultipartUploads",
                ],
                "Resource": [resource],
            },
            {
                "Effect": "Allow",
                "Action": [
                    "s3:AbortMultipartUpload",
                    "s3:DeleteObject",
                    "s3:GetObject",
                    "s3:ListMultipartUploadParts",
                    "s3:PutObject",
                ],
                "Resource": [f"{resource}/*"],
            },
        ],
    }


def provision(root: Access, account: tuple[str, str], bucket: str) -> None:
    """Make the bucket, the policy and the account where they are missing.

    Raises:
        BadInput: the server does not know the root key.
        Transient: it does not answer.
    """
    client = root.client()
    if not attempt(root.endpoint, lambda: client.bucket_exists(bucket), PATIENCE):
        attempt(root.endpoint, lambda: client.make_bucket(bucket), PATIENCE)
    key, secret = account
    admin = _admin(root, client)
    admin.user_add(key, secret)
    admin.policy_add(POLICY, policy=policy(bucket))
    attached = json.loads(admin.user_info(key)).get("policyName", "")
    if POLICY not in attached.split(","):
        admin.attach_policy([POLICY], user=key)


def _admin(root: Access, client: Minio) -> MinioAdmin:
    found = client._provider.retrieve()
    host, secure = root.endpoint.split("://")[1], root.endpoint.startswith("https")
    provider = StaticProvider(found.access_key, found.secret_key)
    return MinioAdmin(
        endpoint=host,
        credentials=provider,
        region=root.region,
        secure=secure,
        http_client=client._http,
    )


def main(arguments: Sequence[str]) -> None:
    """Read the command line and the keys, and provision."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("endpoint", "bucket", "root", "account"):
        parser.add_argument(f"--{name}", required=True)
    asked = parser.parse_args(arguments)
    folder = Path(asked.account)
    account = tuple(
        (folder / name).read_text(encoding="utf-8").strip() for name in ("accesskey", "secretkey")
    )
    root = replace(Access.found(), endpoint=asked.endpoint, secret=asked.root)
    provision(root, (account[0], account[1]), asked.bucket)
    print(f"{asked.endpoint}/{asked.bucket} is ready for {account[0]}")


if __name__ == "__main__":
    main(sys.argv[1:])
