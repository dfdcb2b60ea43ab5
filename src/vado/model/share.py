"""A share that was counted, and how far it can be believed."""

from math import sqrt

_Z = 1.959964  # of a 95 % interval


def wilson(right: float, n: float, z: float = _Z) -> tuple[float, float]:
    """Give the interval of a share `right / n`, of 95 % unless `z` says otherwise; (0, 1) when nothing was counted. Wilson 1927."""
    if not n:
        return 0.0, 1.0
    p = right / n
    middle, half = p + z**2 / (2 * n), z * sqrt(p * (1 - p) / n + z**2 / (4 * n * n))
    return max(0.0, (middle - half) / (1 + z**2 / n)), min(1.0, (middle + half) / (1 + z**2 / n))
