"""The models that are asked, and the proof that tree attention asks them rightly."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import PreTrainedModel

from flan_core.config import Evaluate
from flan_core.errors import BadInput
from flan_core.evaluate.choose import BLOCKS, PLAIN, TREE, Budget, Chooser, rank_plainly
from flan_core.evaluate.tree import IntArray, Question, Unfit
from flan_core.evaluate.write import Writer, writer_of
from flan_core.model.load import load_model
from flan_core.schemas import file_sha256, read_json
from flan_core.scores import Model
from flan_core.seeds import generator_of
from flan_core.tokens import Tokenizer

TOLERANCE = {torch.float32: 1e-3, torch.float16: 0.25, torch.bfloat16: 1.0}
"""Largest error of a log-likelihood that the proof accepts; in float32 it is about 1e-5 in fact."""
CPU_BUDGET = Budget(tokens=4_096, logits=1 << 26)
GPU_SHARE = 0.5
"""Part of the free memory of a GPU that one forward pass may fill."""
MOST_TOKENS = 65_536
CHECKPOINT, CHECKPOINT_SCHEMA = "checkpoint.json", "checkpoint/1"
SOFT_PROMPT = "soft_prompt"
"""Folder of a checkpoint whose model was left as it is but for a prompt of learned embeddings."""
NOTHING: IntArray = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to be asked."""

    about: Model
    chooser: Chooser
    writer: Writer
    before: IntArray
    """Words that stand before every prompt: those of a soft prompt, else none."""


def open_tokenizer(checkpoint: Path) -> Tokenizer:
    """Open the tokenizer that the model was tuned with; a folder that train did not write has one.

    Raises:
        BadInput: the checkpoint has none, or another one than it was tuned with.
    """
    if not any(checkpoint.glob("tokenizer*")):
        raise BadInput(
            f"checkpoint {checkpoint} lacks the tokenizer it was tuned with (no tokenizer* file); "
            "copy the folder tokenizer/ of the packs into it, or run train again"
        )
    tokenizer = Tokenizer.open(checkpoint)
    made = _record(checkpoint)
    tuned_with = made.get("tokenizer_sha256", "unknown")
    if made and tuned_with != tokenizer.sha256:
        raise BadInput(
            f"the tokenizer in {checkpoint} ({tokenizer.sha256[:12]}) is not the one the model "
            f"was tuned with ({tuned_with[:12]}); put that one back, or run train again"
        )
    return tokenizer


def _record(checkpoint: Path) -> dict[str, Any]:
    """Return what train wrote down of the checkpoint; nothing where another made it."""
    about = checkpoint / CHECKPOINT
    return read_json(about, CHECKPOINT_SCHEMA) if about.is_file() else {}


def device_of(rank: int) -> torch.device:
    """Return this process's GPU if there is one, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda", rank % torch.cuda.device_count())
    return torch.device("cpu")


def load(
    who: str, config: Evaluate, checkpoint: Path, tokenizer: Tokenizer, device: torch.device
) -> Loaded:
    """Load the ``tuned`` or the ``untuned`` model, and prove how it can be asked."""
    name, revision, seed = _origin(who, config, checkpoint)
    model = load_model(
        name,
        tokenizer_dir=checkpoint,
        seed=seed,
        revision=revision,
        dtype=_dtype_of(config, device),
        device=device,
    )
    before = add_soft_prompt(model, checkpoint / SOFT_PROMPT) if who == "tuned" else NOTHING
    if len(before) and config.engine == "vllm":
        raise BadInput(
            f"{checkpoint} has a soft prompt, which vLLM cannot be given; set evaluate.engine to "
            "transformers"
        )
    budget = budget_of(model, config.batch_tokens)
    attention = attention_for(model, budget)
    writer = writer_of(config.engine, model, tokenizer.eos, budget.tokens)
    record = checkpoint / CHECKPOINT
    about = Model(
        name="checkpoint" if who == "tuned" else name,
        sha256=weights_sha256(model),
        tokenizer_sha256=tokenizer.sha256,
        parameters=sum(each.numel() for each in model.parameters()),
        precision=str(model.dtype).removeprefix("torch."),
        attention=attention,
        engine=writer.name,
        checkpoint_sha256=file_sha256(record) if who == "tuned" and record.is_file() else "",
    )
    return Loaded(about, Chooser(model, budget, attention), writer, before)


def _origin(who: str, config: Evaluate, checkpoint: Path) -> tuple[str, str, int]:
    """Return a model's name, revision and seed; the untuned one is the one that was tuned."""
    if who == "tuned":
        return str(checkpoint), "main", config.seed
    made = _record(checkpoint)
    if made.get("model") != config.model:
        return config.model, config.revision, config.seed
    return config.model, made.get("revision", config.revision), made.get("seed", config.seed)


