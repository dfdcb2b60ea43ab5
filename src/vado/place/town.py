"""The invented place: who lives there, what is true, what each partner has of it, and the inbox with all that they send."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random

import orjson

from vado.model.original import stable_id
from vado.place import hospital, lists, paper, practices
from vado.place.clinic import Truth, truths
from vado.place.people import CITY, Citizen, people

PARTNERS = ("hospital", "gp-norte", "gp-sur", "laboratory", "pharmacy", "council", "community", "old-clinic")
_SHARE = {"hospital": 0.6, "laboratory": 0.6, "pharmacy": 0.6, "council": 0.15}


@dataclass(frozen=True, slots=True)
class Copy:
    """What one partner has of one citizen: its own number, and the data with that partner's slips."""

    partner: str
    number: str
    citizen: Citizen  # as this partner writes it
    truths: tuple[Truth, ...]
    nhs: str  # "" when this partner does not know it
    dni: str


@dataclass(frozen=True, slots=True)
class Town:
    """Everything about an invented place."""

    seed: int
    citizens: tuple[Citizen, ...]
    truths: tuple[Truth, ...]
    copies: tuple[Copy, ...]


def invent(n: int, seed: int) -> Town:
    """Invent a place of n people; the same (n, seed) gives the same place."""
    chance = Random(f"{n}/{seed}")  # noqa: S311 - no secret is made of it
    citizens = people(n, chance)
    on_paper = chance.sample(citizens, min(len(citizens), max(4, n // 25)))
    half = len(on_paper) // 2
    all_truths: list[Truth] = []
    copies: list[Copy] = []
    for citizen in citizens:
        known_to = {chance.choice(("gp-norte", "gp-sur"))} | {p for p, share in _SHARE.items() if chance.random() < share}
        known_to |= {"community"} if citizen in on_paper[:half] else {"old-clinic"} if citizen in on_paper[half:] else set()
        told = truths(citizen, known_to, chance)
        all_truths += told
        for partner in sorted(known_to):
            own = tuple(t for t in told if partner in t.partners)
            copies.append(_copy(citizen, partner, own, chance, len(copies)))
    return Town(seed, tuple(citizens), tuple(all_truths), tuple(copies))


def write_inbox(town: Town, folder: Path) -> None:
    """Write inbox/<partner>/<files> into this folder, and truth.json beside it."""
    chance = Random(f"inbox/{town.seed}")  # noqa: S311 - no secret is made of it
    by_partner = {p: [c for c in town.copies if c.partner == p] for p in PARTNERS}
    files: dict[str, bytes] = {}
    files |= hospital.messages(by_partner["hospital"], chance)
    files |= practices.documents(by_partner["gp-norte"])
    files |= practices.bundles(by_partner["gp-sur"])
    files |= lists.laboratory(by_partner["laboratory"])
    files |= lists.pharmacy(by_partner["pharmacy"])
    files |= paper.council(by_partner["council"])
    files |= paper.community(by_partner["community"], chance)
    files |= paper.clinic(by_partner["old-clinic"], chance)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder.parent / "truth.json").write_bytes(orjson.dumps(truth(town), option=orjson.OPT_INDENT_2))


def truth(town: Town) -> dict[str, object]:
    """Give what is really so: who each partner's patients are, and what each partner tells of them."""
    return {
        "patients": [
            {"person": c.citizen.id, "partner": c.partner, "number": c.number, "nhs": c.nhs, "dni": c.dni,
             "name": f"{c.citizen.given} {c.citizen.surname}", "birth": c.citizen.birth.isoformat()}
            for c in town.copies
        ],
        "facts": [
            {"person": t.person, "kind": t.kind, "codes": [x for x in (t.thing.code, t.thing.other) if x],
             "texts": [t.thing.en, t.thing.es], "date": t.date, "value": t.value, "unit": t.thing.unit, "strength": t.strength, "partners": list(t.partners)}
            for t in town.truths
        ],
    }  # fmt: skip


def _copy(citizen: Citizen, partner: str, told: tuple[Truth, ...], chance: Random, n: int) -> Copy:
    number = f"{partner[:1].upper()}{int(stable_id('number', partner, citizen.id, str(n))[:8], 16) % 10_000_000:07d}"
    return Copy(
        partner, number, _with_slip(citizen, chance, on_paper=partner in {"community", "old-clinic"}), told,
        citizen.nhs if partner in {"gp-norte", "gp-sur"} or chance.random() < 0.45 else "",
        citizen.dni if citizen.spanish and chance.random() < 0.5 else "",
    )  # fmt: skip


def _with_slip(citizen: Citizen, chance: Random, *, on_paper: bool) -> Citizen:
    """Plant what really happens: old names and addresses, lost surnames and accents, swapped letters and dates."""
    kind = chance.random()
    if citizen.old_street and chance.random() < 0.4:
        citizen = replace(citizen, street=citizen.old_street)
    if citizen.old_family and chance.random() < 0.35:
        return replace(citizen, family=citizen.old_family)
    if on_paper:
        return citizen
    if kind < 0.05 and len(citizen.family) > 1:
        return replace(citizen, family=citizen.family[:1])
    if kind < 0.10:
        return replace(citizen, family=tuple(map(_plain, citizen.family)), given=_plain(citizen.given))
    if kind < 0.14 and citizen.family:
        family = citizen.family[0]
        at = chance.randrange(1, max(2, len(family) - 1))
        return replace(
            citizen, family=(family[:at] + family[at + 1 : at + 2] + family[at : at + 1] + family[at + 2 :], *citizen.family[1:])
        )
    if kind < 0.16 and citizen.birth.day <= 12 and citizen.birth.day != citizen.birth.month:
        return replace(citizen, birth=date(citizen.birth.year, citizen.birth.day, citizen.birth.month))
    return citizen


def _plain(text: str) -> str:
    return text.translate(str.maketrans("áéíóúñÁÉÍÓÚÑ", "aeiounAEIOUN"))


__all__ = ["CITY", "PARTNERS", "Copy", "Town", "invent", "truth", "write_inbox"]
