"""Normal numbers that are the same everywhere."""

import numpy as np

from trainlog.analysis.normal import normals


def test_they_are_standard_normal_and_independent() -> None:
    z = normals(400, 250, 0)
    assert z.shape == (400, 250)
    assert abs(z.mean()) < 0.01
    assert abs(z.std() - 1) < 0.01
    assert abs(np.mean(z**4) - 3) < 0.1
    correlated = np.corrcoef(z[:, :40].T) - np.eye(40)
    assert np.abs(correlated).max() < 0.25
    assert abs(np.corrcoef(z[:-1].ravel(), z[1:].ravel())[0, 1]) < 0.01


def test_streams_differ_and_repeat() -> None:
    first, other = normals(20, 30, 0), normals(20, 30, 1)
    assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.15
    assert np.array_equal(first, normals(20, 30, 0))
    assert first[0, 0] == normals(20, 30, 0)[0, 0]


def test_an_odd_number_of_them() -> None:
    assert np.isfinite(normals(3, 5, 2)).all()
