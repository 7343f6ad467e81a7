"""What the process says and exits with when it cannot train."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from flan_core.train.__main__ import run


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"lerning_rate": 1},
            "unknown setting of train 'lerning_rate'; did you mean learning_rate",
        ),
        ({"learning_rate": -1}, "train.learning_rate: Input should be greater than 0; it is -1"),
        ({}, "packs.json is missing; run pack first"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_93(
    settings: dict[str, Any],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    config, packs, checkpoint = (tmp_path / name for name in ("train.json", "packs", "checkpoint"))
    config.write_text(json.dumps(settings), encoding="utf-8")
    paths = ["--config", str(config), "--packs", str(packs), "--checkpoint", str(checkpoint)]
    monkeypatch.setattr(sys, "argv", ["train", *paths])
    assert run() == 93
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("train: ")
    assert message in line
    assert not checkpoint.exists()
