"""Train a small tokenizer on the prompts: what the model ``tiny`` reads."""

from collections.abc import Iterable
from pathlib import Path

import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers

from flan_core.schemas import dumps
from flan_core.tokens.tokenizer import Tokenizer

EOS, PAD = "<eos>", "<pad>"


def train_tokenizer(texts: Iterable[str], size: int, folder: Path) -> Tokenizer:
    """Train a byte-level BPE of ``size`` tokens (GPT-2's pattern) in ``folder``, and open it."""
    backend = tokenizers.Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[EOS, PAD],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    backend.train_from_iterator(texts, trainer)
    folder.mkdir(parents=True, exist_ok=True)
    backend.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": EOS,
        "pad_token": PAD,
        "clean_up_tokenization_spaces": False,
        "model_max_length": 1_000_000,
    }
    (folder / "tokenizer_config.json").write_text(dumps(settings), encoding="utf-8")
    return Tokenizer.open(folder)
