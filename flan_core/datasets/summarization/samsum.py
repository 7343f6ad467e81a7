"""SAMSum: what was this chat about?

Windows line ends become plain ones. Attachments such as ``<file_photo>`` are removed, each by itself (the
original removed everything from the first ``<`` of a line to its last ``>``), and so are messages that
consisted of nothing else.

Paper      Gliwa et al. 2019, https://arxiv.org/abs/1911.12237
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:679 (splits, fields, metric)
"""

import re

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template

_TAG = re.compile(r"\s*<[a-z]\w*(?: [^<>\n]*)?>")
_NOTHING_SAID = re.compile(r"^[^:\n]{1,40}:\s*$")


def read(row: Row) -> Example | Drop:
    """One message a line, with the name of its writer."""
    lines = _TAG.sub("", (row["dialogue"] or "").replace("\r\n", "\n")).split("\n")
    dialogue = "\n".join(line.strip() for line in lines if line.strip() and not _NOTHING_SAID.match(line))
    summary = " ".join((row["summary"] or "").split())
    if not dialogue or not summary:
        return Drop("empty dialogue or summary")
    return Example(fields={"dialogue": dialogue}, answer=summary)


TEMPLATES = (
    Template("{dialogue}\n\nSum up this chat."),
    Template("What is the following conversation about?\n\n{dialogue}"),
    Template("Chat:\n{dialogue}\n\nSummary of the chat:"),
    Template("Someone missed these messages. Tell them briefly what was said.\n\n{dialogue}"),
    Template("{dialogue}\n\nWho told whom what? Give a short account."),
    Template("Retell the exchange below in a sentence or two, in the third person.\n\n{dialogue}"),
    Template("What did these people talk about, and what did they settle?\n\n{dialogue}"),
    Template("Here is a log from a messaging app.\n\n{dialogue}\n\nWrite a short note for the record."),
    Template("Write a chat that could be summed up like this:\n\n{answer}", "{dialogue}", inverse=True),
    Template("{answer}\n\nHow might the conversation have gone, message by message?", "{dialogue}", inverse=True),
)

SAMPLES = (
    {"id": "90000001", "dialogue": "Mia: Are you still at the market?\r\nJon: Yes, why?\r\nMia: We have no eggs left.\r\nJon: OK, I'll get ten.", "summary": "Jon is at the market and will buy ten eggs because Mia has none left."},
    {"id": "90000002", "dialogue": "Ravi: <file_photo>\r\nRavi: Guess where I am!\r\nLena: Is that the Grand Canyon?\r\nRavi: Yes! Back on Sunday.", "summary": "Ravi is at the Grand Canyon and will be back on Sunday."},
    {"id": "90000003", "dialogue": "Olga: My train is late again, about 20 minutes.\r\nSam: No problem. I'll wait in the café opposite the station.\r\nOlga: You're the best <3", "summary": "Olga's train is 20 minutes late, so Sam will wait in the café opposite the station."},
    {"id": "90000004", "dialogue": "Ben: Did you finish the slides?\r\nZoe: Nearly. I still need your numbers for May.\r\nBen: I'll send them tonight.\r\nZoe: Great, then they're done by tomorrow noon.", "summary": "Zoe needs Ben's numbers for May to finish the slides. He will send them tonight, and she will be done by tomorrow noon."},
    {"id": "90000005", "dialogue": "Nora: The vet says Max has to eat less.\r\nPaul: Poor Max!\r\nNora: And we have to walk him twice a day.\r\nPaul: I can take the mornings.\r\nNora: Then I'll do the evenings.", "summary": "The vet has put Max on a diet with two walks a day. Paul will walk him in the mornings and Nora in the evenings."},
    {"id": "90000006", "dialogue": "Chloe: Dad, can I borrow the car on Friday?\r\nDad: What for?\r\nChloe: Emma's concert. I'll be home by eleven.\r\nDad: All right, but fill up the tank.", "summary": "Chloe may borrow her father's car for Emma's concert on Friday if she fills up the tank."},
    {"id": "90000007", "dialogue": "Igor: Which book did the teacher want us to read?\r\nAda: The one about the lighthouse, chapters one to three. <file_other>\r\nIgor: By when?\r\nAda: Wednesday.", "summary": "Ada tells Igor to read chapters one to three of the book about the lighthouse by Wednesday."},
    {"id": "90000008", "dialogue": "Tess: The landlord answered. We can paint the kitchen.\r\nFinn: Any colour?\r\nTess: Anything but black.\r\nFinn: Then yellow it is!", "summary": "The landlord allows Tess and Finn to paint the kitchen any colour but black. They choose yellow."},
)

TASKS = (
    Task(
        name="samsum",
        title="SAMSum",
        source=Hub(repository="knkarthick/samsum"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 14_732, "validation": 818, "test": 819},
        kind="generation",
        columns={"id": "str", "dialogue": "str", "summary": "str"},
        read=read,
        inputs=("dialogue",),
        long=("dialogue",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=128,
        licence="cc-by-nc-nd-4.0",
        samples=SAMPLES,
    ),
)
