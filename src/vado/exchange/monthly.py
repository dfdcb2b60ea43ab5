"""What counts by month, and how: stores count by it; the plain one goes through everything each time."""

from collections.abc import Iterable

from vado.model.account import Role

DECIDED = ("settle-", "review-")  # begin the audit's actions of people who decide: on doubts, on values read from paper
BY_CITIZENS = (Role.CITIZEN.value, Role.CARER.value)
MOST_HOURS = 24 * 90  # between an event and when it was known here: what is older came along as history


def middle(counted: Iterable[tuple[int, int]]) -> tuple[float, int]:
    """Give the lower median of values that stand so many times, and how many there are."""
    rows = sorted(counted)
    n = sum(times for _, times in rows)
    left = (n + 1) // 2
    for value, times in rows:
        left -= times
        if left <= 0:
            return float(value), n
    raise ValueError
