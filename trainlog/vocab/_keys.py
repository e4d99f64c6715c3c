"""What is no metric in a record: the split, what places the record, what wraps it, what sums the run up."""

SPLITS = {
    **dict.fromkeys(("train", "training", "tr", "trn", "learn"), "train"),
    **dict.fromkeys(
        (
            "val",
            "va",
            "valid",
            "vld",
            "validation",
            "validate",
            "eval",
            "evaluation",
            "dev",
            "devel",
            "holdout",
            "heldout",
            "cv",
            "validasiya",
        ),
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
    "ite",
    "itr",
    "n_iter",
    "cur_iter",
    "current_iter",
    "total_iter",
    "opt_step",
    "gradient_step",
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
    "total_batches",
    "steps_completed",
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
    "end_time",
    "time",
)
# Keys of records and columns that name a metric, and that hold its value.
NAME_KEYS = frozenset((
    "metric", "metric_name", "metricname", "name", "tag", "key", "variable", "series", "attribute", "attribute_path", "field",
))  # fmt: skip
VALUE_KEYS = frozenset({"value", "metric_value", "metricvalue", "float_value"})
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
#: Objects that records are wrapped in: they say nothing about what is in them.
WRAPPERS = frozenset((
    "data", "metrics", "metric", "logs", "log", "values", "scalars", "history", "payload", "fields", "extra", "record", "stats",
    "info", "results", "result", "trainer", "counters", "progress", "summary", "summaries",
))  # fmt: skip
TOTALS = frozenset(("total", "combined", "overall"))
