"""Rows from the Hugging Face hub, by ``datasets`` 5, which runs no loading scripts.

A branch is resolved to a commit first, and the commit is what is loaded and recorded; a
``rows.lock`` of an earlier run pins it. On the branch ``refs/convert/parquet`` a config is a
folder, so there ``data_dir`` selects it.
"""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from flan_core.datasets import Entry
from flan_core.errors import BadInput, Transient
from flan_core.fetch.sources import Found, how_to_get, originals
from flan_core.task import Files, Hub


@dataclass(slots=True)
class HubSource:
    """The hub, with the commits that a lock pins and those resolved so far."""

    manual: str = ""
    pinned: dict[str, str] = field(default_factory=dict)
    resolved: dict[str, str] = field(default_factory=dict)

    def __call__(self, entry: Entry) -> Found | None:
        """Load a task's source splits from the hub, or from files that a person fetched."""
        source = entry.task.source
        if isinstance(source, Files):
            found = originals(entry, source, self.manual)
            if found is None:
                print(f"fetch: left out: {how_to_get(entry, source)}", flush=True)
            return found
        commit = self._commit(source)
        return Found(
            splits=self._load(entry, source, commit),
            repository=source.repository,
            revision=commit,
            licence=entry.task.licence,
        )

    def _commit(self, source: Hub) -> str:
        """Return the commit of the source's branch: pinned by the lock, or the hub's newest."""
        key = f"{source.repository}@{source.revision}"
        if key not in self.resolved:
            self.resolved[key] = self.pinned.get(key) or _newest(source)
        return self.resolved[key]

    def _load(self, entry: Entry, source: Hub, commit: str) -> dict[str, pa.Table]:
        from datasets import load_dataset

        wanted = entry.task.splits
        names = tuple(dict.fromkeys(n for n in (wanted.train, wanted.dev, wanted.test) if n))
        arguments: dict[str, Any] = {"revision": commit}
        if source.data_files:
            arguments["data_files"] = dict(source.data_files)
        if source.data_dir:
            arguments["data_dir"] = source.data_dir
        try:
            loaded = load_dataset(source.repository, source.config or None, **arguments)
        except (ConnectionError, TimeoutError) as error:
            raise Transient(_lost(entry, source, error)) from error
        except (OSError, ValueError, RuntimeError) as error:
            raise _refused(entry, source, commit, error) from error
        missing = [name for name in names if name not in loaded]
        if missing:
            raise BadInput(
                f"{entry.task.name}: {source.repository}@{commit[:12]} has the splits "
                f"{', '.join(loaded)}, not {', '.join(missing)}; correct its Splits"
            )
        # The tables stay on disk, memory-mapped: only the rows that are kept are ever read.
        return {name: loaded[name].data.table for name in names}


def _newest(source: Hub) -> str:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    try:
        info = HfApi().dataset_info(source.repository, revision=source.revision, timeout=30)
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        message = f"hub: {source.repository}@{source.revision} answers {status}: {error}"
        raise (Transient if status in (0, 429) or status >= 500 else BadInput)(message) from error
    except Exception as error:
        if _is_connection(error):
            raise Transient(
                f"hub: cannot reach {source.repository} ({type(error).__name__}); check the "
                f"network, or use --rows samples or --rows <folder>"
            ) from error
        raise
    return str(info.sha)


def _is_connection(error: Exception) -> bool:
    """Whether the network failed, whichever HTTP library of the hub's client says so."""
    lineage = {kind.__name__ for kind in type(error).__mro__}
    return bool(lineage & {"TransportError", "ConnectionError", "TimeoutError"})


def _lost(entry: Entry, source: Hub, error: Exception) -> str:
    return f"{entry.task.name}: the hub broke off while loading {source.repository} ({error})"


def _refused(entry: Entry, source: Hub, commit: str, error: Exception) -> Exception:
    if _is_connection(error):
        return Transient(_lost(entry, source, error))
    return BadInput(
        f"{entry.task.name}: {source.repository}@{commit[:12]} "
        f"(config {source.config or source.data_dir or 'default'}) does not load: {error}"
    )
