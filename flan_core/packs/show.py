"""Show one pack in colour: its examples, what carries loss, and where each came from."""

from pathlib import Path

import tokenizers
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from flan_core.packs.reading import Pack, Packs

_COLOURS = ("cyan", "magenta", "blue", "yellow", "bright_cyan", "bright_magenta", "bright_blue")
_LOSS = "bold black on green"


def show_pack(folder: Path, number: int) -> RenderableType:
    """Return a drawing of pack ``number``: each example in its colour, targets on green.

    Raises:
        BadInput: the folder holds no packs, or has no such pack.
    """
    packs = Packs.open(folder)
    pack = packs.pack(number)
    backend = tokenizers.Tokenizer.from_file(str(packs.tokenizer / "tokenizer.json"))
    used = int((pack.segments > 0).sum())
    title = f"pack {number} of {packs.num_packs:,} · step {number // packs.packs_per_step}"
    text = Text()
    for segment in range(1, len(pack.task) + 1):
        text.append_text(_segment(pack, segment, backend))
    text.append(f"[{packs.length - used} of padding]", "dim")
    legend = f"{used} of {packs.length} tokens · {int(pack.loss.sum())} with loss, on green"
    return Group(
        Panel(text, title=title, subtitle=legend, title_align="left", subtitle_align="left"),
        _origins(packs, pack),
    )


def _colour(segment: int) -> str:
    return _COLOURS[(segment - 1) % len(_COLOURS)]


def _segment(pack: Pack, segment: int, backend: tokenizers.Tokenizer) -> Text:
    mine = pack.segments == segment
    text = Text(f"▌{segment} ", f"bold {_colour(segment)}")
    for loss, style in ((0, _colour(segment)), (1, _LOSS)):
        ids = pack.tokens[mine & (pack.loss == loss)].tolist()
        text.append(backend.decode(ids, skip_special_tokens=False), style)
    text.append("\n")
    return text


def _origins(packs: Packs, pack: Pack) -> Table:
    table = Table("", "task", "cluster", "template", "row", "shots", "draw", "tokens", "with loss")
    for segment, example in enumerate(pack.example.tolist(), start=1):
        record = packs.examples[example]
        mine = pack.segments == segment
        table.add_row(
            Text(f"▌{segment}", _colour(segment)),
            packs.tasks[record["task"]],
            packs.clusters[record["task"]],
            *(f"{int(record[name]):,}" for name in ("template", "row", "shots", "draw")),
            str(int(mine.sum())),
            str(int(pack.loss[mine].sum())),
        )
    return table
