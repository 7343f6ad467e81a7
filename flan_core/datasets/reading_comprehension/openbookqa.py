"""OpenBookQA: a question of elementary science, with a fact from the book that helps.

The configuration ``additional`` is used because ``main`` lacks the fact.

Paper      Mihaylov et al. 2018, https://arxiv.org/abs/1809.02789
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:2114 (splits, fact in the prompt, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import BadRow, Example, Hub, Row, Splits, Task, Template, pick


def read(row: Row) -> Example:
    """The key names a choice by its letter."""
    labels, options = list(row["choices"]["label"]), tuple(row["choices"]["text"])
    if row["answerKey"] not in labels:
        raise BadRow(f"answerKey {row['answerKey']!r} is not one of {labels}")
    return Example(
        fields={"fact": row["fact1"].strip(), "question": row["question_stem"].strip()},
        options=options,
        answer=pick(options, labels.index(row["answerKey"])),
    )


TEMPLATES = (
    Template("Fact: {fact}\n\nQuestion: {question}\n\n{options_}"),
    Template("{question}\n\nThis may help: {fact}\n\n{options_}"),
    Template("We know the following: {fact}\n\nWith that in mind, answer the question or finish the sentence.\n\n{question}\n{options_}"),
    Template("Open your science book. It says this: {fact}\n\nNow choose the best answer.\n\n{question}\n\n{options_}"),
    Template("{options_}\n\nWhich of the above answers the question or completes the sentence below?\n\n{question}\n\nHint: {fact}"),
    Template("Teacher: Keep this in mind: {fact}\nTeacher: {question}\n{options_}\nPupil:"),
    Template("Combine what the book says with what you know about the world.\n\nBook: {fact}\nTask: {question}\n{options_}\nAnswer:"),
    Template("I may take one line of notes into the exam. Mine reads: {fact}\n\nThis is what the exam asks: {question}\n\nWhat should I tick?\n{options_}"),
    Template("Write a question or an unfinished sentence for an exam. This fact should be of help with it.\n\nFact: {fact}", "{question}", inverse=True),
    Template("Question: {question}\nAnswer: {answer}\n\nWhich fact of science lies behind the answer?", "{fact}", inverse=True),
)

SAMPLES = (
    {"id": "ob-1", "question_stem": "Which of these would keep a cup of tea hot for longest?", "choices": {"text": ["a thin metal cup", "a cup with two walls and air between them", "a cup with no bottom", "a cup in cold water"], "label": ["A", "B", "C", "D"]}, "answerKey": "B", "fact1": "air is a poor conductor of heat", "humanScore": 1.0, "clarity": 1.6, "turkIdAnonymized": "t001"},
    {"id": "ob-2", "question_stem": "A gardener wants beans to climb up the fence. Where should they be planted?", "choices": {"text": ["on the sunny side of the fence", "in the cellar", "under a bucket", "behind the shed, in the dark"], "label": ["A", "B", "C", "D"]}, "answerKey": "A", "fact1": "plants grow towards light", "humanScore": 1.0, "clarity": 1.6, "turkIdAnonymized": "t002"},
    {"id": "ob-3", "question_stem": "If a fox turns white in winter, it can", "choices": {"text": ["sleep without a den", "eat more snow", "creep closer to a hare", "run on thin ice"], "label": ["A", "B", "C", "D"]}, "answerKey": "C", "fact1": "camouflage is used by predators to hide from their prey", "humanScore": 1.0, "clarity": 1.6, "turkIdAnonymized": "t003"},
    {"id": "ob-4", "question_stem": "Rain that falls on bare soil on a hillside is likely to", "choices": {"text": ["turn into ice", "feed the clouds", "make the hill higher", "wash the soil away"], "label": ["A", "B", "C", "D"]}, "answerKey": "D", "fact1": "plant roots hold soil in place", "humanScore": 1.0, "clarity": 1.6, "turkIdAnonymized": "t004"},
    {"id": "ob-5", "question_stem": "What should a hiker use to find north on a cloudy day?", "choices": {"text": ["a mirror", "a compass", "a thermometer", "a whistle"], "label": ["A", "B", "C", "D"]}, "answerKey": "B", "fact1": "a compass needle lines up with Earth's magnetic field", "humanScore": 1.0, "clarity": 1.6, "turkIdAnonymized": "t005"},
    {"id": "ob-6", "question_stem": "A puddle on the road disappears fastest when", "choices": {"text": ["the Sun shines on it", "it lies in the shade", "the night is cold", "snow covers it"], "label": ["A", "B", "C", "D"]}, "answerKey": "A", "fact1": "heat causes water to evaporate", "humanScore": 1.0, "clarity": 1.6, "turkIdAnonymized": "t006"},
    {"id": "ob-7", "question_stem": "Which of these is a way to save trees?", "choices": {"text": ["burning old newspapers", "printing every message", "buying thicker books", "putting old paper in the recycling bin"], "label": ["A", "B", "C", "D"]}, "answerKey": "D", "fact1": "recycling paper means that fewer trees are cut down", "humanScore": 1.0, "clarity": 1.6, "turkIdAnonymized": "t007"},
    {"id": "ob-8", "question_stem": "A bat that hunts in complete darkness finds a moth by means of", "choices": {"text": ["its colour", "its smell of honey", "sound", "moonlight"], "label": ["A", "B", "C", "D"]}, "answerKey": "C", "fact1": "some animals use echoes to locate objects", "humanScore": 1.0, "clarity": 1.6, "turkIdAnonymized": "t008"},
)

TASKS = (
    Task(
        name="openbookqa",
        title="OpenBookQA",
        source=Hub(repository="allenai/openbookqa", config="additional"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 4_957, "validation": 500, "test": 500},
        kind="classification",
        columns={
            "id": "str",
            "question_stem": "str",
            "choices": "{text: list[str], label: list[str]}",
            "answerKey": "str",
            "fact1": "str",
            "humanScore": "float",
            "clarity": "float",
            "turkIdAnonymized": "str",
        },
        read=read,
        inputs=("fact", "question"),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=48,
        licence="unknown",
        samples=SAMPLES,
    ),
)
