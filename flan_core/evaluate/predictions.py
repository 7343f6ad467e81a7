"""Predictions on disk: parts that are written as they come, so that a killed evaluation continues.

    predictions/tuned-0/part-00000.parquet      some rows of one task by one template
                        part-00001.parquet
                        manifest.json           all parts with their SHA-256, once all are there

A part is a pure function of what its fingerprint names: the model's weights, the tokenizer, the
prompts, the settings. It appears whole or not at all; one with another fingerprint is computed
anew. Which rank computes a part changes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from flan_core import schemas
from flan_core.errors import BadInput
from flan_core.evaluate.questions import Part

SCHEMA = "predictions/1"
MANIFEST = "manifest.json"

_STRINGS = pa.list_(pa.field("element", pa.string()))

COLUMNS = pa.schema(
    {
        "split": pa.string(),
        "row": pa.int64(),
        "said": pa.string(),
        "target": pa.string(),
        "accepted": _STRINGS,
        "group": pa.string(),
        "options": _STRINGS,
        "log_likelihoods": pa.list_(pa.field("element", pa.float64())),
        "lengths": pa.list_(pa.field("element", pa.int64())),
        "said_normalised": pa.string(),
        "written": pa.string(),
        "marks": pa.list_(pa.field("element", pa.float64())),
        "shots": pa.int64(),
        "truncated": pa.bool_(),
    }
)
"""Of a part. ``said`` is the highest-ranked option, or the text that was written. For
classification ``said_normalised`` is the option of the highest log-likelihood a token, ``written``
the one that greedy decoding writes, empty if none. Log-likelihoods have four decimals; ``lengths``
count tokens; ``marks`` are the answer's own percentages, a number for each of the task's metrics
that is a mean over examples, in their order."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The parts of one model in one form, ``tuned/0`` and its like."""

    folder: Path
    key: str
    """Who and shots, ``tuned/0``."""
    fingerprint: str
    parts: tuple[Part, ...]

    @property
    def place(self) -> Path:
        """The folder of these parts."""
        return self.folder / self.key.replace("/", "-")

    def path(self, number: int) -> Path:
        """Return where part ``number`` lies."""
        return self.place / f"part-{number:05d}.parquet"

    def has(self, number: int) -> bool:
        """Tell whether a part was written for this fingerprint."""
        path = self.path(number)
        if not path.is_file():
            return False
        try:
            about = schemas.read_about(path, SCHEMA)
        except BadInput:
            return False
        return about == self._about(number)

    def put(self, number: int, columns: Mapping[str, Sequence[Any]]) -> None:
        """Write a part."""
        table = pa.table(dict(columns), schema=COLUMNS)
        schemas.write_table(self.path(number), SCHEMA, table, self._about(number))

    def table(self, task: str, template: int) -> pa.Table:
        """Read all parts of one task and template."""
        numbers = [
            i for i, part in enumerate(self.parts) if (part.task, part.template) == (task, template)
        ]
        return pa.concat_tables(schemas.read_table(self.path(i), SCHEMA)[0] for i in numbers)

    def seal(self) -> None:
        """Write the manifest and remove what earlier evaluations left: more parts, half ones."""
        names = {self.path(number).name for number in range(len(self.parts))}
        for path in self.place.iterdir():
            if path.name not in names:
                path.unlink()
        parts = [
            {"file": self.path(i).name, "sha256": schemas.file_sha256(self.path(i)), **asdict(part)}
            for i, part in enumerate(self.parts)
        ]
        schemas.write_json(
            self.place / MANIFEST,
            SCHEMA,
            {"key": self.key, "fingerprint": self.fingerprint, "parts": parts},
        )

    def _about(self, number: int) -> dict[str, Any]:
        return {"key": self.key, "fingerprint": self.fingerprint, **asdict(self.parts[number])}


def fingerprint_of(names: Mapping[str, Any]) -> str:
    """Return the SHA-256 of everything that predictions depend on."""
    return schemas.text_sha256(json.dumps(names, sort_keys=True))
