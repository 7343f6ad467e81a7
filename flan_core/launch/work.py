"""What is to be run, before anything is known about where: a step, its settings, its files."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256

from flan_core.config import Config

STATE = "state"
"""Folder of an output in which training keeps what it needs to go on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """A step of ``flan_core`` that runs as ranks of torchrun.

    The module ``<package>.<step>`` is started with ``--config FILE`` and one ``--<name> PATH`` for
    each input and output. Addresses are paths of this machine or ``s3://bucket/prefix``.
    """

    step: str
    settings: Config
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    package: str = "flan_core"
    """Where the module is; a test has its own."""

    @property
    def module(self) -> str:
        """Return the module that each rank runs."""
        return f"{self.package}.{self.step}"

    def settings_dict(self) -> dict[str, object]:
        """Return the settings as plain values."""
        return asdict(self.settings)  # type: ignore[call-overload,no-any-return]

    def name(self, run: str) -> str:
        """Return the name of this work in a run: the same each time it is asked for.

        A launcher that is started again finds the job of the one before by it. Where outputs go is
        left out: Kubeflow Pipelines gives a retried step another place.
        """
        facts = {"run": run, "settings": self.settings_dict(), "inputs": dict(self.inputs)}
        text = json.dumps(facts, sort_keys=True, default=str)
        return f"flan-{self.step}-{sha256(text.encode()).hexdigest()[:10]}"
