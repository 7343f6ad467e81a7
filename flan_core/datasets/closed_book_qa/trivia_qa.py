"""TriviaQA: questions of a quiz, answered from memory.

The configuration without evidence documents is used; it has the same rows. The target is the answer
as the quiz gives it, and all its aliases are accepted.

Paper      Joshi et al. 2017, https://arxiv.org/abs/1705.03551
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:347 (splits, metrics); there the target is normalised
"""

from flan_core.metrics import trivia_exact_match, trivia_f1
from flan_core.task import BadRow, Example, Hub, Row, Splits, Task, Template


def read(row: Row) -> Example:
    """The value comes first, whether or not it is one of the aliases."""
    texts = (row["answer"]["value"], *row["answer"]["aliases"])
    answers = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not answers:
        raise BadRow("no answer")
    return Example(
        fields={"question": row["question"].strip()},
        answer=answers[0],
        references=answers,
    )


TEMPLATES = (
    Template("{question}"),
    Template("Answer this trivia question in a few words.\n\n{question}"),
    Template("Question: {question}\nAnswer:"),
    Template("Quizmaster: {question}\nContestant:"),
    Template("{question}\n\nGive just the name, place, date or thing that is asked for."),
    Template("You are at a pub quiz, and the next card reads:\n\n{question}\n\nWhat do you write down?"),
    Template("From memory, without looking anything up: {question}"),
    Template("Clue: {question}\nSolution:"),
    Template("A friend sends you this message: {question}\n\nReply with the answer only."),
    Template("Write a quiz question that has this answer: {answer}", "{question}", inverse=True),
)

SAMPLES = (
    {"question": "Which planet in the Solar System has the most extensive rings?", "question_id": "tv_1", "question_source": "invented", "entity_pages": {"doc_source": [], "filename": [], "title": [], "wiki_context": []}, "search_results": {"description": [], "filename": [], "rank": [], "title": [], "url": [], "search_context": []}, "answer": {"aliases": ["Saturn", "Saturn (planet)", "Planet Saturn"], "normalized_aliases": ["planet saturn", "saturn", "saturn planet"], "matched_wiki_entity_name": "", "normalized_matched_wiki_entity_name": "", "normalized_value": "saturn", "type": "WikipediaEntity", "value": "Saturn"}},
    {"question": "Who wrote the novel Frankenstein?", "question_id": "tv_2", "question_source": "invented", "entity_pages": {"doc_source": [], "filename": [], "title": [], "wiki_context": []}, "search_results": {"description": [], "filename": [], "rank": [], "title": [], "url": [], "search_context": []}, "answer": {"aliases": ["Mary Shelley", "Mary Wollstonecraft Shelley", "Mary Godwin"], "normalized_aliases": ["mary godwin", "mary shelley", "mary wollstonecraft shelley"], "matched_wiki_entity_name": "", "normalized_matched_wiki_entity_name": "", "normalized_value": "mary shelley", "type": "WikipediaEntity", "value": "Mary Shelley"}},
    {"question": "What is the capital of New Zealand?", "question_id": "tv_3", "question_source": "invented", "entity_pages": {"doc_source": [], "filename": [], "title": [], "wiki_context": []}, "search_results": {"description": [], "filename": [], "rank": [], "title": [], "url": [], "search_context": []}, "answer": {"aliases": ["Wellington", "Wellington, New Zealand"], "normalized_aliases": ["wellington", "wellington new zealand"], "matched_wiki_entity_name": "", "normalized_matched_wiki_entity_name": "", "normalized_value": "wellington", "type": "WikipediaEntity", "value": "Wellington"}},
    {"question": "In which sport would you perform a slam dunk?", "question_id": "tv_4", "question_source": "invented", "entity_pages": {"doc_source": [], "filename": [], "title": [], "wiki_context": []}, "search_results": {"description": [], "filename": [], "rank": [], "title": [], "url": [], "search_context": []}, "answer": {"aliases": ["Basketball", "Basket ball"], "normalized_aliases": ["basket ball", "basketball"], "matched_wiki_entity_name": "", "normalized_matched_wiki_entity_name": "", "normalized_value": "basketball", "type": "WikipediaEntity", "value": "Basketball"}},
    {"question": "Which metal is liquid at room temperature and was once used in thermometers?", "question_id": "tv_5", "question_source": "invented", "entity_pages": {"doc_source": [], "filename": [], "title": [], "wiki_context": []}, "search_results": {"description": [], "filename": [], "rank": [], "title": [], "url": [], "search_context": []}, "answer": {"aliases": ["Mercury", "Mercury (element)", "Quicksilver"], "normalized_aliases": ["mercury", "mercury element", "quicksilver"], "matched_wiki_entity_name": "", "normalized_matched_wiki_entity_name": "", "normalized_value": "mercury", "type": "WikipediaEntity", "value": "Mercury"}},
    {"question": "In Greek mythology, who flew too close to the Sun?", "question_id": "tv_6", "question_source": "invented", "entity_pages": {"doc_source": [], "filename": [], "title": [], "wiki_context": []}, "search_results": {"description": [], "filename": [], "rank": [], "title": [], "url": [], "search_context": []}, "answer": {"aliases": ["Icarus", "Ikaros"], "normalized_aliases": ["icarus", "ikaros"], "matched_wiki_entity_name": "", "normalized_matched_wiki_entity_name": "", "normalized_value": "icarus", "type": "WikipediaEntity", "value": "Icarus"}},
    {"question": "How many sides does a heptagon have?", "question_id": "tv_7", "question_source": "invented", "entity_pages": {"doc_source": [], "filename": [], "title": [], "wiki_context": []}, "search_results": {"description": [], "filename": [], "rank": [], "title": [], "url": [], "search_context": []}, "answer": {"aliases": ["Seven", "7"], "normalized_aliases": ["7", "seven"], "matched_wiki_entity_name": "", "normalized_matched_wiki_entity_name": "", "normalized_value": "seven", "type": "WikipediaEntity", "value": "Seven"}},
    {"question": "Which river flows through Vienna, Budapest and Belgrade?", "question_id": "tv_8", "question_source": "invented", "entity_pages": {"doc_source": [], "filename": [], "title": [], "wiki_context": []}, "search_results": {"description": [], "filename": [], "rank": [], "title": [], "url": [], "search_context": []}, "answer": {"aliases": ["The Danube", "Danube", "River Danube", "Donau"], "normalized_aliases": ["danube", "donau", "river danube"], "matched_wiki_entity_name": "", "normalized_matched_wiki_entity_name": "", "normalized_value": "danube", "type": "WikipediaEntity", "value": "The Danube"}},
)

TASKS = (
    Task(
        name="trivia_qa",
        title="TriviaQA",
        source=Hub(repository="mandarjoshi/trivia_qa", config="rc.nocontext"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 138_384, "validation": 17_944},
        kind="generation",
        columns={
            "question": "str",
            "question_id": "str",
            "question_source": "str",
            "entity_pages": "{doc_source: list[str], filename: list[str], title: list[str], wiki_context: list[str]}",
            "search_results": "{description: list[str], filename: list[str], rank: list[int], title: list[str], url: list[str], search_context: list[str]}",
            "answer": "{aliases: list[str], normalized_aliases: list[str], matched_wiki_entity_name: str, normalized_matched_wiki_entity_name: str, normalized_value: str, type: str, value: str}",
        },
        read=read,
        inputs=("question",),
        templates=TEMPLATES,
        metrics=(trivia_exact_match, trivia_f1),
        max_target_tokens=32,
        licence="unknown",
        samples=SAMPLES,
    ),
)
