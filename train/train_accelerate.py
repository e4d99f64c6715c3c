"""Train a small GPT with accelerate, and leave a log that says how it went.

::

    python -m train                                            # one process, GPU if there is one
    python -m train --preset overfit --log out/overfit.jsonl
    accelerate launch -m train --precision bf16                # as `accelerate config` says
    accelerate launch --num_processes 2 --cpu -m train         # two processes on the CPU
    accelerate launch train/train_accelerate.py --steps 500

Read it from the bottom: ``main`` puts the parts together, ``train`` is the loop, ``optimizer_step`` is one step.
"""

import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

if not __package__:  # started by its path: Python put this folder on sys.path, the packages are one above
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from train.config import Config, parse
from train.data import Batches, Text, load_text, validation_batches
from train.model import GPT, decay_groups, parameter_count
from train.presets import PRESETS
from trainlog.emit import RunLogger


@dataclass
class Progress:
    """How far the run is; saved in each checkpoint. The sums run since the last record, so that a resumed run logs
    the same means as one that was never interrupted."""

    step: int = 0
    tokens: int = 0
    elapsed_s: float = 0.0
    loss_sum: Tensor | float = 0.0
    loss_steps: int = 0

    def state_dict(self) -> dict[str, Any]:
        """Everything, as numbers."""
        return {**vars(self), "loss_sum": float(self.loss_sum)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what ``state_dict`` gave."""
        vars(self).update(state)


@dataclass
class Clock:
    """Where the time of the steps since the last record went, in seconds; evaluations and checkpoints excluded."""

    steps: int = 0
    step_s: float = 0.0
    data_s: float = 0.0


@dataclass
class Training:
    """The parts of a run, each made once by ``build``."""

    config: Config
    accelerator: Accelerator
    text: Text
    batches: Batches
    model: nn.Module
    optimizer: Any
    scheduler: LambdaLR
    progress: Progress
    log: RunLogger
    clock: Clock = field(default_factory=Clock)


def learning_rate(step: int, config: Config) -> float:
    """The factor on --lr for the optimizer step after ``step``: linear warm-up, then half a cosine to --min-lr.

    Loshchilov and Hutter, "SGDR" (2017), equation 5, without restarts. The last step is the lowest point.
    """
    if step < config.warmup:
        return (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, config.steps - 1 - config.warmup)
    return config.min_lr + (1 - config.min_lr) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def build(config: Config) -> Training:
    """Model, data, optimizer, schedule and log, ready to train; at the checkpoint of --resume if there is one."""
    accelerator = Accelerator(gradient_accumulation_steps=config.accumulate, mixed_precision=config.precision, cpu=config.cpu)
    if config.batch_size % accelerator.num_processes:
        raise SystemExit(f"--batch-size {config.batch_size} does not divide over {accelerator.num_processes} processes")
    text = load_text(config.text, config.train_bytes, config.val_bytes)
    batches = Batches(text.train, context=config.context, batch_size=config.batch_size, seed=config.seed)
    set_seed(config.seed)
    model = GPT(layers=config.layers, heads=config.heads, width=config.width, context=config.context, dropout=config.dropout)
    optimizer = AdamW(decay_groups(model, config.weight_decay), lr=config.lr, betas=(0.9, 0.95))
    # Not prepared: accelerate would step a prepared schedule once per process, and a step here is an optimizer step.
    scheduler = LambdaLR(optimizer, lambda step: learning_rate(step, config))
    model, optimizer = accelerator.prepare(model, optimizer)
    set_seed(config.seed, device_specific=True)  # each process drops out other units
    progress = Progress()
    accelerator.register_for_checkpointing(scheduler, progress)
    checkpoint = find_checkpoint(config)
    if checkpoint:
        accelerator.load_state(str(checkpoint))
    log = open_log(config, accelerator, text, batches, model, progress, checkpoint)
    return Training(config, accelerator, text, batches, model, optimizer, scheduler, progress, log)


def find_checkpoint(config: Config) -> Path | None:
    """The folder that --resume means; None starts from the beginning."""
    if config.resume != "latest":
        return Path(config.resume) if config.resume else None
    return max(Path(config.checkpoints).glob("step-*"), default=None)


def open_log(
    config: Config,
    accelerator: Accelerator,
    text: Text,
    batches: Batches,
    model: nn.Module,
    progress: Progress,
    checkpoint: Path | None,
) -> RunLogger:
    """The run's log, its head written."""
    device = accelerator.device
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return RunLogger(
        config.log,
        rank=accelerator.process_index,
        resume_step=progress.step if checkpoint else None,
        elapsed_s=progress.elapsed_s,
        total_steps=config.steps,
        steps_per_epoch=batches.per_epoch / config.accumulate,
        world_size=accelerator.num_processes,
        device={"type": device.type, "name": name},
        text={"source": text.source, "train_bytes": len(text.train), "val_bytes": len(text.val), "sha256": text.sha256},
        parameters=parameter_count(model),
        python=sys.version.split()[0],
        torch=torch.__version__,
        config=config.as_record(),
    )


def optimizer_step(run: Training) -> tuple[Tensor, Tensor]:
    """One optimizer step: mean loss of this process's share of the batch (nats), gradient norm before clipping."""
    config, accelerator = run.config, run.accelerator
    losses, norm = [], torch.tensor(0.0)
    for micro in range(config.accumulate):
        asked = time.perf_counter()
        inputs, targets = share_of_batch(run, run.progress.step * config.accumulate + micro)
        run.clock.data_s += time.perf_counter() - asked
        with accelerator.accumulate(run.model):
            loss = run.model(inputs, targets)
            accelerator.backward(loss)
            if accelerator.sync_gradients:
                norm = accelerator.clip_grad_norm_(run.model.parameters(), config.clip or math.inf)
            run.optimizer.step()
            run.optimizer.zero_grad()
        losses.append(loss.detach())
    run.scheduler.step()
    return torch.stack(losses).mean(), norm


def share_of_batch(run: Training, index: int) -> tuple[Tensor, Tensor]:
    """This process's rows of batch ``index``, on its device."""
    rank, world, device = run.accelerator.process_index, run.accelerator.num_processes, run.accelerator.device
    inputs, targets = run.batches.at(index)
    return inputs[rank::world].to(device, non_blocking=True), targets[rank::world].to(device, non_blocking=True)


@torch.no_grad()
def estimate_loss(run: Training) -> tuple[float, int]:
    """Mean validation loss over every byte held out (nats per byte), and the number of bytes.

    The batches are dealt out to the processes as they are: nothing is padded, so nothing is counted twice, and any
    number of processes gives the same mean.
    """
    accelerator, config = run.accelerator, run.config
    batches = validation_batches(run.text.val, context=config.context, batch_size=config.batch_size)
    model = accelerator.unwrap_model(run.model)  # processes may hold unequal numbers of batches: no collective calls
    model.eval()
    nats, count = 0.0, 0
    for inputs, targets in batches[accelerator.process_index :: accelerator.num_processes]:
        loss = model(inputs.to(accelerator.device), targets.to(accelerator.device))
        nats, count = nats + loss.item() * targets.numel(), count + targets.numel()
    model.train()
    if accelerator.num_processes > 1:
        sums = torch.tensor([nats, count], dtype=torch.float64, device=accelerator.device)
        nats, count = accelerator.reduce(sums, reduction="sum").tolist()
    return nats / count, int(count)


def train(run: Training) -> None:
    """The loop: step, record, evaluate, save, until --steps."""
    config, progress = run.config, run.progress
    run.model.train()
    while progress.step < config.steps:
        lr = float(run.scheduler.get_last_lr()[0])
        started = time.perf_counter()
        loss, norm = optimizer_step(run)
        run.clock.step_s += time.perf_counter() - started
        run.clock.steps += 1
        progress.step += 1
        progress.tokens += config.batch_size * config.accumulate * config.context
        progress.loss_sum, progress.loss_steps = progress.loss_sum + loss, progress.loss_steps + 1
        last = progress.step == config.steps
        if progress.step % config.log_every == 0 or last:
            record(run, lr, norm)
        if progress.step % config.eval_every == 0 or last:
            evaluate(run)
        if config.checkpoint_every and (progress.step % config.checkpoint_every == 0 or last):
            save(run)


def record(run: Training, lr: float, norm: Tensor) -> None:
    """Log and print the mean loss since the last record, over all processes."""
    progress, clock, config = run.progress, run.clock, run.config
    mean = torch.as_tensor(progress.loss_sum, device=run.accelerator.device) / progress.loss_steps
    loss = float(run.accelerator.reduce(mean, reduction="mean"))  # a GPU is waited for here, once per record
    epoch = progress.step * config.accumulate / run.batches.per_epoch
    run.log.train(
        step=progress.step,
        loss=round(loss, 6),
        epoch=round(epoch, 5),
        lr=lr,
        grad_norm=round(float(norm), 5),
        tokens=progress.tokens,
        tokens_per_s=round(clock.steps * config.batch_size * config.accumulate * config.context / clock.step_s, 1),
        step_time_s=round(clock.step_s / clock.steps, 6),
        data_time_s=round(clock.data_s / clock.steps, 6),
    )
    if progress.step % CONSOLE_EVERY == 0 or config.log_every >= CONSOLE_EVERY:
        head = f"Epoch {int(epoch)} | Step {progress.step}/{config.steps}"
        run.accelerator.print(f"{head} | Loss: {loss:.4f} | PPL: {perplexity(loss):.2f}")
    progress.loss_sum, progress.loss_steps, run.clock = 0.0, 0, Clock()


def evaluate(run: Training) -> None:
    """Log and print the validation loss."""
    started = time.perf_counter()
    loss, count = estimate_loss(run)
    step = run.progress.step
    epoch = round(step * run.config.accumulate / run.batches.per_epoch, 5)
    seconds = round(time.perf_counter() - started, 3)
    run.log.eval(step=step, val_loss=round(loss, 6), epoch=epoch, tokens=count, eval_time_s=seconds)
    run.accelerator.print(
        f"=== Validation | Step {step}/{run.config.steps} ===\nValidation Loss: {loss:.4f} | Validation PPL: {perplexity(loss):.2f}"
    )


def save(run: Training) -> None:
    """Weights, optimizer, schedule, random states and progress, into a folder named by the step."""
    path = Path(run.config.checkpoints) / f"step-{run.progress.step:06d}"
    run.progress.elapsed_s = run.log.elapsed_s
    run.accelerator.save_state(str(path))
    run.log.checkpoint(step=run.progress.step, path=path.as_posix())


def perplexity(loss: float) -> float:
    """e to the loss; infinite where that is more than a float holds."""
    return math.exp(loss) if loss < MAX_EXPONENT else math.inf


CONSOLE_EVERY = 100
"""Steps between console lines where records are denser than that."""

MAX_EXPONENT = 709.0
"""Largest loss whose exponential is a double (nats)."""


def main(argv: Sequence[str] | None = None) -> None:
    """Train as the command line says."""
    run = build(parse(argv, PRESETS))
    with run.log:
        train(run)
    run.accelerator.end_training()


if __name__ == "__main__":
    main()
