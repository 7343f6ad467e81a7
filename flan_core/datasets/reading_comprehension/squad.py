"""SQuAD: questions on a paragraph of Wikipedia, answered with words of the paragraph.

Version 2 adds questions that the paragraph does not answer. Its templates tell the model to say
"unanswerable" then, which is the target of such a row (an empty list of answers on the hub).

Paper      Rajpurkar et al. 2016, https://arxiv.org/abs/1606.05250; 2018, https://arxiv.org/abs/1806.03822
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:725, :755 (splits, metric); the target is the first answer
"""

from flan_core.metrics import exact_match, f1
from flan_core.task import BadRow, Example, Hub, Row, Splits, Task, Template

UNANSWERABLE = "unanswerable"


def read_v1(row: Row) -> Example:
    """Every annotator's answer is accepted; the first is the target."""
    if not row["answers"]["text"]:
        raise BadRow("no answer, which only version 2 allows")
    return read_v2(row)


def read_v2(row: Row) -> Example:
    """An empty list of answers means that the paragraph does not tell."""
    answers = tuple(dict.fromkeys(text.strip() for text in row["answers"]["text"])) or (UNANSWERABLE,)
    return Example(
        fields={
            "title": row["title"].replace("_", " "),
            "context": row["context"].strip(),
            "question": row["question"].strip(),
        },
        answer=answers[0],
        references=answers,
    )


V1_TEMPLATES = (
    Template("{context}\n\nAnswer this question with words from the text: {question}"),
    Template("Question: {question}\n\nFind the answer in the paragraph below and copy it out.\n\n{context}"),
    Template("Paragraph: {context}\nQuestion: {question}\nAnswer:"),
    Template('The following comes from an encyclopaedia article entitled "{title}".\n\n{context}\n\n{question}'),
    Template("Teacher: Open your books and read this. {context}\nTeacher: {question}\nPupil:"),
    Template("Quote the few words of the text that answer the question.\n\nText: {context}\n\nThe question is this: {question}"),
    Template("{question}\n\nThe answer is somewhere in here:\n{context}"),
    Template("Wanted: the shortest answer that the paragraph gives to the question above it.\n\n{question}\n\n{context}\n\nAnswer:"),
    Template("{context}\n\nAsk a question about this paragraph. Its answer must be the following words of the text.\n\nAnswer: {answer}", "{question}", inverse=True),
    Template("Write a paragraph for an encyclopaedia that would let a reader answer this question.\n\n{question}", "{context}", inverse=True),
)

V2_TEMPLATES = (
    Template('{context}\n\n{question}\n\nIf the text does not say, reply "unanswerable".'),
    Template('Answer the question from the paragraph, or write "unanswerable" if the paragraph gives no answer.\n\nParagraph: {context}\n\nQuestion: {question}'),
    Template('Question: {question}\n\nThis paragraph may or may not hold the answer:\n\n{context}\n\nCopy the answer from it. If there is none, say "unanswerable".'),
    Template('Can the question be answered with the help of this passage from the article "{title}"? If so, give the answer in the words of the passage; if not, write "unanswerable".\n\n{context}\n\n{question}'),
    Template('Passage: {context}\nQ: {question}\nA ("unanswerable" if the passage leaves it open):'),
    Template('Editor: Please check our source for me. {question}\nAssistant: The source reads: {context}\nEditor: So, what is the answer? Say "unanswerable" if it is not there.\nAssistant:'),
    Template('Take care: some questions have no answer in the text. For those, the right reply is "unanswerable".\n\nQuestion: {question}\nText: {context}\nReply:'),
    Template('Rely on this text alone.\n\n{context}\n\n{question}\n\nGive the shortest answer that the text supports, or else "unanswerable".'),
    Template('{question}\n\nQuote the part of the text below that settles this. When nothing in it does, the answer is "unanswerable".\n\n{context}'),
    Template('In a quiz, the players are given a piece of the article "{title}" and are asked something about it. They may also call the question "unanswerable".\n\nArticle: {context}\n\nQuestion: {question}\n\nWhat should a player say?'),
)

