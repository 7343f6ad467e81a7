"""AESLC: what should the subject line of this e-mail say?

Line breaks inside the message and its subject become spaces.

Paper      Zhang and Tetreault 2019, https://arxiv.org/abs/1906.03497
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:448 (splits, fields, metric)
"""

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template


def read(row: Row) -> Example | Drop:
    """A message or a subject with nothing in it is left out."""
    body, subject = " ".join(row["email_body"].split()), " ".join(row["subject_line"].split())
    if not body or not subject:
        return Drop("empty message or subject")
    return Example(fields={"body": body}, answer=subject)


TEMPLATES = (
    Template("{body}\n\nWrite a subject line for this e-mail."),
    Template("What is this e-mail about? Answer with a subject line.\n\n{body}"),
    Template("Message:\n{body}\n\nSubject:"),
    Template("A colleague forgot to fill in the subject of the following message. What should it be?\n\n{body}"),
    Template("Sum up this message in a few words, as one would in the subject field.\n\n{body}"),
    Template("Here is the text of an e-mail:\n\n{body}\n\nSuggest a short and fitting subject."),
    Template("A: I have to send this, but I can't think of a subject.\n\n{body}\n\nB: How about this one:"),
    Template("The inbox will show only one line for the message below. Write that line.\n\n{body}"),
    Template("Write an e-mail whose subject line reads: {answer}", "{body}", inverse=True),
    Template("Subject: {answer}\n\nWrite the message that belongs under this subject.", "{body}", inverse=True),
)

SAMPLES = (
    {"email_body": "Hi all,\n\nThe weekly sales call moves from Monday to Tuesday at 10 a.m., starting next week. The dial-in number stays the same.\n\nThanks,\nPriya\n", "subject_line": "Weekly sales call moves to Tuesday\n"},
    {"email_body": "Tom, could you look over the attached lease before Friday? I am mainly worried about section 4, which lets the landlord raise the rent without notice.\n", "subject_line": "Review of lease, section 4\n"},
    {"email_body": "Please note that the third-floor printer is out of order.\nA technician will come on Thursday morning. Until then, use the one on the second floor.\n", "subject_line": "Third-floor printer out of order\n"},
    {"email_body": "Dear Ms Osei,\n\nWe have received your application for the analyst position and would like to invite you to an interview on 14 May at 2 p.m.\n\nKind regards,\nJonas Weber\n", "subject_line": "Invitation to interview\n"},
    {"email_body": "Team, the gas storage figures for October are in. Volumes are up three per cent on last year. The full table is on the shared drive.\n", "subject_line": "October gas storage figures\n"},
    {"email_body": "Mum and Dad are coming up for the weekend of the 20th.\nCan you and the kids make it to lunch on Saturday? I was thinking of that Greek place by the river.\n", "subject_line": "Lunch on Saturday the 20th\n"},
    {"email_body": "Just a reminder that expense reports for the second quarter are due by the end of this week. Late reports will be paid out in the following month.\n", "subject_line": "Reminder: expense reports due\n"},
    {"email_body": "Luis, your password for the trading system expires in five days.\nTo choose a new one, open the settings page and follow the steps under Security.\n", "subject_line": "Your password expires soon\n"},
)

TASKS = (
    Task(
        name="aeslc",
        title="AESLC",
        source=Hub(repository="Yale-LILY/aeslc"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 14_436, "validation": 1_960, "test": 1_906},
        kind="generation",
        columns={"email_body": "str", "subject_line": "str"},
        read=read,
        inputs=("body",),
        long=("body",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=32,
        licence="unknown (upstream cc-by-nc-sa)",
        samples=SAMPLES,
    ),
)
