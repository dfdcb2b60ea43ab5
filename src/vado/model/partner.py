"""What Vado knows about a partner: who it is and what its columns, dates, codes and forms mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vado.model.original import UNKNOWN_PARTNER, PartnerId


@dataclass(frozen=True, slots=True)
class PartnerProfile:
    """partners/<id>.toml, checked when loaded.

    `identifier_systems` and `code_systems` turn the partner's own names (HL7 assigning authority,
    coding system mnemonic, column name) into system URIs. `tables` and `forms` are plain mappings,
    their shape is told in docs/reference/partner-profile.md and checked by settings.
    """

    id: PartnerId
    name: str
    timezone: str | None = None  # IANA name; None: a time without zone stays a date
    languages: tuple[str, ...] = ("en",)  # BCP 47, most usual first
    folders: tuple[str, ...] = ()  # inbox folder names that mean this partner
    scans_from: tuple[str, ...] = ()  # partners who may scan for this one, under its cover sheets
    dates: str = "dmy"  # order of numeric dates: 'dmy', 'mdy' or 'ymd'
    identifier_systems: Mapping[str, str] = field(default_factory=dict)
    trusted: tuple[str, ...] = ()  # identifier systems by which this partner's patients may be linked; (): all that it names
    code_systems: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[Mapping[str, Any], ...] = ()
    segments: tuple[Mapping[str, Any], ...] = ()  # HL7 v2 segments of the partner's own
    forms: tuple[Mapping[str, Any], ...] = ()
    papers: tuple[str, ...] = ()  # paths of its paper forms, partners/<id>/<name>.form.toml: readers load and keep them
    blanks: tuple[str, ...] = ()  # paths of its empty PDF forms, partners/<id>/<name>.pdf: the writer of filled ones loads them
    channels: tuple[Mapping[str, Any], ...] = ()  # ways in which it sends: kind = "mllp", ...; each channel checks its own
    review_below: float = 0.9  # 0..1: a value from paper read with less confidence waits for a person
    second_reader: tuple[str, ...] = ()  # 'allergy', 'medication': two persons have to agree on these


UNKNOWN = PartnerProfile(UNKNOWN_PARTNER, "Unknown sender", languages=("en", "es"))
