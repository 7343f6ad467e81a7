"""The settings of each step: one frozen dataclass a step, checked in one place before any work.

A pipeline hands each step a plain dict. ``Config.of(dict)`` refuses unknown keys, wrong types and
values out of range by name, and turns the 2048.0 that KFP makes of 2048 back into 2048.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError

from flan_core.errors import BadInput, unknown

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of a whole, 0 to 1."""
Count = Annotated[int, Field(ge=0)]
"""A whole number, zero or more."""
Positive = Annotated[int, Field(ge=1)]
"""A whole number, one or more."""
Mode = Literal["natural", "name", "none"]
"""Instructions: natural templates, the dataset's name only, or none (paper section 4.3)."""
Modes = Annotated[str, Field(pattern=r"^(natural|name|none)(\+(natural|name|none))*$")]
"""Modes joined by ``+``."""


class Config:
    """What every step's settings share: reading them from a dict."""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """Check ``settings`` and return them as this dataclass.

        Raises:
            BadInput: a key is unknown, or a value has the wrong type or is out of range.
        """
        step = cls.__name__.lower()
        known = [known.name for known in fields(cls)]  # type: ignore[arg-type]
        for key in settings:
            if key not in known:
                raise unknown(f"setting of {step}", key, known)
        try:
            return TypeAdapter(cls).validate_python(dict(settings))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = ".".join(str(part) for part in first["loc"])
            raise BadInput(f"{step}.{name}: {first['msg']}; it is {first['input']!r}") from error


@dataclass(frozen=True, kw_only=True)
class Fetch(Config):
    """Settings of fetch: where rows come from and which tasks to take."""

    source: str = "samples"
    """``samples``, ``hub``, a folder, or ``s3://bucket/prefix``."""
    tasks: tuple[str, ...] = ()
    """Clusters, datasets or tasks to take; empty takes all that the source has."""
    max_rows: Positive = 30_000
    """Rows kept of each train split, by seeded shuffle (paper section 2.1)."""
    max_eval_rows: Count = 0
    """Rows kept of each test split, by seeded shuffle; 0 keeps all."""
    lock: str = ""
    """A ``rows.lock`` that pins each repository to a commit; empty resolves the branch anew."""
    manual: str = ""
    """Folder with the original files of datasets that a person must fetch."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Render(Config):
    """Settings of render: how rows become prompts."""

    max_bad: Share = 0.01
    """Share of a task's rows that may be bad before the step fails."""