def add_soft_prompt(model: PreTrainedModel, folder: Path) -> IntArray:
    """Put a tuned soft prompt's embeddings behind the vocabulary's; return its words' numbers.

    The vocabulary that is predicted stays as it is: these words can be read, never written.
    """
    if not folder.is_dir():
        return NOTHING
    prompt = load_file(folder / "adapter_model.safetensors")["prompt_embeddings"]
    old = model.get_input_embeddings()
    if type(old) is not nn.Embedding:
        raise BadInput(
            f"{folder} holds a soft prompt, which {type(model).__name__} cannot be given: its "
            f"embeddings are a {type(old).__name__}; train without soft_prompt_tokens"
        )
    table = torch.cat([old.weight.detach(), prompt.to(old.weight)])
    size, width = table.shape
    model.set_input_embeddings(nn.Embedding(size, width, _weight=table))
    return np.arange(len(old.weight), len(table))


def _dtype_of(config: Evaluate, device: torch.device) -> torch.dtype:
    if config.precision == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    return torch.bfloat16 if config.precision == "bfloat16" else torch.float32


def weights_sha256(model: PreTrainedModel) -> str:
    """Return the SHA-256 of a model's weights, names and shapes."""
    digest = sha256()
    for name, weights in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(weights.shape)} {weights.dtype}\n".encode())
        digest.update(weights.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def budget_of(model: PreTrainedModel, batch_tokens: int) -> Budget:
    """Return how much one forward pass may hold: what is asked for, else what fits."""
    if model.device.type != "cuda":
        return Budget(batch_tokens or CPU_BUDGET.tokens, CPU_BUDGET.logits)
    config = model.config.get_text_config()
    width = max(getattr(config, "intermediate_size", None) or 0, 4 * config.hidden_size)
    free = int(torch.cuda.mem_get_info(model.device)[0] * GPU_SHARE)
    a_token = 4 * (4 * config.hidden_size + 3 * width)
    fits = min(free // 2 // a_token, MOST_TOKENS)
    return Budget(batch_tokens or fits, free // 2 // 12)


def attention_for(model: PreTrainedModel, budget: Budget) -> str:
    """Return the fastest way to ask this model that gives the plain computation's numbers."""
    questions, root = proof(model.config.get_text_config().vocab_size)
    plain = [rank_plainly(model, question) for question in questions]
    reason = ""
    for attention in (BLOCKS, TREE) if model.device.type == "cuda" else (TREE,):
        try:
            trees = Chooser(model, budget, attention).rank_unchecked(questions, root)
        except (Unfit, RuntimeError) as refusal:  # RuntimeError: a kernel does not compile here
            reason = str(refusal).partition("\n")[0]
            continue
        error = max(
            float(np.abs(tree.log_likelihoods - one.log_likelihoods).max())
            for tree, one in zip(trees, plain, strict=True)
        )
        if error <= TOLERANCE[model.dtype]:
            return attention
        reason = f"its log-likelihoods differ by {error:.2g} from the plain computation's"
    return _plain(model, reason)


def _plain(model: PreTrainedModel, reason: str) -> str:
    print(
        f"evaluate: {type(model).__name__} is asked one sequence an option (slower): {reason}",
        file=sys.stderr,
        flush=True,
    )
    return PLAIN


def proof(vocabulary: int) -> tuple[Sequence[Question], IntArray]:
    """Return questions of random words, some behind a root, and the root."""
    random = generator_of("proof")
    words = [random.integers(0, vocabulary, size) for size in (48, 9, 40, 70)]
    root = words[0]
    trunks = [words[1], np.concatenate([root, words[2]]), np.concatenate([root[:33], words[3]])]
    options = [
        tuple(random.integers(0, vocabulary, size) for size in sizes)
        for sizes in ((1, 4, 2), (2, 2), (7, 1, 3))
    ]
    return [Question(t, o) for t, o in zip(trunks, options, strict=True)], root
