"""vado demo: make an invented place, take its mixed inbox in, show what came of it, serve it."""

import json
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from zlib import crc32

import click

from vado.channels.folder import arrivals, find_files
from vado.cli.init import make_place
from vado.cli.main import Context
from vado.cli.receive import show, tell
from vado.cli.serve import run
from vado.cli.status import print_counts
from vado.cli.words import out
from vado.collaboration.instrument import shipped
from vado.exchange import accounts, consents, consult
from vado.exchange import receive as story
from vado.exchange.bridges import keep_counts
from vado.exchange.desk import open_desk
from vado.exchange.ports import Exchange
from vado.exchange.send import line_up, lines_of, work_off
from vado.model.account import Account, Role
from vado.model.delivery import DeliveryState
from vado.model.fact import FhirJson
from vado.model.original import Arrival, PartnerId
from vado.model.record import Record, Viewer
from vado.model.survey import Round
from vado.place import voices
from vado.place.score import Score, Told, score
from vado.place.town import invent, write_inbox
from vado.settings.settings import FILE, Settings
from vado.tools.log import Level, configure
from vado.wiring.build import chance, open_exchange, open_senders

_WHO = Viewer("demo")
_QUARTER = 90 * 86_400  # seconds


@click.command()
@click.option("--people", type=click.IntRange(1, 100_000), default=40, show_default=True, help="How many people live there.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another place.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default="demo", show_default=True, help="Where.")
@click.option("--score", "scored", is_flag=True, help="Compare with the truth: recall, precision, false links.")
@click.option("--fresh", is_flag=True, help="Begin again from nothing.")
@click.option("--serve/--no-serve", default=True, help="Serve the records afterwards.")
@click.option("--port", type=int, help="Port; 0 chooses a free one.")
@click.pass_obj
def demo(  # noqa: PLR0913 - one option each
    _context: Context, people: int, seed: int, folder: Path, scored: bool, fresh: bool, serve: bool, port: int | None
) -> None:
    """Make an invented place with partners of every kind, take its mixed inbox in, and show the records.

    Nobody in it is real. A later run finds everything received already and changes nothing.
    """
    place = folder / f"place-{people}-{seed}"
    if fresh and place.exists():
        shutil.rmtree(place)
    began = time.monotonic()
    if not (place / "truth.json").exists():
        _make(place, people, seed)
    settings = Settings.load(place, {})
    with open_exchange(settings) as x:
        found = find_files([str(place / "inbox")])
        rows = story.receive(x, _over_time(arrivals(found.files, x.profiles), x.clock()))
        tell(show(rows, len(found.files), as_lines=False, room=x.room), as_lines=False)
        _send_back(x, settings)
        let_speak(x, seed)
        keep_counts(x)
        print_counts(x)
        out.print(f"{people} invented people, {len(found.files)} files, {time.monotonic() - began:.1f} s.")
        if scored:
            print_score(score(json.loads((place / "truth.json").read_text("utf-8")), _told(x)))
            waiting = open_desk(x, _WHO).open
            out.print(f"Read from paper, and no facts before a person has looked (`vado desk`): {waiting} values.")
        if serve:
            configure("plain", level=Level.WARNING)
            run(x, settings, port=port, invented=invented_accounts(x))


def print_score(scored: Score) -> None:
    """Print how near the records come to the truth."""
    for line in scored.lines():
        out.print(line, markup=False)


def invented_accounts(x: Exchange) -> tuple[str, ...]:
    """Make the accounts of the demonstration, one of each role. They have no password: only `vado demo` lets anybody take them."""
    known = {a.name for a in accounts.everyone(x, _WHO)}
    with x.store.begin() as tx:
        several = tx.joined(limit=1) or tx.persons()[:1]
    patient = consents.founder(x, several[0]) if several else ""
    made = [
        Account("", "ana.hospital", Role.PRACTITIONER, PartnerId("hospital")),
        Account("", "luis.gp-norte", Role.PRACTITIONER, PartnerId("gp-norte")),
        Account("", "citizen", Role.CITIZEN, patient=patient), Account("", "carer", Role.CARER),
        Account("", "manager", Role.MANAGER), Account("", "operator", Role.OPERATOR), Account("", "administrator", Role.ADMINISTRATOR),
    ]  # fmt: skip
    if not several:
        made = [a for a in made if a.role is not Role.CITIZEN]
    for one in made:
        if one.name not in known:
            accounts.add(x, one, _WHO)
    if several and "carer" not in known:
        consents.appoint(x, several[0], "carer", x.clock() + timedelta(days=365), _WHO)
    return tuple(a.name for a in made)


def let_speak(x: Exchange, seed: int) -> None:
    """Put in what people say of working together: two rounds, rosters, what a workshop settled on, and one proposal."""
    first, second = voices.rounds(x.clock().date())
    with x.store.begin() as tx:
        c = tx.collaboration
        if c.get(Round, first.id):
            return
        for round_ in (first, second):
            c.put(round_)
            for answer in voices.answers(round_, shipped(), round_ is second, seed):
                c.answer(answer)
            for roster in voices.rosters(round_):
                c.put(roster)
        for sheet in (*voices.agreed(first), voices.proposal()):
            c.put(sheet)


def _send_back(x: Exchange, settings: Settings) -> None:
    """Send those who wish it the records of their people, as `vado deliver` does."""
    with open_senders(settings, x) as senders:
        line_up(x)
        sent = sum(d.state is DeliveryState.SENT for d in work_off(x, lines_of(x), senders, chance))
    out.print(f"{sent} records sent back.")


def _make(place: Path, people: int, seed: int) -> None:
    out.print(f"Making an invented place of {people} people ...")
    if (place / FILE).exists():
        shutil.rmtree(place)  # a stop in the middle left half a place
    make_place(place, "Europe/Madrid")
    with as_file(files("vado.place") / "partners") as profiles:
        for profile in profiles.glob("*.toml"):
            shutil.copyfile(profile, place / "partners" / profile.name)
    write_inbox(invent(people, seed), place / "inbox")


def _over_time(found: Iterable[Arrival], now: datetime) -> Iterator[Arrival]:
    """Let it have come over the last quarter, as in a place that has been there for a while: each file on a day of its own content."""
    for one in found:
        yield replace(one, at=now - timedelta(seconds=crc32(one.content) % _QUARTER))


def _told(x: Exchange) -> list[Told]:
    """Give every person's patients and facts as plain structures: what score compares with the truth."""
    return [_plain(consult.show_record(x, person, _WHO)) for person in consult.all_persons(x, _WHO)]


def _plain(record: Record) -> Told:
    told = [f for line in record.lines for f in (line.shown, *line.same, *line.conflicts)]
    patients: list[tuple[FhirJson, str]] = [(p.resource, p.evidence.partner) for p in record.person.patients]
    facts: list[tuple[FhirJson, str, str]] = [(f.resource, f.evidence.partner, f.evidence.fidelity.name) for f in told]
    return record.person.id, patients, facts
