"""HellaSwag's texts hold tags, and half a sentence stands in a column of its own."""

from flan_core.datasets.commonsense.hellaswag import read
from flan_core.task import Drop, Example

VIDEO = {"ctx_a": "A man holds a rope.", "ctx_b": "he", "endings": ["jumps.", "rows.", "a.", "b."]}
ARTICLE = {
    "ctx_a": "[header] How to wave [title] Lift a hand. [step] High.",
    "ctx_b": "",
    "endings": ["[title] Smile. [step] Gently.", "[substeps] Frown.", "Sit.", "Nap."],
}


def test_the_begun_sentence_follows_the_first_with_a_capital():
    assert read({**VIDEO, "label": "1"}) == Example(
        fields={"context": "A man holds a rope. He"},
        options=("jumps.", "rows.", "a.", "b."),
        answer="rows.",
    )


def test_tags_become_line_breaks_in_the_context_and_spaces_in_the_endings():
    assert read({**ARTICLE, "label": "0"}) == Example(
        fields={"context": "How to wave\nLift a hand.\nHigh."},
        options=("Smile. Gently.", "Frown.", "Sit.", "Nap."),
        answer="Smile. Gently.",
    )


def test_a_row_of_the_test_set_is_dropped():
    assert read({**VIDEO, "label": ""}) == Drop("unlabelled")
