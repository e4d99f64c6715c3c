"""Every knob of a training, as one frozen table that is also the command line."""

import argparse
from collections.abc import Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from typing import Any

AT_LEAST_ONE = ("batch_size", "accumulate", "layers", "heads", "width", "context", "log_every", "eval_every")
"""Options of which 0 has no meaning."""


def _knob(default: Any, text: str, **more: Any) -> Any:
    return field(default=default, metadata={"help": text, **more})


@dataclass(frozen=True, slots=True)
class Config:
    """What is trained, on what, for how long. Steps are optimizer steps; a batch is that of all processes together."""

    steps: int = _knob(3000, "optimizer steps")
    batch_size: int = _knob(16, "windows per forward pass, over all processes together")
    accumulate: int = _knob(1, "forward passes per optimizer step")
    lr: float = _knob(2e-3, "highest learning rate")
    min_lr: float = _knob(0.0, "learning rate at the last step, as a fraction of --lr")
    warmup: int = _knob(100, "steps over which the learning rate rises from 0")
    weight_decay: float = _knob(0.1, "AdamW weight decay, on matrices")
    clip: float = _knob(1.0, "largest gradient norm; 0 leaves gradients as they are")
    layers: int = _knob(2, "transformer blocks")
    heads: int = _knob(2, "attention heads")
    width: int = _knob(64, "model width")
    context: int = _knob(64, "bytes per window")
    dropout: float = _knob(0.0, "dropout, 0 to 1")
    text: str | None = _knob(None, "file to train on; default: the source of Python's standard library")
    train_bytes: int = _knob(0, "bytes of text to train on; 0: all")
    val_bytes: int = _knob(65_536, "bytes of text held out for validation")
    corrupt: str = _knob("", "FIRST:LAST steps whose batches are noise instead of text")
    seed: int = _knob(1, "seed of weights, batches and dropout")
    precision: str = _knob("no", "mixed precision", choices=["no", "fp16", "bf16"])
    cpu: bool = _knob(False, "train on the CPU even where there is a GPU")
    log_every: int = _knob(100, "steps between training records")
    eval_every: int = _knob(1000, "steps between evaluations")
    checkpoint_every: int = _knob(1000, "steps between checkpoints; 0: none")
    log: str = _knob("out/run.jsonl", "where the log goes (appended to)")
    checkpoints: str = _knob("checkpoints", "where checkpoints go")
    early_stop: bool = _knob(False, "stop when the log shows overfitting, divergence or no learning")
    resume: str | None = _knob(None, "checkpoint to go on from; 'latest': the newest under --checkpoints")

    @property
    def corrupt_steps(self) -> range:
        """The steps of ``--corrupt``, both ends included. Raises SystemExit for what is not FIRST:LAST."""
        if not self.corrupt:
            return range(0)
        first, colon, last = self.corrupt.partition(":")
        if not (colon and first.isdecimal() and last.isdecimal()):
            raise SystemExit(f"--corrupt {self.corrupt}: expected FIRST:LAST, as in 1500:1509")
        return range(int(first), int(last) + 1)

    def as_record(self) -> dict[str, Any]:
        """The knobs that shape the run, for the log: no paths of this machine."""
        return {k: v for k, v in asdict(self).items() if k not in {"log", "checkpoints", "resume", "text"}}


def parse(argv: Sequence[str] | None, presets: dict[str, dict[str, Any]]) -> Config:
    """The configuration that the command line asks for: defaults, then the preset, then each option.

    Raises SystemExit for what cannot be trained.
    """
    parser = argparse.ArgumentParser(prog="python -m train", description="Train a small GPT and log how it goes.")
    parser.add_argument("--preset", choices=sorted(presets), help="a named set of the options below")
    for knob in fields(Config):
        _add(parser, knob.name, knob.default if knob.default is not MISSING else None, dict(knob.metadata))
    given = vars(parser.parse_args(argv))
    preset = presets.get(given.pop("preset"), {})
    config = replace(Config(), **{**preset, **{k: v for k, v in given.items() if v is not None}})
    for name in AT_LEAST_ONE:
        if getattr(config, name) < 1:
            parser.error(f"--{name.replace('_', '-')} {getattr(config, name)}: must be at least 1")
    if config.width % config.heads:
        parser.error(f"--width {config.width} does not divide over {config.heads} heads")
    return config


def _add(parser: argparse.ArgumentParser, name: str, default: Any, meta: dict[str, Any]) -> None:
    option, text = f"--{name.replace('_', '-')}", f"{meta.pop('help')} (default: {default})"
    if isinstance(default, bool):
        parser.add_argument(option, action="store_true", default=None, help=text)
    else:
        kind = type(default) if default is not None else str
        if "choices" not in meta:
            meta["metavar"] = kind.__name__.upper()
        parser.add_argument(option, type=kind, default=None, help=text, **meta)
