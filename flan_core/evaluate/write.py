"""Free text: what the model writes after a prompt, greedily, up to its EOS or the task's length.

    trunk    p p p <eos>         written    a b c <eos>

On a GPU transformers' continuous batching does it, elsewhere ``generate`` in batches padded on the
left (on a CPU that is eight times faster and says the same); vLLM does where it is asked for. Where
the best two words nearly tie, in float32, the prompt is asked again alone: what is written depends
neither on the size of batches nor on what else is in them.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from transformers import (
    ContinuousBatchingConfig,
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedModel,
)

from flan_core.errors import BadInput
from flan_core.evaluate.tree import IntArray

VISIBLE = "CUDA_VISIBLE_DEVICES"
VLLM_SHARE = 0.4
"""Part of a GPU's free memory that vLLM gets; ranking fills up to half (models.GPU_SHARE)."""
NEAR = 1e-5
"""Logits that are closer, relative to the largest, are taken for a possible tie (float32)."""


class Writer(Protocol):
    """Writes what follows each of the trunks, without the EOS that ends it."""

    name: str

    def write(self, trunks: Sequence[IntArray], most: int) -> list[IntArray]:
        """Write at most ``most`` tokens behind each trunk."""


def writer_of(engine: str, model: PreTrainedModel, eos: int, tokens: int) -> Writer:
    """Return what writes for this model: ``engine`` is ``transformers`` or ``vllm``.

    ``tokens`` bounds what one batch may hold, padding included.
    """
    if engine == "vllm":
        return Vllm(model, eos)
    if model.device.type == "cuda":
        return ContinuousBatching(model, eos)
    return Padded(model, eos, tokens)


def settings_of(eos: int, most: int) -> GenerationConfig:
    """Return settings of greedy decoding that stop at the EOS."""
    return GenerationConfig(
        max_new_tokens=most, do_sample=False, num_beams=1, eos_token_id=eos, pad_token_id=eos
    )


class _Margins(LogitsProcessor):  # type: ignore[misc]  # transformers has no types
    """Notes at each step whether the best two words nearly tie; changes nothing."""

    def __init__(self) -> None:
        self.near: list[Tensor] = []

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:  # noqa: ARG002 - its type
        best = scores.float().topk(2, dim=-1).values
        scale = best[:, 0].abs().clamp(min=1.0)
        self.near.append(best[:, 0] - best[:, 1] < NEAR * scale)
        return scores


class Padded:
    """Writes with ``generate`` in batches padded on the left."""

    name = "generate"

    def __init__(self, model: PreTrainedModel, eos: int, tokens: int) -> None:
        """Take a loaded model."""
        self.model, self.eos, self.tokens = model, eos, tokens

    def write(self, trunks: Sequence[IntArray], most: int) -> list[IntArray]:
        """Write at most ``most`` tokens behind each trunk."""
        out: dict[int, IntArray] = {}
        for batch in self._batches(trunks, most):
            for i, (words, fragile) in zip(
                batch, self._ask([trunks[i] for i in batch], most), strict=True
            ):
                alone = fragile and len(batch) > 1 and self.model.dtype == torch.float32
                out[i] = self._ask([trunks[i]], most)[0][0] if alone else words
        return [out[i] for i in range(len(trunks))]

    def _batches(self, trunks: Sequence[IntArray], most: int) -> Iterator[list[int]]:
        """Cut the trunks, shortest first, into batches within the budget; each has one at least."""
        batch: list[int] = []
        for i in sorted(range(len(trunks)), key=lambda i: len(trunks[i])):
            if batch and (len(batch) + 1) * (len(trunks[i]) + most) > self.tokens:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _ask(self, trunks: Sequence[IntArray], most: int) -> list[tuple[IntArray, bool]]:
        """Return for each trunk what is written and whether it hung on a near tie."""
        width = max(len(trunk) for trunk in trunks)
        tokens = torch.full((len(trunks), width), self.eos)
        mask = torch.zeros_like(tokens)
        for row, trunk in enumerate(trunks):
            tokens[row, width - len(trunk) :] = torch.from_numpy(trunk.astype(np.int64))
            mask[row, width - len(trunk) :] = 1
        margins = _Margins()
        with torch.inference_mode():
            out = self.model.generate(
                input_ids=tokens.to(self.model.device),
                attention_mask=mask.to(self.model.device),
                generation_config=settings_of(self.eos, most),
                logits_processor=LogitsProcessorList([margins]),
            )
        near = torch.stack(margins.near, dim=1).cpu().numpy()
        words = [until(each, self.eos) for each in out[:, width:].cpu().numpy()]
        return [
            (said, bool(ties[: len(said) + 1].any()))
            for said, ties in zip(words, near, strict=True)
        ]


