"""partners/<id>.toml to a PartnerProfile; unknown keys stop the start."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vado.errors import SettingsError
from vado.model.original import PartnerId
from vado.model.outgoing import Wish
from vado.model.partner import PartnerProfile
from vado.model.said import CITIZEN
from vado.settings.form import END as FORM_END

SECOND_READER = {"allergy", "medication"}
_KEYS = {
    "partner": {"name", "timezone", "languages", "folders", "scans_from", "dates", "review_below", "second_reader", "trusted"},
    "identifier_systems": None,  # the partner's name for a number -> system URI
    "code_systems": None,  # the partner's name for a code system -> system URI
    "table": None,  # list of layouts, checked when a table is read with them
    "form": None,
    "channel": None,  # list of ways in which the partner sends or receives; each channel checks its own
    "send": None,  # list of what the partner wants to be sent; the form's writer checks its own keys
    "segment": None,  # list of HL7 v2 segments of the partner's own
}


def load_profile(path: Path) -> PartnerProfile:
    """Read one profile; the file's stem is the partner's id.

    Raises:
        SettingsError: CO-001 for an unknown key, CO-002 for a line that cannot be read.
    """
    try:
        toml = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as fault:
        raise SettingsError("CO-002", path=path.name, fault=str(fault)) from fault
    _refuse_unknown(path, toml)
    about: dict[str, Any] = toml.get("partner", {})
    try:
        if path.stem == CITIZEN:
            raise ValueError(f"{CITIZEN} is what people say themselves; name the partner otherwise")
        if zone := about.get("timezone"):
            ZoneInfo(zone)
        if (dates := about.get("dates", "dmy")) not in {"dmy", "mdy", "ymd"}:
            raise ValueError(f"dates is dmy, mdy or ymd, not {dates}")
        if wrong := set(about.get("second_reader", ())) - SECOND_READER:
            raise ValueError(f"second_reader takes {', '.join(sorted(SECOND_READER))}, not {', '.join(sorted(wrong))}")
        if not 0 <= (below := float(about.get("review_below", 0.9))) <= 1:
            raise ValueError("review_below is a chance from 0 to 1")
        return PartnerProfile(
            id=PartnerId(path.stem),
            name=about.get("name", path.stem),
            timezone=zone,
            languages=tuple(about.get("languages", ("en",))),
            folders=tuple(about.get("folders", (path.stem,))),
            scans_from=tuple(about.get("scans_from", ())),
            dates=dates,
            identifier_systems=dict(toml.get("identifier_systems", {})),
            trusted=tuple(about.get("trusted", ())),
            code_systems=dict(toml.get("code_systems", {})),
            tables=tuple(toml.get("table", ())),
            forms=tuple(toml.get("form", ())),
            papers=tuple(str(p.absolute()) for p in sorted((path.parent / path.stem).glob(f"*{FORM_END}"))),
            blanks=tuple(str(p.absolute()) for p in sorted((path.parent / path.stem).glob("*.pdf"))),
            segments=tuple(toml.get("segment", ())),
            channels=tuple(toml.get("channel", ())),
            wishes=wishes(PartnerId(path.stem), toml.get("send", ()), toml.get("channel", ())),
            review_below=below,
            second_reader=tuple(about.get("second_reader", ())),
        )
    except (ValueError, TypeError, ZoneInfoNotFoundError) as fault:
        raise SettingsError("CO-002", path=path.name, fault=str(fault)) from fault


_SEND = {"name", "form", "channel", "when", "whose", "echo", "attempts"}  # the other keys of a [[send]] are its writer's
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")


def wishes(partner: PartnerId, sends: Iterable[Mapping[str, Any]], channels: Iterable[Mapping[str, Any]]) -> tuple[Wish, ...]:
    """Read the [[send]] tables of a profile. Raises ValueError for one that does not fit."""
    ways = {c.get("name") for c in channels}
    found: dict[str, Wish] = {}
    for said in sends:
        form, channel = str(said.get("form", "")), str(said.get("channel", ""))
        name = str(said.get("name", form))
        if not _NAME.fullmatch(name) or name in found:
            raise ValueError(f"send {name!r}: the name has to be lower case letters, digits, hyphens, and its own")
        if channel not in ways:
            raise ValueError(f"send {name}: channel is the name of a [[channel]]; {channel!r} is none")
        options = {k: v for k, v in said.items() if k not in _SEND}
        wish = Wish(
            partner, name, form, channel, str(said.get("when", "change")), options,
            str(said.get("whose", "own")), said.get("echo", False) is True, int(said.get("attempts", 30)),
        )  # fmt: skip
        if wish.when not in {"change", "ask"} or wish.whose not in {"own", "everybody"} or wish.attempts < 1 or not form:
            raise ValueError(f"send {name}: form must be said; when is change or ask, whose own or everybody, attempts 1 or more")
        found[name] = wish
    return tuple(found.values())


def load_profiles(folder: Path) -> dict[PartnerId, PartnerProfile]:
    """Read every profile of a folder, by partner id."""
    return {p.id: p for p in map(load_profile, sorted(folder.glob("*.toml")))}


def _refuse_unknown(path: Path, toml: dict[str, Any]) -> None:
    for section, value in toml.items():
        if section not in _KEYS:
            raise SettingsError("CO-001", path=path.name, key=section)
        known = _KEYS[section]
        for key in value if known else ():
            if key not in known:
                raise SettingsError("CO-001", path=path.name, key=f"{section}.{key}")
