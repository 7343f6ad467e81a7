"""A run that wants to become champion: its folders, made by hand."""

from dataclasses import replace
from pathlib import Path

from flan_core import scores as held_out_scores
from flan_core.config import Promote
from flan_core.promote import promote
from flan_core.schemas import file_sha256, read_json, write_json
from flan_core.scores import Scores
from tests.flan_core import made

CARD = "# tiny\n\nText.\n\n## Scores\n\nNot measured yet.\n\n## Licence\n\nNone.\n"

LEAKS_ELSEWHERE = {
    "train": "snli",
    "task": "sst2",
    "split": "test",
    "same_text": 9,
    "shared_run": 0,
}
LEAKS = {"train": "snli", "task": "rte", "split": "test", "same_text": 1, "shared_run": 3}


class Challenger:
    """The folders of a run, made by hand, that scores ``tuned`` on its one task."""

    def __init__(self, folder: Path, tuned: float, registry: str | Path) -> None:
        self.folder, self.registry = folder, registry
        self.rows = {"rte": {"repository": "aps/super_glue", "revision": "0123456789abcdef"}}
        self.held_out = ["nli"]
        self.leakage: dict | None = {"policy": "report", "pairs": [LEAKS_ELSEWHERE]}
        task = made.task(made.result(tuned, tuned), made.result(50.0, 50.0))
        self.scores = [made.scores(task)]
        checkpoint = folder / "checkpoint"
        (checkpoint / "state").mkdir(parents=True)
        (checkpoint / "state/optimizer.bin").write_bytes(b"not for others")
        (checkpoint / "model.safetensors").write_bytes(f"weights {tuned}".encode())
        (checkpoint / "README.md").write_text(CARD)
        write_json(checkpoint / "checkpoint.json", "checkpoint/1", {"tuned": tuned})
        self.asked = file_sha256(checkpoint / "checkpoint.json")
        """The checkpoint that the scores are said to be of."""

    def promote(self, **settings) -> dict:
        write_json(self.folder / "rows/rows.json", "rows/1", {"tasks": self.rows})
        mixture = self.folder / "mixture"
        write_json(mixture / "mixture.json", "mixture/1", {"held_out": self.held_out})
        if self.leakage is not None:
            write_json(mixture / "leakage.json", "leakage/1", self.leakage)
        for one in self.scores:
            held_out_scores.write(self.folder / "scores" / one.cluster, self._of_checkpoint(one))
        promote(
            Promote(registry=str(self.registry), commit="abc", **settings),
            rows=self.folder / "rows",
            mixture=mixture,
            checkpoint=self.folder / "checkpoint",
            scores=[self.folder / "scores" / one.cluster for one in self.scores],
            decision=self.folder / "decision.json",
            reasons=self.folder / "decision.md",
        )
        return read_json(self.folder / "decision.json", "decision/1")

    def _of_checkpoint(self, scores: Scores) -> Scores:
        if "tuned" not in scores.model:
            return scores
        tuned = replace(scores.model["tuned"], checkpoint_sha256=self.asked)
        return replace(scores, model={**scores.model, "tuned": tuned})
