"""A share that was counted, and how far it can be believed."""

from math import sqrt

_Z = 1.959964  # of a 95 % interval


def wilson(right: int, n: int) -> tuple[float, float]:
    """Give the 95 % interval of a share `right / n`; (0, 1) when nothing was counted. Wilson 1927."""
    if not n:
        return 0.0, 1.0
    p = right / n
    middle, half = p + _Z**2 / (2 * n), _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
    return max(0.0, (middle - half) / (1 + _Z**2 / n)), min(1.0, (middle + half) / (1 + _Z**2 / n))
