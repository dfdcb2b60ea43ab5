"""What a round says: aggregates, and never an answer. What a workshop made of it: what was agreed, and who does what until when."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from threading import Lock
from uuid import uuid4
from zlib import crc32

import numpy as np

from vado.collaboration.picture import Picture, picture
from vado.collaboration.respondents import respondents
from vado.collaboration.rows import HEAD, rows
from vado.errors import VadoError
from vado.exchange.allow import check
from vado.exchange.collaboration.asked import instrument_of, round_of
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.record import Viewer
from vado.model.survey import Action, Agreed, Answer, Instrument, Round

_KEPT = 32  # pictures that need not be drawn again
_LONGEST = 500  # letters of a reason, a dissent, an action
_drawn: OrderedDict[bytes, Picture] = OrderedDict()
_one = Lock()


@dataclass(frozen=True, slots=True)
class Results:
    """What whoever may read a round is shown of it."""

    round: Round
    instrument: Instrument
    before: Round | None  # the closed round before it
    picture: Picture | None  # None: the round is still open
    agreed: tuple[Agreed, ...]
    actions: tuple[Action, ...]


def results(x: Exchange, round_id: str, viewer: Viewer, page: str = "results") -> Results:
    """Give what may be shown of a round, once it is closed.

    Raises:
        NotPermitted: AC-001.
        NotFound: SV-040, no such round; SV-039, its questionnaire is not there.
    """
    check(viewer, "rounds.read")
    with x.store.begin() as tx:
        now = round_of(tx, round_id)
        tx.audit(Audit(x.clock(), viewer.name, f"see-{page}", round_id))
        instrument, today = instrument_of(x, now.instrument), x.clock().date()
        agreed, actions = tx.collaboration.all(Agreed, round_id), tx.collaboration.all(Action, round_id)
        if not now.is_closed(today):
            return Results(now, instrument, None, None, agreed, actions)
        row = _closed(tx, today)
        at, answers = row.index(now), _answers(tx, row, [now])
    return Results(now, instrument, row[at - 1] if at else None, _drawn_in(x, row, at, answers), agreed, actions)


def pictures(x: Exchange, tx: Transaction) -> tuple[tuple[Round, Picture], ...]:
    """Give the picture of each closed round that asked what the latest asked, oldest first, as its own pages show it."""
    row = _closed(tx, x.clock().date())
    alike = [r for r in row if r.instrument == row[-1].instrument]
    answers = _answers(tx, row, alike)
    return tuple((r, _drawn_in(x, row, row.index(r), answers)) for r in alike)


def draw(x: Exchange, known: Collection[str] = ()) -> frozenset[str]:
    """Draw the pictures that a round's closing changed, so that whoever looks first need not wait. Nobody looks: nothing is audited.

    Args:
        x: the exchange.
        known: ids of the rounds that were closed when this was done before.

    Returns:
        The ids of the rounds that are closed now.
    """
    with x.store.look() as tx:
        row = _closed(tx, x.clock().date())
        new = [r for n, r in enumerate(row) if any(near.id not in known for near in _near(row, n))][-_KEPT:]
        answers = _answers(tx, row, new)
    for one in new:
        _drawn_in(x, row, row.index(one), answers)
    return frozenset(r.id for r in row)


def _closed(tx: Transaction, today: date) -> list[Round]:
    """Give the closed rounds, the first that closed first: a figure that still grows would tell who came."""
    return sorted((r for r in tx.collaboration.all(Round) if r.is_closed(today)), key=lambda r: (r.closes or date.max, r.id))


def _near(row: Sequence[Round], at: int) -> Sequence[Round]:
    """Give the rounds that a picture needs: the round before is decided on with the one before it, as on its own pages."""
    return row[max(0, at - 2) : at + 2]


def _answers(tx: Transaction, row: Sequence[Round], of: Sequence[Round]) -> dict[str, tuple[Answer, ...]]:
    needed = {r.id for one in of for r in _near(row, row.index(one))}
    return {id_: tx.collaboration.answers(id_) for id_ in needed}


def _drawn_in(x: Exchange, row: Sequence[Round], at: int, answers: Mapping[str, Sequence[Answer]]) -> Picture:
    near = _near(row, at)
    return _picture(x, near, [answers[r.id] for r in near], near.index(row[at]))


def _picture(x: Exchange, rounds: Sequence[Round], answers: Sequence[Sequence[Answer]], at: int) -> Picture:
    """Draw it, or give it as it was drawn of the very same answers."""
    key = sha256(repr((rounds, answers, at)).encode()).digest()
    with _one:
        if (known := _drawn.get(key)) is not None:
            _drawn.move_to_end(key)
            return known
    laid = [respondents(r, instrument_of(x, r.instrument), a) for r, a in zip(rounds, answers, strict=True)]
    made = picture(laid, at, np.random.default_rng(crc32(rounds[at].id.encode())))
    with _one:
        _drawn[key] = made
        while len(_drawn) > _KEPT:
            _drawn.popitem(last=False)
    return made


def table(shown: Picture) -> list[list[str | float]]:
    """Give every figure that is shown as one long table with its headings, and every hidden one as that."""
    return [[*HEAD], *([*row.cells()] for row in rows(shown))]


def agree(  # noqa: PLR0913 - one sheet
    x: Exchange, round_id: str, about: str, value: int, words: tuple[str, str], viewer: Viewer
) -> Agreed:
    """Keep what a workshop settled on, with its reason, and what those say who do not agree; what stood there before is replaced.

    Args:
        x: the exchange.
        round_id: of the round.
        about: item or dimension.
        value: 1 to 5.
        words: the reason, and the dissent; the second may be "".
        viewer: whoever facilitates.

    Raises:
        NotPermitted: AC-001.
        NotFound: SV-040.
        VadoError: SV-060, there is no such question; SV-061, no value from 1 to 5; SV-062, no reason.
    """
    reason, dissent = (_tidy(w) for w in words)
    with x.store.begin() as tx:
        _known(x, tx, round_id, about, viewer)
        if not 1 <= value <= 5:
            raise VadoError("SV-061")
        if not reason:
            raise VadoError("SV-062")
        made = Agreed(f"{round_id}/{about}", round_id, about, value, reason, dissent, x.clock().date().isoformat())
        tx.collaboration.put(made)
        tx.audit(Audit(x.clock(), viewer.name, "agree", made.id))
    return made


def act(x: Exchange, round_id: str, about: str, title: str, owner: str, due: str, viewer: Viewer) -> Action:  # noqa: PLR0913 - one sheet
    """Keep what an organisation will do about a question, until a day ("": none is set).

    Raises:
        NotPermitted, NotFound: as `agree`.
        VadoError: SV-060; SV-062, nothing is said; SV-063, the owner is not of the register; SV-064, no day.
    """
    with x.store.begin() as tx:
        round_ = _known(x, tx, round_id, about, viewer)
        if not _tidy(title):
            raise VadoError("SV-062")
        if owner not in {o.id for o in round_.organisations}:
            raise VadoError("SV-063")
        made = Action(uuid4().hex, round_id, about, _tidy(title), owner, _day(due))
        tx.collaboration.put(made)
        tx.audit(Audit(x.clock(), viewer.name, "act", made.id))
    return made


def done(x: Exchange, round_id: str, action_id: str, viewer: Viewer) -> Action:
    """Note that an action is done; done already, nothing changes. Raises NotPermitted, NotFound; VadoError SV-065, there is none."""
    check(viewer, "rounds.change")
    with x.store.begin() as tx:
        round_of(tx, round_id)
        found = tx.collaboration.get(Action, action_id)
        if found is None or found.round != round_id:
            raise VadoError("SV-065")
        if not found.done:
            found = replace(found, done=x.clock().date().isoformat())
            tx.collaboration.put(found)
            tx.audit(Audit(x.clock(), viewer.name, "act-done", found.id))
    return found


def _known(x: Exchange, tx: Transaction, round_id: str, about: str, viewer: Viewer) -> Round:
    check(viewer, "rounds.change")
    round_ = round_of(tx, round_id)
    instrument = instrument_of(x, round_.instrument)
    if about not in instrument.items and about not in {d.id for d in instrument.dimensions}:
        raise VadoError("SV-060")
    return round_


def _tidy(words: str) -> str:
    return " ".join(words.split())[:_LONGEST]


def _day(text: str) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise VadoError("SV-064") from None
