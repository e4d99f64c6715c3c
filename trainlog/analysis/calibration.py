"""From what a fit believes to how often such beliefs come true: a logistic recalibration (Platt 1999).

Two readings of the same evaluations are combined: the posterior probability that the curve rose beyond the tolerance, and
a test without a model of the curve, the likelihood ratio of "fell, then rose" against "only fell" (Robertson, Wright and
Dykstra 1988, Order Restricted Statistical Inference, chapter 2). The first trusts a few points too much, for a smooth curve
through noise always has a lowest point; the second knows no smoothness. The coefficients are those of greatest likelihood
on 3,900 drawn runs with known truth (half weight: 1,200 curves of 5 to 30 points that never rise, with 1 to 4 % noise).
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
DRAWS = 400
"""The posterior probability is a share of so many samples: it cannot be told from 0 or 1 below half of one."""
MOST = 1000.0
"""Likelihood ratios beyond this say no more."""


def calibrated(posterior: float, ratio: float, n: int) -> float:
    """Probability of a rise, from its posterior probability, the ratio of ``turn_ratio`` and the number of evaluations."""
    share = (DRAWS * posterior + 0.5) / (DRAWS + 1)
    fewness = max(1 / n - 1 / ENOUGH, 0.0)
    odds = OF_POSTERIOR * math.log(share / (1 - share)) + OF_RATIO * math.log1p(min(ratio, MOST)) + OF_FEWNESS * fewness + BIAS
    return 1 / (1 + math.exp(-odds))
