"""Small numbers: which cells of a table are hidden so that no subtraction finds them again."""

from collections.abc import Mapping, Sequence

LEAST = 5  # respondents behind a figure that is shown
LEAST_WORDS = 10  # behind a text


def hidden(counts: Sequence[int], least: int = LEAST) -> tuple[bool, ...]:
    """Say which cells of one row are hidden when the row's total is shown.

    Cells under `least` are hidden (0 is no cell of anybody). What is hidden must hold `least` people together, and more than one cell,
    else the next smallest is hidden too: the total less what is shown would tell it.
    Source: complementary cell suppression, Hundepool et al. 2012, Statistical Disclosure Control, 4.
    """
    hide = [0 < c < least for c in counts]
    while any(hide) and (sum(c for c, h in zip(counts, hide, strict=True) if h) < least or sum(hide) < 2):
        left = [(c, n) for n, c in enumerate(counts) if not hide[n] and c > 0]
        if not left:
            break
        hide[min(left)[1]] = True
    return tuple(hide)


def hidden_among(counts: Mapping[str, int], least: int = LEAST) -> frozenset[str]:
    """Name the cells of one row that are hidden."""
    names = list(counts)
    return frozenset(n for n, h in zip(names, hidden([counts[n] for n in names], least), strict=True) if h)


def total_shown(counts: Sequence[int], least: int = LEAST) -> bool:
    """Say whether a row's total may be shown: enough people, or nobody."""
    return sum(counts) == 0 or sum(counts) >= least


def hidden_table(rows: Sequence[Sequence[int]], least: int = LEAST) -> tuple[tuple[bool, ...], ...]:
    """Say which cells are hidden of a table whose row totals, column totals and grand total are shown.

    Rows and columns are gone over until nothing more has to be hidden: in each, what is hidden is two cells and `least` people at least.
    """
    hide = [[0 < c < least for c in row] for row in rows]
    changed = True
    while changed:
        changed = any([*(_more(rows, hide, r, None, least) for r in range(len(rows)))])
        columns = range(len(rows[0]) if rows else 0)
        changed = any([changed, *(_more(rows, hide, None, c, least) for c in columns)])
    return tuple(map(tuple, hide))


def _more(rows: Sequence[Sequence[int]], hide: list[list[bool]], row: int | None, column: int | None, least: int) -> bool:
    """Hide one more cell of a row or a column, where what is hidden there could be found by subtraction. Says whether it did."""
    cells = [(row, c) for c in range(len(rows[row]))] if row is not None else [(r, column) for r in range(len(rows))]
    at = [(r, c) for r, c in cells if r is not None and c is not None]
    shut = [(r, c) for r, c in at if hide[r][c]]
    if not shut or (len(shut) > 1 and sum(rows[r][c] for r, c in shut) >= least):
        return False
    left = [(rows[r][c], r, c) for r, c in at if not hide[r][c] and rows[r][c] > 0] or [
        (rows[r][c], r, c) for r, c in at if not hide[r][c]
    ]
    if not left:
        return False
    _, r, c = min(left)
    hide[r][c] = True
    return True
