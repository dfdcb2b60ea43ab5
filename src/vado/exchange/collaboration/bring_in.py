"""Answers that come in as a file: what is sure is kept, what is doubtful waits for a person, and every row that is not taken says why.

Nothing here links an answer with an invitation or with a person, and no text says what was answered. A file that comes again changes
nothing: see collaboration/told.py: id_of.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import orjson

from vado.collaboration import columns, response, ties
from vado.collaboration.questionnaire import canonical
from vado.collaboration.sheet import sheets_of, with_marks
from vado.collaboration.told import Reader, Row
from vado.errors import VadoError
from vado.exchange import allow, codes
from vado.exchange.collaboration.asked import instrument_of, round_of
from vado.exchange.collaboration.forms import papers_of
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.reading import Issue, issue
from vado.model.record import Viewer
from vado.model.returned import Returned, Sheet
from vado.model.survey import Roster, Round, Who
from vado.tools import answer_sheet

MEGABYTES = 64
_ODK = {"KEY", "_uuid"}  # headings that ODK Central and Kobo give to what they export


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a file."""

    taken: int  # answers that are new
    again: int = 0  # that were taken before
    refused: int = 0  # rows or forms that were not taken
    rosters: int = 0  # organisations that said whom they work with; what they said before is replaced
    issues: tuple[Issue, ...] = ()  # row by row, then of the file
    waiting: tuple[Sheet, ...] = ()  # paper forms that somebody has to look at: see `settle`


@dataclass(frozen=True, slots=True)
class _Read:
    """What a file says, before any of it is kept."""

    rows: Sequence[Row]
    said: Sequence[Issue]  # of the whole file
    rosters: Sequence[Roster] = ()
    refused: int = 0  # ties


def bring_in(x: Exchange, round_id: str, content: bytes, viewer: Viewer) -> Brought:
    """Take the answers of a file: CSV, XLSX, QuestionnaireResponse (JSON, Bundle, NDJSON), or a scan of the paper form.

    Args:
        x: the exchange.
        round_id: of which round.
        content: the file, at most MEGABYTES. What it is, its bytes say; a name is not asked for.
        viewer: who brings it.

    Raises:
        NotPermitted: AC-001. NotFound: SV-040, SV-039.
        VadoError: SV-011, SV-012 nothing of it is an answer; SV-014 too large; SV-015 it took too long to read; SV-069 the round is closed.
    """
    allow.check(viewer, "rounds.change")
    if len(content) > MEGABYTES * 1_000_000:
        raise VadoError("SV-014", megabytes=MEGABYTES)
    with x.store.begin() as tx:
        round_ = _taking(x, tx, round_id)
    instrument = instrument_of(x, round_.instrument)
    papers = papers_of(instrument)
    seen = x.room.answers(content, papers)
    if seen is None:
        raise VadoError("SV-015")
    if seen.leaves:
        pages = {key: answer_sheet.pages_of(values) for key, values in papers.items()}
        found, said = sheets_of(seen.leaves, instrument, round_, pages, x.clock().date().isoformat())
        return _papers(x, round_, _numbered(found, content), said, viewer)
    reader = Reader(instrument, round_, _means(seen), x.clock().date().isoformat())
    read = _responses(seen.json, reader) if seen.json else _tables(seen, reader)
    return _kept(x, round_, read, viewer)


def settle(x: Exchange, round_id: str, sheet: Sheet, said: Mapping[str, str], viewer: Viewer) -> Brought:
    """Take a paper form that somebody looked at: `said` is what each doubtful box says ("" nothing), and the voice where it was unknown.

    Raises:
        NotPermitted: AC-001. NotFound: SV-040. VadoError: SV-069.
    """
    allow.check(viewer, "rounds.change")
    with x.store.begin() as tx:
        round_ = _taking(x, tx, round_id)
    known = {d.label: said[d.label] for d in sheet.doubts if said.get(d.label)}
    voice = sheet.answer.voice or said.get("voice", "")
    answer = with_marks(replace(sheet.answer, voice=voice), known, instrument_of(x, round_.instrument))
    if sheet.answer.round != round_id or not round_.named(voice):
        return Brought(0, refused=1, issues=(issue("SV-001", row=sheet.page, column="voice"),))
    return _papers(x, round_, [replace(sheet, answer=answer, doubts=())], [], viewer)


def _taking(x: Exchange, tx: Transaction, round_id: str) -> Round:
    """Give a round that is not closed."""
    found = round_of(tx, round_id)
    if found.is_closed(x.clock().date()):
        raise VadoError("SV-069")
    return found


def _means(seen: Returned) -> str:
    if seen.json:
        return "fhir"
    keyed = any(c.lower().endswith("instanceid") or c in _ODK for g in seen.grids for row in g.rows[:1] for c in row)
    return "odk" if keyed else "csv"


