"""What is known of an object without reading it, and the tags of conditional writes."""

from dataclasses import dataclass

ABSENT = "absent"
"""As ``replaces``: write only where there is no object yet."""
ANY = "any"
"""As ``replaces``: write whatever there is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An object of a store."""

    key: str
    size: int
    """In bytes."""
    sha256: str = ""
    """As recorded by the writer; empty where a foreign tool wrote the object, and in listings."""
