"""Proposals: what a change would cost and bring, to whom. Made and changed by managers; read, changed and dropped with an audit event.

A file of lines is read in the limited child process (x.room), shown, and kept only when somebody says so.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from vado.collaboration.money import rows
from vado.collaboration.money.rows import Table
from vado.errors import NotFound, VadoError
from vado.exchange import allow
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.funding import Line, Proposal
from vado.model.person import slug
from vado.model.reading import Issue
from vado.model.record import Viewer
from vado.model.survey import Round

MEGABYTES = 10
MOST = 5_000  # lines of a proposal
_LONGEST = 120  # letters of a title
_CURRENCY = re.compile(r"[\w€£$ .]{1,20}")
_RATE = 1.0  # a year, at most


@dataclass(frozen=True, slots=True)
class Terms:
    """What a proposal is reckoned with, as somebody wrote it."""

    title: str
    currency: str  # 'EUR', 'thousand EUR'
    rate: str  # percent a year
    careful: tuple[str, ...] = ()  # percent by grade; (): as it is


def proposals(x: Exchange, viewer: Viewer) -> tuple[Proposal, ...]:
    """Give all proposals, by title. Raises NotPermitted AC-001."""
    allow.check(viewer, "money.read")
    with x.store.begin() as tx:
        found = tx.collaboration.all(Proposal)
        tx.audit(Audit(x.clock(), viewer.name, "list-proposals", ""))
    return tuple(sorted(found, key=lambda p: (p.title.casefold(), p.id)))


def proposal(x: Exchange, id_: str, viewer: Viewer, why: str = "read-proposal") -> Proposal:
    """Give one; `why` is what the audit trail says. Raises NotPermitted AC-001, NotFound MO-033."""
    allow.check(viewer, "money.read")
    with x.store.begin() as tx:
        found = _known(tx, id_)
        tx.audit(Audit(x.clock(), viewer.name, why, id_))
    return found


def make(x: Exchange, terms: Terms, viewer: Viewer) -> Proposal:
    """Make a proposal without lines. Raises NotPermitted AC-001, VadoError MO-035."""
    allow.check(viewer, "money.change")
    made = _with(Proposal("", "", ""), terms)
    stem = slug(made.title) or "proposal"
    with x.store.begin() as tx:
        number, id_ = 1, stem
        while tx.collaboration.get(Proposal, id_):
            number += 1
            id_ = f"{stem}-{number}"
        made = replace(made, id=id_)
        tx.collaboration.put(made)
        tx.audit(Audit(x.clock(), viewer.name, "make-proposal", id_))
    return made


def settle(x: Exchange, id_: str, terms: Terms, viewer: Viewer) -> Proposal:
    """Change title, currency, rate and what grades mean. Raises NotPermitted AC-001, NotFound MO-033, VadoError MO-035."""
    return _changed(x, id_, viewer, "change-proposal", lambda old, _: _with(old, terms))


def drop(x: Exchange, id_: str, viewer: Viewer) -> None:
    """Forget a proposal. Raises NotPermitted AC-001, NotFound MO-033."""
    allow.check(viewer, "money.change")
    with x.store.begin() as tx:
        tx.collaboration.drop(Proposal, _known(tx, id_).id)
        tx.audit(Audit(x.clock(), viewer.name, "drop-proposal", id_))


def look(x: Exchange, id_: str, content: bytes, viewer: Viewer) -> Table:
    """See what a file of lines says: CSV or a workbook. Nothing is kept.

    Raises:
        NotPermitted: AC-001. NotFound: MO-033.
        VadoError: MO-030 no table of lines; MO-031 too large; MO-032 it could not be opened.
    """
    allow.check(viewer, "money.change")
    if len(content) > MEGABYTES * 1_000_000:
        raise VadoError("MO-031", megabytes=MEGABYTES)
    with x.store.begin() as tx:
        known = _organisations(tx, _known(tx, id_))
    seen = x.room.answers(content, {}) if content else None
    if seen is None or not seen.grids:
        raise VadoError("MO-032")
    for grid in seen.grids:
        if table := rows.read(grid.rows, known, workbook=bool(grid.name)):
            return table
    raise VadoError("MO-030")


def take(x: Exchange, id_: str, table: Table, viewer: Viewer, *, add: bool = False) -> Proposal:
    """Keep the lines of a table in place of those before, or besides them. Raises NotPermitted AC-001, NotFound MO-033, VadoError MO-037."""
    return _changed(
        x, id_, viewer, "bring-lines", lambda old, tx: _lined(old, tx, (*(old.lines if add else ()), *table.lines), table.names)
    )


def add(x: Exchange, id_: str, cells: Mapping[str, str], viewer: Viewer) -> tuple[Issue, ...]:
    """Add one line; cells by column (rows.COLUMNS). What comes back says why it was not taken; (): it was.

    Raises:
        NotPermitted: AC-001. NotFound: MO-033. VadoError: MO-037.
    """
    allow.check(viewer, "money.change")
    with x.store.begin() as tx:
        known = _organisations(tx, _known(tx, id_))
    table = rows.read([rows.HEADINGS["en"], [cells.get(c, "") for c in rows.COLUMNS]], known)
    if table is None or not table.lines:
        return table.refused[0].issues if table and table.refused else ()
    take(x, id_, table, viewer, add=True)
    return ()


def remove(x: Exchange, id_: str, number: int, seen: str, viewer: Viewer) -> Proposal:
    """Take out the line of this number (0-based), if it is still the one that somebody saw (`mark`).

    Raises:
        NotPermitted: AC-001. NotFound: MO-033. VadoError: MO-034.
    """

    def without(old: Proposal, tx: Transaction) -> Proposal:
        if not (0 <= number < len(old.lines) and mark(old.lines[number]) == seen):
            raise VadoError("MO-034")
        return _lined(old, tx, old.lines[:number] + old.lines[number + 1 :], old.names or {})

    return _changed(x, id_, viewer, "remove-line", without)


def mark(line: Line) -> str:
    """Give what tells one line from another."""
    return ";".join(
        map(str, (line.organisation, line.side, line.label, line.year, line.low, line.mode, line.high, line.grade, line.cashable))
    )


def _changed(
    x: Exchange, id_: str, viewer: Viewer, why: str, change: Callable[[Proposal, Transaction], Proposal]
) -> Proposal:  # fmt: skip
    allow.check(viewer, "money.change")
    with x.store.begin() as tx:
        made = change(_known(tx, id_), tx)
        tx.collaboration.put(made)
        tx.audit(Audit(x.clock(), viewer.name, why, id_))
    return made


def _known(tx: Transaction, id_: str) -> Proposal:
    found = tx.collaboration.get(Proposal, id_)
    if found is None:
        raise NotFound("MO-033")
    return found


def _organisations(tx: Transaction, of: Proposal) -> dict[str, str]:
    """Give who may be named: the proposal's own, then those of the registers of rounds."""
    registered = {o.id: o.name for r in tx.collaboration.all(Round) for o in r.organisations}
    return registered | dict(of.names or {})


