"""Canonical metric names: one table of units, directions and the names that frameworks give them.

A canonical name is a base metric (``loss``), prefixed with its split when that is not training (``val_loss``,
``test_loss``), and followed by the evaluation set when there are several (``val_loss/news``). GPU readings are
``gpu/INDEX/FIELD``. Names that are not in the table stay as logged.

Sources of the aliases: transformers ``trainer.py`` (``eval_*``), Lightning (``val_loss``, ``train_loss_step``), Keras
``History`` (``val_*``), fairseq ``progress_bar.py`` (``gnorm``, ``num_updates``), Megatron-LM ``training.py`` (``lm loss``),
nanoGPT ``train.py`` (``train/loss``), W&B system metrics, the ``nvidia-smi --query-gpu`` field names.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple


class Metric(NamedTuple):
    """One base metric: its unit, which way is better (``low``, ``high`` or None) and its other names.

    An alias is a name, or a (name, factor) pair when the logged unit differs: value * factor is in ``unit``.
    """

    name: str
    unit: str
    better: str | None
    aliases: tuple[str | tuple[str, float], ...] = ()


_MIB, _GIB = 2.0**20, 2.0**30
_LN2 = 0.6931471805599453  # nats per bit

METRICS = (
    Metric(
        "loss",
        "nats",
        "low",
        (
            "losses",
            "lm_loss",
            "nll",
            "nll_loss",
            "xent",
            "cross_entropy",
            "crossentropy",
            "ce",
            "ce_loss",
            "cost",
            "total_loss",
            "avg_loss",
            "average_loss",
            "loss_avg",
            "mean_loss",
            "loss_mean",
            "loss_total",
            "logloss",
            "log_loss",
            "mlogloss",
            "binary_logloss",
            "multi_logloss",
            "objective",
            "loss_step",
            "loss_epoch",
            "cross_entropy_loss",
            "epoch_loss",
            "batch_loss",
            "running_loss",
            "criterion",
            "cross_entropy_loss",
            "crossentropy_loss",
            "reduced_train_loss",
            "loss_total_loss",
            "ce_mean_words",
            ("loss_bits", _LN2),
        ),
    ),
    Metric("ppl", "", "low", ("perplexity", "perp", "lm_loss_ppl")),
    Metric("bpb", "bits per byte", "low", ("bits_per_byte", "bpc", "bits_per_character")),
    Metric(
        "accuracy",
        "fraction",
        "high",
        (
            "acc",
            "top1",
            "top_1",
            "acc1",
            "acc_1",
            "prec_1",
            "accuracy_top1",
            "accuracy_top_1",
            "token_acc",
            "mean_token_accuracy",
            "sparse_categorical_accuracy",
            "categorical_accuracy",
            "binary_accuracy",
            "acc_step",
            "acc_epoch",
            "epoch_accuracy",
        ),
    ),
    Metric("f1", "fraction", "high", ("f1_score", "macro_f1", "micro_f1", "f_score")),
    Metric("auc", "fraction", "high", ("roc_auc", "auroc")),
    Metric("precision", "fraction", "high"),
    Metric("recall", "fraction", "high"),
    Metric("map", "fraction", "high", ("map50_95", "bbox_map", "mean_ap")),
    Metric("iou", "fraction", "high", ("miou", "m_iou", "mean_iou", "jaccard")),
    Metric("dice", "fraction", "high", ("dice_score", "mean_fg_dice")),
    Metric("bleu", "", "high", ("sacrebleu",)),
    Metric("rouge", "", "high", ("rougel", "rouge_l")),
    Metric(
        "reward",
        "",
        "high",
        (
            "mean_reward",
            "ep_rew_mean",
            "ep_reward_mean",
            "episode_reward",
            "episode_reward_mean",
            "episodic_return",
            "episode_return",
            "episode_return_mean",
            "return",
            "ep_return_mean",
            "average_return",
            "average_ep_ret",
            "avg_reward",
            "average_reward",
        ),
    ),
    Metric("score", "", "high"),
    Metric("r2", "", "high"),
    Metric("error", "fraction", "low", ("err", "error_rate", "merror", "classification_error")),
    Metric("wer", "fraction", "low", ("word_error_rate",)),
    Metric("mse", "", "low", ("mean_squared_error", "l2")),
    Metric("rmse", "", "low", ("root_mean_squared_error",)),
    Metric("mae", "", "low", ("mean_absolute_error", "l1")),
    Metric(
        "lr",
        "",
        None,
        (
            "learning_rate",
            "learningrate",
            "lr_pg0",
            "lr_group0",
            "lr_0",
            "lr_adam",
            "lr_adamw",
            "lr_sgd",
            "base_lr",
            "current_lr",
            "learning_rate_0",
            "learning_rate_group0",
        ),
    ),
    Metric(
        "grad_norm",
        "",
        None,
        ("gnorm", "gradient_norm", "gradnorm", "global_grad_norm", "total_grad_norm", "grad_norm_total", "g_norm", "grad_2_norm_total"),
    ),
    Metric("loss_scale", "", None, ("loss_scaler", "amp_scale", "grad_scale", "scale")),
    Metric(
        "tokens",
        "tokens",
        None,
        ("num_tokens", "tokens_seen", "total_tokens", "num_input_tokens_seen", "trained_tokens", "consumed_tokens"),
    ),
    Metric("samples", "samples", None, ("consumed_samples", "samples_seen")),
    Metric(
        "tokens_per_s",
        "tokens/s",
        None,
        ("tps", "tok_s", "tok_sec", "tokens_s", "tokens_sec", "tokens_per_sec", "tokens_per_second", "tokens_per_second_per_gpu", "wps"),
    ),
    Metric(
        "samples_per_s", "samples/s", None, ("samples_sec", "samples_per_sec", "samples_per_second", "throughput", "images_per_s", "fps")
    ),
    Metric(
        "step_time_s",
        "s",
        None,
        (
            "step_time",
            "iter_time",
            "batch_time",
            "sec_per_step",
            "seconds_per_step",
            ("step_time_ms", 1e-3),
            ("ms_per_iter", 1e-3),
            ("dt_ms", 1e-3),
            ("step_avg_ms", 1e-3),
            ("ms_per_step", 1e-3),
            ("elapsed_time_per_iteration_ms", 1e-3),
            ("iter_time_ms", 1e-3),
        ),
    ),
    Metric("data_time_s", "s", None, ("data_time", "load_time", ("data_time_ms", 1e-3))),
    Metric(
        "memory_used_bytes",
        "bytes",
        None,
        (
            "memory_used",
            "gpu_memory_used_bytes",
            ("memory_used_mib", _MIB),
            ("memory_mib", _MIB),
            ("gpu_mem_mib", _MIB),
            ("memory_gib", _GIB),
            ("gpu_mem_gb", _GIB),
            ("gpu_mem", _GIB),
            ("gpu_memory_gb", _GIB),
            ("gpu_memory_mb", _MIB),
            ("gpu_mem_mb", _MIB),
            ("peak_mem_gb", _GIB),
            ("peak_mem", _GIB),
        ),
    ),
    Metric("memory_total_bytes", "bytes", None, ("memory_total", ("memory_total_mib", _MIB), ("gpu_mem_total_gb", _GIB))),
    Metric("memory_allocated_bytes", "bytes", None, ("memory_allocated", ("gpu_memory_allocated_mb", _MIB))),
    Metric("memory_reserved_bytes", "bytes", None, ("memory_reserved", ("gpu_memory_reserved_mb", _MIB))),
    Metric(
        "utilization",
        "fraction",
        None,
        (("utilization_gpu", 1e-2), ("gpu_util", 1e-2), ("gpu_utilization", 1e-2), ("utilization_percent", 1e-2)),
    ),
    Metric(
        "temperature_c",
        "°C",
        None,
        ("temperature", "gpu_temp", "temperature_gpu", "gpu_temperature", "gpu_temp_c", "gpu_temperature_c", "temp"),
    ),
    Metric("temperature_limit_c", "°C", None, ("temperature_slowdown_c",)),
    Metric("power_w", "W", None, ("power", "power_draw", "gpu_power", "gpu_power_w", "power_draw_w")),
    Metric("power_limit_w", "W", None, ("power_limit",)),
    Metric("sm_clock_mhz", "MHz", None, ("sm_clock", "clocks_sm", "clocks_current_sm_mhz", "clocks_sm_mhz", "gpu_clock_mhz")),
    Metric("energy_j", "J", None, (("energy_kwh", 3.6e6), ("energy_consumed", 3.6e6))),
    Metric("throttle", "NVML bits", None, ("clocks_throttle_reasons_active", "clocks_event_reasons_active")),
)

SPLITS = {
    **dict.fromkeys(("train", "training", "tr", "trn"), "train"),
    **dict.fromkeys(
        ("val", "valid", "vld", "validation", "eval", "evaluation", "dev", "devel", "holdout", "heldout", "cv", "validasiya"),
        "val",
    ),
    **dict.fromkeys(("test", "testing", "te", "tst"), "test"),
}

# Keys that place a record, in order of preference when a record has several.
STEP_KEYS = (
    "step",
    "global_step",
    "trainer_global_step",
    "train_global_step",
    "current_steps",
    "num_updates",
    "update",
    "updates",
    "optimizer_step",
    "iteration",
    "iter",
    "it",
    "iters",
    "iter_num",
    "_step",
    "steps",
    "batch_idx",
    "batch",
    "timesteps",
    "total_timesteps",
    "n_updates",
    "time_total_timesteps",
    "total_env_steps",
    "train_step",
    "training_step",
    "current_step",
    "global_steps",
    "optimizer_steps",
    "step_number",
    "step_num",
    "iteration_number",
    "training_iteration",
    "timesteps_total",
    "num_env_steps_sampled_lifetime",
    "env_steps",
    "env_step",
    "totalenvinteracts",
    "environment_steps",
    "time_batch",
    "time_iterations",
)
EPOCH_KEYS = ("epoch", "epochs", "ep", "train_epoch", "epoch_num", "epoch_number", "current_epoch", "time_epoch", "round", "boosting_round")
TIME_KEYS = (
    "time_s",
    "elapsed_s",
    "_runtime",
    "runtime",
    "wall_time",
    "elapsed",
    "elapsed_time",
    "_timestamp",
    "timestamp",
    "relative_time",
    "time_time_elapsed",
    "time_total_s",
    "passed_time",
    "time_elapsed",
    "created_at",
    "datetime",
    "date",
    "ts",
    "time",
)
# A record with one of these sums the run up (transformers Trainer: mean training loss, runtime): no point of a curve.
SUMMARY_KEYS = ("train_runtime", "predict_runtime")

#: NVML clock event reasons (nvml.h, nvmlClocksEventReasons): the bits of ``gpu/N/throttle``.
THROTTLE_BITS = {
    "gpu_idle": 0x1,
    "applications_clocks": 0x2,
    "sw_power_cap": 0x4,
    "hw_slowdown": 0x8,
    "sync_boost": 0x10,
    "sw_thermal": 0x20,
    "hw_thermal": 0x40,
    "hw_power_brake": 0x80,
    "display_clocks": 0x100,
}

_BY_NAME = {metric.name: metric for metric in METRICS}
UNNAMED = "value"  # the only column of a table, or the only curve of a file, that nothing gives a name
#: The names of all base metrics.
BASES = frozenset(_BY_NAME)
_ALIASES: dict[str, tuple[str, float]] = {
    **{(a if isinstance(a, str) else a[0]): (m.name, 1.0 if isinstance(a, str) else a[1]) for m in METRICS for a in m.aliases},
    **{m.name: (m.name, 1.0) for m in METRICS},
}
_LOSSES = ("loss", "nll")
#: Objects that records are wrapped in: they say nothing about what is in them.
WRAPPERS = frozenset((
    "data", "metrics", "metric", "logs", "log", "values", "scalars", "history", "payload", "fields", "extra", "record", "stats",
    "info", "results", "result", "trainer", "counters", "progress",
))  # fmt: skip
TOTALS = frozenset(("total", "combined", "overall"))
_OPTIMIZER = re.compile(r"^lr-[A-Za-z]+(?=/|$)")  # Lightning, Composer: lr-AdamW/group0
_MEAN = re.compile(r"(?:mean|avg|average)(?:_\d+)?")
_NO_MEASURE = frozenset(("best", "min", "max", "std", "var", "final", "last", "prev", "previous", "initial", "target", "delta", "weight"))
_NO_SET = _NO_MEASURE | {"loss", "nll"}
_SETTINGS = frozenset(("config", "cfg", "hparams", "hyperparameters", "args", "params", "parameters"))
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[\s/\\.:|()\[\]@-]+")


class Name(NamedTuple):
    """What a logged key means: the canonical name, and the factor that brings its values to the canonical unit."""

    canonical: str
    factor: float = 1.0


def normal(raw: str) -> str:
    """Fold case and separators, so that ``Validation Loss``, ``validation/loss`` and ``validation_loss`` are one key."""
    return _SEPARATORS.sub("_", raw.strip().lower().replace("%", "_percent")).replace("__", "_").strip("_")


@lru_cache(maxsize=4096)
def canonical(raw: str) -> Name:
    """Give the canonical name of a logged key; a key that is in no table keeps its own name (trimmed).

    Known are the aliases, also as plurals, under a wrapper (``metrics/loss``), as a mean (``loss/mean``), with a split at
    either end or in the middle (``loss/train/total``), and as the last or first part of a path (``main/loss``: ``loss/main``).
    """
    forms = (raw, _CAMEL.sub("_", raw))
    paths = [_parts(form) for form in forms]
    for key in (*map(normal, forms), *map("_".join, paths)):
        if (known := _known(key)) is not None:
            return Name(*known)
    words = ["_".join(parts).split("_") for parts in paths]
    # Old Keras writes epoch_val_loss to TensorBoard.
    words = [one[1:] if len(one) > 2 and one[0] == "epoch" and one[1] in SPLITS else one for one in words]
    found = (*map(_of_split, words), *map(_of_path, paths), _of_unknown(words[-1]))
    return next((name for name in found if name is not None), None) or Name(raw.strip())


def _parts(raw: str) -> list[str]:
    """The parts of a path as normal words, without the objects that records are wrapped in and a final ``mean``."""
    parts = [part for piece in re.split(r"[/.]", _OPTIMIZER.sub("lr", raw)) if (part := normal(piece))]
    parts = [part for part in parts[:-1] if part not in WRAPPERS] + parts[-1:]
    return parts[:-1] if len(parts) > 1 and _MEAN.fullmatch(parts[-1]) else parts


def _known(key: str) -> tuple[str, float] | None:
    """The canonical base and factor of an alias, also of its plural; what is in percent is found out from its values."""
    forms = (key, key.removesuffix("s"), f"{key.removesuffix('ies')}y", key.removesuffix("_percent"))
    return next((_ALIASES[form] for form in forms if form in _ALIASES), None)


def _of_split(words: Sequence[str]) -> Name | None:
    """Name words that are known once their split is taken out: at the start, at the end, or in between."""
    for at in (0, len(words) - 1, *range(1, len(words) - 1)):
        split = SPLITS.get(words[at])
        found = _base_and_set([*words[:at], *words[at + 1 :]]) if split is not None else None
        if split is not None and found is not None:
            base, factor, subset = found
            return _named(split, base, subset, factor)
    return None


def _of_path(parts: Sequence[str]) -> Name | None:
    """Name a path whose last or first part is known: the rest says which of several."""
    split = next((SPLITS[part] for part in parts if part in SPLITS), "train")
    parts = [part for part in parts if part not in SPLITS]
    if len(parts) < (2 if split == "train" else 1) or parts[0] in _SETTINGS or parts[0] == "gpu":
        return None
    for at in (-1, 0):
        if at == 0 and parts[0] in ("score", "scores"):
            break  # spaCy: scores/SPEED
        known = Name(*found) if (found := _known(parts[at])) else _of_split(parts[at].split("_"))
        rest = "_".join(parts[:-1] if at else parts[1:])
        if known is not None and "/" not in known.canonical and not _NO_MEASURE & set(rest.split("_")):
            mine = split_of(known.canonical)
            return _named(split if mine == "train" else mine, base_of(known.canonical), rest, known.factor)
    return None


def _of_unknown(words: Sequence[str]) -> Name | None:
    """Name words of which only the split is known."""
    for at, rest in ((0, words[1:]), (-1, words[:-1])):
        split = SPLITS.get(words[at]) if rest else None
        if split is not None:
            return Name("_".join(words) if at == 0 and words[0] == split else f"{split}_{'_'.join(rest)}")
    return None


def _named(split: str, base: str, subset: str, factor: float) -> Name:
    return Name(f"{'' if split == 'train' else split + '_'}{base}{'/' + subset if subset and subset not in TOTALS else ''}", factor)


def _base_and_set(words: Sequence[str]) -> tuple[str, float, str] | None:
    """Split ``news_loss`` into the base metric ``loss`` and the evaluation set ``news``; what is total or combined is no set."""
    if len(words) > 1 and (words[-1] in TOTALS or _MEAN.fullmatch(words[-1])):
        words = words[:-1]
    for start in range(len(words)):
        known = _known("_".join(words[start:]))
        if known is not None and not _NO_SET & set(words[:start]):
            return known[0], known[1], "_".join(words[:start])
    return None


def resolve(raw: str, aliases: Mapping[str, Sequence[str]] | None = None) -> Name:
    """Give the canonical name of a key, a user's own ``aliases`` (canonical name -> keys, any case) first."""
    if aliases:
        key = normal(raw)
        for name, keys in aliases.items():
            if any(normal(k) == key for k in keys):
                return Name(name)
    return canonical(raw)


def split_of(name: str) -> str:
    """Give the split a canonical name belongs to: ``train``, ``val`` or ``test``."""
    head, _, rest = name.partition("_")
    return head if rest and head in ("val", "test") else "train"


def base_of(name: str) -> str:
    """Strip split and evaluation set from a canonical name: ``val_loss/news`` -> ``loss``; ``gpu/0/power_w`` -> ``power_w``."""
    if name.startswith("gpu/"):
        return name.rsplit("/", 1)[-1]
    stem = name.split("/", 1)[0]
    return stem.split("_", 1)[1] if split_of(name) != "train" else stem


def metric(name: str) -> Metric:
    """Give unit and direction of a canonical name; names outside the table have no unit, and a loss-like name is better low."""
    base = base_of(name)
    if base in _BY_NAME:
        return _BY_NAME[base]
    return Metric(base, "", "low" if any(word in base.lower() for word in _LOSSES) else None)
