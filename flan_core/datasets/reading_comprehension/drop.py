"""DROP: questions on a passage that ask for counting, comparing and calculating.

An answer is a number, a date or one or several spans of the passage; several are written with a
semicolon between them. The original kept only the first span. The answers of all annotators are
accepted.

Paper      Dua et al. 2019, https://arxiv.org/abs/1903.00161
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:794 (splits); flan_core/metrics/drop.py (scoring)
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flan_core.metrics import SPAN_SEPARATOR, drop_exact_match, drop_f1
from flan_core.task import BadRow, Example, Hub, Row, Splits, Task, Template


def read(row: Row) -> Example:
    """The target is the first answer. The ucinlp copy has ``answers_spans``, a flat list of accepted ones."""
    texts = row["answers_spans"]["spans"] if "answers_spans" in row else _texts(row)
    answers = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not answers:
        raise BadRow("no answer")
    return Example(
        fields={"passage": row["passage"].strip(), "question": row["question"].strip()},
        answer=answers[0],
        references=answers,
    )


def _texts(row: Row) -> list[str]:
    """Return the answer and the validated ones, which the hub has as one list for each part."""
    validated = row["validated_answers"]
    parts = zip(validated["number"], validated["date"], validated["spans"], strict=True)
    answer = row["answer"]
    return [
        _text(answer["number"], answer["date"], answer["spans"]),
        *(_text(number, date, spans) for number, date, spans in parts),
    ]


def _text(number: str, date: Mapping[str, Any], spans: Sequence[str]) -> str:
    """Return the one part that is given, a date as "7 May 1921"; empty if there is none."""
    day = " ".join(date[part] for part in ("day", "month", "year") if date[part])
    return number or day or SPAN_SEPARATOR.join(span.strip() for span in spans)


TEMPLATES = (
    Template("{passage}\n\n{question}"),
    Template("Work out the answer from the facts in the passage. You may have to count, compare or calculate.\n\nPassage: {passage}\n\nQuestion: {question}"),
    Template("Question: {question}\n\nGo through the report below to find out. If you name several things, put semicolons between them.\n\n{passage}"),
    Template("Passage: {passage}\nQ: {question}\nA:"),
    Template("{question}\n\nUse the numbers, dates and names in this text.\n\n{passage}"),
    Template("Reader: I am puzzled by this report. {passage}\nReader: {question}\nAnalyst:"),
    Template("A statistician was given the following text.\n\n{passage}\n\nThe task was this: {question}\n\nWhat is the result? It may be a number, a date, a name, or several names with semicolons between them."),
    Template("First comes a question, then the passage that it is about. Give only the answer.\n\nQuestion: {question}\n\n{passage}\n\nAnswer:"),
    Template("{passage}\n\nThink of a question about this passage that takes some counting or comparing and has the following answer.\n\nAnswer: {answer}", "{question}", inverse=True),
    Template("Write a passage that holds all the facts needed to answer the question below.\n\n{question}", "{passage}", inverse=True),
)

SAMPLES = (
    {"section_id": "s1", "passage": "The Harbour Gulls opened the scoring in the first quarter with a 34-yard field goal by Dan Pruitt. The Millers answered with a 12-yard touchdown run by Leo Marsh. In the third quarter Pruitt added field goals of 41 and 27 yards, and in the last minute Sam Okoye caught a 20-yard touchdown pass that sealed the win for the Gulls.", "question": "How many field goals did Dan Pruitt kick?", "query_id": "q-1", "answer": {"number": "3", "date": {"day": "", "month": "", "year": ""}, "spans": [], "worker_id": "w1", "hit_id": "h1"}, "validated_answers": {"number": [], "date": [], "spans": [], "worker_id": [], "hit_id": []}},
    {"section_id": "s1", "passage": "The Harbour Gulls opened the scoring in the first quarter with a 34-yard field goal by Dan Pruitt. The Millers answered with a 12-yard touchdown run by Leo Marsh. In the third quarter Pruitt added field goals of 41 and 27 yards, and in the last minute Sam Okoye caught a 20-yard touchdown pass that sealed the win for the Gulls.", "question": "Which players scored a touchdown?", "query_id": "q-2", "answer": {"number": "", "date": {"day": "", "month": "", "year": ""}, "spans": ["Leo Marsh", "Sam Okoye"], "worker_id": "w2", "hit_id": "h2"}, "validated_answers": {"number": [], "date": [], "spans": [], "worker_id": [], "hit_id": []}},
    {"section_id": "s2", "passage": "The siege of Tarnholm began on 3 April 1644, when about 5,000 soldiers under Lord Crewe camped north of the town. The garrison numbered only 800 men. A relief force of 2,500 arrived on 28 May and broke through the lines, and Crewe withdrew the next morning. The town had lost 120 men, the besiegers more than 400.", "question": "When did the siege of Tarnholm begin?", "query_id": "q-3", "answer": {"number": "", "date": {"day": "3", "month": "April", "year": "1644"}, "spans": [], "worker_id": "w3", "hit_id": "h3"}, "validated_answers": {"number": [], "date": [], "spans": [], "worker_id": [], "hit_id": []}},
    {"section_id": "s2", "passage": "The siege of Tarnholm began on 3 April 1644, when about 5,000 soldiers under Lord Crewe camped north of the town. The garrison numbered only 800 men. A relief force of 2,500 arrived on 28 May and broke through the lines, and Crewe withdrew the next morning. The town had lost 120 men, the besiegers more than 400.", "question": "How many more soldiers did Lord Crewe have than the garrison?", "query_id": "q-4", "answer": {"number": "4200", "date": {"day": "", "month": "", "year": ""}, "spans": [], "worker_id": "w4", "hit_id": "h4"}, "validated_answers": {"number": [], "date": [], "spans": [], "worker_id": [], "hit_id": []}},
    {"section_id": "s2", "passage": "The siege of Tarnholm began on 3 April 1644, when about 5,000 soldiers under Lord Crewe camped north of the town. The garrison numbered only 800 men. A relief force of 2,500 arrived on 28 May and broke through the lines, and Crewe withdrew the next morning. The town had lost 120 men, the besiegers more than 400.", "question": "Which side lost more men?", "query_id": "q-5", "answer": {"number": "", "date": {"day": "", "month": "", "year": ""}, "spans": ["the besiegers"], "worker_id": "w5", "hit_id": "h5"}, "validated_answers": {"number": [], "date": [], "spans": [], "worker_id": [], "hit_id": []}},
    {"section_id": "s3", "passage": "At the census of 1901 the district of Lowfield had 12,400 inhabitants, of whom 58% lived in villages, 30% in the market town and the rest on scattered farms. By 1951 the population had grown to 19,100, and the market town alone had 9,700 inhabitants.", "question": "What percentage of the inhabitants lived on scattered farms in 1901?", "query_id": "q-6", "answer": {"number": "12", "date": {"day": "", "month": "", "year": ""}, "spans": [], "worker_id": "w6", "hit_id": "h6"}, "validated_answers": {"number": ["12"], "date": [{"day": "", "month": "", "year": ""}], "spans": [[]], "worker_id": ["v0"], "hit_id": ["k0"]}},
    {"section_id": "s3", "passage": "At the census of 1901 the district of Lowfield had 12,400 inhabitants, of whom 58% lived in villages, 30% in the market town and the rest on scattered farms. By 1951 the population had grown to 19,100, and the market town alone had 9,700 inhabitants.", "question": "By how many people did the population grow from 1901 to 1951?", "query_id": "q-7", "answer": {"number": "6700", "date": {"day": "", "month": "", "year": ""}, "spans": [], "worker_id": "w7", "hit_id": "h7"}, "validated_answers": {"number": ["6700", "6,700"], "date": [{"day": "", "month": "", "year": ""}, {"day": "", "month": "", "year": ""}], "spans": [[], []], "worker_id": ["v0", "v1"], "hit_id": ["k0", "k1"]}},
    {"section_id": "s4", "passage": "The regatta was first held in 1882 with six boats. Three of them came from Norway, two from Denmark and one from Scotland. The race was not held between 1914 and 1919. A new course, two miles longer, was introduced in 1931, and women took part for the first time in 1956.", "question": "From which countries did the boats come at the first regatta?", "query_id": "q-8", "answer": {"number": "", "date": {"day": "", "month": "", "year": ""}, "spans": ["Norway", "Denmark", "Scotland"], "worker_id": "w8", "hit_id": "h8"}, "validated_answers": {"number": ["", ""], "date": [{"day": "", "month": "", "year": ""}, {"day": "", "month": "", "year": ""}], "spans": [["Norway", "Denmark", "Scotland"], ["Norway", "Scotland", "Denmark"]], "worker_id": ["v0", "v1"], "hit_id": ["k0", "k1"]}},
    {"section_id": "s4", "passage": "The regatta was first held in 1882 with six boats. Three of them came from Norway, two from Denmark and one from Scotland. The race was not held between 1914 and 1919. A new course, two miles longer, was introduced in 1931, and women took part for the first time in 1956.", "question": "In what year did women take part for the first time?", "query_id": "q-9", "answer": {"number": "", "date": {"day": "", "month": "", "year": "1956"}, "spans": [], "worker_id": "w9", "hit_id": "h9"}, "validated_answers": {"number": [""], "date": [{"day": "", "month": "", "year": ""}], "spans": [["1956"]], "worker_id": ["v0"], "hit_id": ["k0"]}},
)

TASKS = (
    Task(
        name="drop",
        title="DROP",
        source=Hub(repository="EleutherAI/drop"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 77_409, "validation": 9_536},
        kind="extraction",
        columns={
            "section_id": "str",
            "passage": "str",
            "question": "str",
            "query_id": "str",
            "answer": "{number: str, date: {day: str, month: str, year: str}, spans: list[str], worker_id: str, hit_id: str}",
            "validated_answers": "{number: list[str], date: list[{day: str, month: str, year: str}], spans: list[list[str]], worker_id: list[str], hit_id: list[str]}",
        },
        read=read,
        inputs=("passage", "question"),
        long=("passage",),
        templates=TEMPLATES,
        metrics=(drop_f1, drop_exact_match),
        max_target_tokens=64,
        licence="cc-by-sa-4.0",
        samples=SAMPLES,
    ),
)