V1_SAMPLES = (
    {"id": "a1", "title": "Cape_Merrow_Lighthouse", "context": "The lighthouse on Cape Merrow was built between 1868 and 1871 from red sandstone that was shipped in from the mainland. Its lamp first burned whale oil and was converted to electricity in 1924. The last keeper, Agnes Pell, left the tower in 1983, when the light was automated.", "question": "What stone is the lighthouse on Cape Merrow made of?", "answers": {"text": ["red sandstone"], "answer_start": [67]}},
    {"id": "a2", "title": "Cape_Merrow_Lighthouse", "context": "The lighthouse on Cape Merrow was built between 1868 and 1871 from red sandstone that was shipped in from the mainland. Its lamp first burned whale oil and was converted to electricity in 1924. The last keeper, Agnes Pell, left the tower in 1983, when the light was automated.", "question": "In which year was the lamp converted to electricity?", "answers": {"text": ["1924"], "answer_start": [188]}},
    {"id": "a3", "title": "Cape_Merrow_Lighthouse", "context": "The lighthouse on Cape Merrow was built between 1868 and 1871 from red sandstone that was shipped in from the mainland. Its lamp first burned whale oil and was converted to electricity in 1924. The last keeper, Agnes Pell, left the tower in 1983, when the light was automated.", "question": "Who was the last keeper of the lighthouse?", "answers": {"text": ["Agnes Pell"], "answer_start": [211]}},
    {"id": "a4", "title": "Honeybee", "context": "Honeybees tell one another where food can be found by means of a dance. A bee that returns from a rich patch of flowers runs in a straight line over the comb, waggling its abdomen, then circles back and begins again. The angle of the line shows the direction relative to the Sun, and its length shows the distance.", "question": "What does the length of the line show?", "answers": {"text": ["the distance"], "answer_start": [301]}},
    {"id": "a5", "title": "Aldern_Valley", "context": "Tin was mined in the Aldern Valley from the thirteenth century onwards. At the height of the boom, in 1790, some four thousand people worked in the pits. When cheaper ore began to arrive from overseas, one mine after another closed, and the last of them, Wheal Grace, flooded in 1912.", "question": "How many people worked in the pits in 1790?", "answers": {"text": ["some four thousand", "four thousand"], "answer_start": [108, 113]}},
    {"id": "a6", "title": "Aldern_Valley", "context": "Tin was mined in the Aldern Valley from the thirteenth century onwards. At the height of the boom, in 1790, some four thousand people worked in the pits. When cheaper ore began to arrive from overseas, one mine after another closed, and the last of them, Wheal Grace, flooded in 1912.", "question": "What happened to Wheal Grace in 1912?", "answers": {"text": ["flooded"], "answer_start": [268]}},
    {"id": "a7", "title": "Ilse_Varga", "context": "The composer Ilse Varga wrote only one opera, The Glass Orchard. It was first performed in Trieste in 1937 and was a failure with the critics, who thought it too long. A shortened version, prepared by her pupil Otto Lenz after the war, has been staged more than two hundred times.", "question": "Where was The Glass Orchard first performed?", "answers": {"text": ["Trieste", "in Trieste"], "answer_start": [91, 88]}},
    {"id": "a8", "title": "Ilse_Varga", "context": "The composer Ilse Varga wrote only one opera, The Glass Orchard. It was first performed in Trieste in 1937 and was a failure with the critics, who thought it too long. A shortened version, prepared by her pupil Otto Lenz after the war, has been staged more than two hundred times.", "question": "What did the critics dislike about the opera?", "answers": {"text": ["too long", "it too long"], "answer_start": [158, 155]}},
)

