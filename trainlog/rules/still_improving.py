"""The metric was still getting better when the run ended.

## What it does
Says that the run stopped early, and forecasts what a third more steps would bring, with an interval.

## Why it matters
The last checkpoint is then the best one by accident, and a longer run is the cheapest improvement there is.

## How it decides
Over the last 30 % of the run the metric (validation, else training) falls at 95 % confidence (Mann-Kendall) and by more than 0.5 % of its
level per tenth of the run (Theil-Sen). Where the learning rate has come down to its end, only the last tenth counts: the fall before it is
what the decay brings, and a longer run at the end of its schedule would gain nothing. The forecast reaches at most 1.33 times the run,
and is left out where the learning rate has already ended at zero or changed at once within the fitted stretch.
A run whose learning rate was raised again, more than once and within that part, is not judged: its end is one of a cycle.

## What it does not mean
The forecast assumes that nothing changes. A learning-rate decay still to come can bring another 5-20 % that no fit of the past sees. Its
interval covers about 80 % of what follows if the fall goes on as before; where the learning rate has come down to less than half of its
peak, part of the fall may be the decay's own, and the finding says so.

## Example
```console
$ trainlog diagnose sample_logs/trainlog/still-improving.jsonl --select LRN003
...
```

## References
- Measured on 1,125 curves: a straight line in log-log coordinates forecasts as well as any richer family at this horizon.
"""

from collections.abc import Iterator

from trainlog.analysis.forecast import COVERS, HORIZON, MIN_POINTS, TAIL, Forecast, forecast
from trainlog.analysis.trend import FEW, LATE_SHARE, STILL_MOVES, TREND_Z, late_trend
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._curve import Curve
from trainlog.rules._text import count, number, percent

RULE = Rule("LRN003", "info", "the metric was still improving at the end", uses=("lr",), cause="still-improving")

ENDED = 0.05  # of the peak; a schedule that has come down this far leaves nothing to extrapolate
DECAYED = 0.5  # of the peak; below it the decay may have brought part of the fall (own choice)
AFTER_DECAY = 0.10  # of the run; a cosine is below 3 % of its peak there, too low to move a loss by itself (own choice)


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once, on the metric the run is judged by."""
    if facts.events.cycles:
        raise Skip("the learning rate was raised again late in the run")
    curve = facts.events.judged
    share = AFTER_DECAY if _schedule_ended(facts) else LATE_SHARE
    late = None if curve is None else late_trend(curve.step, curve.y, share)
    if curve is None or late is None:
        raise Skip(f"fewer than {FEW} finite points of the metric the run is judged by")
    trend, change = late
    if not (trend.z < -TREND_Z and change < -STILL_MOVES):
        return
    last = curve.step_at(len(curve.y) - 1)
    until = HORIZON * last
    ahead, reason = _forecast(facts, curve, until)
    why = f"{facts.label(curve.series.name)} still gained {percent(-change)} of its level per tenth of the run "
    why += f"(Mann-Kendall z = {curve.sign * trend.z:.1f})"
    data: dict[str, float | int | str | None] = {"gain_per_tenth": -change, "z": curve.sign * trend.z}
    if ahead is None:
        why += f"; no forecast: {reason}"
    else:
        value, (low, high) = curve.sign * ahead.value, sorted((curve.sign * ahead.low, curve.sign * ahead.high))
        why += f"; at {facts.unit} {count(until)} it would be about {number(value)} ({percent(COVERS)}: {number(low)} to {number(high)})"
        if _decays(facts):
            why += f", unless the learning rate's decay brought the fall: then it may stay near {number(curve.sign * ahead.now)}"
        data |= {"forecast_step": round(until), "forecast": value, "forecast_low": low, "forecast_high": high}
    yield Finding(
        what="still improving when the run ended",
        why=why,
        do=(f"train on to {facts.unit} {count(until)}, with the schedule stretched to match",),
        series=curve.series.name,
        step=last,
        line=curve.line_at(len(curve.y) - 1),
        data=data,
        confidence=0.9,
    )


def _schedule_ended(facts: Facts) -> bool:
    return facts.events.schedule is not None and facts.events.schedule[1].final < ENDED


def _decays(facts: Facts) -> bool:
    return facts.events.schedule is not None and facts.events.schedule[1].final < DECAYED


def _forecast(facts: Facts, curve: Curve, until: float) -> tuple[Forecast | None, str]:
    """The forecast, or the reason why there is none."""
    if facts.events.schedule is not None:
        lr, schedule = facts.events.schedule
        if _schedule_ended(facts):
            return None, "the learning rate has come down to its end"
        fitted = (1 - TAIL) * curve.step[-1]
        if any(lr.step[i] >= fitted for i in (*schedule.drops, *schedule.resets)):
            return None, "the learning rate changed at once within the fitted stretch"
    ahead = forecast(curve.step, curve.y, until)
    return ahead, f"fewer than {MIN_POINTS} points"