@dataclass(frozen=True, kw_only=True)
class Mix(Config):
    """Settings of mix: which tasks, in which shares, in which form (paper section 2.1)."""

    held_out: tuple[str, ...] = ()
    """Clusters that the model must never see; their kin leave with them."""
    tasks: tuple[str, ...] = ()
    """Clusters, datasets or tasks to train on; empty takes all that are left."""
    max_rows: Positive = 30_000
    """Rows of each task that are ever drawn."""
    max_rate: Positive = 3_000
    """Rows beyond this many give a task no more weight."""
    temperature: Annotated[float, Field(gt=0)] = 1.0
    """Weights are raised to 1/temperature."""
    by_tokens: bool = False
    """Share out tokens rather than examples."""
    weights: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = field(
        default_factory=dict
    )
    """Explicit weights by task, dataset or cluster; they replace the proportional one."""
    templates: Annotated[int, Field(ge=1, le=10)] = 10
    """How many of each task's templates are used, in the file's order."""
    mode: Mode = "natural"
    few_shot: Share = 0.0
    """Share of draws that carry exemplars before the query."""
    shots: Annotated[int, Field(ge=1, le=64)] = 5
    """The most exemplars of a few-shot draw; whole ones are left out to fit."""
    no_options: Share = 0.0
    """Share of draws of classification prompts that do not list the options."""
    option_formats: bool = False
    """Draw the form of the list (bullets, letters, numbers) and its order for each draw."""
    inverse: Annotated[float, Field(ge=0)] = 1.0
    """Weight of an inverse template against a normal one; 0 leaves them out."""
    leakage: Literal["report", "drop", "refuse"] = "report"
    """What to do with training rows that overlap an evaluation split."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Pack(Config):
    """Settings of pack: tokens, lengths and how much (paper section 2.4)."""

    tokenizer: str = "tiny"
    """``tiny`` trains a byte-level BPE on the prompts; else a folder or a hub id."""
    vocabulary: Positive = 4_096
    """Size of the vocabulary that ``tiny`` trains."""
    max_input: Positive = 1_024
    """Most tokens of an input, its EOS included."""
    max_target: Positive = 256
    """Most tokens of a target, its EOS included."""
    long_targets: Literal["cut", "drop", "refuse"] = "cut"
    """What happens to a longer target; all are counted and reported."""
    length: Positive = 2_048
    """Tokens of a pack."""
    tokens_per_step: Positive = 8_192
    """Tokens of a global batch, padding included; a multiple of ``length``."""
    steps: Positive = 30_000
    """Steps to pack for: drawing stops when they are full."""
    dev_steps: Count = 2
    """Steps of the dev packs, from the dev split of the tasks trained on, of which
    ``train.eval_every`` asks the loss; 0 writes none."""
    processes: Count = 0
    """Threads that draw and tokenise, all without the interpreter's lock; 0 takes one a core. The
    bytes do not depend on it."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Train(Config):
    """Settings of train (paper section 2.4; the schedule is constant there)."""

    model: str = "tiny"
    """``tiny`` and its like are made from a config; else a folder or a hub id with safetensors."""
    revision: str = "main"
    """Branch or commit of a hub model."""
    optimizer: Literal["adafactor", "adamw"] = "adafactor"
    learning_rate: Annotated[float, Field(gt=0)] = 3e-5
    scale_parameter: bool = True
    """Whether Adafactor's rate is relative to each tensor's size (Shazeer & Stern 2018)."""
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    warmup_steps: Count = 0
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    clip_norm: Annotated[float, Field(ge=0)] = 1.0
    """Largest norm of a gradient; 0 leaves it as it is."""
    spike_sigmas: Annotated[float, Field(ge=0)] = 0.0
    """Leave out the update of a step whose loss or gradient norm is this many standard deviations
    above those of the 128 before; a second one among them ends the run. OLMo takes 6; 0 never."""
    micro_packs: Count = 0
    """Packs of one forward pass on one rank; 0 chooses what fits."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """``auto`` is bfloat16 on a GPU and float32 on a CPU."""
    checkpoint_activations: Literal["auto", "on", "off"] = "auto"
    compile: bool = False
    lora_rank: Count = 0
    """Rank of LoRA adapters; 0 trains all parameters."""
    soft_prompt_tokens: Count = 0
    """Tokens of a tuned soft prompt; 0 means none (paper section 4.5 and appendix)."""
    eval_every: Count = 0
    """Steps between evaluations of the loss on the dev packs (``pack.dev_steps``); 0 means none."""
    patience: Count = 0
    """Evaluations without a better dev loss before stopping; 0 never stops early."""
    save_every: Count = 500
    """Steps between checkpoints; 0 saves only at the end and on SIGTERM."""
    keep: Positive = 2
    """Newest checkpoints kept."""
    keep_every: Count = 0
    """Steps between checkpoints that are kept for good; 0 means none."""
    state: str = ""
    """Folder of the restartable state, seen by all ranks; empty means ``state`` in the output."""
    timeout_s: Positive = 300
    """Seconds without a step before a rank counts as hanging."""
    metrics_port: Count = 0
    """Port of the Prometheus exporter on each node; 0 means none."""
    metrics_linger_s: Count = 0
    """Seconds that the exporter outlives the last step."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Launch(Config):
    """Settings of how a distributed step is started (TorchX)."""

    scheduler: Literal["local_cwd", "kubernetes_job", "trainjob", "kubernetes"] = "local_cwd"
    nodes: Positive = 1
    processes: Positive = 1
    """Processes a node, one a GPU."""
    gpus: Count = 0
    """GPUs a node."""
    cpus: Positive = 2
    """CPUs a node."""
    memory_mb: Positive = 4_096
    """Memory a node, in MiB."""
    restarts: Count = 3
    """Times a failed job is started again; a failure that no attempt cures is not."""
    image: str = ""
    """Image of the pods; empty takes the step's own."""
    namespace: str = ""
    """Namespace of the job; empty takes the step's own."""
    queue: str = ""
    """Kueue queue or Volcano queue."""
    priority: str = ""
    """Kueue's WorkloadPriorityClass; empty takes the queue's own."""
    start_timeout_s: Positive = 1_800
    """Seconds that the job may wait for its pods."""
    run_timeout_s: Positive = 7 * 86_400
    """Seconds that the job may run."""
    tolerations: tuple[dict[str, str], ...] = ()
    node_selector: dict[str, str] = field(default_factory=dict)
    shm_mb: Positive = 16_384
    """Size of /dev/shm, in MiB."""
    disk_mb: Positive = 65_536
    """Disk a node for packs, checkpoints and logs, in MiB."""
    store: str = "flan-s3"
    """ConfigMap with the store's address, and Secret with its keys; pods of the job mount both."""
    volume: str = ""
    """ReadWriteMany claim for restartable state; a job of several nodes keeps none without it."""
    service_account: str = "flan-job"
    """Service account of the job's pods; it may do nothing."""
    runtime: str = "flan-torch"
    """TrainingRuntime that scheduler ``trainjob`` refers to."""