def _lined(old: Proposal, tx: Transaction, lines: tuple[Line, ...], names: Mapping[str, str]) -> Proposal:
    if len(lines) > MOST:
        raise VadoError("MO-037", most=MOST)
    known = _organisations(tx, old) | dict(names)
    return replace(old, lines=lines, names={o: known.get(o, o) for o in sorted({o for f in lines for o in f.needs})})


def _with(old: Proposal, terms: Terms) -> Proposal:
    title, currency = " ".join(terms.title.split())[:_LONGEST], " ".join(terms.currency.split())
    if not title:
        raise VadoError("MO-035", what="Title", allowed="in a few words what would change")
    if not _CURRENCY.fullmatch(currency):
        raise VadoError("MO-035", what="Currency", allowed="EUR, GBP, thousand EUR or the like")
    rate = _share(terms.rate, "Discount rate")
    careful = tuple(_share(text, "Certainty grade") for text in terms.careful) or old.careful
    if len(careful) != len(old.careful):
        raise VadoError("MO-035", what="Certainty grade", allowed="a percentage from 0 to 100")
    return replace(old, title=title, currency=currency, rate=rate, careful=careful)


def _share(percent: str, what: str) -> float:
    try:
        value = rows.number(percent, "." if "." in percent else ",")
    except ValueError:
        value = None
    if value is None or not 0 <= value <= 100 * _RATE:
        raise VadoError("MO-035", what=what, allowed="a percentage from 0 to 100")
    return round(value / 100, 10)
