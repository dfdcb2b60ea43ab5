"""Rounds of asking: made with a register of who could be heard, invited to, looked after, closed."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from io import StringIO

from vado.collaboration.keys import instrument_named
from vado.collaboration.published import counts
from vado.collaboration.respondents import CITIZENS, STAFF, respondents
from vado.errors import VadoError
from vado.exchange import allow, codes
from vado.exchange.collaboration.asked import instrument_of, round_of, rounds_of
from vado.exchange.ports import Audit, Exchange
from vado.model.original import PartnerId
from vado.model.person import slug
from vado.model.record import Viewer
from vado.model.survey import Answer, Group, Invitation, Organisation, Round, Who

MOST_CODES = 500
_FEWEST = 3  # respondents behind a figure, whatever a round says


@dataclass(frozen=True, slots=True)
class Voice:
    """How far one voice of a round is heard."""

    id: str
    name: str
    who: Who
    people: int  # who could answer; 0: nobody knows
    invited: int
    answered: int | None  # None: hidden, it is a small number
    unusual: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a round is."""

    round: Round
    voices: tuple[Voice, ...]
    answers: int | None  # of all; None: hidden, few answered or few of those who work here or of citizens
    is_open: bool
    is_closed: bool  # neither: its first day is still to come

    @property
    def silent(self) -> tuple[Voice, ...]:
        """Give those of which nobody has answered."""
        return tuple(v for v in self.voices if v.answered == 0)


def rounds(x: Exchange, viewer: Viewer) -> tuple[Round, ...]:
    """List all rounds, the newest first."""
    allow.check(viewer, "rounds.read")
    with x.store.begin() as tx:
        return rounds_of(tx)


def make(  # noqa: PLR0913, PLR0917 - what a round is
    x: Exchange, title: str, opens: date, closes: date | None, viewer: Viewer, instrument: str = "", register: str = "",
    groups: str = "",
) -> Round:  # fmt: skip
    """Make a round. Raises VadoError SV-053 to SV-055; NotFound SV-039."""
    allow.check(viewer, "rounds.change")
    id_ = slug(title)
    if not id_ or (closes and closes < opens):
        raise VadoError("SV-055")
    named = instrument_named(instrument_of(x, instrument or "ford|1"))
    made = Round(id_, title.strip()[:200], named, opens, closes, organisations_of(register), groups_of(groups))
    with x.store.begin() as tx:
        if tx.collaboration.get(Round, id_):
            raise VadoError("SV-053")
        tx.collaboration.put(made)
        tx.audit(Audit(x.clock(), viewer.name, "make-round", id_))
    return made


def change(  # noqa: PLR0913, PLR0917 - what may change
    x: Exchange, round_id: str, viewer: Viewer, register: str, groups: str, least: int | None = None
) -> Round:  # fmt: skip
    """Put another register in force.

    Once somebody has answered, what they were promised stays: a voice that answered cannot leave (what is shown with and without it would
    tell what it said), and no figure comes to stand for fewer people.

    Raises:
        VadoError: SV-054, a line is wrong; SV-058, the round is closed: its figures before and after would tell what is hidden; SV-059,
            fewer people behind a figure; SV-066, a voice that answered is missing.
    """
    allow.check(viewer, "rounds.change")
    with x.store.begin() as tx:
        before = round_of(tx, round_id)
        _refuse_closed(x, before)
        least = max(_FEWEST, before.least if least is None else least)
        made = replace(before, organisations=organisations_of(register), groups=groups_of(groups), least=least)
        heard = {a.voice for a in tx.collaboration.answers(round_id)}
        if heard and least < before.least:
            raise VadoError("SV-059", least=before.least)
        if gone := sorted(v for v in heard if before.named(v) and not made.named(v)):
            raise VadoError("SV-066", voice=gone[0])
        tx.collaboration.put(made)
        tx.audit(Audit(x.clock(), viewer.name, "change-round", round_id))
    return made


def add_unusual(x: Exchange, round_id: str, name: str, viewer: Viewer) -> Round:
    """Add a voice that is not usually heard to the register, as people call it. Raises VadoError SV-054, no name or one that is there; SV-058."""
    allow.check(viewer, "rounds.change")
    id_ = slug(name)
    with x.store.begin() as tx:
        before = round_of(tx, round_id)
        _refuse_closed(x, before)
        if not id_ or before.named(id_):
            raise VadoError("SV-054", row=len(before.groups) + 1, fault="a name is missing, or stands twice")
        made = replace(before, groups=(*before.groups, Group(id_, " ".join(name.split())[:200], unusual=True)))
        tx.collaboration.put(made)
        tx.audit(Audit(x.clock(), viewer.name, "change-round", round_id))
    return made


