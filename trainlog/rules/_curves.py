"""The curves a run is judged by, turned so that lower is better, and the events on them; each found once."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from trainlog import vocab
from trainlog._order import median
from trainlog.analysis.divergence import Divergence, find_divergence
from trainlog.analysis.last import Apart, last_apart
from trainlog.analysis.nonfinite import LeadUp, NonFinite, find_lead_up, find_nonfinite
from trainlog.analysis.oscillation import Oscillation, find_oscillation
from trainlog.analysis.schedule import Schedule, read_schedule
from trainlog.analysis.spikes import Spike, Spikes, find_spikes
from trainlog.analysis.trend import FEW_LAST, LATE_SHARE, MIN_PLATEAU, Learning, judge_learning, scale_of
from trainlog.rules._curve import Curve, curve_of, masked
from trainlog.rules._jumps import fresh_means, setting_changed
from trainlog.run import Checkpoint, Run, Series

HELD = 0.01
"""Fraction of its best level by which validation may be worse and still count as not having followed a jump of training."""
FEW_EVALUATIONS = 5
"""Below so many points validation shows no trend, and training is asked instead; below one less no turn can be seen either."""
GUESSED = 0.55
"""A score above this is no guess: between two classes, the hardest case, guessing is right half of the time."""
TOGETHER = 0.15
"""Rise of training and validation both, as a fraction of their best levels, from which a run got worse however much it had gained before:
half as much again as what counts for one of them (own choice)."""
CYCLES = 2
"""Times that the learning rate rises again from which on it is a schedule of cycles; once may be a resumed run."""
FOLLOWS = 4
"""Evaluations below which they do not say whether validation followed (as for overfitting)."""
COMMON_CLASSES = (2, 3, 5, 10, 20, 26, 65, 100, 200, 256, 1000, 21_841, 30_522, 32_000, 50_257, 50_304, 100_277, 128_256, 151_936)
"""Numbers of outcomes whose ln is a familiar loss at chance: class counts of common data sets, and vocabularies
(characters, bytes, BERT, Llama 2, GPT-2 and padded, cl100k, Llama 3, Qwen 2)."""


class Skip(Exception):
    """Raised by a rule that cannot judge this run; says why."""


def _knows(curve: Curve) -> bool:
    """Whether a score stood above what guessing gives: something had been learnt before its first point."""
    return curve.sign < 0 and median(-curve.y) > GUESSED


class Events:
    """What happened to the training metric (``train``) and the validation metric (``val``) of a run, and to losses ``watched`` beside."""

    def __init__(self, run: Run, train: Series | None, val: Series | None, *, watched: Sequence[Series] = ()) -> None:
        self.run = run
        self._train, self._val, self._watched = train, val, watched

    @cached_property
    def train(self) -> Curve | None:
        """Training metric."""
        return curve_of(self._train)

    @cached_property
    def val(self) -> Curve | None:
        """Validation metric, without a last value that stands apart."""
        whole = self.whole_val
        return whole if whole is None or self.last_apart is None else curve_of(whole.series.take(np.arange(len(whole.y) - 1)))

    @cached_property
    def whole_val(self) -> Curve | None:
        """Validation metric, to the last value."""
        return curve_of(self._val)

    @cached_property
    def last_apart(self) -> Apart | None:
        """How the last evaluation stands apart from all before it, if it does."""
        return None if self.whole_val is None else last_apart(self.whole_val.y)

    @cached_property
    def judged(self) -> Curve | None:
        """The curve that says whether the run still gains: validation with 5 or more points, else training.

        None where the few points of validation speak against training: then its gain is not one of the run.
        """
        if self.val is not None and len(self.val.y) >= FEW_EVALUATIONS:
            return self.val
        return None if self.turned_unseen else self.train

    @property
    def turned_unseen(self) -> bool:
        """Whether validation ended worse than it was, by more than 1 %, with too few points to tell a turn from noise."""
        if self.val is None or not 2 <= len(self.val.y) < FEW_EVALUATIONS - 1:
            return False
        best = float(self.val.y.min())
        return float(self.val.y[-1]) > best + HELD * abs(best)

    @cached_property
    def nonfinite(self) -> tuple[Series, NonFinite] | None:
        """The series that ended non-finite: the one that ended first. Validation alone does not count while training goes on."""
        measured = (self._train, *self._watched, self._val)
        found = [(s, bad) for s in measured if s is not None and (bad := find_nonfinite(masked(s))) is not None]
        lasting = [(s, bad) for s, bad in found if bad.to_the_end and not (s is self._val and self._trains_after(int(s.step[bad.start])))]
        return min(lasting, key=lambda pair: int(pair[0].step[pair[1].start]), default=None)

    def _trains_after(self, step: int) -> bool:
        return self.train is not None and self.train.step_at(-1) > step

    @cached_property
    def left(self) -> int | None:
        """The step at which the training metric left its best level for good."""
        return None if self.train is None or self.divergence is None else self.train.step_at(self.divergence.start)

    def saved_before(self, step: int) -> Checkpoint | None:
        """The last checkpoint written before ``step``."""
        return max((c for c in self.run.checkpoints if c.step < step), key=lambda c: c.step, default=None)

    @cached_property
    def divergence(self) -> Divergence | None:
        """Divergence of the training metric, unless validation did not follow, or the log says so: the loss or its data were changed."""
        found = None if self.train is None else find_divergence(self.train.y) or self._got_worse_together()
        if found is None or self.train is None:
            return None
        step = self.train.step_at(found.start)
        meant = self.validation_held(step) or (found.sudden and self.setting_changed(step) is not None)
        return None if meant else found

    def _got_worse_together(self) -> Divergence | None:
        """Training that lost less than a quarter of its gain, where validation rose as well, and no raised learning rate explains it."""
        if self.train is None or self.val is None or min(float(self.train.y.min()), float(self.val.y.min())) <= 0:
            return None
        train, val = (find_divergence(curve.y, of_drop=0.0, of_best=TOGETHER) for curve in (self.train, self.val))
        if train is None or val is None:
            return None
        best = min(self.train.step_at(train.best_index), self.val.step_at(val.best_index))
        raised = self.schedule is not None and any(int(self.schedule[0].step[i]) >= best for i in self.schedule[1].resets)
        return None if raised else train

    def validation_held(self, step: int) -> bool:
        """Whether the last validation value is no worse than the best one before ``step``, by more than 1 %."""
        val = self.whole_val
        if val is None or len(val.y) < FOLLOWS:
            return False
        before = val.y[val.step < step]
        if len(before) < 2 or len(before) == len(val.y):
            return False
        best = float(before.min())
        return float(val.y[-1]) <= best + HELD * abs(best)

    @cached_property
    def broke_down(self) -> int | None:
        """The step from which on the run was lost: it diverged there, or stayed non-finite to its end."""
        steps = []
        if self.divergence is not None and self.train is not None:
            steps.append(self.train.step_at(self.divergence.start))
        if self.nonfinite is not None and self.nonfinite[1].to_the_end:
            steps.append(int(self.nonfinite[0].step[self.nonfinite[1].start]))
        return min(steps, default=None)

    @cached_property
    def spikes(self) -> Spikes:
        """Spikes of the training metric."""
        return Spikes((), None) if self.train is None else find_spikes(self.train.y)

    def spiky(self, points: int) -> Curve:
        """The training metric, of which single points can be judged; raises Skip where they cannot, or are fewer than ``points``."""
        if self.train is None or len(self.train.y) < points:
            raise Skip(f"fewer than {points} finite training points")
        if vocab.base_of(self.train.series.name) == "reward":
            raise Skip("single rewards vary with the episodes")
        return self.train

    @cached_property
    def oscillation(self) -> tuple[Curve, Oscillation] | None:
        """Oscillation of the training metric, else of the validation metric."""
        for curve in (self.train, self.val):
            found = None if curve is None else find_oscillation(curve.y)
            if curve is not None and found is not None:
                return curve, found
        return None

    @cached_property
    def not_learning(self) -> tuple[Curve, Learning] | None:
        """What neither the training nor the validation metric learnt."""
        curves = [curve for curve in (self.train, self.val) if curve is not None]
        judged = [(curve, found) for curve in curves if (found := judge_learning(curve.y, self.classes)) is not None]
        if any(found.learnt for _, found in judged) or any(self._fell(curve) or _knows(curve) for curve in curves):
            return None
        flat = [pair for pair in judged if pair[1].learnt is False]
        sure = [pair for pair in flat if not pair[1].few] or (flat if len(flat) == 2 else [])
        return sure[0] if sure else None

    def _fell(self, curve: Curve) -> bool:
        """Whether a curve with too few points to be judged fell."""
        return len(curve.y) < MIN_PLATEAU and float(curve.y[0] - curve.y.min()) > FEW_LAST * scale_of(curve.y)

    @cached_property
    def classes(self) -> tuple[int, ...]:
        """Numbers of outcomes to compare a loss with: those of the configuration first."""
        named = [
            v for k, v in self.run.config.items() if str(k).rsplit(".", 1)[-1] in ("num_classes", "num_labels", "vocab_size", "n_classes")
        ]
        own = [int(v) for v in named if isinstance(v, int | float) and not isinstance(v, bool) and 1 < v < 1e7]
        return (*own, *COMMON_CLASSES)

    @cached_property
    def schedule(self) -> tuple[Series, Schedule] | None:
        """The learning rate's schedule."""
        lr = self.run.get("lr")
        lr = None if lr is None else lr.take(np.isfinite(masked(lr)))
        found = None if lr is None else read_schedule(lr.value)
        return None if lr is None or found is None else (lr, found)

    @cached_property
    def steps_per_epoch(self) -> float | None:
        """Optimizer steps per epoch: as logged, else from the epochs beside the steps."""
        if self.run.steps_per_epoch:
            return self.run.steps_per_epoch
        for series in (self._train, self._val):
            if series is None or series.epoch is None or len(series) < 2:
                continue
            epochs = float(series.epoch[-1] - series.epoch[0])
            if np.isfinite(epochs) and epochs >= 1:
                return float(series.step[-1] - series.step[0]) / epochs
        return None

    def comparable(self, points: int) -> tuple[Curve, Curve]:
        """Training and validation curves of one and the same metric; raises Skip if there are none with so many ``points``."""
        if self.train is None or self.val is None or min(len(self.train.y), len(self.val.y)) < points:
            raise Skip(f"fewer than {points} finite points of training or validation")
        train, val = self.train.series.name, self.val.series.name
        if val.split("/")[0].removeprefix("val_").removeprefix("test_") != train:
            raise Skip(f"{train} and {val} do not measure the same thing")
        return self.train, self.val

    def lead_up(self, step: int) -> tuple[Series, LeadUp] | None:
        """A rise of the gradient norm just before ``step``."""
        norm = self.run.get("grad_norm")
        if norm is None:
            return None
        found = find_lead_up(masked(norm), max(0, int(np.searchsorted(norm.step, step, side="right")) - 1))
        return None if found is None else (norm, found)

    def restarted_near(self, spike: Spike) -> str | None:
        """What explains a spike of the training metric: a resume or a raised learning rate just before it, a running mean that restarts."""
        if self.train is None:
            return None
        start = self.train.step_at(spike.start)
        if (changed := self.setting_changed(start)) is not None:
            return changed
        reach = self._reach
        if self.resumed_near(start):
            return "the run was resumed there"
        if self.schedule is not None:
            lr, schedule = self.schedule
            if any(start - reach <= int(lr.step[i]) <= start + 1 for i in schedule.resets):
                return "the learning rate was raised there"
        if spike.start in self.fresh_means:
            return "the running mean that is logged starts again there, with the epoch"
        return None

    @property
    def _reach(self) -> float:
        """How many steps before a jump its cause may be."""
        return max(2.0, 0.02 * (self.run.last_step - self.run.first_step))

    def resumed_near(self, step: int) -> bool:
        """Whether the run was resumed just before ``step``."""
        return any(step - self._reach <= resume.step <= step + 1 for resume in self.run.resumes)

    @property
    def cycles(self) -> bool:
        """Whether the learning rate was raised again twice or more, and late: then the end of the run is one of a cycle, no trend."""
        if self.schedule is None or len(self.schedule[1].resets) < CYCLES:
            return False
        lr, schedule = self.schedule
        return int(lr.step[schedule.resets[-1]]) >= self.run.last_step - LATE_SHARE * (self.run.last_step - self.run.first_step)

    def setting_changed(self, step: int) -> str | None:
        """Which setting changed just before ``step``, in words."""
        return setting_changed(self.run, step, self._reach)

    @cached_property
    def fresh_means(self) -> frozenset[int]:
        """Points of the training metric that begin an epoch, where those stand out from their neighbours as a fresh running mean does."""
        return frozenset() if self.train is None else fresh_means(self.train.y, self.train.series.epoch)