@dataclass(frozen=True, kw_only=True)
class Evaluate(Config):
    """Settings of evaluate (paper sections 2.2 and 2.3)."""

    cluster: str = ""
    """The held-out cluster to ask about; ``nli+paraphrase`` asks about each of them."""
    tasks: tuple[str, ...] = ()
    """Datasets or tasks of the cluster to ask about; empty asks about all."""
    mode: Modes = "natural"
    """How to ask; ``natural+name`` asks in both ways."""
    model: str = "tiny"
    """The model before tuning, measured the same way."""
    revision: str = "main"
    shots: tuple[Annotated[int, Field(ge=0, le=64)], ...] = (0,)
    """Numbers of exemplars to evaluate with."""
    max_rows: Count = 0
    """Test rows a task, by seeded choice; 0 takes all."""
    max_dev_rows: Count = 200
    """Dev rows a task, which choose the best template; 0 asks none."""
    max_input: Positive = 1_024
    """Most tokens of a prompt."""
    templates: Annotated[int, Field(ge=1, le=10)] = 10
    """Normal templates to ask with."""
    untuned: bool = True
    """Whether the model before tuning is measured too."""
    without_options: bool = True
    """Whether classification is also asked without listing the options (untuned model)."""
    batch_tokens: Count = 0
    """Tokens of one forward pass; 0 chooses what fits. Scores do not depend on it."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    engine: Literal["transformers", "vllm"] = "transformers"
    """What generates free text."""
    bootstrap: Positive = 1_000
    """Resamples of a 95 % interval."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Report(Config):
    """Settings of report: what to call the run and what to compare it with."""

    recipe: str = ""
    commit: str = ""
    """Commit of the code that ran; empty where there is none."""
    settings: dict[str, Any] = field(default_factory=dict)
    """The whole run's settings, to print."""
    against: str = ""
    """A previous run to compare with: its folder, ``s3://bucket/prefix`` or its report; empty
    compares with none."""


@dataclass(frozen=True, kw_only=True)
class Compare(Config):
    """Settings of compare: the experiment, and its variants in the order of their files."""

    experiment: str = ""
    """Name of the experiment; the paper's figures of that name stand beside the run's own."""
    about: str = ""
    """What is varied and why, in a sentence."""
    variants: tuple[str, ...] = ()
    table: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """Settings that differ, by variant and step."""
    axis: str = ""
    """What the horizontal axis of the curves shows; empty draws no curves."""
    at: dict[str, float] = field(default_factory=dict)
    """Where on that axis each variant stands."""
    lines: dict[str, str] = field(default_factory=dict)
    """The line that each variant's scores stand in, where a variant is asked about single tasks:
    those of several variants then fill a line, a column a task."""
    recipe: str = ""
    commit: str = ""
    """Commit of the code that ran; empty where there is none."""
    settings: dict[str, Any] = field(default_factory=dict)
    """The settings that all variants share, to print."""


@dataclass(frozen=True, kw_only=True)
class Promote(Config):
    """Settings of promote: the gate between challenger and champion."""

    registry: str = ""
    """Folder or ``s3://bucket/prefix`` of the registry; empty takes ``flan/registry`` in the bucket
    that the run's artifacts are in. ``flan run`` takes the folder ``registry`` beside the run's."""
    name: str = "flan"
    """Name of the registered model."""
    margin: Annotated[float, Field(ge=0)] = 1.0
    """Points by which a cluster's score may fall."""
    allow_unpinned: bool = False
    """Whether rows without a resolved revision may be promoted."""
    model_registry: str = ""
    """Address of Kubeflow's Model Registry, as ``http://model-registry-service.kubeflow:8080``,
    which then lists each version too; empty uses none."""
    commit: str = ""
    """Commit of the code that ran; empty where there is none."""
    image: str = ""
    """Image that training ran in; empty where there was none."""
    settings: dict[str, Any] = field(default_factory=dict)
    """The whole run's settings, kept as lineage."""
    scheduled: bool = False
    """Whether this is the end of a scheduled run, whose last success is watched."""