def close(x: Exchange, round_id: str, viewer: Viewer) -> None:
    """Take no more answers from now on."""
    allow.check(viewer, "rounds.change")
    with x.store.alone(), x.store.begin() as tx:
        before, today = round_of(tx, round_id), x.clock().date()
        if before.is_open(today):
            tx.collaboration.put(replace(before, closes=date.fromordinal(today.toordinal() - 1)))
        tx.collaboration.mix(round_id)  # once more: of what whoever brought answers past this part
        tx.audit(Audit(x.clock(), viewer.name, "close-round", round_id))


def invite(  # noqa: PLR0913, PLR0917 - whom, as what, how many
    x: Exchange, round_id: str, voice: str, who: Who, count: int, viewer: Viewer, roster: bool = False
) -> tuple[str, ...]:
    """Make codes, each good for one answer, and give them: only their hashes are kept. Raises VadoError SV-056 to SV-058."""
    allow.check(viewer, "rounds.change")
    if not 1 <= count <= MOST_CODES:
        raise VadoError("SV-057", most=MOST_CODES)
    made = tuple(codes.drawn() for _ in range(count))
    with x.store.begin() as tx:
        round_ = round_of(tx, round_id)
        if round_.named(voice) is None:
            raise VadoError("SV-056")
        _refuse_closed(x, round_)
        tx.collaboration.invite(Invitation(codes.kept_as(c), round_id, voice, who, roster=roster) for c in made)
        tx.audit(Audit(x.clock(), viewer.name, "invite-to-answer", round_id))
    return made


def known(x: Exchange, round_id: str, viewer: Viewer) -> Round:
    """Give a round as it was made, without what was answered. Raises NotFound SV-040."""
    allow.check(viewer, "rounds.read")
    with x.store.begin() as tx:
        return round_of(tx, round_id)


def standing(x: Exchange, round_id: str, viewer: Viewer) -> Standing:
    """Say how far a round is: whom it asked and whose voice is missing. Raises NotFound SV-040."""
    allow.check(viewer, "rounds.read")
    with x.store.begin() as tx:
        round_, answers = round_of(tx, round_id), tx.collaboration.answers(round_id)
        invited = Counter((i.voice, i.who) for i in tx.collaboration.invitations(round_id) if not i.roster)
        tx.audit(Audit(x.clock(), viewer.name, "read-round", round_id))
    answered = Counter((a.voice, a.who) for a in answers)
    cells = [(v, w) for v in (*round_.organisations, *round_.groups) for w in _asked_as(v, invited, answered)]
    sheet = respondents(round_, instrument_of(x, round_.instrument), answers)
    hidden = counts(sheet)  # as on every page that says how many: two ways of hiding the same would undo each other
    voices = tuple(_voice(v, w, invited, None if f"{v.id}/{w}" in hidden else answered[v.id, w]) for v, w in cells)
    # staff and citizens are both told elsewhere: one that is hidden could be found from the whole
    total = None if hidden & {STAFF, CITIZENS} else len(answers)
    today = x.clock().date()
    return Standing(round_, voices, total, round_.is_open(today), round_.is_closed(today))


def named(answers: Iterable[Answer], least: int = 10) -> tuple[str, ...]:
    """Give whom people miss, in their own words, in alphabetical order and without who said it; () under `least` texts."""
    said = sorted({" ".join(a.missing.split()) for a in answers if a.missing.strip()}, key=str.casefold)
    return tuple(said) if len(said) >= least else ()


def missing(x: Exchange, round_id: str, viewer: Viewer) -> tuple[str, ...]:
    """Give what people wrote of voices that are missing, for whoever runs the round to add to the register."""
    allow.check(viewer, "rounds.change")
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "read-missing-voices", round_id))
        return named(tx.collaboration.answers(round_of(tx, round_id).id))


def _refuse_closed(x: Exchange, round_: Round) -> None:
    if round_.is_closed(x.clock().date()):
        raise VadoError("SV-058")


def _asked_as(voice: Organisation | Group, *known: Counter[tuple[str, Who]]) -> list[Who]:
    """Give as what the people of a voice are asked: as registered, as invited, as answered."""
    if isinstance(voice, Group):
        return [Who.CITIZEN]
    return [w for w in Who if w.value in voice.people or any(c[voice.id, w] for c in known)]


