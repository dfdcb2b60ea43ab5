"""Build the exchange from Settings: the only place where rooms meet."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from vado.errors import SettingsError
from vado.exchange.intake import Intake
from vado.exchange.ports import Exchange, Sender
from vado.exchange.post import Post
from vado.exchange.send import Senders, lines_of
from vado.exchange.shelve import Shelving
from vado.linkage.block import keys
from vado.linkage.decide import match
from vado.linkage.model import MODEL, Model, from_json, shipped
from vado.linkage.normalise import normalise
from vado.model.original import PartnerId
from vado.model.partner import UNKNOWN
from vado.settings.profile import load_profiles
from vado.settings.settings import Settings
from vado.store.covers import FileCovers
from vado.store.journal import FileJournal, behind
from vado.store.originals import FolderOriginals
from vado.store.place_key import place_key
from vado.store.sql.store import SqlStore
from vado.tools.fhir_gate import check
from vado.wiring.doors import Doors, any_door, open_all
from vado.wiring.instruments import FOLDER, load_instruments
from vado.wiring.plugins import load_senders, load_writers
from vado.wiring.room import LimitedRoom

chance = random.SystemRandom().random  # spreads those who try again


def model_of(data: Path) -> Model:
    """Give the weights of a place: trained on its own people, else those that come with Vado.

    Raises:
        SettingsError: CO-002, the file is none.
    """
    path = data / MODEL
    if not path.is_file():
        return shipped()
    try:
        return from_json(path.read_bytes())
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise SettingsError("CO-002", path=MODEL, fault="no model of weights; run `vado people train`") from fault


@contextmanager
def open_exchange(settings: Settings) -> Iterator[Exchange]:
    """Open the exchange of a place, and close what it holds afterwards.

    Raises:
        SettingsError: a profile or a plug-in is wrong. StoreUnavailable: the database did not answer.
    """
    profiles = load_profiles(settings.place / "partners")
    instruments = load_instruments(settings.place / FOLDER)
    data = settings.place / "data"
    data.mkdir(exist_ok=True)
    store, model = SqlStore(settings.database_url), model_of(data)
    room = LimitedRoom(children=settings.read_processes, seconds=settings.read_seconds, megabytes=settings.read_megabytes)
    try:
        yield Exchange(
            store=Shelving(store, lambda partner: profiles.get(partner, UNKNOWN).review_below, lambda: datetime.now(UTC)),
            originals=FolderOriginals(data / "originals"), room=room, gate=check,
            match=partial(match, model=model), model=model,
            normalise=normalise, keys=keys, profiles=profiles, clock=lambda: datetime.now(UTC),
            zone=settings.zone,
            original_megabytes=settings.original_megabytes, covers=FileCovers(data / "covers.jsonl"),
            writers=load_writers(),
            session_minutes=settings.session_minutes,
            session_hours=settings.session_hours,
            reply_days=settings.reply_days, invitation_days=settings.invitation_days,
            instruments=instruments,
            behind=lambda: behind(data / "journal"),
            place_key=partial(place_key, data / "place.key"),
        )  # fmt: skip
    finally:
        room.close()
        store.close()


@contextmanager
def open_doors(settings: Settings, x: Exchange) -> Iterator[Doors | None]:
    """Open the channels that the partners' profiles name, until it is left; None when they name none.

    What an earlier stop left unread is read first, in the background.

    Raises:
        SettingsError: a channel is wrong, or its port is in use.
    """
    profiles = tuple(x.profiles.values())
    if not any_door(profiles):
        yield None
        return
    journal = FileJournal(settings.place / "data" / "journal")
    try:
        with Intake(x, journal) as intake, open_all(profiles, settings.place, intake) as doors:
            yield doors
    finally:
        journal.close()


@contextmanager
def open_senders(settings: Settings, x: Exchange) -> Iterator[Senders]:
    """Open the outgoing end of every channel that a wish names, and close them afterwards.

    Raises:
        SettingsError: CO-002, a wish names a form that nobody writes or a kind of channel that nobody sends over, or its writer or
            its channel does not take what it says.
    """
    kinds, senders = load_senders(), dict[tuple[PartnerId, str], Sender]()
    try:
        for line, wishes in lines_of(x).items():
            partner, name = line
            for wish in wishes:
                if wish.form not in x.writers:
                    fault = f"send {wish.name}: nobody here writes {wish.form}, only {', '.join(sorted(x.writers)) or 'nothing'}"
                    raise SettingsError("CO-002", path=f"{partner}.toml", fault=fault)
                x.writers[wish.form].check(wish)
            table = next(c for c in x.profiles[partner].channels if c.get("name") == name)
            if (kind := str(table.get("kind", ""))) not in kinds:
                raise SettingsError("CO-002", path=f"{partner}.toml", fault=f"channel {name}: nothing is sent over {kind!r}")
            senders[line] = kinds[kind](partner, table, settings.place)
        yield senders
    finally:
        for sender in senders.values():
            sender.close()


@contextmanager
def open_post(settings: Settings, x: Exchange) -> Iterator[Post]:
    """Line up what changes and send what is lined up, until it is left. Raises SettingsError as open_senders does."""
    with open_senders(settings, x) as senders, Post(x, lines_of(x), senders, chance) as post:
        yield post
