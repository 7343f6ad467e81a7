"""Names of objects: a name from a bucket becomes a path here, so some are refused."""

import re
import unicodedata

from flan_core.errors import BadInput

LONGEST = 1_024
"""Bytes of a key, S3's own limit."""
ENCODED = re.compile(r"%(2e|2f|5c|00)", re.IGNORECASE)
"""Dots, slashes and NUL in disguise: some server or tool decodes them one day."""


def safe_key(key: str) -> str:
    """Return ``key`` when it is safe to join to a folder or a prefix.

    Raises:
        BadInput: it is empty, absolute, climbs out, hides a separator, is too long or not NFC.
    """
    reason = _unsafe(key)
    if reason:
        raise BadInput(f"object name {key[:80]!r} {reason}; rename it in the bucket")
    return key


def _unsafe(key: str) -> str:
    if not key or any(part in {"", ".", ".."} for part in key.split("/")):
        return "is empty, absolute, or has a part that is empty, . or .."
    if "\\" in key or any(unicodedata.category(letter) == "Cc" for letter in key):
        return "has a backslash or a control character"
    if ENCODED.search(key):
        return "has an encoded dot, slash or NUL"
    if len(key.encode(errors="replace")) > LONGEST:
        return f"is longer than {LONGEST} bytes"
    return "" if unicodedata.is_normalized("NFC", key) else "is not in Unicode's NFC form"
