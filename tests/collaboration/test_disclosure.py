"""Nothing hidden is found again: an attacker of its own tries sums, bounds and every table that fits, over tables, filters and rounds."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from vado.collaboration.disclosure import (
    LEAST,
    hidden,
    hidden_among,
    hidden_table,
    margins,
    over_rounds,
    protected,
    spread_shown,
    total_shown,
)

Groups = Mapping[object, frozenset]


def size(cells: frozenset, counts: Mapping[object, int]) -> int:
    return sum(counts[c] for c in cells)


def attacked(groups: Groups, counts: Mapping, hide: frozenset, *, small_sets: bool = True) -> None:
    """Assert that neither fractions, nor bounds, find a hidden group; nor fractions any set of few respondents."""
    cells = sorted({c for g in groups.values() for c in g if counts[c]}, key=str)
    row = lambda some: [int(c in some) for c in cells]  # noqa: E731
    shown = [k for k in groups if k not in hide]
    assert all(size(groups[k], counts) == 0 or size(groups[k], counts) >= LEAST for k in shown)
    known, sums = [row(groups[k]) for k in shown], [size(groups[k], counts) for k in shown]
    rows = echelon(known)
    few = [k for k in cells if counts[k] < LEAST]
    if small_sets:
        for many in range(1, LEAST):
            for some in combinations(few, many):
                if sum(counts[c] for c in some) < LEAST:
                    assert not in_span(rows, row(some)), f"{some} is a sum of what is shown"
    floor = [[-v for v in row(groups[k])] for k in hide]
    for k in hide:
        assert not in_span(rows, row(groups[k])), f"{k} is a sum of what is shown"
        ends = []
        for way in (1, -1):
            found = linprog(
                [way * v for v in row(groups[k])],
                floor,
                [-1] * len(floor),
                known or None,
                sums or None,
                [(0, 10 * sum(counts.values()) + 10)] * len(cells),
            )
            ends.append(way * found.fun)
        assert ends[1] - ends[0] > 1 - 1e-6, f"{k} can only be {ends}"


def echelon(rows: list[list[int]]) -> list[list[Fraction]]:
    done: list[list[Fraction]] = []
    for row in rows:
        rest = reduced(done, row)
        if any(rest):
            lead = next(v for v in rest if v)
            done.append([v / lead for v in rest])
    return done


def reduced(rows: list[list[Fraction]], row: list[int]) -> list[Fraction]:
    rest = [Fraction(v) for v in row]
    for one in rows:
        at = next(n for n, v in enumerate(one) if v)
        if rest[at]:
            rest = [a - rest[at] * b for a, b in zip(rest, one, strict=True)]
    return rest


def in_span(rows: list[list[Fraction]], row: list[int]) -> bool:
    return not any(reduced(rows, row))


@st.composite
def tables(draw: st.DrawFn, shapes: tuple[tuple[int, ...], ...]) -> dict:
    shape = draw(st.sampled_from(shapes))
    return {tuple(map(str, k)): draw(st.one_of(st.integers(0, 6), st.integers(0, 25))) for k in product(*map(range, shape))}


@settings(max_examples=120, deadline=None)
@given(tables(((1,), (4,), (7,), (2, 2), (3, 3), (4, 4), (5, 3), (2, 2, 2), (3, 2, 3))))
def test_no_table_with_all_its_margins_gives_a_hidden_cell(counts: dict) -> None:
    groups = margins(counts)
    attacked(groups, counts, protected(groups, counts, last=[k for k in groups if None in k]))


@settings(max_examples=50, deadline=None)
@given(tables(((6,), (3, 3), (2, 3, 2))), st.data())
def test_no_filter_beside_a_table_gives_a_hidden_cell(counts: dict, data: st.DataObject) -> None:
    groups = dict(margins(counts))
    for n in range(data.draw(st.integers(1, 6))):
        groups["filter", n] = frozenset(data.draw(st.sets(st.sampled_from(sorted(counts)), min_size=1)))
    attacked(groups, counts, protected(groups, counts))


@settings(max_examples=50, deadline=None)
@given(tables(((3,), (2, 2))), st.data())
def test_no_difference_of_two_rounds_gives_who_came_or_left(before: dict, data: st.DataObject) -> None:
    after = {k: max(0, n + data.draw(st.integers(-3, 3))) for k, n in before.items()}
    groups, counts = over_rounds(before, after)
    hide = protected(groups, counts)
    attacked(groups, counts, hide)
    for k in margins(before):  # what both show differs by nobody, or by enough
        if not {("before", *k), ("after", *k)} & hide:
            moved = abs(size(groups["after", *k], counts) - size(groups["before", *k], counts))
            assert moved == 0 or moved >= LEAST or len(groups["after", *k]) > 2  # of several cells some came and some left


@pytest.mark.parametrize("came", [1, 4, 5])
def test_one_more_respondent_hides_the_group_in_one_round(came: int) -> None:
    groups, counts = over_rounds({("nurses",): 12}, {("nurses",): 12 + came})
    hide = protected(groups, counts)
    assert len({k[0] for k in hide}) == (1 if came < LEAST else 0)


@settings(max_examples=40, deadline=None)
@given(tables(((4,), (2, 2), (2, 3), (2, 2, 2))))
def test_every_hidden_count_can_be_another_in_some_table_that_fits(counts: dict) -> None:
    counts = {k: min(n, 7) for k, n in counts.items()}
    groups = margins(counts)
    hide = protected(groups, counts)
    cells = [c for c in counts if counts[c]]
    open_ = {k: set() for k in hide}
    shown = [(groups[k], size(groups[k], counts)) for k in groups if k not in hide and size(groups[k], counts)]
    for values in fitting(cells, shown, {}):
        if all(sum(values[c] for c in groups[k] if counts[c]) > 0 for k in hide):
            for k in hide:
                open_[k].add(sum(values[c] for c in groups[k] if counts[c]))
            if all(len(v) > 1 for v in open_.values()):
                return
    assert not hide or all(len(v) > 1 for v in open_.values())


def fitting(cells: list, shown: list[tuple[frozenset, int]], values: dict):
    """Give every table of whole numbers up to 8 in a cell that fits what is shown."""
    if len(values) == len(cells):
        yield dict(values)
        return
    cell = cells[len(values)]
    for n in range(9):
        values[cell] = n
        if all(
            sum(values.get(c, 0) for c in g) <= total
            and (any(c not in values for c in g if c in cells) or sum(values.get(c, 0) for c in g) == total)
            for g, total in shown
        ):
            yield from fitting(cells, shown, values)
        del values[cell]


@settings(max_examples=150)
@given(st.lists(st.one_of(st.integers(0, 6), st.integers(0, 20)), min_size=1, max_size=7))
def test_one_row_by_hand_is_as_safe(counts: list[int]) -> None:
    table = {(str(n),): c for n, c in enumerate(counts)}
    groups = margins(table)
    hide = {(str(n),) for n, h in enumerate(hidden(counts)) if h} | (set() if total_shown(counts) else {(None,)})
    attacked(groups, table, frozenset(hide))
    assert hidden_among({str(n): c for n, c in enumerate(counts)}) == {str(n) for n, h in enumerate(hidden(counts)) if h}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(tables(((5,), (2, 2))), st.randoms(use_true_random=False))
def test_names_do_not_matter(counts: dict, random) -> None:
    groups = margins(counts)
    sizes = [size(g, counts) for g in groups.values() if size(g, counts)]
    assume(len(sizes) == len(set(sizes)))  # no two alike: nothing is chosen by its name
    names = sorted({v for k in counts for v in k})
    new = dict(zip(names, random.sample(names, len(names)), strict=True))
    again = {tuple(new[v] for v in k): n for k, n in counts.items()}
    hide, hide_again = (protected(margins(c), c) for c in (counts, again))
    assert {tuple(None if v is None else new[v] for v in k) for k in hide} == hide_again


def test_two_blocks_and_the_cell_between_them() -> None:
    """Two hidden cells in every row and column do not hide the one between two blocks: it is what a row lacks of a block's total."""
    rows = [[3, 3, 30, 30, 30], [3, 3, 3, 30, 30], [30, 30, 30, 3, 3], [30, 30, 30, 3, 3], [30, 30, 3, 30, 30]]
    found = hidden_table(rows)
    counts = {(str(r), str(c)): n for r, row in enumerate(rows) for c, n in enumerate(row)}
    hide = frozenset(k for k in counts if found.cells[int(k[0])][int(k[1])])
    assert not any((*found.rows, *found.columns, found.total))
    attacked(margins(counts), counts, hide, small_sets=False)


def test_one_person_in_each_cell_is_not_told_by_the_total() -> None:
    for row in ([1] * 5, [12, *[1] * 5], [1] * 7, [2, 1, 1, 1]):
        counts = {(str(n),): c for n, c in enumerate(row)}
        hide = protected(margins(counts), counts)
        attacked(margins(counts), counts, hide)
        assert len(row) != 5 or (None,) in hide


def test_few_people_have_no_margin() -> None:
    found = hidden_table([[3, 0], [20, 30]])
    assert found.rows[0] and not found.total and found.cells[0] == (True, False)


def test_a_spread_of_all_alike_is_not_shown() -> None:
    assert spread_shown([0, 3, 4, 0, 0]) and not spread_shown([0, 7, 0, 0, 0]) and not spread_shown([1, 1, 1, 1, 0])


def test_a_large_page_takes_no_time() -> None:
    chance = np.random.default_rng(3)
    counts = {
        tuple(map(str, k)): int(n) for k, n in zip(product(range(12), range(4), range(3)), chance.poisson(8, 144), strict=True)
    }
    groups = margins(counts)
    assert len(protected(groups, counts)) < len(groups) / 2
