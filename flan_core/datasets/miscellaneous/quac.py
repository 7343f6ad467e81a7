"""QuAC: a student asks about a section of an article, a teacher answers with its words.

A row of the source is a dialogue and yields an example for each question. A question is asked with
what was said just before, because it often makes no sense alone ("And then?").

    Student: Where was she born?
    Teacher: in a village near Graz
    Student: Did she stay there?

Where the section does not tell, the source has the word CANNOTANSWER, also at the end of the section;
here the section loses it, and the target is "unanswerable", of which every template tells.

Paper      Choi et al. 2018, https://arxiv.org/abs/1808.07036 (its metric, F1, comes first)
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:822 (a question a row, splits, metrics)
"""

from flan_core.metrics import trivia_exact_match, trivia_f1
from flan_core.task import BadRow, Example, Hub, Row, Splits, Task, Template

MARK = "CANNOTANSWER"
UNANSWERABLE = "unanswerable"
TURNS = 3
"""How many earlier questions are shown with their answers."""


def read(row: Row) -> tuple[Example, ...]:
    """The first answer is the one given in the dialogue; later annotators' answers are accepted too."""
    questions = [question.strip() for question in row["questions"]]
    said = [_answer(text) for text in row["orig_answers"]["texts"]]
    others = row["answers"]["texts"]
    if not len(questions) == len(said) == len(others):
        raise BadRow(f"{len(questions)} questions, {len(said)} answers, {len(others)} lists of answers")
    fields = {
        "title": row["wikipedia_page_title"].strip(),
        "section": row["section_title"].strip(),
        "context": row["context"].strip().removesuffix(MARK).strip(),
    }
    return tuple(
        Example(
            fields={**fields, "question": question, "dialogue": _dialogue(questions[: turn + 1], said)},
            answer=said[turn],
            references=tuple(dict.fromkeys((said[turn], *map(_answer, others[turn])))),
        )
        for turn, question in enumerate(questions)
    )


def _answer(text: str) -> str:
    return UNANSWERABLE if text.strip() == MARK else text.strip()


def _dialogue(questions: list[str], said: list[str]) -> str:
    """Return the last questions with their answers, and the very last without."""
    turns = list(zip(questions[:-1], said, strict=False))[-TURNS:]
    earlier = [f"Student: {question}\nTeacher: {answer}\n" for question, answer in turns]
    return f"{''.join(earlier)}Student: {questions[-1]}"


TEMPLATES = (
    Template('Read the text and continue the conversation about it. If the text holds no answer, the teacher says "unanswerable".\n\nText: {context}\n\n{dialogue}\nTeacher:'),
    Template('{dialogue}\n\nReply to the last question with words from this article, entitled "{title}", or with "unanswerable" if it does not say.\n\n{context}'),
    Template('A student has questions about the article "{title}". The teacher may only quote from its section "{section}" or else say "unanswerable".\n\n{context}\n\n{dialogue}\nTeacher:'),
    Template('Section: {context}\n\nConversation:\n{dialogue}\n\nWhat does the section say in reply to the last question? Write "unanswerable" if it says nothing.'),
    Template('Here is a conversation about the article "{title}".\n\n{dialogue}\n\nUse the text below to answer the student. What the text does not tell is "unanswerable".\n\n{context}'),
    Template('{context}\n\nThe text above came up in a lesson.\n\n{dialogue}\n\nQuote the words that answer what the student asked last. If there are none, write "unanswerable".'),
    Template('Play the part of a teacher who knows nothing but this text, and who otherwise says "unanswerable".\n\n{context}\n\n{dialogue}\nTeacher:'),
    Template('Find the last question of the dialogue, and look up its answer in the text.\n\nDialogue:\n{dialogue}\n\nText:\n{context}\n\nAnswer (or "unanswerable"):'),
    Template('{context}\n\nWhat might a curious student ask about this part of the article "{title}"?', "{question}", inverse=True),
    Template('Write the section "{section}" of an encyclopaedia article entitled "{title}".', "{context}", inverse=True),
)

