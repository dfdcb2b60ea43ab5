"""Proposals: made and changed by managers, audited, and files of lines looked at in the limited child before anything is kept."""

from io import BytesIO

import pytest
from openpyxl import Workbook

from money_example import HEAD, LINES
from plain import plain_exchange
from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange.collaboration import funding
from vado.exchange.collaboration.funding import Terms
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.record import Viewer
from vado.wiring.room import LimitedRoom

ANA = Viewer("ana", role=Role.MANAGER)
TERMS = Terms("A ford over the Río", "k GBP", "0")


@pytest.fixture
def x() -> Exchange:
    return plain_exchange()


def book(*rows: tuple[object, ...]) -> bytes:
    made = Workbook()
    about, sheet = made.active, made.create_sheet("lines")
    assert about
    about.append(("This sheet explains it",))
    for row in rows:
        sheet.append(row)
    raw = BytesIO()
    made.save(raw)
    return raw.getvalue()


def done(x: Exchange) -> list[tuple[str, str]]:
    with x.store.begin() as tx:
        return [(a.action, a.subject) for a in reversed(tx.audits())]


def test_made_read_changed_and_dropped_with_an_audit_event_each(x: Exchange) -> None:
    made = funding.make(x, TERMS, ANA)
    assert (made.id, made.rate) == ("a-ford-over-the-rio", 0) and funding.make(x, TERMS, ANA).id == "a-ford-over-the-rio-2"
    funding.take(x, made.id, funding.look(x, made.id, LINES, ANA), ANA)
    assert len(funding.proposal(x, made.id, ANA).lines) == 11
    changed = funding.settle(x, made.id, Terms("A ford", "EUR", "3,5", ("0", "5", "10", "15", "25", "50")), ANA)
    assert (changed.title, changed.rate, changed.careful[5], len(changed.lines)) == ("A ford", 0.035, 0.5, 11)
    funding.drop(x, made.id, ANA)
    with pytest.raises(NotFound, match="MO-033"):
        funding.proposal(x, made.id, ANA)
    assert [what for what, about in done(x) if about == made.id] == [
        "make-proposal", "bring-lines", "read-proposal", "change-proposal", "drop-proposal",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "terms",
    [
        Terms(" ", "EUR", "3"),
        Terms("a", "<b>", "3"),
        Terms("a", "EUR", "much"),
        Terms("a", "EUR", "101"),
        Terms("a", "EUR", "3", ("1",)),
    ],
)
def test_terms_that_cannot_be(x: Exchange, terms: Terms) -> None:
    with pytest.raises(VadoError, match="MO-035"):
        funding.make(x, terms, ANA)
    assert funding.proposals(x, ANA) == ()


@pytest.mark.parametrize("role", [r for r in Role if r not in {Role.MANAGER, Role.MACHINE}])
def test_others_neither_read_nor_change(x: Exchange, role: Role) -> None:
    id_, other = funding.make(x, TERMS, ANA).id, Viewer("other", role=role)
    table = funding.look(x, id_, LINES, ANA)
    for act in (
        lambda: funding.proposals(x, other), lambda: funding.proposal(x, id_, other), lambda: funding.make(x, TERMS, other),
        lambda: funding.settle(x, id_, TERMS, other), lambda: funding.look(x, id_, LINES, other), lambda: funding.take(x, id_, table, other),
        lambda: funding.add(x, id_, {}, other), lambda: funding.remove(x, id_, 0, "", other), lambda: funding.drop(x, id_, other),
    ):  # fmt: skip
        with pytest.raises(NotPermitted, match="AC-001"):
            act()


def test_a_workbook_and_one_in_the_limited_child(x: Exchange) -> None:
    id_ = funding.make(x, TERMS, ANA).id
    content = book(
        tuple(HEAD.split(";")),
        ("H", "cost", "bridge", 0, 1.125, 10, 20.5, 2, None, None),
        ("H", "cost", "b", 1, 5, 4, 6, 2, "", ""),
    )
    room = LimitedRoom(children=1, seconds=30, megabytes=1000)
    try:
        seen = room.answers(content, {})
    finally:
        room.close()
    assert seen and [g.name for g in seen.grids] == ["Sheet", "lines"]
    table = funding.look(x, id_, content, ANA)
    assert [(f.low, f.mode, f.high, f.grade) for f in table.lines] == [(1.125, 10, 20.5, 2)]
    assert [i.code for r in table.refused for i in r.issues] == ["MO-004"]
    assert funding.proposal(x, id_, ANA).lines == (), "nothing is kept by looking"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "MO-032"), (b"PK\x03\x04broken", "MO-032"), (b"a;b\n1;2\n", "MO-030"), (b"{}", "MO-032"), (b"\0" * 99, "MO-032"), (b"x" * 10_000_001, "MO-031")],
)  # fmt: skip
def test_files_that_are_no_lines(x: Exchange, content: bytes, code: str) -> None:
    id_ = funding.make(x, TERMS, ANA).id
    with pytest.raises(VadoError, match=code):
        funding.look(x, id_, content, ANA)


def test_a_line_is_added_and_taken_out_as_it_was_seen(x: Exchange) -> None:
    id_ = funding.make(x, TERMS, ANA).id
    cells = {"organisation": "H", "side": "cost", "label": "bridge", "year": "0", "mode": "1234,5", "grade": "2"}
    assert funding.add(x, id_, cells, ANA) == () and funding.add(x, id_, {**cells, "mode": "7", "year": "1"}, ANA) == ()
    assert [i.code for i in funding.add(x, id_, {**cells, "mode": "many"}, ANA)] == ["MO-002"]
    first, second = funding.proposal(x, id_, ANA).lines
    assert (first.mode, second.mode) == (1234.5, 7)
    with pytest.raises(VadoError, match="MO-034"):
        funding.remove(x, id_, 0, funding.mark(second), ANA)
    with pytest.raises(VadoError, match="MO-034"):
        funding.remove(x, id_, -1, funding.mark(second), ANA)
    assert funding.remove(x, id_, 0, funding.mark(first), ANA).lines == (second,)


def test_lines_are_put_in_place_or_besides_and_never_too_many(x: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = funding.make(x, TERMS, ANA).id
    table = funding.look(x, id_, LINES, ANA)
    assert [len(funding.take(x, id_, table, ANA, add=add).lines) for add in (False, True, False)] == [11, 22, 11]
    monkeypatch.setattr(funding, "MOST", 20)
    with pytest.raises(VadoError, match="MO-037"):
        funding.take(x, id_, table, ANA, add=True)
    assert len(funding.proposal(x, id_, ANA).lines) == 11
