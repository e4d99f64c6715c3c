"""A small network that overfits 40 noisy points: what the samples are logs of."""

from collections.abc import Iterator

import numpy as np

EPOCHS = 60


def data(count: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noisy points of a smooth curve: float32[count, 4] and float32[count, 1]."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 4)).astype(np.float32)
    return x, (np.sin(x[:, :1]) + 0.5 * rng.normal(size=(count, 1))).astype(np.float32)


def training(epochs: int = EPOCHS, rate: float = 0.02) -> Iterator[tuple[int, float, float]]:
    """Train a network of 64 hidden units by Adam; give (epoch, training loss, validation loss)."""
    rng = np.random.default_rng(1)
    (x, y), (held_x, held_y) = data(), data(200, seed=2)
    weights = [rng.normal(size=(4, 64)), np.zeros(64), rng.normal(size=(64, 1)) / 8, np.zeros(1)]
    moments = [(np.zeros_like(w), np.zeros_like(w)) for w in weights]
    for epoch in range(1, epochs + 1):
        hidden = np.tanh(x @ weights[0] + weights[1])
        error = hidden @ weights[2] + weights[3] - y
        val_error = np.tanh(held_x @ weights[0] + weights[1]) @ weights[2] + weights[3] - held_y
        yield epoch, float((error**2).mean()), float((val_error**2).mean())
        back = 2 * error @ weights[2].T * (1 - hidden**2) / len(x)
        gradients = [x.T @ back, back.sum(0), 2 * hidden.T @ error / len(x), 2 * error.mean(0)]
        for index, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
            mean = 0.9 * moments[index][0] + 0.1 * gradient
            square = 0.999 * moments[index][1] + 0.001 * gradient**2
            moments[index] = (mean, square)
            weights[index] = weight - rate * mean / (1 - 0.9**epoch) / (np.sqrt(square / (1 - 0.999**epoch)) + 1e-8)
