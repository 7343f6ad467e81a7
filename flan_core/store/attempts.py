"""Attempts at a request: which answers are tried again, how often, and what the user is told.

503, 500, 429, no connection, no next byte, a body cut short   tried again, then Transient
a key, a secret, a clock, a bucket that is wrong               BadInput at once, each its words
"""

import time
from collections.abc import Callable
from typing import TypeVar

import urllib3
from minio.error import InvalidResponseError, S3Error, ServerError

from flan_core.errors import BadInput, FlanError, Transient

T = TypeVar("T")

ATTEMPTS = 6
"""Attempts at one request; with doubling pauses they span about six seconds."""
PAUSE_S = 0.2
"""Seconds before the second attempt; doubled before each further one."""

REMEDIES = {
    "InvalidAccessKeyId": "does not know the access key; check accesskey in the store's Secret",
    "SignatureDoesNotMatch": "refuses the secret key; check secretkey in the store's Secret",
    "RequestTimeTooSkewed": "has another time than this machine; set the clock of one of them",
    "AccessDenied": "does not let this key do that; give it the policy that the README lists",
    "ExpiredToken": "says that the session token has expired; get a new one",
    "NoSuchBucket": "has no such bucket; create it, or correct the address",
    "AuthorizationHeaderMalformed": "expects another region; set AWS_REGION to the bucket's",
    "PermanentRedirect": "expects another region or endpoint; set AWS_REGION to the bucket's",
    "InvalidBucketName": "does not take this bucket name; correct the address",
    "EntityTooLarge": "does not take objects of this size",
    "NotImplemented": "does not know this request; use another server, or newer",
}
"""What a person does about an S3 error code that no further attempt cures."""
FULL = {
    "XMinioStorageFull",
    "XMinioAdminBucketQuotaExceeded",
    "QuotaExceeded",
    "InsufficientStorage",
}
"""Codes of a server without space."""
LATER = {
    "SlowDown",
    "SlowDownRead",
    "SlowDownWrite",
    "ServiceUnavailable",
    "InternalError",
    "RequestTimeout",
    "OperationAborted",
    "XMinioServerNotInitialized",
    "Busy",
}
"""Codes that ask to come back later."""
CHANGED = {"PreconditionFailed", "ConditionalRequestConflict"}
"""Codes of a conditional write that lost."""


class Missing(BadInput):
    """There is no object of this name."""


class Conflict(Transient):
    """Somebody else has written the object since it was read: read it again and decide again."""


class Cut(Exception):  # never leaves this package
    """A body ended before its length, or stood still."""


def attempt(
    what: str,
    request: Callable[[], T],
    attempts: int = ATTEMPTS,
    progress: Callable[[], float] = lambda: 0,
) -> T:
    """Make a request, again after a pause where that may help.

    Args:
        what: The address, for messages.
        request: Does it.
        attempts: How many may fail in a row.
        progress: Bytes so far; an attempt that added some does not count as failed.

    Raises:
        BadInput: the server's answer is final.
        Transient: that many attempts met an answer that may pass.
    """
    failed = 0
    while True:
        before = progress()
        outcome = told(what, failed + 1, request)
        if not isinstance(outcome, _Again):
            return outcome
        failed = 1 if progress() > before else failed + 1
        if failed == attempts:
            raise outcome.error from outcome.__cause__
        time.sleep(PAUSE_S * 2 ** (failed - 1))


class _Again(Exception):  # never leaves this module
    def __init__(self, message: str, cause: Exception) -> None:
        super().__init__(message)
        self.error, self.__cause__ = Transient(message), cause


def told(what: str, number: int, request: Callable[[], T]) -> T | _Again:
    """Make the request once; raise what is final in our words, return what may pass."""
    try:
        return request()
    except S3Error as error:
        final = _final(what, number, error)
        if isinstance(final, _Again):
            return final
        raise final from error
    except (ServerError, InvalidResponseError) as error:
        return _Again(f"{what}: the store answers {error} ({number} attempts)", error)
    except urllib3.exceptions.SSLError as error:
        raise BadInput(
            f"{what}: the store's certificate is not trusted ({error}); set AWS_CA_BUNDLE"
        ) from error
    except (urllib3.exceptions.HTTPError, Cut, ConnectionError, TimeoutError) as error:
        return _Again(
            f"{what}: the store does not answer in full ({number} attempts): {error}", error
        )


def _final(what: str, number: int, error: S3Error) -> FlanError | _Again:
    code = str(error.code)
    if code in {"NoSuchKey", "ResourceNotFound"}:
        return Missing(f"{what} is not there")
    if code in CHANGED:
        return Conflict(f"{what} was written by somebody else meanwhile; read it again")
    if code in LATER or error.response.status in {429, 500, 502, 503, 504}:
        return _Again(f"{what}: the store answers {code} ({number} attempts)", error)
    if code in FULL:
        return Transient(f"{what}: the store is full ({code}); free space or raise its quota")
    remedy = REMEDIES.get(code, f"answers {error.message}")
    return BadInput(f"{what}: the store {remedy} ({code})")
