"""Write a person's record as a partner wishes it, and say whether it is news to that partner."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

import orjson

from vado.errors import NotFound, StoreUnavailable, VadoError
from vado.exchange import allow
from vado.exchange.consult import show_record
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.delivery import Manifest
from vado.model.original import OriginalId, PartnerId, original_id
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import UNKNOWN, PartnerProfile
from vado.model.record import Record, Viewer
from vado.record.head import trusted
from vado.record.parity import manifest

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_log = logging.getLogger("vado.send")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a wish's form made of a record, ready to be lined up."""

    wish: Wish
    person: str  # "": many, see `about`
    pieces: tuple[Outgoing, ...]
    digest: str
    others: str
    persons: tuple[str, ...] = ()  # others that its place in the line depends on
    patients: tuple[str, ...] = ()  # of whom it tells
    about: tuple[str, ...] = ()  # all whose records are in it: for the audit trail
    corrects: str = ""
    replays: str = ""
    why: str = ""  # code of the error for which there is nothing to send: a person has to look
    word: str = ""  # what that error names
    manifests: tuple[Manifest, ...] = ()  # which facts of each of those in `about` are in it


def may_have(wish: Wish, partners: frozenset[PartnerId]) -> bool:
    """Say whether the record of a person with patients of these partners goes to this wish."""
    return wish.whose == "everybody" or wish.partner in partners


def draft_for(x: Exchange, wish: Wish, person: str, persons: tuple[str, ...] = (), corrects: str = "") -> Iterator[Draft]:
    """Write one person's record for a wish; give it if it is news: another content than the last one, and not the partner's own words only.

    `corrects`: the delivery that held a wrong record: then the partner is told whatever the reason.
    """
    try:
        record = record_for(x, wish, person)
        digest = digest_of(write(x, wish, [timeless(record)]))
        with x.store.begin() as tx:
            last = tx.outbox.last(wish.partner, wish.name, person)
        others = said_by_others(record, wish.partner)
        told = last.others if last else ""
        if (last and last.digest == digest) or (others == told and not (wish.echo or corrects)):
            return
        pieces = write(x, wish, [record])
    except NotFound:
        return  # it has become another's since
    except StoreUnavailable:
        raise  # it is written later
    except Exception as fault:  # noqa: BLE001 - one record that cannot be written must not stop the others; a text may hold a value
        code, slots = (fault.code, fault.slots) if isinstance(fault, VadoError) else ("DE-013", {})
        _log.error(
            "%s while writing %s for %s: see `vado deliveries --state held`", type(fault).__name__, wish.form, wish.partner
        )
        yield Draft(wish, person, (), "", "", corrects=corrects, why=code, word=str(next(iter(slots.values()), "")))
        return
    if pieces:
        patients = tuple(sorted(p.id for p in record.person.patients))
        held = (manifest(record, (loss for piece in pieces for loss in piece.losses)),)
        yield Draft(wish, person, pieces, digest, others, persons, patients, (person,), corrects, manifests=held)


def record_for(x: Exchange, wish: Wish, person: str) -> Record:
    """Join a person's record as this partner may have it: what the person hides is not in it. Noted as looked at, not as given away.

    Raises:
        NotFound: RE-001, there is nobody, or nothing that this partner may have.
    """
    language = next((code for code in profile_of(x, wish).languages if code in ("en", "es")), "en")
    viewer = Viewer(
        f"send:{wish.partner}", language, Role.CLIENT, partner=wish.partner, scopes=("system/*.rs",),
        everybody=wish.whose == "everybody",
    )  # fmt: skip
    record = show_record(x, person, viewer, "assemble")
    if allow.is_masked(record.person):  # all of it is hidden: not even the name goes out
        raise NotFound("RE-001")
    return record


def has_record(x: Exchange, wish: Wish, person: str) -> bool:
    """Say whether there is anything of a person that this partner may have."""
    try:
        record_for(x, wish, person)
    except NotFound:
        return False
    return True


def write(x: Exchange, wish: Wish, records: Sequence[Record]) -> tuple[Outgoing, ...]:
    """Let the form's writer write. Raises VadoError DE-011 when nobody here writes this form."""
    writer = x.writers.get(wish.form)
    if writer is None:
        raise VadoError("DE-011", form=wish.form)
    return tuple(writer.write(records, profile_of(x, wish), wish))


def profile_of(x: Exchange, wish: Wish) -> PartnerProfile:
    """Give the profile of who wishes it."""
    return x.profiles.get(wish.partner, UNKNOWN)


def timeless(record: Record) -> Record:
    """Give the record as of the newest thing said in it, for comparison: the same facts give the same bytes, whenever they are written."""
    return replace(record, at=max((s.newest for s in record.sources if s.newest), default=_NEVER))


def digest_of(pieces: Sequence[Outgoing]) -> str:
    """Name what is said: the same for the same pieces in the same order."""
    whole = sha256()
    for piece in pieces:
        whole.update(f"{piece.media_type}\0{len(piece.content)}\0".encode())
        whole.update(piece.content)
    return whole.hexdigest()


def said_by_others(record: Record, partner: PartnerId) -> str:
    """Name what other partners than this one say in a record, and of which patients; "" when they say nothing.

    That a person has confirmed a value from paper is news: until then it could not go out.
    """
    told = [f for line in (*record.lines, *record.waiting) for f in (line.shown, *line.same, *line.conflicts)]
    theirs = {f.id: (f.resource, trusted(f)) for f in (*told, *record.person.patients) if f.evidence.partner != partner}
    if not theirs:
        return ""
    told_of = sorted(p.id for p in record.person.patients)  # that two of the receiver's own are one is news as well
    return sha256(orjson.dumps([told_of, *(theirs[i] for i in sorted(theirs))], option=orjson.OPT_SORT_KEYS)).hexdigest()


def name_of(piece: Outgoing) -> OriginalId:
    """Give the name under which its bytes are kept."""
    return original_id(piece.content)
