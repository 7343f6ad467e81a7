"""The memory plan: what it counts, what it chooses, what it refuses."""

import numpy as np
import pytest
import torch
from torch.autograd.graph import saved_tensors_hooks
from transformers import AutoModelForCausalLM

from flan_core.config import Train
from flan_core.errors import BadInput
from flan_core.model.head import Rows, Scorer
from flan_core.model.made import config_of, make
from flan_core.train.adafactor import Adafactor, Hyper
from flan_core.train.memory import (
    Plan,
    Room,
    Shape,
    choose,
    kept_by_token,
    plan,
    refuse_too_large,
)

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
MIB = 2**20


def skeleton(spec: str = "tiny") -> Scorer:
    config = config_of(spec, vocabulary=256, eos=0, pad=1)
    with torch.device("meta"):
        return Scorer(AutoModelForCausalLM.from_config(config, dtype=torch.float32))


def room(free: int, device: torch.device = GPU, ranks: int = 1) -> Room:
    return Room(device=device, free=free, ranks=ranks, rows=8, length=2_048)


def rows() -> Rows:
    segments = np.repeat(np.arange(1, 9), 32)[None].astype(np.int32)
    positions = np.tile(np.arange(32), 8)[None]
    return Rows.of(
        {
            "tokens": np.full((1, 256), 5, np.uint32),
            "segments": segments,
            "positions": positions,
            "loss": (positions > 29).astype(np.uint8),
        }
    )


@pytest.mark.parametrize("spec", ["tiny", "tiny-qwen3", "tiny-gemma3", "tiny-gpt-neox"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_activations_are_planned_as_a_real_pass_keeps_them(spec: str, dtype: torch.dtype) -> None:
    config = config_of(spec, vocabulary=256, eos=0, pad=1)
    scorer = Scorer(make(spec, config, seed=0, dtype=dtype)).train()
    weights = {each.untyped_storage().data_ptr() for each in scorer.parameters()}
    kept = []
    with saved_tensors_hooks(lambda each: kept.append(each) or each, lambda each: each):
        hidden = scorer(rows(), "hidden")
    sizes = {each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for each in kept}
    real = sum(size for pointer, size in sizes.items() if pointer not in weights)
    assert hidden.shape == (1, 256, 128)
    assert 256 * kept_by_token(config, dtype) == pytest.approx(real, rel=0.1)


def test_the_plan_counts_each_part() -> None:
    scorer = skeleton()
    shape = Shape(micro_packs=1, length=64, dtype=torch.bfloat16, checkpointed=False, reshard=True)
    made = plan(scorer, Train(), shape, ranks=2, by_token=1_000)
    weights = sum(each.numel() for each in scorer.parameters())
    layer = sum(each.numel() for each in scorer.layers[0].parameters())
    whole = make("tiny", scorer.model.config, seed=0, dtype=torch.float32)
    state = Adafactor(dict(whole.named_parameters()), lambda flat: flat, Hyper()).state()
    columns = sum(each.nbytes for name, each in state.items() if name.endswith("columns"))
    others = sum(each.nbytes for each in state.values()) - columns
    assert made == Plan(
        parameters=4 * weights // 2,
        gradients=4 * weights // 2,
        optimiser=columns + others // 2,
        gathered=2 * (weights - 4 * layer + 2 * layer),
        activations=64 * 1_000,
        head=64 * 256 * (4 + 4 + 2),
    )
    assert made.optimiser < 0.02 * made.parameters, "Adafactor's state is small"


def test_with_much_memory_the_fastest_is_chosen() -> None:
    shape, made = choose(skeleton(), Train(), room(100_000 * MIB))
    assert (shape.micro_packs, shape.checkpointed, shape.reshard) == (8, False, False)
    assert shape.dtype == torch.bfloat16
    assert made.total < 100_000 * MIB


def test_with_less_memory_micro_batches_shrink_before_activations_are_made_twice() -> None:
    scorer = skeleton()
    found = []
    _, full = choose(scorer, Train(), room(100_000 * MIB))
    for free in (full.total, full.total // 2, full.total // 5, full.total // 16):
        shape, _ = choose(scorer, Train(), room(free))
        found.append((shape.micro_packs, shape.checkpointed))
    assert found[0] == (8, False)
    assert found == sorted(found, key=lambda each: (each[1], -each[0]))
    assert found[-1][1]


def test_what_the_config_fixes_stays() -> None:
    config = Train(micro_packs=2, checkpoint_activations="on", precision="float32")
    shape, _ = choose(skeleton(), config, room(100_000 * MIB))
    assert (shape.micro_packs, shape.checkpointed, shape.dtype) == (2, True, torch.float32)


def test_a_cpu_takes_one_pack_at_a_time_in_float32() -> None:
    shape, _ = choose(skeleton(), Train(), room(100_000 * MIB, CPU))
    assert (shape.micro_packs, shape.dtype) == (1, torch.float32)


def test_what_cannot_fit_is_refused_with_advice() -> None:
    _, made = choose(skeleton("llama-8b"), Train(optimizer="adamw"), room(40_000 * MIB))
    with pytest.raises(BadInput) as caught:
        refuse_too_large(made, room(40_000 * MIB))
    message = str(caught.value)
    assert message.startswith("training needs ")
    assert "GiB on each rank but cuda:0 has 39.06 GiB free:\n  parameters" in message
    assert "use adafactor; train LoRA adapters (lora_rank)" in message
    assert "train on 3 ranks or more; choose a smaller model" in message
