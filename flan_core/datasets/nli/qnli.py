"""QNLI: does the sentence hold the answer to the question?

Paper      Wang et al. 2018, GLUE, https://arxiv.org/abs/1804.07461
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1921 (reading, splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("yes", "no")


def read(row: Row) -> Example | Drop:
    """Label 0 is entailment: the question is answered."""
    if row["label"] == -1:
        return Drop("unlabelled")
    return Example(
        fields={"question": row["question"].strip(), "sentence": row["sentence"].strip()},
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template("{question}\n{sentence}\n\nDoes the second line answer the first?\n\n{options_}"),
    Template("Question: {question}\nSentence: {sentence}\n\nCan the question be answered from the sentence?\n\n{options_}"),
    Template("Suppose that you know nothing but this:\n{sentence}\n\nCould you answer the following?\n{question}\n\n{options_}"),
    Template("A reader has looked up an answer to a question. Has the reader found it?\n\nAsked: {question}\nFound: {sentence}\n\n{options_}"),
    Template("{options_}\n\nDoes this sentence contain what the question asks for?\n\nSentence: {sentence}\n\nQuestion: {question}"),
    Template("Pupil: {question}\nTeacher: {sentence}\n\nHas the teacher answered the pupil's question?\n\n{options_}"),
    Template("You are building a quiz and need a source for each answer.\n\nQuiz question: {question}\nPossible source: {sentence}\n\nWill this source do?\n\n{options_}"),
    Template("{sentence}\n\nWould that settle the following question?\n{question}\n\n{options_}"),
    Template("Query: {question}\nSearch result: {sentence}\n\n{options_}\n\nAnswers the query:"),
    Template(
        'Write a question on the topic of the sentence below. To anyone who asks whether the sentence answers it, we must reply "{answer}".\n\n{sentence}',
        "{question}",
        inverse=True,
    ),
)

SAMPLES = (
    {"question": "When was the lighthouse at Cape Merrow built?", "sentence": "The lighthouse at Cape Merrow was built in 1871 to guide ships past the reef.", "label": 0, "idx": 0},
    {"question": "Who designed the city's opera house?", "sentence": "The opera house seats two thousand people and opened with a performance of Fidelio.", "label": 1, "idx": 1},
    {"question": "What do adult silk moths eat?", "sentence": "Having no working mouthparts, adult silk moths do not eat at all.", "label": 0, "idx": 2},
    {"question": "How long is the tunnel under the strait?", "sentence": "Work on the tunnel under the strait began at both ends on the same day.", "label": 1, "idx": 3},
    {"question": "Which metal gives the glass its blue colour?", "sentence": "Glassmakers add a pinch of cobalt, which turns the glass a deep blue.", "label": 0, "idx": 4},
    {"question": "Why did the empire lose its eastern provinces?", "sentence": "The eastern provinces produced most of the grain that fed the capital.", "label": 1, "idx": 5},
    {"question": "How many players does each side have on the court?", "sentence": "Each side has seven players on the court, one of whom keeps the goal.", "label": 0, "idx": 6},
    {"question": "In which year did the river last freeze over?", "sentence": "When the river froze over, markets were held on the ice for weeks.", "label": 1, "idx": 7},
)

TASKS = (
    Task(
        name="qnli",
        title="QNLI",
        source=Hub(repository="nyu-mll/glue", config="qnli"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 104_743, "validation": 5_463},
        kind="classification",
        columns={"question": "str", "sentence": "str", "label": "int", "idx": "int"},
        read=read,
        inputs=("question", "sentence"),
        long=("sentence",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="other",
        samples=SAMPLES,
    ),
)
