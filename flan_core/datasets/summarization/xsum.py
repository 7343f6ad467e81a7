"""XSum: what does this BBC article say in one sentence?

Paper      Narayan et al. 2018, https://arxiv.org/abs/1808.08745
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:706 (splits, metric)
"""

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template


def read(row: Row) -> Example | Drop:
    """The summary is the sentence that introduced the article; a few articles are empty."""
    document, summary = row["document"].strip(), row["summary"].strip()
    if not document or not summary:
        return Drop("empty article or summary")
    return Example(fields={"document": document}, answer=summary)


TEMPLATES = (
    Template("{document}\n\nWhat does this article say? Answer in one sentence."),
    Template("Sum up the text below in a single sentence.\n\n{document}"),
    Template("News:\n{document}\n\nIn one sentence:"),
    Template("A newsreader has time for exactly one sentence about this report. Write it.\n\n{document}"),
    Template("The first sentence of this article, which introduced the rest, has been lost. What did it say?\n\n{document}"),
    Template("{document}\n\nState the central fact of the report above."),
    Template("Listener: What was that item about?\n\n{document}\n\nPresenter:"),
    Template("Put the news below so briefly that one sentence is enough.\n\n{document}"),
    Template("Write the article that this sentence introduces:\n\n{answer}", "{document}", inverse=True),
    Template("{answer}\n\nContinue with the details of this news story.", "{document}", inverse=True),
)

SAMPLES = (
    {"document": "The footbridge, which links the two halves of the village, was swept away in February.\nA temporary crossing was put up by soldiers in March.\nThe council says that work on a steel bridge will start in the autumn.", "summary": "A village that lost its footbridge in a flood is to get a new one made of steel.", "id": "90000001"},
    {"document": "Officers were called to the harbour at about six in the morning.\nThey found the animal between two fishing boats.\nA vet said that it was tired but healthy, and it swam off at high tide.", "summary": "A young whale that strayed into a harbour has returned to the open sea.", "id": "90000002"},
    {"document": "The company employs 340 people in the town.\nIt said orders from abroad had fallen by half.\nUnions will meet the management on Thursday.", "summary": "A glass factory has put its workers on shorter hours because orders from abroad have collapsed.", "id": "90000003"},
    {"document": "The 24-year-old scored twice in the first half.\nHer team had not won at home since October.\nThey climb to ninth place in the table.", "summary": "Two early goals by their captain gave the Rovers their first home win since October.", "id": "90000004"},
    {"document": "The painting had hung in a dentist's waiting room for years.\nHe asked an expert only because the frame was broken.\nIt will be sold in London next month and may fetch half a million pounds.", "summary": "A picture from a dentist's waiting room has turned out to be the work of a famous painter.", "id": "90000005"},
    {"document": "Patients can now see a nurse by video instead of driving to the mainland.\nThe trial covers four islands and will last two years.\nDoctors hope that it will save 900 ferry trips.", "summary": "People on four islands can see a nurse by video in a trial that should spare them the ferry.", "id": "90000006"},
    {"document": "The tower was built in 1911 and has not been used since 1974.\nThe new owners plan twelve rooms and a restaurant at the top.\nNeighbours have asked for the clock to be kept.", "summary": "An old water tower is to become a hotel with a restaurant at the top.", "id": "90000007"},
    {"document": "Schools will receive the tablets after Easter.\nTeachers' groups had asked for more staff instead.\nThe minister said that both were needed.", "summary": "Every school is to get tablet computers, although teachers had asked for more staff.", "id": "90000008"},
)

TASKS = (
    Task(
        name="xsum",
        title="XSum",
        source=Hub(repository="EdinburghNLP/xsum", revision="refs/convert/parquet", data_dir="default"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 204_045, "validation": 11_332, "test": 11_334},
        kind="generation",
        columns={"document": "str", "summary": "str", "id": "str"},
        read=read,
        inputs=("document",),
        long=("document",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=64,
        licence="unknown",
        samples=SAMPLES,
    ),
)
