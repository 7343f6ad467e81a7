r"""Math: solve a linear equation in one variable.

Strings of the hub's copy carry the marks of Python bytes (``b'...\n'``); they are removed.

Paper      Saxton et al. 2019, https://arxiv.org/abs/1904.01557
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:421 (module algebra__linear_1d, splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import BadRow, Example, Hub, Row, Splits, Task, Template


def read(row: Row) -> Example:
    question, answer = _cleaned(row["question"]), _cleaned(row["answer"])
    if not answer:
        raise BadRow("no answer")
    return Example(fields={"question": question}, answer=answer)


def _cleaned(text: str) -> str:
    text = text.strip()
    if text.startswith(("b'", 'b"')):
        text = text[2:-1]
    return text.removesuffix("\\n").strip()


TEMPLATES = (
    Template("{question}"),
    Template("{question} What number do you get?"),
    Template("Algebra exercise: {question}\nSolution:"),
    Template("Work this out and give only the number.\n\n{question}"),
    Template("Teacher: {question}\nPupil:"),
    Template("Here is a linear equation in one variable.\n\n{question}\n\nWhich number makes the equation true?"),
    Template("Isolate the unknown, and write down its value.\n\n{question}"),
    Template("From a mathematics test:\n\n{question}\n\nAnswer (a whole number, which may be negative):"),
    Template("My calculator is broken, so I need you for this one. {question}"),
    Template("Can you help me with my homework? {question} I only need the final result."),
)

SAMPLES = (
    {"question": "b'Solve 6*k + 11 = 53 for k.\\n'", "answer": "b'7\\n'"},
    {"question": "b'Solve -4*w = 3*w + 91 for w.\\n'", "answer": "b'-13\\n'"},
    {"question": "b'Solve 0 = 15*t - 180 for t.\\n'", "answer": "b'12\\n'"},
    {"question": "b'Solve 250 = -25*p for p.\\n'", "answer": "b'-10\\n'"},
    {"question": "b'Solve 9*y - 2*y + 8 = 8 for y.\\n'", "answer": "b'0\\n'"},
    {"question": "b'Solve 31 - 76 = 5*n for n.\\n'", "answer": "b'-9\\n'"},
    {"question": "b'Solve 18*h + 44 = 7*h for h.\\n'", "answer": "b'-4\\n'"},
    {"question": "b'Solve -12*c + 6 = -138 for c.\\n'", "answer": "b'12\\n'"},
)

TASKS = (
    Task(
        name="math_dataset",
        title="Math",
        source=Hub(repository="deepmind/math_dataset", revision="refs/convert/parquet", data_dir="algebra__linear_1d"),
        splits=Splits(train="train", dev="train", test="test"),
        sizes={"train": 1_999_998, "test": 10_000},
        kind="generation",
        columns={"question": "str", "answer": "str"},
        read=read,
        inputs=("question",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=16,
        licence="unknown (none stated)",
        samples=SAMPLES,
    ),
)
