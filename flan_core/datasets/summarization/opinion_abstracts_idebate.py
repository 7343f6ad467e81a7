"""Opinion abstracts, debates: which claim do these arguments support?

The first ten sentences of the argument are numbered.

Paper      Wang and Ling 2016, https://aclanthology.org/N16-1007
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:623 (splits, fields, metric)
"""

import json
from collections.abc import Iterator
from pathlib import Path

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Files, Row, Splits, Task, Template

MOST = 10


def parse(path: Path) -> Iterator[Row]:
    """The file is one list; its sentences are an object from a key to a text."""
    for claim in json.loads(path.read_text(encoding="utf-8")):
        sentences = claim["_argument_sentences"]
        yield {
            "_debate_name": claim["_debate_name"],
            "_claim_id": str(claim["_claim_id"]),
            "_claim": claim["_claim"],
            "_argument_sentences": {"key": list(sentences), "value": list(sentences.values())},
        }


def read(row: Row) -> Example | Drop:
    """The claim is the answer."""
    sentences = [" ".join(sentence.split()) for sentence in row["_argument_sentences"]["value"]]
    numbered = [f"{i}. {text}" for i, text in enumerate(filter(None, sentences[:MOST]), 1)]
    debate, claim = " ".join(row["_debate_name"].split()), row["_claim"].strip()
    if not numbered or not debate or not claim:
        return Drop("no arguments, no debate or no claim")
    return Example(fields={"debate": debate, "arguments": "\n".join(numbered)}, answer=claim)


TEMPLATES = (
    Template('In a debate on "{debate}", someone argues as follows:\n\n{arguments}\n\nWhat is the claim?'),
    Template("Debate: {debate}\n\nArguments:\n{arguments}\n\nClaim:"),
    Template('{arguments}\n\nThese points were made in the debate "{debate}". Which statement do they support?'),
    Template('State in one sentence what the speaker wants to show.\n\nThe debate: "{debate}"\n\n{arguments}'),
    Template('You are chairing a debate called "{debate}". Sum up the position behind these remarks.\n\n{arguments}'),
    Template('Student: I took these notes in our debate on "{debate}".\n\n{arguments}\n\nTeacher: And what was the main point?\nStudent:'),
    Template('{arguments}\n\nPut what is said above into a single thesis. It comes from the debate "{debate}".'),
    Template('What conclusion do the following sentences lead to? The subject of the debate is "{debate}".\n\n{arguments}'),
    Template('Somebody in the debate "{debate}" makes this claim: {answer}\n\nGive arguments for it in a numbered list.', "{arguments}", inverse=True),
    Template("Name a debate in which the following claim could be made.\n\n{answer}", "{debate}", inverse=True),
)

SAMPLES = (
    {"_debate_name": "This House would make museums free for everyone", "_claim_id": "90001_1", "_claim": "Free entry brings in people who would otherwise stay away.", "_argument_sentences": {"key": ["0", "1"], "value": ["Families with little money count every ticket.", "Where entry was made free, the number of visitors doubled."]}},
    {"_debate_name": "This House would ban cars from city centres", "_claim_id": "90002_1", "_claim": "A ban would harm small shops.", "_argument_sentences": {"key": ["0", "1", "2"], "value": ["Many customers come from outside the city.", "They will drive to a shopping centre instead.", "Small shops cannot survive on passers-by alone."]}},
    {"_debate_name": "This House believes that homework does more harm than good", "_claim_id": "90003_1", "_claim": "Homework widens the gap between rich and poor pupils.", "_argument_sentences": {"key": ["0", "1"], "value": ["Some pupils have a quiet room and parents who can help.", "Others share a table with three brothers and sisters."]}},
    {"_debate_name": "This House would lower the voting age to sixteen", "_claim_id": "90004_1", "_claim": "Young people should decide about their own future.", "_argument_sentences": {"key": ["0", "1"], "value": ["They will live longest with the laws that are made today.", "At sixteen they may work and pay taxes."]}},
    {"_debate_name": "This House would pay nurses more than bankers", "_claim_id": "90005_1", "_claim": "Pay should reflect what a job is worth to society.", "_argument_sentences": {"key": ["0", "1", "2"], "value": ["Nurses save lives every day.", "A week without them would be a disaster.", "A week without bankers would hardly be noticed."]}},
    {"_debate_name": "This House would explore the deep sea before outer space", "_claim_id": "90006_1", "_claim": "The sea offers more useful discoveries for less money.", "_argument_sentences": {"key": ["0", "1"], "value": ["A dive costs a fraction of a rocket launch.", "New medicines have already come from creatures of the deep."]}},
    {"_debate_name": "This House would replace exams with projects", "_claim_id": "90007_1", "_claim": "Exams are fairer because everyone faces the same test.", "_argument_sentences": {"key": ["0", "1"], "value": ["Parents can do half of a project at home.", "In an exam hall each pupil works alone."]}},
    {"_debate_name": "This House would keep zoos open", "_claim_id": "90008_1", "_claim": "Zoos help to save species from extinction.", "_argument_sentences": {"key": ["0", "1", "2"], "value": ["Some animals live on only because zoos bred them.", "Their young have been released into the wild.", "Without zoos, the knowledge of how to breed them would be lost."]}},
)

TASKS = (
    Task(
        name="opinion_abstracts_idebate",
        title="Opinion abstracts, debates",
        source=Files(
            url="https://web.eecs.umich.edu/~wangluxy/datasets/opinion_abstracts.zip",
            where="download the archive and take idebate.json from its folder opinion_abstracts",
            files={"train": "idebate.json"},
            parse=parse,
        ),
        splits=Splits(train="train", dev="train", test="train", dev_rows=100, test_rows=500),
        sizes={"train": 2_259},
        kind="generation",
        columns={
            "_debate_name": "str",
            "_claim_id": "str",
            "_claim": "str",
            "_argument_sentences": "{key: list[str], value: list[str]}",
        },
        read=read,
        inputs=("debate", "arguments"),
        long=("arguments",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=64,
        licence="unknown (none stated)",
        samples=SAMPLES,
    ),
)
