"""The card of a proposal: the worked example, who stays out, many organisations, and the same draws again."""

from math import isnan

import numpy as np
import pytest

from money_example import HEAD, LINES
from vado.collaboration.money import card as reckoned
from vado.collaboration.money import rows
from vado.model.funding import Line, Proposal, Side

TABLE = rows.read([line.split(";") for line in LINES.decode().splitlines()], {})
assert TABLE
FORD = Proposal("ford", "A ford", "k GBP", TABLE.lines, 0.0, TABLE.names)


def near(told: dict[str, float], **wanted: float) -> bool:
    return {k: round(v, 2) for k, v in told.items()} == wanted


def test_the_worked_example() -> None:
    card = reckoned.card(FORD)
    assert [(p.organisation, p.net) for p in card.positions] == [("H", 130), ("G", -10), ("C", -40)]
    assert (card.total, card.compensation, card.payable, card.payback) == (80, 50, True, 2)
    assert [p.organisation for p in card.losers] == ["C", "G"] and [p.organisation for p in card.winners] == ["H"]
    hospital = card.positions[0]
    assert round(hospital.cost, 3) == 0.1 and round(hospital.benefit, 3) == 0.778
    assert card.together == ((0, -100), (1, -10), (2, 80))


def test_rules_side_by_side() -> None:
    shared = reckoned.shares(FORD)
    told = {r.name: r for r in shared.rules}
    assert set(told) == set(reckoned.RULES) and shared.worth == 80 and shared.everybody
    assert near(told["shapley"].share, H=38.33, C=23.33, G=18.33) and near(told["shapley"].transfer, H=-91.67, C=63.33, G=28.33)
    assert near(told["equal"].share, H=26.67, C=26.67, G=26.67) and near(told["cost"].share, H=8, C=48, G=24)
    assert near(told["benefit"].share, H=62.22, C=8.89, G=8.89)
    assert [n for n, r in told.items() if not r.stays] == ["none"]
    assert told["none"].refuse == (frozenset("C"), frozenset("G")), "the pair of both is not said again"
    assert all(abs(sum(r.transfer.values())) < 1e-6 for r in told.values())


def test_the_chance_of_losing() -> None:
    odds = reckoned.odds(FORD)
    assert odds.chances.loses("C") == 1 and odds.ranges
    assert abs(odds.chances.loses("G") - 23 / 24) < 0.01, "two triangles of 0 to 20 are four even draws of 0 to 10: below 30"
    reckoned._odds.cache_clear()
    assert np.array_equal(reckoned.odds(FORD).chances.nets, odds.chances.nets)
    assert [s.line.label for s in odds.swings] == ["time", "time"] and [row[0] for row in odds.fan] == [0, 1, 2]


def line(who: str, side: str, amount: float, *needs: str) -> Line:
    return Line(who, Side(side), 0, amount, amount, amount, 1, True, needs)


def test_whoever_only_costs_stays_out_and_is_named() -> None:
    of = Proposal("x", "x", "EUR", (line("A", "benefit", 100), line("B", "cost", 30)), 0.0)
    shared = reckoned.shares(of)
    assert shared.worth == 100 and shared.best == {"A"} and not shared.everybody
    assert all(abs(sum(r.share.values()) - 100) < 1e-6 and abs(sum(r.transfer.values())) < 1e-6 for r in shared.rules)
    assert all(r.share["B"] == pytest.approx(0, abs=1e-6) for r in shared.rules)


def test_whoever_is_needed_counts_without_a_line() -> None:
    of = Proposal("x", "x", "EUR", (line("A", "benefit", 100, "B"),), 0.0)
    assert near({p.organisation: p.net for p in reckoned.card(of).positions}, A=100, B=0)
    shapley = reckoned.shares(of).rule("shapley")
    assert shapley and shapley.share == {"A": 50, "B": 50}
    assert reckoned.odds(of).chances.loses("B") == 0


def test_a_change_that_only_loses() -> None:
    of = Proposal("x", "x", "EUR", (line("A", "cost", 10), line("B", "cost", 5)), 0.0)
    card, shared = reckoned.card(of), reckoned.shares(of)
    assert not card.payable and card.total == -15 and card.payback is None and shared.worth == 0 and not shared.best
    assert all(v == 0 for r in shared.rules for v in r.share.values())


def test_many_organisations_split_each_line() -> None:
    some = tuple(line(f"o{n:02}", "benefit", 30, f"o{(n + 1) % 14:02}") for n in range(14))
    shared = reckoned.shares(Proposal("x", "x", "EUR", some, 0.0))
    shapley = shared.rule("shapley")
    assert shapley and not shared.voluntary and shapley.stays is None and shared.rule("nucleolus") is None
    assert all(v == pytest.approx(30) for v in shapley.share.values())


def test_nothing_at_all() -> None:
    of = Proposal("x", "x", "EUR")
    assert reckoned.card(of).positions == () and reckoned.card(of).total == 0 and isnan(reckoned.card(of).ratios.fiscal)
    assert rows.read([HEAD.split(";")], {}) == rows.Table((), {}, (), (), tuple(HEAD.split(";")))