def _responses(text: str, reader: Reader) -> _Read:
    responses = response.responses_of(_parsed(text))
    if not responses:
        raise VadoError("SV-012")
    rows, said = response.rows_of(responses, reader, canonical(reader.instrument))
    found = response.ties_of(responses)
    told = {number for number, _, _ in found}
    rows = [r for r in rows if r.answer or r.number not in told or [i.code for i in r.issues] != ["SV-005"]]
    return _with_ties(_Read(rows, said), found, reader.round)


def _tables(seen: Returned, reader: Reader) -> _Read:
    if not seen.grids:
        raise VadoError("SV-012")
    tables = [found for grid in seen.grids if (found := columns.rows_of(grid.rows, reader))]
    tied = [found for grid in seen.grids if (found := ties.told_in(grid.rows)) is not None]
    if not tables and not tied:
        raise VadoError("SV-011")
    read = _Read([row for rows, _ in tables for row in rows], [i for _, said in tables for i in said])
    return _with_ties(read, [row for some in tied for row in some], reader.round)


def _with_ties(read: _Read, told: Sequence[tuple[int, Mapping[str, str], Mapping[str, str]]], round_: Round) -> _Read:
    rosters, issues, refused = ties.rosters_of(told, round_)
    return _Read(read.rows, [*issues, *read.said], rosters, refused)


def _parsed(text: str) -> object:
    """Read JSON, or one JSON a line."""
    try:
        return orjson.loads(text)
    except ValueError:
        try:
            return [orjson.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            raise VadoError("SV-012") from None


def _kept(x: Exchange, round_: Round, read: _Read, viewer: Viewer) -> Brought:
    taken, again, refused = 0, 0, read.refused
    issues: list[Issue] = []
    with x.store.alone(), x.store.begin() as tx:
        _taking(x, tx, round_.id)  # reading took its time: it may have been closed meanwhile
        for row in read.rows:
            issues += row.issues
            if row.answer is None:
                refused += 1
            elif tx.collaboration.answer(row.answer):
                taken += 1
            else:
                again += 1
                issues.append(issue("SV-006", row=row.number))
        for roster in read.rosters:
            tx.collaboration.put(roster)
        tx.collaboration.mix(round_.id)
        tx.audit(Audit(x.clock(), viewer.name, "bring-answers", round_.id))
    return Brought(taken, again, refused, len(read.rosters), (*issues, *read.said))


def _numbered(sheets: Sequence[Sheet], content: bytes) -> list[Sheet]:
    """Give each form of a scan its id: the same scan brought again is the same forms."""
    scan = hashlib.sha256(content).hexdigest()
    ids = [hashlib.sha256(f"{scan}\x1f{s.answer.round}\x1f{s.page}".encode()).hexdigest()[:32] for s in sheets]
    return [replace(s, answer=replace(s.answer, id=id_)) for s, id_ in zip(sheets, ids, strict=True)]


def _papers(x: Exchange, round_: Round, sheets: Iterable[Sheet], said: Iterable[Issue], viewer: Viewer) -> Brought:
    taken = again = refused = 0
    issues, waiting = list(said), list[Sheet]()
    with x.store.alone(), x.store.begin() as tx:
        _taking(x, tx, round_.id)
        known = {a.id for a in tx.collaboration.answers(round_.id)}
        for sheet in sheets:
            if sheet.answer.id in known:
                again += 1
                issues.append(issue("SV-006", row=sheet.page))
            elif (fit := _invited(tx, round_, sheet)) is None:
                refused += 1
                issues.append(issue("SV-022", page=sheet.page))
            elif fit.doubts or not fit.answer.voice:
                waiting.append(fit)
            elif _spent(tx, fit):
                taken += 1
            else:
                refused += 1
                issues.append(issue("SV-022", page=sheet.page))
        tx.collaboration.mix(round_.id)  # codes were used up in this transaction
        tx.audit(Audit(x.clock(), viewer.name, "bring-paper", round_.id))
    return Brought(taken, again, refused, 0, tuple(issues), tuple(waiting))


def _invited(tx: Transaction, round_: Round, sheet: Sheet) -> Sheet | None:
    """Give a form as its invitation says whose it is; as it is without one; None: its code is not good any more."""
    if not sheet.code:
        return sheet
    found = tx.collaboration.invitation(codes.kept_as(sheet.code))
    if found is None or found.used or found.round != round_.id or found.roster:
        return None
    return replace(sheet, answer=replace(sheet.answer, voice=found.voice, who=Who(found.who)))


def _spent(tx: Transaction, sheet: Sheet) -> bool:
    if sheet.code and not tx.collaboration.spend(codes.kept_as(sheet.code)):
        return False
    return tx.collaboration.answer(sheet.answer)
