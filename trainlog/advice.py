"""What to do with a run: which checkpoint to keep, what going on past it cost, and when early stopping would have stopped."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wasted:
    """What was spent after the step worth keeping; None where the log does not say."""

    steps: int
    seconds: float | None = None
    joules: float | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """The step worth keeping, chosen on the smoothed validation curve among the states that exist.

    ``step``: of the recommended checkpoint (of the best evaluation when none was saved). ``checkpoint``: its path, None
    when the log names none. ``value``, ``low``, ``high``: the smoothed validation metric there and its 90 % interval.
    ``tied``: steps of the checkpoints that cannot be told apart from it; ``earliest_tied``: the first of them.
    ``last_costs``: how much worse the last state is (in the metric's unit; 0 when it is the one to keep).
    ``regret``: how much better the true best state is expected to be than this one. ``spacing_costs``: how much of it
    comes from the best step falling between two checkpoints.
    """

    step: int
    checkpoint: str | None
    value: float
    low: float
    high: float
    tied: tuple[int, ...]
    earliest_tied: int
    last_costs: float
    wasted: Wasted
    series: str
    regret: float | None = None
    spacing_costs: float | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """When an early-stopping rule would have stopped (None: never), and how much worse its best state is than ``Keep``'s.

    ``rule``: ``patience``, or the framework whose default it is; ``patience`` counts ``unit`` (``evaluations``, ``steps``).
    """

    rule: str
    patience: int
    unit: str
    stops_at: int | None
    costs: float | None
