"""How far a run is, and where its time goes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass
class Progress:
    """Saved in each checkpoint. The sums run since the last record, so that a resumed run logs the same means as one
    that was never interrupted. ``loss_sum`` stays on the device: reading it would wait for the GPU at every step."""

    run_id: str = ""
    step: int = 0
    tokens: int = 0
    elapsed_s: float = 0.0
    loss_sum: Tensor | float = 0.0
    loss_steps: int = 0

    def count(self, loss: Tensor, tokens: int) -> None:
        """One more optimizer step, over ``tokens`` tokens, with this mean loss."""
        self.step += 1
        self.tokens += tokens
        self.loss_sum, self.loss_steps = self.loss_sum + loss, self.loss_steps + 1

    def state_dict(self) -> dict[str, Any]:
        """Everything, as numbers."""
        return {**vars(self), "loss_sum": float(self.loss_sum)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what ``state_dict`` gave."""
        vars(self).update(state)


@dataclass
class Clock:
    """Where the time since the last record went. Wall time between two records, because a GPU works on after a step's
    call has returned; evaluations and checkpoints in between are taken out."""

    started: float = field(default_factory=time.perf_counter)
    steps: int = 0
    data_s: float = 0.0
    outside_s: float = 0.0

    @contextmanager
    def outside(self) -> Iterator[None]:
        """What runs in this block is not training."""
        begun = time.perf_counter()
        yield
        self.outside_s += time.perf_counter() - begun

    def step_s(self) -> float:
        """Mean time of one optimizer step since the last record (seconds)."""
        return (time.perf_counter() - self.started - self.outside_s) / self.steps
