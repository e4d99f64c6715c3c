"""What people see while it trains: plain lines, and under them a progress bar where there is a terminal."""

import math
import sys

from tqdm import tqdm

LARGEST_EXPONENT = 709.0
"""Largest loss whose exponential is a double (nats)."""


class Console:
    """Prints on the main process of a run of ``steps`` steps, of which ``done`` are done; silent on the others."""

    def __init__(self, *, is_main: bool, steps: int, done: int) -> None:
        self._is_main, self._steps = is_main, steps
        show_bar = is_main and sys.stderr.isatty()
        self._bar = tqdm(total=steps, initial=done, unit="step", leave=False, disable=not show_bar)

    def advance(self) -> None:
        """One more step is done."""
        self._bar.update()

    def training(self, step: int, epoch: float, loss: float) -> None:
        """``Epoch 0 | Step 100/3000 | Loss: 2.8312 | PPL: 16.97``."""
        self.say(f"Epoch {int(epoch)} | Step {step}/{self._steps} | Loss: {loss:.4f} | PPL: {perplexity(loss):.2f}")

    def validation(self, step: int, loss: float) -> None:
        """A block of two lines about an evaluation."""
        self.say(f"=== Validation | Step {step}/{self._steps} ===")
        self.say(f"Validation Loss: {loss:.4f} | Validation PPL: {perplexity(loss):.2f}")

    def say(self, text: str) -> None:
        """One line, above the bar."""
        if self._is_main:
            self._bar.clear()
            print(text, flush=True)
            self._bar.refresh()

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()


def perplexity(loss: float) -> float:
    """e to the loss; infinite where that is more than a float holds."""
    return math.inf if loss > LARGEST_EXPONENT else math.exp(loss)
