"""The two steps that are launched: train and evaluate, each with its settings and where to run."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from flan_core import telemetry
from flan_core.config import Config, Evaluate, Launch, Train
from flan_core.errors import BadInput, FlanError, unknown
from flan_core.evaluate.matrix import write_matrix
from flan_core.launch.work import Work
from flan_core.scores import FILE as SCORES
from flan_core.scores import Scores
from flan_core.scores import read as read_scores
from flan_core.store import Store, uri_of

SCRAPED: Mapping[str, Any] = {"metrics_port": 9_400, "metrics_linger_s": 30}
"""Settings of train where a cluster runs it, unless others are given: Prometheus scrapes there
(manifests/components/prometheus)."""


class _Launched(Config):
    """Settings that are two settings: each part is checked by its own class, under its own name."""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """Check both parts; see ``Config.of``."""
        parts = {
            name: part.default_factory
            for name, part in cls.__dataclass_fields__.items()  # type: ignore[attr-defined]
        }
        for key in settings:
            if key not in parts:
                raise unknown(f"setting of {cls.__name__.lower()}", key, parts)
        return cls(**{name: part.of(settings.get(name, {})) for name, part in parts.items()})


@dataclass(frozen=True, kw_only=True)
class LaunchTrain(_Launched):
    """Settings of train and of its launch."""

    train: Train = field(default_factory=Train)
    launch: Launch = field(default_factory=Launch)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """Check both parts; on a cluster training serves its metrics, unless told otherwise."""
        here = Launch().scheduler
        local = settings.get("launch", {}).get("scheduler", here) == here
        own = settings.get("train", {})
        return super().of({**settings, "train": own if local else {**SCRAPED, **own}})


@dataclass(frozen=True, kw_only=True)
class LaunchEvaluate(_Launched):
    """Settings of evaluate and of its launch."""

    evaluate: Evaluate = field(default_factory=Evaluate)
    launch: Launch = field(default_factory=Launch)


def train(config: LaunchTrain, *, packs: Path, checkpoint: Path) -> None:
    """Run ``flan_core.train`` on packs where ``config.launch`` says, and wait for it.

    Raises:
        BadInput: the job failed in a way that another attempt cannot cure.
        Transient: the job was lost, preempted or could not start in time.
    """
    run(training(config, {"packs": str(packs), "checkpoint": str(checkpoint)}), config.launch)


def evaluate(
    config: LaunchEvaluate, *, prompts: Path, checkpoint: Path, scores: Path, confusion: Path
) -> None:
    """Run ``flan_core.evaluate`` on a checkpoint where ``config.launch`` says, and wait for it.

    A cluster that cannot be evaluated leaves scores that say so; that is a result, which the report
    shows and promotion refuses, and the other clusters' results stand. Several clusters
    (``nli+paraphrase``), and several modes, are evaluated one after the other, each into its own
    folder of ``scores``.

    ``confusion`` gets the confusion matrices, all in one, for the user interface.

    Raises: as ``train`` does, when there are no scores.
    """
    telemetry.GROUP["part"] = config.evaluate.cluster
    parts = apart(config.evaluate, scores)
    for part, folder in parts:
        _evaluate(replace(config, evaluate=part), prompts, checkpoint, folder)
    found = [_scores_in(folder) for _, folder in parts]
    write_matrix(confusion, found)
    _set_facts(found)


def _set_facts(all_scores: Iterable[Scores]) -> None:
    """Keep the tuned model's means, to be pushed when the step ends."""
    for scores in all_scores:
        tuned = {key: mean for key, mean in scores.mean.items() if key.startswith("tuned/")}
        for key, mean in tuned.items():
            telemetry.EVAL_SCORE.set(mean.mean, cluster=scores.cluster, metric=key)


def apart(config: Evaluate, scores: Path) -> list[tuple[Evaluate, Path]]:
    """Return the settings and the folder of each cluster and mode that ``+`` joins.

    A single cluster asked in a single mode has ``scores`` itself; else folders are named for the
    cluster, and for the mode where there are several: ``nli.name``.
    """
    clusters, modes = config.cluster.split("+"), config.mode.split("+")
    if len(clusters) == len(modes) == 1:
        return [(config, scores)]
    return [
        (
            replace(config, cluster=cluster, mode=mode),
            scores / (f"{cluster}.{mode}" if len(modes) > 1 else cluster),
        )
        for cluster, mode in product(clusters, modes)
    ]


def _evaluate(config: LaunchEvaluate, prompts: Path, checkpoint: Path, scores: Path) -> None:
    files = {"prompts": str(prompts), "checkpoint": str(checkpoint), "scores": str(scores)}
    try:
        run(evaluation(config, files), config.launch)
    except BadInput as error:
        if not _answered(scores):
            raise
        print(f"evaluate: {error}\nevaluate: the report shows the hole", file=sys.stderr)


def _scores_in(folder: Path) -> Scores:
    """Read the scores of a folder, which lie in the store where the job ran in pods of its own."""
    if (folder / SCORES).is_file():
        return read_scores(folder)
    with TemporaryDirectory(prefix="flan-scores-") as copy:
        Store.of(uri_of(folder)).get(SCORES, Path(copy) / SCORES)
        return read_scores(Path(copy))


def _answered(scores: Path) -> bool:
    """Tell whether an evaluation that failed has said so in its scores, here or in the store."""
    if (scores / SCORES).is_file():
        return True
    try:
        return bool(Store.of(uri_of(scores)).list(SCORES))
    except FlanError:
        return False


def training(config: LaunchTrain, files: Mapping[str, str]) -> Work:
    """Describe the work of train; ``files`` has packs and checkpoint."""
    return Work(
        step="train",
        settings=config.train,
        inputs={"packs": files["packs"]},
        outputs={"checkpoint": files["checkpoint"]},
    )


def evaluation(config: LaunchEvaluate, files: Mapping[str, str]) -> Work:
    """Describe the work of evaluate; ``files`` has prompts, checkpoint and scores."""
    return Work(
        step="evaluate",
        settings=config.evaluate,
        inputs={name: files[name] for name in ("prompts", "checkpoint")},
        outputs={"scores": files["scores"]},
    )


def run(work: Work, launch: Launch) -> None:
    """Run some work; see ``launch.run.run``, which takes a second to import."""
    from flan_core.launch.run import run as start

    start(work, launch)


def gc(*, namespace: str = "", dry_run: bool = False) -> list[str]:
    """Delete jobs whose run is over or gone; see ``launch.reap``. Returns their names."""
    from flan_core.launch.cluster import Cluster
    from flan_core.launch.reap import reap

    return reap(Cluster.found(namespace), dry_run=dry_run)


def manifest(config: LaunchTrain | LaunchEvaluate, step: str, files: Mapping[str, str]) -> str:
    """Return the YAML that launching would apply, without a cluster; ``local_cwd`` gives a command.

    Args:
        config: Settings of the step and its launch.
        step: ``train`` or ``evaluate``.
        files: Address of each input and output, by name: ``s3://bucket/prefix``.
    """
    from flan_core.launch.run import show_manifest

    if isinstance(config, LaunchTrain):
        return show_manifest(training(config, files), config.launch)
    if step != "evaluate":
        raise unknown("step", step, ["train", "evaluate"])
    return show_manifest(evaluation(config, files), config.launch)
