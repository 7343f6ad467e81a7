from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from flan_core.page import fill, short, signed


def test_text_is_escaped_and_files_are_put_in_as_they_are(tmp_path: Path):
    (tmp_path / "page.html").write_text("<p>{{ text }}</p><style>{{ file('own.css') }}</style>\n")
    (tmp_path / "own.css").write_text("a > b {}")

    page = fill(tmp_path, "page.html", text="<b> & co")

    assert page == "<p>&lt;b&gt; &amp; co</p><style>a > b {}</style>\n"


def test_a_value_that_the_page_wants_and_lacks_is_an_error(tmp_path: Path):
    (tmp_path / "page.html").write_text("{{ missing }}")

    with pytest.raises(UndefinedError, match="'missing' is undefined"):
        fill(tmp_path, "page.html")


def test_a_difference_that_rounds_to_nothing_has_no_sign():
    assert [signed(value) for value in (0.04, -0.04, 0.06, -12.34)] == [
        "0.0",
        "0.0",
        "+0.1",
        "−12.3",
    ]


def test_the_style_sheet_asks_the_network_for_nothing():
    style = (Path(__file__).parents[3] / "flan_core/page/page.css").read_text()

    assert [word for word in ("url(", "@import", "http") if word in style] == []
    HTMLParser().feed(style)


def test_a_long_text_is_cut_in_the_middle_between_words_and_says_by_how_much():
    text = "aaaa " * 20 + "bbbb " * 100 + "cccc " * 10

    assert short(text, 150) == "aaaa " * 19 + "aaaa […506 characters…] " + "cccc " * 9
    assert short(text, 1_000) == text
    assert short("x" * 100, 30) == "x" * 20 + " […70 characters…] " + "x" * 10
