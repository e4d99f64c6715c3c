"""From what a fit believes to how often such beliefs come true: a logistic recalibration (Platt 1999).

Two readings of the same evaluations are combined: the posterior probability that the curve rose beyond the tolerance, and
a test without a model of the curve, the likelihood ratio of "fell, then rose" against "only fell" (Robertson, Wright and
Dykstra 1988, Order Restricted Statistical Inference, chapter 2). The first trusts a few points too much, for a smooth curve
through noise always has a lowest point; the second knows no smoothness. The coefficients are those of greatest likelihood
on 3,900 drawn runs with known truth (half weight: 1,200 curves of 5 to 30 points that never rise, with 1 to 4 % noise).

What no look at validation can tell is whether it rises because the model is fitted ever closer to its training data, or because
evaluations drift. Training tells: while it stands still, a rise is mostly drift. The weight of that was found on 2,400 drawn runs
apart from the others, and is a little less than the likeliest (7.1): drawn runs agree on it more than real ones. It is the less the larger
the rise: noise does not drift by a multiple of what counts.
"""

import math

BIAS = -3.77
OF_POSTERIOR = 0.58
"""Weight of the log odds of the posterior probability ..."""
OF_RATIO = 0.76
"""... of ln(1 + likelihood ratio) ..."""
OF_FEWNESS = -17.5
"""... and of what 1 / (number of evaluations) has above 1 / ENOUGH."""
ENOUGH = 20
"""Evaluations from which on their number says no more."""
OF_TRAINING = 7.0
"""Weight of how fast training still improved after the turn, as a share of FAST ..."""
FAST = 0.15
"""... which is a relative gain of so much per length of the whole run: from there on it says no more ..."""
USUAL = 5 / 6
"""... against the share that changes nothing, and stands for a log without a training metric."""
FAR = 25.0
"""Tolerances by which a rise must exceed noise for a training that stands still to weigh a third (e to the -1) against it."""
DRAWS = 400
"""The posterior probability is a share of so many samples: it cannot be told from 0 or 1 below half of one."""
MOST = 1000.0
"""Likelihood ratios beyond this say no more."""


def calibrated(posterior: float, ratio: float, n: int, training: float = math.nan, rise: float = 0.0) -> float:
    """Probability of overfitting, from the posterior probability of a rise, the ratio of ``turn_ratio`` and the number of evaluations.

    ``training``: relative gain of the training metric after the turn per length of the whole run, NaN when it is not known
    or says nothing. ``rise``: how far validation rose at least, in tolerances.
    """
    share = (DRAWS * posterior + 0.5) / (DRAWS + 1)
    fewness = max(1 / n - 1 / ENOUGH, 0.0)
    pace = USUAL if math.isnan(training) else min(max(training / FAST, 0.0), 1.0)
    odds = OF_POSTERIOR * math.log(share / (1 - share)) + OF_RATIO * math.log1p(min(ratio, MOST)) + OF_FEWNESS * fewness
    by_training = OF_TRAINING * (pace - USUAL)
    odds += (by_training if by_training > 0 else by_training * math.exp(-max(rise, 0.0) / FAR)) + BIAS
    return 1 / (1 + math.exp(-odds))
