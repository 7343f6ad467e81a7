"""Figures of the FLAN paper, to stand beside a run's own as context.

They are recalled, not copied from the paper's tables: means over templates were confirmed through
the sums that the paper prints, single cells mostly not. Whatever was doubtful is left out.
Percentages; few-shot columns use as many exemplars as the paper's budget allowed.

Paper      Wei et al. 2022, ICLR, https://arxiv.org/abs/2109.01652, appendix tables
"""

from dataclasses import dataclass

MODELS = {
    "lamda_zero": "LaMDA-PT 137B, zero-shot",
    "lamda_few": "LaMDA-PT 137B, few-shot",
    "gpt3_zero": "GPT-3 175B, zero-shot",
    "gpt3_few": "GPT-3 175B, few-shot",
    "flan_zero": "FLAN 137B, zero-shot",
    "flan_few": "FLAN 137B, few-shot",
}
"""Columns of ``FIGURES`` with the names of their models."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One dataset's line: its name and metric in the paper, ours of that metric, six scores.

    ``flan_*`` are means over templates; ``None`` is a score that the paper lacks or in doubt.
    """

    title: str
    metric: str
    lamda_zero: float | None
    lamda_few: float | None
    gpt3_zero: float | None
    gpt3_few: float | None
    flan_zero: float | None
    flan_few: float | None


FIGURES = {
    "anli_r1": Figures("ANLI R1", "accuracy", 39.6, 39.0, 34.6, 36.8, 47.7, 44.2),
    "anli_r2": Figures("ANLI R2", "accuracy", 39.9, 37.5, 35.4, 34.0, 43.9, 41.6),
    "anli_r3": Figures("ANLI R3", "accuracy", 39.3, 40.7, 34.5, 40.2, 47.0, 42.8),
    "cb": Figures("CB", "accuracy", 42.9, 34.4, 46.4, 82.1, 64.1, 82.6),
    "mnli_matched": Figures("MNLI-m", "accuracy", 35.7, 43.7, None, None, 51.1, 60.8),
    "mnli_mismatched": Figures("MNLI-mm", "accuracy", 37.0, 43.8, None, None, 51.0, 61.0),
    "qnli": Figures("QNLI", "accuracy", 50.6, 55.7, None, None, 59.6, 62.0),
    "rte": Figures("RTE", "accuracy", 73.3, 70.8, 63.5, 72.9, 78.3, 79.9),
    "snli": Figures("SNLI", "accuracy", 33.3, 54.7, None, None, 43.0, 62.3),
    "wnli": Figures("WNLI", "accuracy", 56.3, 64.8, None, None, 61.0, 55.4),
    "bool_q": Figures("BoolQ", "accuracy", 81.0, 80.0, 60.5, 77.5, 80.2, 83.6),
    "multirc": Figures("MultiRC", "multirc_f1", 60.0, 59.6, 72.9, 74.8, 74.5, 69.2),
    "openbookqa": Figures("OBQA", "accuracy", 41.8, 50.6, 57.6, 65.4, 77.4, 77.2),
    "squad_v1": Figures("SQuAD v1", "f1", 22.7, 50.2, None, None, 79.5, 82.1),
    "squad_v2": Figures("SQuAD v2", "f1", 11.1, 34.9, 59.5, 69.8, 40.9, 40.8),
    "drop": Figures("DROP", "drop_f1", 3.8, 10.3, 23.6, 36.5, 21.9, 22.3),
    "cosmos_qa": Figures("CosmosQA", "accuracy", 34.1, 33.8, None, None, 58.4, 56.7),
    "record": Figures("ReCoRD", "accuracy", 87.8, 87.6, 90.2, 89.0, 67.8, 77.0),
    "arc_challenge": Figures("ARC-c", "accuracy", 42.0, 49.4, 51.4, 51.5, 61.7, 63.7),
    "arc_easy": Figures("ARC-e", "accuracy", 76.4, 80.9, 68.8, 70.1, 79.5, 80.5),
    "natural_questions": Figures("NQ", "trivia_exact_match", 3.2, 22.1, 14.6, 29.9, 18.6, 27.2),
    "trivia_qa": Figures("TriviaQA", "trivia_exact_match", 18.4, 55.1, None, None, 55.0, 57.2),
    "copa": Figures("COPA", "accuracy", 90.0, 89.0, 91.0, 92.0, 90.6, 88.5),
    "hellaswag": Figures("HellaSwag", "accuracy", 57.0, 58.8, 78.9, 79.3, 56.4, 59.4),
    "piqa": Figures("PIQA", "accuracy", 80.3, 80.2, 81.0, 82.3, 80.9, 82.1),
    "story_cloze": Figures("StoryCloze", "accuracy", 79.5, 83.7, 83.2, 87.7, 92.2, 93.3),
    "definite_pronoun_resolution": Figures("DPR", "accuracy", 54.6, 57.3, None, None, 60.3, 62.4),
    "winogrande": Figures("Winogrande", "accuracy", 68.3, 68.4, 70.2, 77.7, 67.3, 72.3),
    "wsc273": Figures("WSC273", "accuracy", 81.0, 61.5, 88.3, 88.6, 80.8, None),
    "wmt14_enfr/en-fr": Figures("WMT14 En-Fr", "bleu", 11.2, 31.5, 25.2, 32.6, 32.9, 33.9),
    "wmt14_enfr/fr-en": Figures("WMT14 Fr-En", "bleu", 7.2, 34.7, 21.2, 39.2, 35.5, 38.0),
    "wmt16_deen/en-de": Figures("WMT16 En-De", "bleu", 7.7, 26.7, 24.6, 29.7, 25.4, 26.8),
    "wmt16_deen/de-en": Figures("WMT16 De-En", "bleu", 20.8, 36.8, 27.2, 40.6, 38.9, 40.6),
    "wmt16_roen/en-ro": Figures("WMT16 En-Ro", "bleu", 3.5, 22.9, 14.1, 21.0, 16.7, 20.5),
    "wmt16_roen/ro-en": Figures("WMT16 Ro-En", "bleu", 9.7, None, 19.9, 39.5, 36.8, 38.2),
    "common_gen": Figures("CommonGen", "rouge1", 3.9, 56.7, None, None, 54.6, 56.6),
    "dart": Figures("DART", "rouge1", None, None, None, None, 45.5, 57.9),
    "e2e_nlg": Figures("E2ENLG", "rouge1", 6.2, 56.7, None, None, 44.8, 59.1),
    "web_nlg": Figures("WebNLG", "rouge1", 13.9, 68.3, None, None, 50.6, 68.5),
    "imdb": Figures("IMDB", "accuracy", 76.9, 83.3, None, None, 94.1, 94.8),
    "sentiment140": Figures("Sent140", "accuracy", 41.4, 63.3, None, None, 69.9, 68.7),
    "sst2": Figures("SST-2", "accuracy", 51.0, 92.3, None, None, 92.6, 94.4),
    "yelp": Figures("Yelp", "accuracy", 84.7, 89.6, None, None, 97.8, 97.9),
    "mrpc": Figures("MRPC", "accuracy", 53.7, 64.0, None, None, 69.1, 67.5),
    "qqp": Figures("QQP", "accuracy", 34.9, 58.9, None, None, 72.1, 73.5),
    "paws": Figures("PAWS", "accuracy", 45.5, 53.5, None, None, 61.5, 66.2),
}
"""By task, or task and direction, as ``scores.json`` names them."""