class ContinuousBatching:
    """Writes with transformers' continuous batching: paged memory, no padding."""

    name = "continuous batching"

    def __init__(
        self, model: PreTrainedModel, eos: int, settings: ContinuousBatchingConfig | None = None
    ) -> None:
        """Take a loaded model; without ``settings`` the engine fills the GPU's free memory."""
        self.model, self.eos = model, eos
        self.settings = settings or ContinuousBatchingConfig()

    def write(self, trunks: Sequence[IntArray], most: int) -> list[IntArray]:
        """Write at most ``most`` tokens behind each trunk."""
        answers = self.model.generate_batch(
            [trunk.tolist() for trunk in trunks],
            generation_config=settings_of(self.eos, most),
            continuous_batching_config=self.settings,
            progress_bar=False,
        )
        ordered = sorted(answers.items(), key=lambda item: int(item[0].rpartition("_")[2]))
        failed = [each.error for _, each in ordered if each.error is not None]
        if failed or len(ordered) != len(trunks):
            reason = failed[0] if failed else "nothing said why"
            back = len(ordered) - len(failed)
            raise RuntimeError(f"{back} of {len(trunks)} prompts came back, the rest not: {reason}")
        return [until(np.array(each.generated_tokens, np.int64), self.eos) for _, each in ordered]


class Vllm:
    """Writes with vLLM, which must be installed (``pip install 'flan-on-kubeflow[vllm]'``).

    Not measured here: vLLM needs a GPU. Written after the source of vLLM 0.30, which goes with
    torch 2.13.
    """

    name = "vllm"

    def __init__(self, model: PreTrainedModel, eos: int) -> None:
        """Take a loaded model; the engine starts with the first prompts."""
        if find_spec("vllm") is None:
            raise BadInput(
                "evaluate.engine is vllm, which is not installed; install the extra "
                "(pip install 'flan-on-kubeflow[vllm]') or set engine to transformers"
            )
        self.model, self.eos = model, eos

    @cached_property
    def engine(self) -> Any:
        """Start vLLM on this process's GPU with the model's weights, handed over in a folder."""
        from vllm import LLM

        device = self.model.device
        free, total = torch.cuda.mem_get_info(device) if device.type == "cuda" else (1, 1)
        with TemporaryDirectory() as folder, only_gpu(device):
            self.model.save_pretrained(Path(folder))
            return LLM(
                model=folder,
                skip_tokenizer_init=True,
                dtype=str(self.model.dtype).removeprefix("torch."),  # by itself it halves float32
                gpu_memory_utilization=round(VLLM_SHARE * free / total, 3),
                max_model_len=-1,  # as long as fits
                seed=0,
            )

    def write(self, trunks: Sequence[IntArray], most: int) -> list[IntArray]:
        """Write at most ``most`` tokens behind each trunk."""
        from vllm import SamplingParams

        settings = SamplingParams(
            temperature=0.0, max_tokens=most, stop_token_ids=[self.eos], detokenize=False
        )
        prompts = [{"prompt_token_ids": trunk.tolist()} for trunk in trunks]
        answers = self.engine.generate(prompts, settings, use_tqdm=False)
        return [until(np.array(each.outputs[0].token_ids, np.int64), self.eos) for each in answers]


@contextmanager
def only_gpu(device: torch.device) -> Iterator[None]:
    """Let processes started within the block see ``device`` alone: each would take the first."""
    if device.type != "cuda":
        yield
        return
    before = os.environ.get(VISIBLE)
    index = device.index or 0
    os.environ[VISIBLE] = before.split(",")[index] if before else str(index)
    try:
        yield
    finally:
        del os.environ[VISIBLE]
        os.environ.update({VISIBLE: before} if before is not None else {})


def until(tokens: IntArray, eos: int) -> IntArray:
    """Return the tokens before the first EOS.

    >>> until(np.array([5, 6, 1, 1]), 1)
    array([5, 6])
    """
    ends = np.flatnonzero(tokens == eos)
    return tokens[: ends[0]] if len(ends) else tokens
