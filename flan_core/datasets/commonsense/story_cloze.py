"""StoryCloze: which of two sentences ends the story?

Only the test sets of Spring 2016 have both endings, so the first of them serves as training
data. The publisher sends the files to those who fill in a form.

Paper      Mostafazadeh et al. 2016, https://arxiv.org/abs/1604.01696
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1034 (reading, splits, metric)
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from flan_core.errors import BadInput
from flan_core.metrics import accuracy
from flan_core.task import Example, Files, Row, Splits, Task, Template, pick

COLUMNS = {
    "story_id": "str",
    "input_sentence_1": "str",
    "input_sentence_2": "str",
    "input_sentence_3": "str",
    "input_sentence_4": "str",
    "sentence_quiz1": "str",
    "sentence_quiz2": "str",
    "answer_right_ending": "int",
}
"""The publisher's columns, in the order of its files, under the hub's names."""


def parse(path: Path) -> Iterator[Row]:
    """Yield the rows of one of the publisher's CSV files.

    Raises:
        BadInput: a line has another number of columns, or an answer other than 1 and 2.
    """
    lines = csv.reader(path.read_text(encoding="utf-8-sig").splitlines(keepends=True))
    next(lines, None)
    for cells in lines:
        if len(cells) != len(COLUMNS) or cells[-1] not in ("1", "2"):
            raise BadInput(
                f"{path}, line {lines.line_num} is not a story, two endings and 1 or 2; "
                f"use the publisher's file unchanged"
            )
        yield dict(zip(COLUMNS, [*cells[:-1], int(cells[-1])], strict=True))


def read(row: Row) -> Example:
    """The story is four sentences; the right ending is counted from 1."""
    story = (row[f"input_sentence_{number}"].strip() for number in (1, 2, 3, 4))
    options = (row["sentence_quiz1"].strip(), row["sentence_quiz2"].strip())
    return Example(
        fields={"story": " ".join(story)},
        options=options,
        answer=pick(options, row["answer_right_ending"] - 1),
    )


TEMPLATES = (
    Template("{story}\n\nWhat happens in the last sentence?\n\n{options_}"),
    Template("The last sentence of this story is missing. Supply it.\n\n{story}\n\n{options_}"),
    Template("Story: {story}\n\n{options_}\n\nFifth and last sentence:"),
    Template("{options_}\n\nWhich ending goes with the story below?\n\n{story}"),
    Template("An ending has to fit what has happened before. Choose one that does.\n\n{story}\n\n{options_}"),
    Template("Grandfather: {story}\nChild: And then?\n\n{options_}\n\nGrandfather:"),
    Template("Put yourself in the place of the people in this story and say what most likely happened in the end.\n\n{story}\n\n{options_}"),
    Template("Here is a story in four sentences.\n{story}\n\nAdd the sentence that brings it to a sensible close.\n\n{options_}"),
    Template("A short story ends like this: {answer}\n\nWrite the four sentences that lead up to it.", "{story}", inverse=True),
    Template("Tell a story from everyday life in five short sentences.", "{story} {answer}", inverse=True),
)

SAMPLES = (
    {"story_id": "made-0", "input_sentence_1": "Iris had never baked a cake.", "input_sentence_2": "For her father's birthday, she wanted to try.", "input_sentence_3": "She followed the recipe word for word.", "input_sentence_4": "The cake came out golden and smelled of lemon.", "sentence_quiz1": "Iris was proud of what she had made.", "sentence_quiz2": "Iris sold her oven the same day.", "answer_right_ending": 1},
    {"story_id": "made-1", "input_sentence_1": "Paul left his umbrella at home.", "input_sentence_2": "The sky was clear in the morning.", "input_sentence_3": "By noon, dark clouds had gathered.", "input_sentence_4": "Paul had to walk home in a downpour.", "sentence_quiz1": "He arrived perfectly dry.", "sentence_quiz2": "He was soaked when he got to his door.", "answer_right_ending": 2},
    {"story_id": "made-2", "input_sentence_1": "The twins found a stray kitten in the garage.", "input_sentence_2": "They gave it some tuna and a blanket.", "input_sentence_3": "Their mother said that they could not keep it.", "input_sentence_4": "Then the kitten climbed into her lap and fell asleep.", "sentence_quiz1": "Their mother changed her mind.", "sentence_quiz2": "The twins forgot what a cat was.", "answer_right_ending": 1},
    {"story_id": "made-3", "input_sentence_1": "Omar was nervous about his first concert.", "input_sentence_2": "He practised the piece every evening for a month.", "input_sentence_3": "On the day itself, his hands were shaking.", "input_sentence_4": "He took a deep breath and began to play.", "sentence_quiz1": "Omar decided to learn to swim.", "sentence_quiz2": "He played without a single mistake.", "answer_right_ending": 2},
    {"story_id": "made-4", "input_sentence_1": "Lena wanted to buy a used bicycle.", "input_sentence_2": "A man in her street was selling one.", "input_sentence_3": "When she tried it, the brakes did not work.", "input_sentence_4": "The man would not lower the price.", "sentence_quiz1": "Lena thanked him and looked for another bicycle.", "sentence_quiz2": "Lena gave him twice what he had asked for.", "answer_right_ending": 1},
    {"story_id": "made-5", "input_sentence_1": "Our class went to the zoo in May.", "input_sentence_2": "I stood too close to the llamas.", "input_sentence_3": "The guide had warned us about them.", "input_sentence_4": "One of them looked straight at me and spat.", "sentence_quiz1": "I was sad that we had not gone to the zoo.", "sentence_quiz2": "I spent the rest of the trip in a dirty shirt.", "answer_right_ending": 2},
    {"story_id": "made-6", "input_sentence_1": "Greta lost her ring on the beach.", "input_sentence_2": "She searched the sand until dark.", "input_sentence_3": "A week later, a stranger rang at her door.", "input_sentence_4": "He had found the ring with a metal detector.", "sentence_quiz1": "Greta could hardly believe her luck.", "sentence_quiz2": "Greta had never owned a ring.", "answer_right_ending": 1},
    {"story_id": "made-7", "input_sentence_1": "Victor always took the bus at seven.", "input_sentence_2": "One morning, his alarm did not ring.", "input_sentence_3": "He ran to the stop without breakfast.", "input_sentence_4": "The bus was just turning the corner.", "sentence_quiz1": "He had two more cups of tea in bed.", "sentence_quiz2": "He had to wait for the next one.", "answer_right_ending": 2},
)

TASKS = (
    Task(
        name="story_cloze",
        title="StoryCloze",
        source=Files(
            url="https://cs.rochester.edu/nlp/rocstories/",
            where="Ask for the Story Cloze Test of Spring 2016 (validation and test set) with the form on that page; the publisher sends a link to the two files.",
            files={
                "validation": "cloze_test_val__spring2016 - cloze_test_ALL_val.csv",
                "test": "cloze_test_test__spring2016 - cloze_test_ALL_test.csv",
            },
            parse=parse,
        ),
        splits=Splits(train="validation", dev="validation", test="test"),
        sizes={"validation": 1_871, "test": 1_871},
        kind="classification",
        columns=COLUMNS,
        read=read,
        inputs=("story",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=64,
        licence="other (form to fill in)",
        samples=SAMPLES,
    ),
)
