"""What several rules ask about a run, worked out once: which series it is judged by, and the analyses they share."""

from functools import cached_property

import numpy as np

from trainlog import vocab
from trainlog._order import median
from trainlog.advice import Fits, Keep, Replay, choose, replay
from trainlog.analysis.composition import least_points
from trainlog.analysis.curve import Curve, fit_curve
from trainlog.rules._constant import never_changes
from trainlog.rules._curve import curve_of, masked
from trainlog.rules._curves import Events, Skip
from trainlog.rules._judged_by import adversaries, held_out, training, watched
from trainlog.rules._jumps import restarts_in
from trainlog.rules._redefined import Redefined, find_redefined, parts_of, since
from trainlog.run import Floats, Ints, Run, Series

FEW = 8  # fewer points of a metric without a validation curve: neither divergence nor standing still can be told
MIN_POINTS = 4  # fewer points show no trend (diagnosis of overfitting needs as many validation points)


class Facts:
    """A run and what is known about it. Analyses are made when first asked for, and shared between rules."""

    def __init__(self, run: Run, *, metric: str | None = None) -> None:
        """``metric``: the validation metric to judge by, by its canonical name or as the log spells it, instead of the preferred one."""
        self.run = run
        self._metric = metric

    @cached_property
    def train(self) -> Series | None:
        """The training metric the run is judged by: its reward, loss, perplexity...; from where it was last defined anew."""
        whole = self._trained
        return whole if whole is None or self.redefined is None else whole.take(whole.step >= self.redefined.step)

    @cached_property
    def _trained(self) -> Series | None:
        return training(self.run)

    @cached_property
    def val(self) -> Series | None:
        """The validation metric the run is judged by; where there is none a test metric, or one that is always evaluated."""
        whole = self.run.find(self._metric) if self._metric is not None else self._measured[0]
        return whole if whole is None or self.redefined is None else since(whole, self.redefined.step)

    @property
    def constant(self) -> tuple[Series, ...]:
        """The metrics that would have been preferred as ``val``, had they ever changed."""
        return self._measured[1] if self._metric is None else ()

    @cached_property
    def _measured(self) -> tuple[Series | None, tuple[Series, ...]]:
        constant: list[Series] = []
        while (found := held_out(self.run, without=constant)) is not None and never_changes(found, self.train):
            constant.append(found)
        return found, tuple(constant)

    @cached_property
    def redefined(self) -> Redefined | None:
        """Where the training loss stopped being the sum of its parts that it had been."""
        return find_redefined(self.run, self._trained)

    @cached_property
    def adversaries(self) -> tuple[str, ...]:
        """The losses of a generator and a discriminator, or a policy and its critic, where both were logged."""
        return tuple(series.name for series in adversaries(self.run))

    @property
    def why_not_redefined(self) -> str | None:
        """Why nothing can be said about ``redefined``; None when something can."""
        whole = self._trained
        parts = 0 if whole is None else len(parts_of(self.run, whole))
        if parts < 2:
            return "fewer than two other training losses in the records of the loss"
        least = least_points(parts)
        return None if whole is not None and len(whole.finite()) >= least else f"fewer than {least} finite points of the loss"

    @cached_property
    def higher_is_better(self) -> bool:
        """Whether larger values of the validation metric are better."""
        return self.val is not None and vocab.metric(self.val.name).better == "high"

    @property
    def stopped_early(self) -> bool:
        """Whether the log says that early stopping ended the run."""
        return "early" in (self.run.status or "").lower()

    @property
    def unit(self) -> str:
        """What the step axis counts: ``step``, ``epoch`` or ``record``."""
        return self.run.axis

    def label(self, name: str) -> str:
        """How a metric is spelt to the user: as the log spells it."""
        if name not in self.run.series and (ppl := name.replace("loss", "ppl")) in self.run.series:
            return f"ln({self.run.raw_names.get(ppl, ppl)})"
        return self.run.raw_names.get(name, name)

    @cached_property
    def evaluation_interval(self) -> int:
        """The usual distance between two evaluations, in steps; 0 with fewer than two."""
        return int(median(np.diff(self.val.step))) if self.val is not None and len(self.val) > 1 else 0

    @cached_property
    def curve(self) -> Curve | None:
        """The smooth curve behind the validation metric; None when there is none that can be judged (``no_curve``)."""
        return None if self._fitted is None or not self._fitted.evaluable else self._fitted

    @property
    def no_curve(self) -> str | None:
        """Why there is no ``curve``."""
        return "the log has no validation metric" if self._fitted is None else self._fitted.reason

    @cached_property
    def _evaluations(self) -> Series | None:
        """The finite evaluations by which the run is judged: without a last one that stands apart."""
        if self.val is None:
            return None
        finite = self.val.take(np.isfinite(masked(self.val)))
        return finite if self.events.last_apart is None else finite.take(np.arange(len(finite) - 1))

    @cached_property
    def _fitted(self) -> Curve | None:
        return None if self._evaluations is None else self._fit(self._evaluations)

    def _fit(self, val: Series) -> Curve:
        schedule = self.events.schedule
        return fit_curve(
            val.step,
            val.value,
            higher_is_better=self.higher_is_better,
            drops=None if schedule is None else schedule[0].step[list(schedule[1].drops)],
            training=self._training,
        )

    @cached_property
    def _training(self) -> list[tuple[Ints, Floats]]:
        """What says whether training got better: its loss, and the counterpart of the validation metric; lower is better."""
        known = self.val is not None and vocab.split_of(self.val.name) != "train"
        counterpart = curve_of(self.run.get(vocab.base_of(self.val.name))) if self.val is not None and known else None
        return [(curve.series.step, curve.y) for curve in (self.events.train, counterpart) if curve is not None]

    @cached_property
    def keep(self) -> Keep | None:
        """The checkpoint to keep, among those from before the run broke down."""
        if self._fitted is None or self._evaluations is None:
            return None
        fits = Fits(val=self._fit, training=self._fit_training)
        return choose(self.run, self._evaluations, self._fitted, broke_down=self.events.broke_down, cycle=self._cycle, fits=fits)

    @property
    def _cycle(self) -> tuple[float, float] | None:
        """The steps between the two warm restarts around the best evaluation, where validation got worse at once with them."""
        curve, schedule = self.events.val, self.events.schedule
        if curve is None or schedule is None or len(curve.y) < MIN_POINTS:
            return None
        restarts = restarts_in(curve.y, curve.series.step, schedule[0].step[list(schedule[1].resets)])
        best = curve.step_at(int(np.argmin(curve.y)))
        before, after = restarts[restarts <= best].tolist(), restarts[restarts > best].tolist()
        return (max(before, default=-np.inf), min(after, default=np.inf)) if before or after else None

    def _fit_training(self) -> Curve | None:
        """The curve behind the training metric, up to where the run broke down, if it measures the same as validation does."""
        try:
            train, _ = self.events.comparable(MIN_POINTS)
        except Skip:
            return None
        sound = train.series.step < (np.inf if self.events.broke_down is None else self.events.broke_down)
        curve = fit_curve(train.series.step[sound], train.y[sound])
        return curve if curve.evaluable else None

    @cached_property
    def replay(self) -> tuple[Replay, ...]:
        """When early stopping would have stopped."""
        if self.curve is None or self.val is None or self.keep is None:
            return ()
        return replay(self.val, self.curve, self.keep, higher_is_better=self.higher_is_better)

    @cached_property
    def events(self) -> Events:
        """What happened on the two curves: non-finite values, divergence, spikes, oscillation..."""
        return Events(self.run, self.train, self.val, watched=watched(self.run, self.train))

    @property
    def lacks_metric(self) -> bool:
        """Whether a metric was asked for that the run does not have."""
        return self._metric is not None and self.val is None

    @cached_property
    def cannot_judge(self) -> str | None:
        """Why this run cannot be judged at all, or None when it can."""
        if self.lacks_metric:
            return f"the metric asked for, {self._metric}, is not in this log"
        if self.train is None and self.val is None and self.adversaries:
            return f"{' and '.join(map(self.label, self.adversaries[:2]))} follow each other: neither says how good the run is"
        if self.train is None and self.val is None:
            return "no loss, and no other metric whose direction is known, is in this log"
        if self.events.turned_unseen and self.val is not None:
            return f"the last of {len(self.val)} evaluations is worse than the best, and so few do not tell overfitting from noise"
        most = max(len(series) for series in (self.train, self.val) if series is not None)
        few = most < (FEW if self.curve is None else MIN_POINTS)
        return f"{most} point{'s are' if most > 1 else ' is'} too few to judge a curve" if few else None

    def gpus(self, field: str) -> dict[str, Series]:
        """The readings of one field (``temperature_c``) per device index; one reading without a device is device 0."""
        found = {name.split("/")[1]: s for name, s in self.run.series.items() if name.startswith("gpu/") and name.endswith(f"/{field}")}
        plain = self.run.get(field)
        return found or ({"0": plain} if plain is not None else {})

    def has(self, need: str) -> bool:
        """Whether the run has what a rule names in ``needs``."""
        if need in ("train", "val"):
            series = self.train if need == "train" else self.val
            return series is not None and len(series) > 0
        if need.startswith("gpu/"):
            return bool(self.gpus(need.removeprefix("gpu/")))
        return self.run.get(need) is not None
