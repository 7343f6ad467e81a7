"""The registry: versions that never change, and one small file that says which is champion.

    registry/<name>/versions/<version>/checkpoint/…  scores/<cluster>/scores.json
                                       lineage.json  decision.json
    registry/<name>/champion.json      {"version": …, "previous": […], "rolled_back": […]}
                    refused.json       the last decision against a challenger, and its lineage

A version's name is a hash of what it is made of, so writing it again changes nothing. The champion
moves by a conditional write: of two promoters that read the same champion, one gets ``Conflict``.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flan_core import scores as held_out_scores
from flan_core.config import Promote
from flan_core.errors import BadInput
from flan_core.promote.listing import ModelRegistry, list_champion
from flan_core.schemas import dumps
from flan_core.scores import Scores
from flan_core.store import ABSENT, Missing, Store, uri_of

SCHEMA = "champion/1"
REFUSED = "refused/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Champion:
    """Which version is champion, which ones were before it (the latest last), which were undone."""

    version: str = ""
    previous: tuple[str, ...] = ()
    rolled_back: tuple[str, ...] = ()


class Registry:
    """The versions of one named model in a store."""

    def __init__(self, address: str, name: str) -> None:
        """Use ``<address>/<name>``, a folder or ``s3://bucket/prefix``."""
        self.address, self.name = f"{address.rstrip('/')}/{name}", name
        self._store = Store.of(self.address)

    @classmethod
    def of(cls, config: Promote, artifact: Path) -> "Registry":
        """Return the registry that the settings name, else the one in the artifact's bucket.

        Raises:
            BadInput: none is named, and the artifact is in no bucket.
        """
        if config.registry:
            return cls(config.registry, config.name)
        try:
            bucket = uri_of(artifact).removeprefix("s3://").partition("/")[0]
        except BadInput as error:
            raise BadInput(
                f"promote.registry is empty, and {artifact} is in no bucket that could hold it; "
                "set it to a folder or s3://bucket/prefix"
            ) from error
        return cls(f"s3://{bucket}/flan/registry", config.name)

    def champion(self) -> tuple[Champion, str]:
        """Return the champion (an empty one if there is none) and the tag to replace it by."""
        try:
            content, tag = self._store.read("champion.json")
        except Missing:
            return Champion(), ABSENT
        value = json.loads(content)
        if value.pop("schema", None) != SCHEMA:
            raise BadInput(
                f"{self._store.name}/champion.json is not {SCHEMA}; it was written by another "
                "version of promote"
            )
        listed = {key: tuple(value[key]) for key in ("previous", "rolled_back")}
        return Champion(version=value["version"], **listed), tag

    def move(self, champion: Champion, *, replaces: str) -> None:
        """Make ``champion`` the champion if the file still has the tag ``replaces``.

        Raises:
            Conflict: somebody else was faster; nothing was changed.
        """
        text = dumps({"schema": SCHEMA, **asdict(champion)})
        self._store.write("champion.json", text.encode(), replaces=replaces)

    def refuse(self, decision: Mapping[str, Any]) -> None:
        """Keep a decision against a challenger, with its lineage, in place of the one before."""
        text = dumps({"schema": REFUSED, **decision})
        self._store.write("refused.json", text.encode())

    def refused(self) -> dict[str, Any]:
        """Return the last decision against a challenger, with its lineage; empty if none is."""
        try:
            content, _ = self._store.read("refused.json")
        except Missing:
            return {}
        return dict(json.loads(content))

    def scores_of(self, version: str) -> list[Scores]:
        """Return the scores of a version, by cluster; none for the empty version."""
        if not version:
            return []
        with tempfile.TemporaryDirectory(prefix="flan-champion-") as folder:
            target = Path(folder)
            self._store.get_folder(f"versions/{version}/scores", target)
            return [
                held_out_scores.read(path.parent) for path in sorted(target.glob("*/scores.json"))
            ]

    def put(self, key: str, path: Path) -> None:
        """Write a file of a version: ``<version>/<name>``."""
        self._store.put(f"versions/{key}", path)

    def write(self, key: str, text: str) -> None:
        """Write a small text of a version."""
        self._store.write(f"versions/{key}", text.encode())

    def list_in(self, model_registry: str, version: str) -> None:
        """List a version as champion in Kubeflow's Model Registry at this address."""
        uri, scores = f"{self.address}/versions/{version}/checkpoint", self.scores_of(version)
        list_champion(ModelRegistry(model_registry), self.name, version, uri=uri, scores=scores)

    def lineage(self, version: str) -> dict[str, Any]:
        """Return what a version is made of, as promote recorded it."""
        content, _ = self._store.read(f"versions/{version}/lineage.json")
        return dict(json.loads(content))

    def has(self, version: str) -> bool:
        """Tell whether a version was written to its end: its lineage is written last."""
        return bool(self._store.list(f"versions/{version}/lineage.json"))


def rollback(address: str, name: str, *, model_registry: str = "") -> Champion:
    """Make the previous champion champion again, and return it.

    Args:
        address: Folder or ``s3://bucket/prefix`` of the registry.
        name: The registered model.
        model_registry: Address of Kubeflow's Model Registry, which then says so too; may be empty.

    Raises:
        BadInput: there is no champion, or none before it.
        Conflict: somebody else moved the champion meanwhile.
    """
    registry = Registry(address, name)
    champion, tag = registry.champion()
    if not champion.previous:
        held = f"only {champion.version}" if champion.version else "no champion"
        raise BadInput(f"{name} has {held} in {address}: there is nothing to go back to")
    back = Champion(
        version=champion.previous[-1],
        previous=champion.previous[:-1],
        rolled_back=(*champion.rolled_back, champion.version),
    )
    registry.move(back, replaces=tag)
    if model_registry:
        registry.list_in(model_registry, back.version)
    return back


def after(champion: Champion, version: str) -> Champion:
    """Return the champion that follows when ``version`` wins.

    >>> after(Champion(version="a"), "b")
    Champion(version='b', previous=('a',), rolled_back=())
    """
    before: Sequence[str] = (champion.version,) if champion.version else ()
    return Champion(
        version=version,
        previous=(*champion.previous, *before),
        rolled_back=champion.rolled_back,
    )
