"""The operator's bench: how channels fare, what would come of a sample, and a new partner's profile. Nothing of a sample is kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vado.channels.health import Health, read_health
from vado.channels.keys import UPLOAD, Keys, keys_of
from vado.errors import SettingsError
from vado.exchange.losses import Loss, losses
from vado.exchange.meanings import unmapped
from vado.exchange.papers import is_there, save
from vado.exchange.ports import Audit, Exchange, Row
from vado.exchange.receive import receive
from vado.exchange.shelve import Shelving
from vado.extract.proposal import toml_of
from vado.incoming.table.learn import Proposal, propose
from vado.model.form import FormProposal
from vado.model.original import Arrival, PartnerId
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity
from vado.model.record import Viewer
from vado.model.term import Unmapped
from vado.settings.settings import Settings
from vado.store.memory import MemoryStore
from vado.store.originals import MemoryOriginals
from vado.wiring.newcomer import (
    ASKED,
    channel_block,
    check_profile,
    fitting,
    profile_text,
    upload_block,
    way_class,
    write_profile,
)
from vado.wiring.plugins import load_readers

NONE = "none"


@dataclass(frozen=True, slots=True)
class Answers:
    """What is said of a new partner."""

    id: str = ""
    name: str = ""
    sends: str = "table"
    channel: str = NONE
    zone: str = "Europe/Madrid"
    languages: tuple[str, ...] = ("es", "en")
    dates: str = "dmy"
    said: Mapping[str, str] = field(default_factory=dict)  # keys of the channel
    columns: Mapping[str, str] = field(default_factory=dict)  # of a table: label -> FHIR path; '' for nothing


@dataclass(frozen=True, slots=True)
class Tried:
    """What would come of a sample. Counts, columns and codes; no value of a person."""

    rows: tuple[Row, ...]
    kinds: tuple[tuple[str, int], ...]  # facts by FHIR resource type, most first
    rungs: Mapping[Fidelity, int]
    persons: int
    losses: tuple[Loss, ...]
    unmapped: tuple[Unmapped, ...]
    proposals: tuple[Proposal, ...]  # what the columns of a table seem to mean


class Bench:
    """What the pages of an operator need besides the exchange."""

    def __init__(self, settings: Settings, x: Exchange) -> None:
        self._settings, self._x = settings, x

    @cached_property
    def versions(self) -> dict[str, str]:
        """Today's version of each reader."""
        return {r.name: r.version for r in load_readers()}

    def health(self) -> tuple[Health, ...]:
        """How each channel fares, as the server last wrote it."""
        return read_health(self._settings.place / "data")

    def is_there(self, id_: str) -> bool:
        """Say whether a partner of this id is there already."""
        return id_ in self._x.profiles or (self._partners / f"{id_}.toml").exists()

    def try_out(self, answers: Answers, content: bytes, name: str) -> Tried:
        """Send a sample the whole way through a store that is thrown away; it is read in the limited children as everything is.

        Raises:
            SettingsError, ValueError: what was said does not make a profile.
        """
        plain = self._profile(answers, ())
        found = self._proposed(plain, content, name)
        profile = self._profile(answers, _layouts(found, answers.columns)) if found else plain
        x = replace(
            self._x, store=Shelving(MemoryStore(), lambda _: profile.review_below, self._x.clock), originals=MemoryOriginals(),
            profiles={profile.id: profile}, covers=None,
        )  # fmt: skip
        rows = tuple(receive(x, [Arrival(profile.id, answers.channel, content, name)]))
        with x.store.begin() as tx:
            facts = [f for r in rows for f in tx.facts_from(r.original.partner, r.original.id)]
            persons = len(tx.persons())
        kinds = Counter(f.kind for f in facts)
        rungs = Counter(f.evidence.fidelity for f in facts)
        lost = tuple(losses(x, profile.id, Viewer("vado")))
        return Tried(
            rows,
            tuple(kinds.most_common()),
            {r: rungs[r] for r in Fidelity if rungs[r]},
            persons,
            lost,
            tuple(unmapped(x, profile.id)),
            found,
        )

    def save(self, answers: Answers, sample: tuple[bytes, str] | None, viewer: Viewer) -> tuple[PartnerProfile, str]:
        """Write the profile, put it in force here, and give it with the key of its channel, which is shown once; '' without one.

        Raises:
            SettingsError, ValueError: what was said does not make a profile; nothing was written.
        """
        if self.is_there(answers.id):
            raise SettingsError("CO-002", path=f"{answers.id}.toml", fault="this partner is there already")
        layouts: Sequence[str] = ()
        if sample:
            layouts = _layouts(self._proposed(self._profile(answers, ()), *sample), answers.columns)
        key, channel = "", self._channel(answers)
        if answers.channel == UPLOAD:
            channel, key = upload_block(self._settings.place, answers.id)
        profile = write_profile(self._partners, answers.id, self._text(answers, channel, layouts))
        if isinstance(self._x.profiles, dict):
            self._x.profiles[profile.id] = profile
        with self._x.store.begin() as tx:
            tx.audit(Audit(self._x.clock(), viewer.name, "add-partner", f"profile:{profile.id}"))
        return profile, key

    def has_paper(self, id_: PartnerId, name: str) -> bool:
        """Say whether a partner has a paper form of this name."""
        return is_there(self._partners / f"{id_}.toml", name)

    def save_paper(self, id_: PartnerId, proposal: FormProposal, viewer: Viewer) -> None:
        """Write a paper form and its layout, and put it in force here.

        Raises:
            SettingsError, ValueError: the profile cannot be read with it.
        """
        path = self._partners / f"{id_}.toml"
        save(path, proposal)
        profile = check_profile(path)
        if isinstance(self._x.profiles, dict):
            self._x.profiles[profile.id] = profile
        with self._x.store.begin() as tx:
            tx.audit(Audit(self._x.clock(), viewer.name, "learn-form", f"profile:{profile.id}"))

    def keys(self) -> Keys:
        """Read who holds which key."""
        return keys_of(self._x.profiles.values(), self._settings.place)

    @property
    def _partners(self) -> Path:
        return self._settings.place / "partners"

    def proposed(self, answers: Answers, content: bytes, name: str) -> tuple[Proposal, ...]:
        """Say what the columns of a sample seem to mean; () for what is no table, and where the answers make no profile."""
        try:
            plain = self._profile(answers, ())
        except (SettingsError, ValueError):
            return ()
        return self._proposed(plain, content, name)

    def _proposed(self, profile: PartnerProfile, content: bytes, name: str) -> tuple[Proposal, ...]:
        """Read it in a limited child, and say what the columns of a table seem to mean; () for anything else."""
        arrival = Arrival(profile.id, "sample", content, name)
        with MemoryStore().begin() as tx:
            original, _ = tx.keep(arrival, media_type="", received=self._x.clock())
        (look,) = self._x.room.look_at_all([(original, content, profile)])
        if look.reading is None or not look.reading.reader.startswith("table/"):
            return ()
        return propose(look.reading, profile)

    def _profile(self, answers: Answers, layouts: Sequence[str]) -> PartnerProfile:
        """Give the profile that the answers make, written nowhere; its channel is looked at when it is saved."""
        with TemporaryDirectory(prefix="vado-new-") as folder:
            path = Path(folder) / f"{answers.id}.toml"
            path.write_text(self._text(answers, "", layouts), "utf-8")
            return check_profile(path)

    def _text(self, answers: Answers, channel: str, layouts: Sequence[str]) -> str:
        return profile_text(
            answers.id, answers.name, answers.zone, channel, languages=answers.languages, dates=answers.dates, layouts=layouts
        )

    def _channel(self, answers: Answers) -> str:
        if answers.channel in {NONE, UPLOAD}:
            return ""
        types: Mapping[str, Any] = way_types(answers.channel)
        values = {
            key: fitting(key, answers.said[key], types[key]) for key, _, _ in ASKED[answers.channel] if answers.said.get(key)
        }
        return channel_block(answers.channel, values)


def way_types(kind: str) -> Mapping[str, Any]:
    """Give the type of each key of a kind of channel."""
    from typing import get_type_hints

    return get_type_hints(way_class(kind))


def _layouts(found: Sequence[Proposal], columns: Mapping[str, str]) -> list[str]:
    """Give each proposed layout as TOML, with what a person said of its columns instead."""
    made: list[str] = []
    for one in found:
        table = dict(one.table)
        labels = [c.label for c in one.columns]
        goes = {**table.get("map", {}), **{label: path for label, path in columns.items() if label in labels}}
        goes = {label: path for label, path in goes.items() if path}
        if not goes:
            continue
        known = {"title": one.sheet or "table of " + ", ".join(labels[:3]), "recognise": list(goes), **table}
        for part in ("nothing", "code"):
            if part in known:
                known[part] = {label: v for label, v in known[part].items() if label in goes}
        made.append(toml_of({**known, "map": goes}))
    return made
