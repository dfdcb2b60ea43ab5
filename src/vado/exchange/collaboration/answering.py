"""One person answers, once, with a code: what they said so far is kept with the code; once it is sent, nothing links the two."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from vado.errors import NotPermitted, VadoError
from vado.exchange import codes, guesses
from vado.exchange.collaboration.asked import instrument_of, round_of
from vado.exchange.collaboration.linking import linked_as
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.survey import CANNOT_SAY, Answer, Instrument, Invitation, Roster, Round, Tie

MOST_BLOCKS = 3
LONGEST = 500  # letters of a text of one's own
LONGEST_NAME = 100
_LEVELS, _WEIGHTS = frozenset(range(CANNOT_SAY, 6)), frozenset((1, 2, 3))


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one code opens."""

    round: Round
    instrument: Instrument
    invitation: Invitation
    draft: Answer
    roster: Roster | None = None  # what was told already, where the code asks whom an organisation works with


def enter(x: Exchange, code: str, address: str) -> Sheet:
    """Open by a code that somebody typed; tries are counted.

    Raises:
        NotPermitted: AC-003, too many tries; SV-050, no such code; SV-051, it is used. VadoError: SV-052, the round is shut.
    """
    guesses.count(x, guesses.of_letter(address))
    return opened(x, code)


def opened(x: Exchange, code: str) -> Sheet:
    """Give what a code opens. Raises as `enter`."""
    with x.store.begin() as tx:
        return _opened(x, tx, code)


def resumed(x: Exchange, code: str, address: str) -> Sheet:
    """Open by a code that a browser kept: only those that open nothing are counted, and after too many none is looked at. Raises as `enter`."""
    keys = guesses.of_letter(address)
    guesses.refuse_crowd(x, keys)
    try:
        return opened(x, code)
    except NotPermitted as fault:
        if fault.code == "SV-050":
            guesses.count(x, keys)
        raise


def save(  # noqa: PLR0913 - what one screen may hold
    x: Exchange, code: str, *, scores: Mapping[str, int] | None = None, importance: Mapping[str, int] | None = None,
    blocks: tuple[str, ...] | None = None, missing: str | None = None,
) -> None:  # fmt: skip
    """Keep what is said so far; what is None stays as it was. Answers to questions that are not asked are left out.

    Raises:
        VadoError: SV-068, more blocks than MOST_BLOCKS; all else is kept.
    """
    with x.store.begin() as tx:
        sheet = _opened(x, tx, code)
        asked = {i.id for _, items in sheet.instrument.asked(sheet.invitation.who) for i in items}
        dimensions = {d.id for d in sheet.instrument.dimensions}
        draft = sheet.draft
        said = {**draft.scores, **{k: v for k, v in (scores or {}).items() if k in asked and v in _LEVELS}}
        weighed = {**draft.importance, **{k: v for k, v in (importance or {}).items() if k in dimensions and v in _WEIGHTS}}
        chosen = draft.blocks if blocks is None else tuple(dict.fromkeys(b for b in blocks if b in asked))
        text = draft.missing if missing is None else missing.strip()[:LONGEST]
        made = replace(draft, scores=said, importance=weighed, blocks=chosen[:MOST_BLOCKS], missing=text)
        tx.collaboration.keep_draft(sheet.invitation.hash, made)
    if len(chosen) > MOST_BLOCKS:
        raise VadoError("SV-068", most=MOST_BLOCKS)


def send(x: Exchange, code: str, own: str = "") -> None:
    """Send: the code is used up and what was kept with it is gone, and an answer stands there that nobody can find again.

    `own` is a code that somebody made for themselves, to link rounds: it is never in a draft, which stands beside the code of the letter.

    Raises:
        VadoError: SV-070, SV-071, a code of one's own that is not good; nothing is sent. Else as `enter`.
    """
    with x.store.alone(), x.store.begin() as tx:  # alone: of two who send at once, each mixes what the other sent
        sheet = _opened(x, tx, code)
        if not tx.collaboration.spend(sheet.invitation.hash):
            raise NotPermitted("SV-051")
        if not sheet.invitation.roster:
            today = x.clock().date().isoformat()
            link = linked_as(x, tx, own)
            tx.collaboration.answer(replace(sheet.draft, id=secrets.token_hex(16), day=today, code=link))
            tx.collaboration.mix(sheet.round.id)
        tx.audit(Audit(x.clock(), "answering", "answer", sheet.round.id))


def tell(x: Exchange, code: str, tie: Tie) -> None:
    """Keep what an organisation says of its work with another; it is not anonymous. `often` 0 takes it out again.

    The other need not be in the register: then it is what the informant calls it. Raises VadoError SV-056: it is themselves, or no name.
    """
    tie = replace(tie, other=" ".join(tie.other.split())[:LONGEST_NAME])
    with x.store.begin() as tx:
        sheet = _opened(x, tx, code)
        mine = sheet.invitation
        if not mine.roster or tie.other in {"", mine.voice}:
            raise VadoError("SV-056")
        before = tuple(t for t in (sheet.roster.ties if sheet.roster else ()) if t.other != tie.other)
        ties = (*before, tie) if tie.often else before
        tx.collaboration.put(Roster(f"{mine.round}/{mine.voice}", mine.round, mine.voice, ties))


def _opened(x: Exchange, tx: Transaction, code: str) -> Sheet:
    invitation = tx.collaboration.invitation(codes.kept_as(code)) if code.strip() else None
    if invitation is None:
        raise NotPermitted("SV-050")
    if invitation.used:
        raise NotPermitted("SV-051")
    round_ = round_of(tx, invitation.round)
    if not round_.is_open(x.clock().date()):
        raise VadoError("SV-052", opens=round_.opens.isoformat())
    draft = invitation.draft or Answer("", round_.id, invitation.voice, invitation.who)
    roster = tx.collaboration.get(Roster, f"{round_.id}/{invitation.voice}") if invitation.roster else None
    return Sheet(round_, instrument_of(x, round_.instrument), invitation, draft, roster)