V2_SAMPLES = (
    {"id": "b1", "title": "Brenn_Canal", "context": "The Brenn Canal links the port of Osterau to the Lake of Haffen. It is 61 kilometres long and has fourteen locks. Work on it began in 1847 under the engineer Karl Dorn, who died before the canal was opened to traffic in 1856.", "question": "How long is the Brenn Canal?", "answers": {"text": ["61 kilometres", "61 kilometres long"], "answer_start": [71, 71]}},
    {"id": "b2", "title": "Brenn_Canal", "context": "The Brenn Canal links the port of Osterau to the Lake of Haffen. It is 61 kilometres long and has fourteen locks. Work on it began in 1847 under the engineer Karl Dorn, who died before the canal was opened to traffic in 1856.", "question": "Who finished the work after Karl Dorn had died?", "answers": {"text": [], "answer_start": []}},
    {"id": "b3", "title": "Brenn_Canal", "context": "The Brenn Canal links the port of Osterau to the Lake of Haffen. It is 61 kilometres long and has fourteen locks. Work on it began in 1847 under the engineer Karl Dorn, who died before the canal was opened to traffic in 1856.", "question": "When was the Brenn Canal opened to traffic?", "answers": {"text": ["1856", "in 1856"], "answer_start": [220, 217]}},
    {"id": "b4", "title": "Lynx", "context": "The lynx hunts alone and mostly at dusk. In the northern forests it lives chiefly on hares, and the number of lynxes rises and falls with that of their prey in a cycle of about ten years. The tufts on its ears are thought to help it hear.", "question": "On what does the lynx live in the southern mountains?", "answers": {"text": [], "answer_start": []}},
    {"id": "b5", "title": "Lynx", "context": "The lynx hunts alone and mostly at dusk. In the northern forests it lives chiefly on hares, and the number of lynxes rises and falls with that of their prey in a cycle of about ten years. The tufts on its ears are thought to help it hear.", "question": "What are the tufts on the ears of the lynx thought to do?", "answers": {"text": ["help it hear"], "answer_start": [225]}},
    {"id": "b6", "title": "Tea", "context": "Tea reached the harbour of Lisbon in the seventeenth century, brought by sailors who had traded along the coast of China. At first it was sold by apothecaries as a remedy for headaches, and only the wealthy could pay for it.", "question": "Who sold tea as a remedy for headaches?", "answers": {"text": ["apothecaries"], "answer_start": [146]}},
    {"id": "b7", "title": "Tea", "context": "Tea reached the harbour of Lisbon in the seventeenth century, brought by sailors who had traded along the coast of China. At first it was sold by apothecaries as a remedy for headaches, and only the wealthy could pay for it.", "question": "In which century did coffee reach Lisbon?", "answers": {"text": [], "answer_start": []}},
    {"id": "b8", "title": "Tea", "context": "Tea reached the harbour of Lisbon in the seventeenth century, brought by sailors who had traded along the coast of China. At first it was sold by apothecaries as a remedy for headaches, and only the wealthy could pay for it.", "question": "How much did a pound of tea cost in Lisbon?", "answers": {"text": [], "answer_start": []}},
)

COLUMNS = {"id": "str", "title": "str", "context": "str", "question": "str", "answers": "{text: list[str], answer_start: list[int]}"}

TASKS = (
    Task(
        name="squad_v1",
        title="SQuAD v1",
        source=Hub(repository="rajpurkar/squad", config="plain_text"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 87_599, "validation": 10_570},
        kind="extraction",
        columns=COLUMNS,
        read=read_v1,
        inputs=("context", "question"),
        long=("context",),
        templates=V1_TEMPLATES,
        metrics=(f1, exact_match),
        max_target_tokens=48,
        licence="cc-by-4.0",
        samples=V1_SAMPLES,
    ),
    Task(
        name="squad_v2",
        title="SQuAD v2",
        source=Hub(repository="rajpurkar/squad_v2", config="squad_v2"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 130_319, "validation": 11_873},
        kind="extraction",
        columns=COLUMNS,
        read=read_v2,
        inputs=("context", "question"),
        long=("context",),
        templates=V2_TEMPLATES,
        metrics=(f1, exact_match),
        max_target_tokens=48,
        licence="cc-by-sa-4.0",
        samples=V2_SAMPLES,
    ),
)
