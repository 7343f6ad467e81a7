"""The look that the gallery and the report share: one style sheet, one way to fill a page.

In: a folder with an HTML template and its style and script beside it. Out: one HTML text that asks
the network for nothing. The same values give the same bytes.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_HERE = Path(__file__).parent
DASH = "–"
"""What a page shows where there is no number."""


def fill(folder: Path, template: str, **values: Any) -> str:
    """Return ``folder/template`` filled with ``values``; text is escaped, a missing value an error.

    Files of the folder, or of this one, are put in as they are by ``{{ file("page.css") }}``.
    """

    def file(name: str) -> Markup:
        path = folder / name if (folder / name).is_file() else _HERE / name
        return Markup(path.read_text(encoding="utf-8"))

    environment = Environment(
        loader=FileSystemLoader([folder, _HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters = (count, points, share, signed, decimals)
    environment.filters |= {each.__name__: each for each in filters}
    environment.globals["file"] = file
    return environment.get_template(template).render(values)


def count(number: float | None) -> str:
    """Return a whole number with thousands set apart, or a dash.

    >>> count(1234567.0), count(None)
    ('1,234,567', '–')
    """
    return DASH if number is None else f"{number:,.0f}"


def points(number: float | None) -> str:
    """Return a score with one decimal, or a dash.

    >>> points(61.25), points(None)
    ('61.2', '–')
    """
    return DASH if number is None else f"{number:.1f}"


def share(part: float | None) -> str:
    """Return a part of one as a percentage, or a dash.

    >>> share(0.0197), share(None)
    ('2.0 %', '–')
    """
    return DASH if part is None else f"{100 * part:.1f} %"


def signed(number: float | None) -> str:
    """Return a difference with its sign and one decimal, or a dash.

    >>> signed(3.14), signed(-0.04), signed(-2.0)
    ('+3.1', '0.0', '−2.0')
    """
    if number is None:
        return DASH
    rounded = round(number, 1) + 0.0
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0.0"


def decimals(number: float | None) -> str:
    """Return a number with two decimals, or a dash.

    >>> decimals(0.8333)
    '0.83'
    """
    return DASH if number is None else f"{number:,.2f}"


def short(text: str, longest: int) -> str:
    """Return a text of at most about ``longest`` characters, its middle left out between words.

    >>> short("one two three four five six seven", 18)
    'one two […21 characters…] seven'
    """
    if len(text) <= longest:
        return text
    head, tail = text[: longest * 2 // 3], text[-(longest // 3) :]
    head = head[: head.rfind(" ")] if " " in head else head
    tail = tail[tail.find(" ") + 1 :]
    left_out = len(text) - len(head) - len(tail)
    return f"{head} […{left_out:,} characters…] {tail}"
