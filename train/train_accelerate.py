"""Train a small GPT with accelerate, and leave a log that says how it went.

::

    python -m train                                            # one process, on the GPU if there is one
    python -m train --preset overfit --log out/overfit.jsonl
    accelerate launch -m train --precision bf16                # as `accelerate config` says
    accelerate launch train/train_accelerate.py --steps 500
    accelerate launch --multi_gpu --num_processes 2 -m train --cpu    # two processes, here on the CPU

Read it from the bottom: ``main`` puts the parts together, ``train`` is the loop, ``optimizer_step`` is one step.
"""

import math
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object, set_seed
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

if not __package__:  # started by its path: Python put this folder on sys.path, the packages are one above
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from train.config import Config, parse
from train.console import Console
from train.data import Batches, Text, load_text, noise_like, validation_batches
from train.model import GPT, decay_groups, parameter_count
from train.presets import PRESETS
from train.progress import Clock, Progress
from train.watch import Watch
from trainlog.emit import RunLogger
from trainlog.emit.hardware import merge

PARTIAL = ".partial"
"""At the end of a checkpoint's name while it is being written."""


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
    console: Console
    watch: Watch
    clock: Clock = field(default_factory=Clock)

    @property
    def tokens_per_step(self) -> int:
        """Tokens that one optimizer step sees, over all processes."""
        return self.config.batch_size * self.config.accumulate * self.config.context

    @property
    def epoch(self) -> float:
        """Passes over the training text so far."""
        return round(self.progress.step * self.config.accumulate / self.batches.per_epoch, 5)


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
    return Training(
        config=config,
        accelerator=accelerator,
        text=text,
        batches=batches,
        model=model,
        optimizer=optimizer,
        scheduler=scheduler,
        progress=progress,
        log=RunLogger(
            config.log,
            rank=accelerator.process_index,
            run_id=progress.run_id,
            resume_step=progress.step if checkpoint else None,
            elapsed_s=progress.elapsed_s,
            total_steps=config.steps,
            steps_per_epoch=batches.per_epoch / config.accumulate,
            world_size=accelerator.num_processes,
            device={"type": accelerator.device.type},
            config={**config.as_record(), **text.as_record(), "parameters": parameter_count(model)},
            versions={"python": sys.version.split()[0], "torch": torch.__version__},
        ),
        console=Console(is_main=accelerator.is_main_process, steps=config.steps, done=progress.step),
        watch=Watch(config.log),
    )


def find_checkpoint(config: Config) -> Path | None:
    """The folder that --resume means; None starts from the beginning."""
    if config.resume != "latest":
        if config.resume and not any(Path(config.resume).glob("model*")):  # what accelerate's save_state writes
            raise SystemExit(f"--resume {config.resume}: no such checkpoint")
        return Path(config.resume) if config.resume else None
    found = [path for path in Path(config.checkpoints).glob("step-*") if path.suffix != PARTIAL]
    return max(found, key=lambda path: int(path.name.removeprefix("step-")), default=None)


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
    if not accelerator.optimizer_step_was_skipped:  # by the loss scale of fp16
        run.scheduler.step()
    return torch.stack(losses).mean(), norm


def share_of_batch(run: Training, index: int) -> tuple[Tensor, Tensor]:
    """This process's rows of batch ``index``, on its device."""
    rank, world, device = run.accelerator.process_index, run.accelerator.num_processes, run.accelerator.device
    inputs, targets = run.batches.at(index)
    if run.progress.step + 1 in run.config.corrupt_steps:
        inputs, targets = noise_like(inputs, targets, seed=index)
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


def train(run: Training) -> bool:
    """The loop: step, record, evaluate, save, until --steps. False when --early-stop ended it before."""
    config, progress = run.config, run.progress
    run.model.train()
    run.clock = Clock()
    while progress.step < config.steps:
        lr = float(run.scheduler.get_last_lr()[0])
        loss, norm = optimizer_step(run)
        progress.count(loss, run.tokens_per_step)
        run.clock.steps += 1
        run.console.advance()
        last = progress.step == config.steps
        if progress.step % config.log_every == 0 or last:
            record(run, lr, norm)
        with run.clock.outside():
            if progress.step % config.eval_every == 0 or last:
                evaluate(run)
            if config.checkpoint_every and (progress.step % config.checkpoint_every == 0 or last):
                save(run)
            if progress.step % config.eval_every == 0 and stops_early(run):
                return False
    return True


def record(run: Training, lr: float, norm: Tensor) -> None:
    """Log and print the mean loss since the last record, over all processes."""
    accelerator, progress, clock = run.accelerator, run.progress, run.clock
    mean = torch.as_tensor(progress.loss_sum, device=accelerator.device) / progress.loss_steps
    loss = float(accelerator.reduce(mean, reduction="mean"))  # a GPU is waited for here, once per record
    step_s = clock.step_s()
    run.log.train(
        step=progress.step,
        loss=round(loss, 6),
        epoch=run.epoch,
        lr=lr,
        grad_norm=round(float(norm), 5),
        tokens=progress.tokens,
        tokens_per_s=round(run.tokens_per_step / step_s, 1),
        step_time_s=round(step_s, 6),
        data_time_s=round(clock.data_s / clock.steps, 6),
        **({"loss_scale": accelerator.scaler.get_scale()} if accelerator.scaler else {}),
        **hardware(run),
    )
    run.console.training(progress.step, run.epoch, loss)
    progress.loss_sum, progress.loss_steps, run.clock = 0.0, 0, Clock()


def hardware(run: Training) -> dict[str, Any]:
    """GPU and machine as last sampled, of all processes."""
    sample = run.log.sample()
    return merge(gather_object([sample])) if run.accelerator.num_processes > 1 else sample


def evaluate(run: Training) -> None:
    """Log and print the validation loss."""
    started = time.perf_counter()
    loss, count = estimate_loss(run)
    seconds = round(time.perf_counter() - started, 3)
    run.log.eval(step=run.progress.step, val_loss=round(loss, 6), epoch=run.epoch, tokens=count, eval_time_s=seconds)
    run.console.validation(run.progress.step, loss)


def save(run: Training) -> None:
    """Weights, optimizer, schedule, random states and progress, into a folder named by the step."""
    path = Path(run.config.checkpoints) / f"step-{run.progress.step:06d}"
    partial = path.with_suffix(PARTIAL)  # a run killed here must not leave a checkpoint that looks whole
    run.progress.run_id, run.progress.elapsed_s = run.log.run_id, run.log.elapsed_s
    run.accelerator.save_state(str(partial))
    run.accelerator.wait_for_everyone()
    if run.accelerator.is_main_process:
        shutil.rmtree(path, ignore_errors=True)
        partial.rename(path)
    run.log.checkpoint(step=run.progress.step, path=path.as_posix())


def stops_early(run: Training) -> bool:
    """Say what the log so far shows, if it is new and bad; whether --early-stop makes of it the end, on every process."""
    if run.accelerator.is_main_process:
        warned = run.watch.look()
        if warned:
            run.console.say(f"Warning | Step {run.progress.step}/{run.config.steps} | {warned.text}")
            if warned.stop and run.config.early_stop:
                run.accelerator.set_trigger()
    return run.config.early_stop and bool(run.accelerator.check_trigger())


def main(argv: Sequence[str] | None = None) -> None:
    """Train as the command line says."""
    run = build(parse(argv, PRESETS))
    with run.log:
        if not train(run):
            run.log.end("stopped")
    run.console.close()
    run.accelerator.end_training()


if __name__ == "__main__":
    main()
