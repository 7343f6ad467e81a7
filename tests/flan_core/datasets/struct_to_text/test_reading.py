"""How the readers of the struct-to-text files put data into a line, and which references count."""

from flan_core.datasets.struct_to_text import common_gen, dart, e2e_nlg, web_nlg
from flan_core.task import Drop


def test_table_marks_are_dropped_from_triples() -> None:
    triples = [["[TABLECONTEXT]", "[TITLE]", "Long rivers"], ["Lune", "LENGTH_KM", "412"]]
    example = dart.read({"tripleset": triples, "target": "It is long.", "references": []})
    assert example.fields == {"triples": "Long rivers; Lune, LENGTH KM, 412"}


def test_a_row_without_a_text_is_left_out() -> None:
    row = {"tripleset": [["a", "b", "c"]], "target": "", "references": []}
    assert dart.read(row) == Drop("no triples or no target")


def test_triples_lose_bars_and_underscores() -> None:
    row = {
        "input": ["New_Hall | floorCount | 3", "New_Hall | city | Ely"],
        "target": "a",
        "references": ["b", "a"],
    }
    example = web_nlg.read(row)
    assert example.fields == {"triples": "New Hall, floorCount, 3; New Hall, city, Ely"}
    assert (example.answer, example.references) == ("a", ("a", "b"))


def test_a_record_reads_with_equals_signs_in_both_copies_of_the_data() -> None:
    meaning = {"meaning_representation": "name[The Mill], priceRange[£20-25]"}
    for row in (meaning | {"target": "x", "references": []}, meaning | {"human_reference": "x"}):
        example = e2e_nlg.read(row)
        assert example.fields == {"record": "name = The Mill, priceRange = £20-25"}
        assert (example.answer, example.references) == ("x", ("x",))


def test_concepts_are_listed_in_both_copies_of_the_data() -> None:
    for row in ({"references": ["b"]}, {"concept_set_idx": 7}):
        example = common_gen.read({"concepts": ["dog", "run"], "target": "a"} | row)
        assert example.fields == {"concepts": "dog, run"}
        assert example.references == ("a", *row.get("references", ()))
