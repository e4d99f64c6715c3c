"""Whether two groups of numbers differ by more than noise, when each group has only a few."""

from typing import NamedTuple

import numpy as np

from trainlog.analysis import Floats

PRIOR_WEIGHT = 6.0
"""How many degrees of freedom the expected spread counts for: as much as seven runs of one kind. With more runs their own
spread takes over (the moderated t test: Smyth, Statistical Applications in Genetics and Molecular Biology 3, 2004)."""
Z = 1.644854
"""Two-sided 90 % quantile of the normal distribution: where nothing changed, one comparison in twenty says worse."""


class Difference(NamedTuple):
    """New minus base, of the means, with its 90 % interval; in the unit of what was compared."""

    base: float
    new: float
    low: float
    high: float

    @property
    def change(self) -> float:
        """New minus base."""
        return self.new - self.base


def difference(base: Floats, new: Floats, expected_sd: float) -> Difference:
    """Compare the means of two groups, float64[n] and float64[m], n, m >= 1, finite.

    ``expected_sd``: how far two runs of one kind are expected to lie apart (standard deviation of one); the groups' own
    spread is pooled with it.
    """
    squares = sum(float(np.sum((group - group.mean()) ** 2)) for group in (base, new))
    freedom = PRIOR_WEIGHT + len(base) + len(new) - 2
    sd = np.sqrt((PRIOR_WEIGHT * expected_sd**2 + squares) / freedom)
    reach = student(freedom) * float(sd) * float(np.sqrt(1 / len(base) + 1 / len(new)))
    change = float(new.mean() - base.mean())
    return Difference(float(base.mean()), float(new.mean()), change - reach, change + reach)


def student(freedom: float) -> float:
    """Two-sided 90 % quantile of Student's t for 6 or more degrees of freedom, within 0.001 (Fisher and Cornish, 1960)."""
    first = (Z**3 + Z) / 4
    second = (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96
    third = (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384
    return Z + first / freedom + second / freedom**2 + third / freedom**3