def _voice(voice: Organisation | Group, who: Who, invited: Counter[tuple[str, Who]], answered: int | None) -> Voice:
    people = voice.people if isinstance(voice, Group) else voice.people.get(who.value, 0)
    unusual = isinstance(voice, Group) and voice.unusual
    return Voice(voice.id, voice.name, who, people, invited[voice.id, who], answered, unusual)


def organisations_of(text: str) -> tuple[Organisation, ...]:
    """Read a register, one organisation a line: 'id; name; sector; partner; practitioner=40 manager=5'. Raises VadoError SV-054."""
    found = []
    for row, cells in _rows(text, 5):
        people = {}
        for part in cells[4].split():
            who, _, count = part.partition("=")
            if who not in {w.value for w in Who} or not count.isdigit():
                raise VadoError("SV-054", row=row, fault="the last part is not role=number")
            people[who] = int(count)
        found.append(Organisation(cells[0], cells[1], cells[2], PartnerId(cells[3]), people))
    return tuple(found)


def groups_of(text: str) -> tuple[Group, ...]:
    """Read citizens' groups, one a line: 'id; name; people; unusual'. Raises VadoError SV-054."""
    found = []
    for row, cells in _rows(text, 4):
        if cells[2] and not cells[2].isdigit():
            raise VadoError("SV-054", row=row, fault="the number of people is no number")
        found.append(Group(cells[0], cells[1], int(cells[2] or 0), bool(cells[3])))
    return tuple(found)


def _rows(text: str, cells: int) -> list[tuple[int, list[str]]]:
    found, ids = [], set[str]()
    for row, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        parts = [p.strip()[:200] for p in line.split(";")]
        parts += [""] * (cells - len(parts))
        if not re.fullmatch(r"[\w.-]{1,60}", parts[0]) or not parts[1] or len(parts) > cells:
            raise VadoError("SV-054", row=row, fault="the id or the name is missing, or there are too many parts")
        if parts[0] in ids:
            raise VadoError("SV-054", row=row, fault="this id stands twice")
        ids.add(parts[0])
        found.append((row, parts))
    return found


def lines_of_table(content: bytes) -> tuple[str, str]:
    """Read a register from a table with a heading (CSV: , ; or tab): (organisations, groups), as they are typed.

    Columns: id, name, sector, partner, practitioner, manager, citizen; kind 'group' or 'unusual' makes a citizens' group of a row.

    Raises:
        VadoError: SV-054, it is no text, or there is no column 'id' or 'name' (row 1).
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise VadoError("SV-054", row=1, fault="the file is no text in UTF-8") from None
    first = text.partition("\n")[0]
    rows = csv.DictReader(StringIO(text), delimiter=max(",;\t", key=first.count))
    rows.fieldnames = [(h or "").strip().casefold() for h in rows.fieldnames or ()]
    if not {"id", "name"} <= set(rows.fieldnames):
        raise VadoError("SV-054", row=1, fault="the heading has no column 'id' or 'name'")
    organisations, groups = list[str](), list[str]()
    for row in rows:
        cell = {k: (v or "").replace(";", ",").strip() for k, v in row.items() if k and not isinstance(v, list)}
        kind = cell.get("kind", "").casefold()
        if kind in {"group", "unusual"}:
            words = (cell["id"], cell["name"], cell.get("citizen", ""), "unusual" if kind == "unusual" else "")
            groups.append("; ".join(words).rstrip("; "))
        else:
            people = " ".join(f"{w}={cell[w]}" for w in Who if cell.get(w))
            words = (cell["id"], cell["name"], cell.get("sector", ""), cell.get("partner", ""), people)
            organisations.append("; ".join(words).rstrip("; "))
    return "\n".join(organisations), "\n".join(groups)


def as_lines(round_: Round) -> tuple[str, str]:
    """Write a register as it is typed: (organisations, groups)."""
    organisations = "\n".join(
        "; ".join((o.id, o.name, o.sector, o.partner, " ".join(f"{w}={n}" for w, n in o.people.items()))).rstrip("; ")
        for o in round_.organisations
    )
    groups = "\n".join(
        "; ".join((g.id, g.name, str(g.people or ""), "unusual" if g.unusual else "")).rstrip("; ") for g in round_.groups
    )
    return organisations, groups
