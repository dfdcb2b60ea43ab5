"""partners/<id>.toml to a PartnerProfile; unknown keys stop the start."""

import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vado.errors import SettingsError
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.settings.form import END as FORM_END

SECOND_READER = {"allergy", "medication"}
_KEYS = {
    "partner": {"name", "timezone", "languages", "folders", "scans_from", "dates", "review_below", "second_reader", "trusted"},
    "identifier_systems": None,  # the partner's name for a number -> system URI
    "code_systems": None,  # the partner's name for a code system -> system URI
    "table": None,  # list of layouts, checked when a table is read with them
    "form": None,
    "channel": None,  # list of ways in which the partner sends; each channel checks its own
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
            review_below=below,
            second_reader=tuple(about.get("second_reader", ())),
        )
    except (ValueError, TypeError, ZoneInfoNotFoundError) as fault:
        raise SettingsError("CO-002", path=path.name, fault=str(fault)) from fault


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
