"""MultiRC: is this one of the right answers to a question on a paragraph? Several may be.

The answers of one question are a group: exact match asks for all of them.

Paper      Khashabi et al. 2018, https://aclanthology.org/N18-1023
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:850 (splits, options, metrics)
"""

from flan_core.metrics import accuracy, multirc_exact_match, multirc_f1
from flan_core.task import Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("no", "yes")


def read(row: Row) -> Example:
    """Label 1 means that the answer is right."""
    return Example(
        fields={
            "paragraph": row["paragraph"].strip(),
            "question": row["question"].strip(),
            "response": row["answer"].strip(),
        },
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
        group=f"{row['idx']['paragraph']}/{row['idx']['question']}",
    )


TEMPLATES = (
    Template("{paragraph}\n\nQuestion: {question}\nProposed answer: {response}\n\nIs the proposed answer correct?\n{options_}"),
    Template("Read the text, then mark the answer.\n\nText: {paragraph}\n\nQuestion: {question}\nAnswer: {response}\n\nIs this answer right?\n{options_}"),
    Template("{question}\n\nOne reply was as follows.\n{response}\n\nDoes the text below bear it out?\n\n{paragraph}\n\n{options_}"),
    Template("Teacher: {question}\nPupil: {response}\n\nThey were talking about this text:\n{paragraph}\n\nWas the pupil right?\n{options_}"),
    Template("{options_}\n\nChoose one of these. Is the second line below a correct answer to the first, given the text that follows?\n\n{question}\n{response}\n\n{paragraph}"),
    Template("A question may have more than one right answer. Is the one given here among them?\n\nText: {paragraph}\nQuestion: {question}\nAnswer: {response}\n\n{options_}"),
    Template("{paragraph}\n\nSomebody asked about this text: {question}\nThe reply was: {response}\n\nIs the reply true?\n{options_}"),
    Template("Passage: {paragraph}\n\nA: {question}\nB: {response}\nA: Is that what the passage says?\n{options_}\nB:"),
    Template("{paragraph}\n\nSuggest an answer to the question below.\n\nQuestion: {question}\nShould the suggestion be correct? {answer}", "{response}", inverse=True),
    Template("{paragraph}\n\nAsk a question that this text answers.", "{question}", inverse=True),
)

SAMPLES = (
    {"paragraph": "Ruth inherited the orchard from her aunt in the spring. She knew nothing about apples, so she hired Mr Amis, who had pruned the trees for thirty years. In the first autumn hail spoiled half of the crop. Ruth sold what was left as cider and, to everyone's surprise, earned more than her aunt ever had.", "question": "Why did Ruth hire Mr Amis?", "answer": "She knew nothing about apples.", "idx": {"paragraph": 0, "question": 0, "answer": 0}, "label": 1},
    {"paragraph": "Ruth inherited the orchard from her aunt in the spring. She knew nothing about apples, so she hired Mr Amis, who had pruned the trees for thirty years. In the first autumn hail spoiled half of the crop. Ruth sold what was left as cider and, to everyone's surprise, earned more than her aunt ever had.", "question": "Why did Ruth hire Mr Amis?", "answer": "He was her uncle.", "idx": {"paragraph": 0, "question": 0, "answer": 1}, "label": 0},
    {"paragraph": "Ruth inherited the orchard from her aunt in the spring. She knew nothing about apples, so she hired Mr Amis, who had pruned the trees for thirty years. In the first autumn hail spoiled half of the crop. Ruth sold what was left as cider and, to everyone's surprise, earned more than her aunt ever had.", "question": "Why did Ruth hire Mr Amis?", "answer": "He had looked after the trees for many years.", "idx": {"paragraph": 0, "question": 0, "answer": 2}, "label": 1},
    {"paragraph": "Ruth inherited the orchard from her aunt in the spring. She knew nothing about apples, so she hired Mr Amis, who had pruned the trees for thirty years. In the first autumn hail spoiled half of the crop. Ruth sold what was left as cider and, to everyone's surprise, earned more than her aunt ever had.", "question": "What happened in the first autumn?", "answer": "The orchard was sold.", "idx": {"paragraph": 0, "question": 1, "answer": 3}, "label": 0},
    {"paragraph": "Ruth inherited the orchard from her aunt in the spring. She knew nothing about apples, so she hired Mr Amis, who had pruned the trees for thirty years. In the first autumn hail spoiled half of the crop. Ruth sold what was left as cider and, to everyone's surprise, earned more than her aunt ever had.", "question": "What happened in the first autumn?", "answer": "Hail spoiled half of the crop.", "idx": {"paragraph": 0, "question": 1, "answer": 4}, "label": 1},
    {"paragraph": "The expedition left Port Vane in June with two ships, the Plover and the Tern. In August the Tern struck a reef and had to turn back for repairs. The crew of the Plover went on alone, mapped the northern coast of the island and collected plants. They returned in October with forty sealed jars and no losses.", "question": "What did the crew of the Plover do after August?", "answer": "They mapped the northern coast.", "idx": {"paragraph": 1, "question": 2, "answer": 5}, "label": 1},
    {"paragraph": "The expedition left Port Vane in June with two ships, the Plover and the Tern. In August the Tern struck a reef and had to turn back for repairs. The crew of the Plover went on alone, mapped the northern coast of the island and collected plants. They returned in October with forty sealed jars and no losses.", "question": "What did the crew of the Plover do after August?", "answer": "They turned back for repairs.", "idx": {"paragraph": 1, "question": 2, "answer": 6}, "label": 0},
    {"paragraph": "The expedition left Port Vane in June with two ships, the Plover and the Tern. In August the Tern struck a reef and had to turn back for repairs. The crew of the Plover went on alone, mapped the northern coast of the island and collected plants. They returned in October with forty sealed jars and no losses.", "question": "What did the crew of the Plover do after August?", "answer": "They collected plants.", "idx": {"paragraph": 1, "question": 2, "answer": 7}, "label": 1},
    {"paragraph": "The expedition left Port Vane in June with two ships, the Plover and the Tern. In August the Tern struck a reef and had to turn back for repairs. The crew of the Plover went on alone, mapped the northern coast of the island and collected plants. They returned in October with forty sealed jars and no losses.", "question": "What did the crew of the Plover do after August?", "answer": "They built a third ship.", "idx": {"paragraph": 1, "question": 2, "answer": 8}, "label": 0},
)

TASKS = (
    Task(
        name="multirc",
        title="MultiRC",
        source=Hub(repository="aps/super_glue", config="multirc"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 27_243, "validation": 4_848},
        kind="classification",
        columns={"paragraph": "str", "question": "str", "answer": "str", "idx": "{paragraph: int, question: int, answer: int}", "label": "int"},
        read=read,
        inputs=("paragraph", "question", "response"),
        long=("paragraph",),
        templates=TEMPLATES,
        metrics=(multirc_f1, multirc_exact_match, accuracy),
        max_target_tokens=8,
        licence="unknown (SuperGLUE research terms)",
        samples=SAMPLES,
    ),
)
