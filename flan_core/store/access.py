"""How a bucket is reached: endpoint, region and credentials, as every S3 tool is told them.

AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL   http://minio.flan:9000, http://seaweedfs.kubeflow:9000;
                                        without one, Amazon's
AWS_REGION, AWS_DEFAULT_REGION          us-east-1 when unset
FLAN_S3_SECRET                          folder with the files accesskey and secretkey: a mounted
                                        Secret; /var/run/secrets/flan/s3 when it is there
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, the files of the aws command,
web identity (IRSA)                     after that, in this order
AWS_CA_BUNDLE, SSL_CERT_FILE            the authority that signed the server's certificate
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import urllib3
from minio import Minio
from minio.credentials import (
    AWSConfigProvider,
    ChainedProvider,
    EnvAWSProvider,
    IamAwsProvider,
    Provider,
    StaticProvider,
)

from flan_core.errors import BadInput

SECRET = "/var/run/secrets/flan/s3"
"""Where our pods mount the store's Secret."""
CONNECT_S, READ_S = 5.0, 30.0
"""Seconds to wait for a connection, and for the next byte."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """Settings of one S3 server."""

    endpoint: str = "https://s3.amazonaws.com"
    region: str = "us-east-1"
    secret: str = SECRET
    """Folder with accesskey and secretkey; used when it is there."""
    authority: str = ""
    """Certificate file of the authority that signed the server's; empty takes the known ones."""
    connect_s: float = CONNECT_S
    read_s: float = READ_S

    @classmethod
    def found(cls, environment: Mapping[str, str] = os.environ) -> "Access":
        """Read the settings from the environment."""

        def first(*names: str, otherwise: str) -> str:
            return next((environment[name] for name in names if environment.get(name)), otherwise)

        return cls(
            endpoint=first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", otherwise=cls().endpoint),
            region=first("AWS_REGION", "AWS_DEFAULT_REGION", otherwise=cls().region),
            secret=first("FLAN_S3_SECRET", otherwise=SECRET),
            authority=first("AWS_CA_BUNDLE", "SSL_CERT_FILE", otherwise=""),
        )

    def client(self) -> Minio:
        """Return a client that never retries: attempts are counted in one place, ours."""
        parts = urlsplit(self.endpoint)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise BadInput(
                f"store endpoint {self.endpoint!r} is no URL; give http://host:port or https://host"
            )
        pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=self.connect_s, read=self.read_s),
            retries=False,
            maxsize=10,
            cert_reqs="CERT_REQUIRED",
            ca_certs=self.authority or certifi.where(),
        )
        return Minio(
            parts.netloc,
            secure=parts.scheme == "https",
            region=self.region,
            credentials=self._credentials(),
            http_client=pool,
        )

    def _credentials(self) -> Provider:
        folder = Path(self.secret)
        if (folder / "accesskey").is_file():
            key, secret = (
                (folder / name).read_text(encoding="utf-8").strip()
                for name in ("accesskey", "secretkey")
            )
            return StaticProvider(key, secret)
        others: list[Provider] = [EnvAWSProvider(), AWSConfigProvider()]
        if os.environ.keys() & {
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        }:
            others.append(IamAwsProvider())  # elsewhere it would wait for a metadata service
        chain = ChainedProvider(others)
        try:
            chain.retrieve()
        except ValueError as error:
            raise BadInput(
                f"no credentials for {self.endpoint}; set AWS_ACCESS_KEY_ID and "
                f"AWS_SECRET_ACCESS_KEY, or mount accesskey and secretkey at {self.secret}"
            ) from error
        return chain