SAMPLES = (
    {"dialogue_id": "D_00_0", "wikipedia_page_title": "Lena Harfoot", "background": "Lena Harfoot (1889-1961) was a mountaineer and photographer.", "section_title": "First ascents", "context": "Harfoot climbed her first peak at the age of sixteen, in a borrowed pair of boots. In 1912 she became the first person to reach the summit of Mount Kerr, together with the guide Josef Amrein. Two years later the outbreak of the war put an end to her plans for an expedition to the Andes. CANNOTANSWER", "turn_ids": ["D_00_0_q#0", "D_00_0_q#1", "D_00_0_q#2", "D_00_0_q#3"], "questions": ["When did she climb her first peak?", "Which summit was she the first to reach?", "Was she alone?", "Where was Amrein born?"], "followups": [0, 0, 0, 0], "yesnos": [2, 2, 1, 2], "answers": {"texts": [["at the age of sixteen"], ["Mount Kerr"], ["together with the guide Josef Amrein"], ["CANNOTANSWER"]], "answer_starts": [[31], [142], [154], [288]]}, "orig_answers": {"texts": ["at the age of sixteen", "Mount Kerr", "together with the guide Josef Amrein", "CANNOTANSWER"], "answer_starts": [31, 142, 154, 288]}},
    {"dialogue_id": "D_01_0", "wikipedia_page_title": "The Paper Lanterns", "background": "The Paper Lanterns are a folk band from Derry.", "section_title": "Second album", "context": "The band recorded its second album, Low Tide, in a disused chapel in the winter of 2009. The singer Orla Finn wrote all but two of the songs. The album sold modestly at first, but reached the top ten after one of its songs was used in a film. CANNOTANSWER", "turn_ids": ["D_01_0_q#0", "D_01_0_q#1", "D_01_0_q#2"], "questions": ["What was the second album called?", "Who wrote the songs?", "Did it sell well?"], "followups": [0, 0, 0], "yesnos": [2, 2, 2], "answers": {"texts": [["Low Tide"], ["The singer Orla Finn wrote all but two of the songs."], ["The album sold modestly at first, but reached the top ten after one of its songs was used in a film."]], "answer_starts": [[36], [89], [142]]}, "orig_answers": {"texts": ["Low Tide", "The singer Orla Finn wrote all but two of the songs.", "The album sold modestly at first, but reached the top ten after one of its songs was used in a film."], "answer_starts": [36, 89, 142]}},
    {"dialogue_id": "D_02_0", "wikipedia_page_title": "Samuel Okafor", "background": "Samuel Okafor is a retired long-distance runner.", "section_title": "Marathon career", "context": "Okafor switched from the track to the marathon in 1996. He won in Rotterdam at his second attempt, in a time of 2:08:41. An injury to his knee kept him out of the Olympic team in 2000, and he retired three years later to coach young runners in Enugu. CANNOTANSWER", "turn_ids": ["D_02_0_q#0", "D_02_0_q#1", "D_02_0_q#2", "D_02_0_q#3"], "questions": ["When did he switch to the marathon?", "Did he win any race?", "What did he do after he retired?", "Did he have children?"], "followups": [0, 0, 0, 0], "yesnos": [2, 0, 2, 2], "answers": {"texts": [["in 1996"], ["He won in Rotterdam at his second attempt"], ["coach young runners in Enugu"], ["CANNOTANSWER"]], "answer_starts": [[47], [56], [221], [251]]}, "orig_answers": {"texts": ["in 1996", "He won in Rotterdam at his second attempt", "coach young runners in Enugu", "CANNOTANSWER"], "answer_starts": [47, 56, 221, 251]}},
    {"dialogue_id": "D_03_0", "wikipedia_page_title": "Theatre Royal, Ambleton", "background": "The Theatre Royal is a theatre in Ambleton.", "section_title": "Fire and rebuilding", "context": "A fire broke out in the scenery store on the night of 2 November 1878. Nobody was hurt, but the stage and the roof were destroyed. The owners raised the money for a new building by selling shares to the townspeople, and the theatre opened again in less than two years. CANNOTANSWER", "turn_ids": ["D_03_0_q#0", "D_03_0_q#1", "D_03_0_q#2"], "questions": ["Where did the fire break out?", "Was anybody hurt?", "How was the new building paid for?"], "followups": [0, 0, 0], "yesnos": [2, 1, 2], "answers": {"texts": [["in the scenery store"], ["Nobody was hurt"], ["by selling shares to the townspeople"]], "answer_starts": [[17], [71], [178]]}, "orig_answers": {"texts": ["in the scenery store", "Nobody was hurt", "by selling shares to the townspeople"], "answer_starts": [17, 71, 178]}},
    {"dialogue_id": "D_04_0", "wikipedia_page_title": "Maud Ellery", "background": "Maud Ellery was a botanist and illustrator.", "section_title": "Work in Ceylon", "context": "Ellery arrived in Colombo in 1901 and stayed for eleven years. She painted more than nine hundred plants, many of which had not been described before. Her letters show that she paid local collectors out of her own pocket. CANNOTANSWER", "turn_ids": ["D_04_0_q#0", "D_04_0_q#1", "D_04_0_q#2"], "questions": ["How long did she stay?", "How many plants did she paint?", "What did she eat?"], "followups": [0, 0, 0], "yesnos": [2, 2, 2], "answers": {"texts": [["eleven years", "for eleven years"], ["more than nine hundred plants", "more than nine hundred"], ["CANNOTANSWER"]], "answer_starts": [[49, 45], [75, 75], [222]]}, "orig_answers": {"texts": ["eleven years", "more than nine hundred plants", "CANNOTANSWER"], "answer_starts": [49, 75, 222]}},
    {"dialogue_id": "D_05_0", "wikipedia_page_title": "Kestrel (rocket)", "background": "The Kestrel was a series of small research rockets.", "section_title": "Test flights", "context": "The first Kestrel exploded on the launch pad in May 1957. Engineers traced the fault to a frozen valve and redesigned the fuel system. The second rocket reached a height of eighty kilometres in September, and eleven more were launched before the programme ended in 1961. CANNOTANSWER", "turn_ids": ["D_05_0_q#0", "D_05_0_q#1", "D_05_0_q#2"], "questions": ["What happened to the first rocket?", "Why did it explode?", "How high did the second one fly?"], "followups": [0, 0, 0], "yesnos": [2, 2, 2], "answers": {"texts": [["The first Kestrel exploded on the launch pad in May 1957."], ["Engineers traced the fault to a frozen valve"], ["a height of eighty kilometres", "eighty kilometres"]], "answer_starts": [[0], [58], [161, 173]]}, "orig_answers": {"texts": ["The first Kestrel exploded on the launch pad in May 1957.", "Engineers traced the fault to a frozen valve", "a height of eighty kilometres"], "answer_starts": [0, 58, 161]}},
    {"dialogue_id": "D_06_0", "wikipedia_page_title": "Viktor Brandt", "background": "Viktor Brandt was a chess master.", "section_title": "Match of 1934", "context": "In 1934 Brandt played a match of twelve games against the champion, Emil Roth. He lost the first three games, but then won five in a row with his favourite opening. Roth drew the last game and kept his title by a single point. CANNOTANSWER", "turn_ids": ["D_06_0_q#0", "D_06_0_q#1", "D_06_0_q#2", "D_06_0_q#3"], "questions": ["Whom did Brandt play in 1934?", "How did the match begin?", "Did he become champion?", "What was his favourite opening?"], "followups": [0, 0, 0, 0], "yesnos": [2, 2, 1, 2], "answers": {"texts": [["the champion, Emil Roth", "Emil Roth"], ["He lost the first three games"], ["Roth drew the last game and kept his title by a single point.", "kept his title by a single point"], ["CANNOTANSWER"]], "answer_starts": [[54, 68], [79], [165, 193], [227]]}, "orig_answers": {"texts": ["the champion, Emil Roth", "He lost the first three games", "Roth drew the last game and kept his title by a single point.", "CANNOTANSWER"], "answer_starts": [54, 79, 165, 227]}},
    {"dialogue_id": "D_07_0", "wikipedia_page_title": "Isla Verde ferry", "background": "The Isla Verde ferry links the island with the mainland.", "section_title": "History", "context": "The first ferry was a rowing boat that took six passengers. A steamer replaced it in 1893 and carried the mail as well. Since the bridge was opened in 1988, the ferry has run only in summer, mainly for visitors. CANNOTANSWER", "turn_ids": ["D_07_0_q#0", "D_07_0_q#1", "D_07_0_q#2"], "questions": ["How many passengers did the first ferry take?", "What replaced it?", "Does it still run today?"], "followups": [0, 0, 0], "yesnos": [2, 2, 0], "answers": {"texts": [["six passengers", "six"], ["A steamer replaced it in 1893", "A steamer"], ["Since the bridge was opened in 1988, the ferry has run only in summer", "only in summer"]], "answer_starts": [[44, 44], [60, 60], [120, 175]]}, "orig_answers": {"texts": ["six passengers", "A steamer replaced it in 1893", "Since the bridge was opened in 1988, the ferry has run only in summer"], "answer_starts": [44, 60, 120]}},
)

TASKS = (
    Task(
        name="quac",
        title="QuAC",
        source=Hub(repository="allenai/quac", revision="refs/convert/parquet", data_dir="plain_text"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 11_567, "validation": 1_000},
        kind="extraction",
        columns={
            "dialogue_id": "str",
            "wikipedia_page_title": "str",
            "background": "str",
            "section_title": "str",
            "context": "str",
            "turn_ids": "list[str]",
            "questions": "list[str]",
            "followups": "list[int]",
            "yesnos": "list[int]",
            "answers": "{texts: list[list[str]], answer_starts: list[list[int]]}",
            "orig_answers": "{texts: list[str], answer_starts: list[int]}",
        },
        read=read,
        inputs=("context", "dialogue"),
        long=("context",),
        templates=TEMPLATES,
        metrics=(trivia_f1, trivia_exact_match),
        max_target_tokens=96,
        licence="mit",
        samples=SAMPLES,
    ),
)
