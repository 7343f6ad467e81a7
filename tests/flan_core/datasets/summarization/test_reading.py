"""What the readers of summarization mend in their sources, and the files that people fetch."""

import json

import pytest

from flan_core.datasets.summarization import (
    aeslc,
    ag_news,
    cnn_dailymail,
    gigaword,
    multi_news,
    newsroom,
    opinion_abstracts_idebate,
    opinion_abstracts_rotten_tomatoes,
    samsum,
)
from flan_core.errors import BadInput
from flan_core.task import BadRow, Drop


@pytest.mark.parametrize(
    "opening",
    [
        "LONDON, England (CNN) -- ",
        "Washington (CNN)  -- ",
        "(Mental Floss) -- ",
        "PARIS, France -- ",
        "ST. PETERSBURG, Florida (CNN) -- ",
        "Tunis (CNN)",
        "By . Ann Lee . ",
        "By . Ann Lee . and Bob Ray For Mail Online . ",
        "By . Ann Lee . Last updated at 7:18 AM on 20th September 2011 . ",
        "By . Ann Lee . PUBLISHED: . 13:30 EST, 3 May 2013 . | . UPDATED: . 1:06 EST, 4 May . ",
        "",
    ],
)
def test_an_article_begins_after_its_dateline_or_byline(opening: str) -> None:
    example = cnn_dailymail.read(
        {"article": opening + "The river rose.", "highlights": "It rose ."}
    )
    assert (example.fields, example.answer) == ({"article": "The river rose."}, "It rose.")


def test_a_dash_inside_the_first_sentence_is_no_dateline() -> None:
    article = "Three men -- all of them from Ohio -- were found (alive) on Monday."
    assert cnn_dailymail.read({"article": article, "highlights": "x"}).fields == {
        "article": article
    }


def test_loose_full_stops_join_their_word_or_vanish_where_a_line_was_broken() -> None:
    row = {
        "article": "She topped the . world's list . He did not .  E-mail to a friend .",
        "highlights": "She topped . the list . He did not .",
    }
    example = cnn_dailymail.read(row)
    assert example.fields["article"] == "She topped the world's list. He did not."
    assert example.answer == "She topped the list.\nHe did not."


def test_chat_attachments_go_one_by_one_and_take_empty_messages_along() -> None:
    dialogue = "Al: <file_photo>\r\nBo: Nice <file_gif> one <3 Where > home?\r\nAl: Rome <link>"
    example = samsum.read({"id": "1", "dialogue": dialogue, "summary": "Al is\r\nin Rome."})
    assert example.fields["dialogue"] == "Bo: Nice one <3 Where > home?\nAl: Rome"
    assert example.answer == "Al is in Rome."
    assert samsum.read({"id": "1", "dialogue": None, "summary": "x"}) == Drop(
        "empty dialogue or summary"
    )


def test_a_mail_becomes_one_line() -> None:
    example = aeslc.read({"email_body": "Hi,\n\nsee\tyou.\n", "subject_line": "Lunch\n"})
    assert (example.fields, example.answer) == ({"body": "Hi, see you."}, "Lunch")


@pytest.mark.parametrize(
    ("label", "name"), [(1, "World"), (2, "Sports"), (3, "Business"), (4, "Science/Tech")]
)
def test_news_labels_go_by_name_and_html_is_cleaned(label: int, name: str) -> None:
    row = {
        "label": label,
        "title": "Bank #39;s &lt;b&gt;Day&lt;/b&gt;",
        "description": "Up\\down &amp;amp; out",
    }
    example = ag_news.read(row)
    assert example.fields == {"title": "Bank's Day", "text": "Up down & out"}
    assert example.answer == name


def test_a_news_label_out_of_range_is_a_bad_row() -> None:
    with pytest.raises(BadRow, match=r"label 0 is not in 1\.\.4"):
        ag_news.read({"label": 0, "title": "a", "description": "b"})


def test_articles_of_one_event_are_numbered() -> None:
    example = multi_news.read(
        {"document": "One. NEWLINE_CHAR Two. ||||| Three. |||||", "summary": "– All."}
    )
    assert example.fields == {"articles": "Article 1: One. \n Two.\n\nArticle 2: Three."}
    assert example.answer == "All."


def test_gigaword_pairs_two_files_and_leaves_out_masked_text(tmp_path) -> None:
    (tmp_path / "dev.src.txt").write_text("shares `` rose ''\nthe <unk> fell\nup # percent\n")
    (tmp_path / "dev.tgt.txt").write_text("shares rise\nfall\nrise\n")
    rows = list(gigaword.parse(tmp_path / "dev.src.txt"))
    assert rows[1] == {"document": "the UNK fell", "summary": "fall"}
    first, second, third = map(gigaword.read, rows)
    assert (first.fields, first.answer) == ({"text": 'shares " rose "'}, "shares rise")
    assert (second, third) == (Drop("unknown word"), Drop("masked digit"))


def test_gigaword_says_which_of_the_two_files_is_missing(tmp_path) -> None:
    (tmp_path / "dev.src.txt").write_text("shares rose\n")
    with pytest.raises(BadInput, match=r"dev\.tgt\.txt is missing; put it beside dev\.src\.txt"):
        list(gigaword.parse(tmp_path / "dev.src.txt"))


def test_newsroom_takes_its_columns_from_the_publishers_lines(tmp_path) -> None:
    row = dict(newsroom.SAMPLES[0])
    (tmp_path / "dev.jsonl").write_text(json.dumps(row | {"archive": "http://x.example"}) + "\n")
    assert list(newsroom.parse(tmp_path / "dev.jsonl")) == [row]


@pytest.mark.parametrize(
    ("module", "opinions"),
    [
        (opinion_abstracts_rotten_tomatoes, "_critics"),
        (opinion_abstracts_idebate, "_argument_sentences"),
    ],
    ids=["films", "debates"],
)
def test_opinions_are_an_object_in_the_file_and_two_lists_in_a_row(
    tmp_path, module, opinions
) -> None:
    row = module.SAMPLES[0]
    keys, values = row[opinions]["key"], row[opinions]["value"]
    original = row | {opinions: dict(zip(keys, values, strict=True))}
    (tmp_path / "x.json").write_text(json.dumps([original]))
    assert list(module.parse(tmp_path / "x.json")) == [row]


def test_only_the_first_ten_reviews_are_numbered_and_a_title_is_cased() -> None:
    row = opinion_abstracts_rotten_tomatoes.SAMPLES[0] | {
        "_movie_name": "the_road_to_hull",
        "_critics": {"key": list("abcdefghijkl"), "value": ["Fine."] * 12},
    }
    fields = opinion_abstracts_rotten_tomatoes.read(row).fields
    assert fields["movie"] == "The Road to Hull"
    assert fields["reviews"].split("\n") == [f"{i}. Fine." for i in range(1, 11)]
