"""Natural Questions, open: what people asked a search engine, answered from memory.

The questions have no question mark; one is added, once. The original added a second in half of its
templates.

Paper      Kwiatkowski et al. 2019, https://aclanthology.org/Q19-1026; Lee et al. 2019, https://arxiv.org/abs/1906.00300
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:262 (splits, metrics); the target is the first answer
"""

from flan_core.metrics import trivia_exact_match, trivia_f1
from flan_core.task import BadRow, Example, Hub, Row, Splits, Task, Template


def read(row: Row) -> Example:
    answers = tuple(dict.fromkeys(text.strip() for text in row["answer"] if text.strip()))
    if not answers:
        raise BadRow("no answer")
    return Example(
        fields={"question": row["question"].strip().rstrip(" ?") + "?"},
        answer=answers[0],
        references=answers,
    )


TEMPLATES = (
    Template("Q: {question}\nA:"),
    Template("Please tell me: {question}"),
    Template("Someone asks a search engine: {question}\n\nWhat is the answer?"),
    Template("{question}\n\nWhat short answer would an encyclopaedia give?"),
    Template("You have no book and no screen at hand. Answer as exactly as you can.\n\nQuestion: {question}"),
    Template("A: There is one thing I keep wondering: {question}\nB:"),
    Template("{question}\n\nA name, a date, a number or a few words will do."),
    Template("Search: {question}\nTop answer:"),
    Template("Reply briefly to the question of a visitor to the help desk.\n\nVisitor: {question}\nHelp desk:"),
    Template("What might a person have typed into a search engine to be given this answer?\n\nAnswer: {answer}", "{question}", inverse=True),
)

SAMPLES = (
    {"question": "who gave the saxophone its name", "answer": ["Adolphe Sax", "its inventor Adolphe Sax"]},
    {"question": "which mountain is the highest in wales", "answer": ["Snowdon", "Yr Wyddfa", "Mount Snowdon"]},
    {"question": "when was the suez canal opened to ships", "answer": ["17 November 1869", "1869"]},
    {"question": "how many black keys does a full piano have", "answer": ["36"]},
    {"question": "in which spanish city can you visit the alhambra", "answer": ["Granada", "Granada, Spain"]},
    {"question": "which dutch artist painted the milkmaid", "answer": ["Johannes Vermeer", "Vermeer"]},
    {"question": "which letters stand for tin in the periodic table", "answer": ["Sn"]},
    {"question": "who walked on the moon right after neil armstrong", "answer": ["Buzz Aldrin", "Edwin Aldrin"]},
)

TASKS = (
    Task(
        name="natural_questions",
        title="Natural Questions",
        source=Hub(repository="google-research-datasets/nq_open"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 87_925, "validation": 3_610},
        kind="generation",
        columns={"question": "str", "answer": "list[str]"},
        read=read,
        inputs=("question",),
        templates=TEMPLATES,
        metrics=(trivia_exact_match, trivia_f1),
        max_target_tokens=32,
        licence="cc-by-sa-3.0",
        samples=SAMPLES,
    ),
)
