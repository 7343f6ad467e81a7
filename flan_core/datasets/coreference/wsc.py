"""WSC, the Winograd schema challenge: whom or what does a pronoun mean?

Two tasks. ``wsc`` asks whether the pronoun and a noun are the same; it is trained and uses SuperGLUE's
mended data (``wsc.fixed``), with the pronoun marked by asterisks. ``wsc273``, which is only evaluated,
has the original 273 sentences in the partial evaluation form: the prompt ends before the pronoun, and
each option is a candidate with the rest of the sentence.

    text      The pan fell on the plate, and *it* broke.
    start     The pan fell on the plate, and ...
    options   the pan broke.
              the plate broke.

Paper      Levesque et al. 2012, https://aaai.org/papers/59-4492-the-winograd-schema-challenge
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:169, :198 (partial evaluation, splits, metric)
"""

import re

from flan_core.metrics import accuracy
from flan_core.task import BadRow, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("no", "yes")

_POSSESSIVE = {"my", "his", "her", "its", "our", "their"}
_OPENERS = {"A", "An", "The", "My", "His", "Her", "Its", "Our", "Their", "Some"}


def read_fixed(row: Row) -> Example:
    """Label 1 means that the pronoun and the noun are the same."""
    return Example(
        fields={
            "text": _marked(row["text"], row["span2_text"], row["span2_index"]),
            "pronoun": row["span2_text"],
            "noun": row["span1_text"],
        },
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


def _marked(text: str, pronoun: str, index: int) -> str:
    """Put asterisks around the pronoun: its occurrence that is nearest to the word at ``index``."""
    found = list(re.finditer(rf"\b{re.escape(pronoun)}\b", text))
    if not found:
        raise BadRow("the pronoun is not in the text")
    at = min(found, key=lambda match: abs(len(text[: match.start()].split()) - index))
    return f"{text[: at.start()]}*{at.group()}*{text[at.end() :]}".strip()


def read_273(row: Row) -> Example:
    """The label is the number of the right candidate."""
    text, pronoun, start = row["text"], row["pronoun"], row["pronoun_loc"]
    end = start + len(pronoun)
    if text[start:end].lower() != pronoun.lower():
        raise BadRow("pronoun_loc does not point at the pronoun")
    left, rest = " ".join(text[:start].split()), re.sub(r"\s+", " ", text[end:].rstrip())
    owns = pronoun.lower() in _POSSESSIVE and rest.startswith(" ")
    opens = not left or left[-1] in ".!?"
    options = tuple(_candidate(option, opens, owns) + rest for option in row["options"])
    return Example(
        fields={"start": f"{left} ...".lstrip()},
        options=options,
        answer=pick(options, row["label"]),
    )


def _candidate(option: str, opens: bool, owns: bool) -> str:
    """Return a candidate in the pronoun's place: capital only where a sentence opens, owner's 's."""
    first, space, others = option.strip().partition(" ")
    first = first.lower() if first in _OPENERS else first
    first = first[:1].upper() + first[1:] if opens else first
    name = first + space + others
    if not owns:
        return name
    return name + ("'" if name.endswith("s") else "'s")


FIXED_TEMPLATES = (
    Template('{text}\n\nDoes the word between asterisks refer to "{noun}"?\n{options_}'),
    Template('In the text below, does the marked word "{pronoun}" stand for "{noun}"?\n\n{text}\n\n{options_}'),
    Template('Text: {text}\nClaim: The pronoun in asterisks means "{noun}".\n\nIs the claim right?\n{options_}'),
    Template('A: {text}\nB: By "{pronoun}" you mean "{noun}", don\'t you?\n{options_}\nA:'),
    Template('{options_}\n\nWhich is it? Could "{noun}" take the place of the starred word without changing what is said?\n\n{text}'),
    Template('The pronoun "{pronoun}" has been marked with asterisks in this text. Someone believes that it points to "{noun}". Are they right?\n\n{text}\n\n{options_}'),
    Template('{text}\n\nAn annotator has linked the marked pronoun to "{noun}". Is the link correct?\n\n{options_}'),
    Template("Decide whether two expressions in a text name the same person or thing.\n\nText: {text}\nFirst expression: {noun}\nSecond expression: *{pronoun}*\n\n{options_}"),
    Template('Is it true that *{pronoun}* and "{noun}" are one and the same in what follows?\n{options_}\n\n{text}'),
    Template('A quiz about pronouns shows the players this text.\n\n{text}\n\nOne player says that "{noun}" is meant by *{pronoun}*. Does the player get the point?\n{options_}'),
)

TEMPLATES_273 = (
    Template("{start}\n\nWhich ending makes sense?\n{options_}"),
    Template("Here is the first part of a text.\n\n{start}\n\nAdd the second part.\n{options_}"),
    Template("{options_}\n\nPick the words with which the following text should end.\n\n{start}"),
    Template("Story so far: {start}\n{options_}\nWhat comes next:"),
    Template("Someone was called away in the middle of writing this: {start}\n\nWhat were they going to write?\n{options_}"),
    Template("Continue in a way that any sensible person would agree with.\n\n{start}\n\n{options_}"),
    Template("The two endings below differ only in whom or what they are about.\n{options_}\n\nChoose one for this beginning: {start}"),
    Template("A: {start}\nB: Don't stop! How does it end?\n{options_}\nA:"),
    Template("Think about causes and effects, and then finish the text.\n\n{start}\n\n{options_}"),
    Template("Fill in the rest.\n\nText: {start}\n\n{options_}\n\nRest:"),
)

FIXED_SAMPLES = (
    {"text": "The pan fell on the plate, and it broke into pieces, for it was made of thin china.", "span1_index": 4, "span2_index": 7, "span1_text": "the plate", "span2_text": "it", "idx": 0, "label": 1},
    {"text": "Dora waved to Irene from the window, but she was looking the other way.", "span1_index": 0, "span2_index": 8, "span1_text": "Dora", "span2_text": "she", "idx": 1, "label": 0},
    {"text": "Dora waved to Irene from the window, but she was looking the other way.", "span1_index": 3, "span2_index": 8, "span1_text": "Irene", "span2_text": "she", "idx": 2, "label": 1},
    {"text": "The carpenters could not fix the benches before noon because they had run out of glue.", "span1_index": 0, "span2_index": 10, "span1_text": "The carpenters", "span2_text": "they", "idx": 3, "label": 1},
    {"text": "The carpenters could not fix the benches before noon because they had run out of glue.", "span1_index": 5, "span2_index": 10, "span1_text": "the benches", "span2_text": "they", "idx": 4, "label": 0},
    {"text": "Mr Lowe asked the boy whether his father was at home.", "span1_index": 0, "span2_index": 6, "span1_text": "Mr Lowe", "span2_text": "his", "idx": 5, "label": 0},
    {"text": "Paul taught Rafael to ride the mule. He fell off only once in the first week.", "span1_index": 2, "span2_index": 7, "span1_text": "Rafael", "span2_text": "He", "idx": 6, "label": 1},
    {"text": "The rope was tied to the post, but the wind was so strong that it snapped.", "span1_index": 5, "span2_index": 14, "span1_text": "the post", "span2_text": "it", "idx": 7, "label": 0},
)

SAMPLES_273 = (
    {"text": "The lorry could not pass under the bridge because it was too low.", "pronoun": "it", "pronoun_loc": 50, "quote": "it was too low", "quote_loc": 50, "options": ["The lorry", "The bridge"], "label": 1, "source": "Invented"},
    {"text": "The lorry could not pass under the bridge because it was too high.", "pronoun": "it", "pronoun_loc": 50, "quote": "it was too high", "quote_loc": 50, "options": ["The lorry", "The bridge"], "label": 0, "source": "Invented"},
    {"text": "Helen gave Beatrice her old bicycle, because she had bought a new one.", "pronoun": "she", "pronoun_loc": 45, "quote": "she had bought a new one", "quote_loc": 45, "options": ["Helen", "Beatrice"], "label": 0, "source": "Invented"},
    {"text": "Helen gave Beatrice her old bicycle, because she had always wanted one.", "pronoun": "she", "pronoun_loc": 45, "quote": "she had always wanted one", "quote_loc": 45, "options": ["Helen", "Beatrice"], "label": 1, "source": "Invented"},
    {"text": "The goats pulled the cabbages out of the ground. They were hungry.", "pronoun": "They", "pronoun_loc": 49, "quote": "They were hungry", "quote_loc": 49, "options": ["the goats", "the cabbages"], "label": 0, "source": "Invented"},
    {"text": "Anton envied his brother Marek. His paintings hung in every gallery in town.", "pronoun": "His", "pronoun_loc": 32, "quote": "His paintings hung in every gallery in town", "quote_loc": 32, "options": ["Anton", "Marek"], "label": 1, "source": "Invented"},
    {"text": "The villagers led the soldiers across the marsh, since they had known the way from childhood.", "pronoun": "they", "pronoun_loc": 55, "quote": "they had known the way from childhood", "quote_loc": 55, "options": ["The villagers", "The soldiers"], "label": 0, "source": "Invented"},
    {"text": "The villagers took the soldiers into the barn and dried their uniforms by the fire.", "pronoun": "their", "pronoun_loc": 56, "quote": "dried their uniforms by the fire", "quote_loc": 50, "options": ["The villagers", "The soldiers"], "label": 1, "source": "Invented"},
)

TASKS = (
    Task(
        name="wsc",
        title="WSC",
        source=Hub(repository="aps/super_glue", config="wsc.fixed"),
        splits=Splits(train="train", dev="train", test="validation", dev_rows=50),
        sizes={"train": 554, "validation": 104},
        kind="classification",
        columns={"text": "str", "span1_index": "int", "span2_index": "int", "span1_text": "str", "span2_text": "str", "idx": "int", "label": "int"},
        read=read_fixed,
        inputs=("text", "noun"),
        templates=FIXED_TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="unknown (SuperGLUE research terms)",
        samples=FIXED_SAMPLES,
    ),
    Task(
        name="wsc273",
        title="WSC273",
        source=Hub(repository="lighteval/winograd_wsc", config="wsc273"),
        splits=Splits(train="", dev="", test="test"),
        sizes={"test": 273},
        kind="classification",
        columns={
            "text": "str",
            "pronoun": "str",
            "pronoun_loc": "int",
            "quote": "str",
            "quote_loc": "int",
            "options": "list[str]",
            "label": "int",
            "source": "str",
        },
        read=read_273,
        inputs=("start",),
        templates=TEMPLATES_273,
        metrics=(accuracy,),
        max_target_tokens=64,
        licence="cc-by-4.0",
        samples=SAMPLES_273,
    ),
)
