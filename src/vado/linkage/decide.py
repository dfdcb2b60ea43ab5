"""The grade of each match. Probable joins records without asking, so it must hardly ever be wrong."""

from collections.abc import Iterable

from rapidfuzz.distance import OSA

from vado.linkage.model import Model, Thresholds, shipped
from vado.linkage.weigh import weigh
from vado.model.person import Contribution, Demographics, Match, MatchGrade

_NATIONAL_NUMBER = {"national", "two-national"}
_SAME_NUMBER = _NATIONAL_NUMBER | {"exact", "two"}
_TWO_NUMBERS = {"two", "two-national"}
_SAME_FAMILY = {"exact", "two", "swapped", "former"}
_OTHER_FAMILY = {"different", "shared", "alike"}
_SAME_GIVEN = {"exact", "subset", "nickname"}
GENERATION = 12  # years
_OTHER_NAME = {"different", "alike", "close"}
SURE_BITS = 31.0  # one slip without any support
_SUPPORT = ("phone", "email", "postal_code", "address")


def match(new: Demographics, candidates: Iterable[Demographics], model: Model | None = None) -> tuple[Match, ...]:
    """Grade each candidate, best first. Left out: candidates of whom too little is known to say anything."""
    model = model or shipped()
    found = (graded(new, c, weigh(new, c, model), model) for c in candidates if c.patient != new.patient)
    return tuple(sorted((m for m in found if m), key=lambda m: (_ORDER[m.grade], -m.weight, m.candidate)))


_ORDER = {g: n for n, g in enumerate(MatchGrade)}
SURE = {MatchGrade.CERTAIN, MatchGrade.PROBABLE}


def graded(a: Demographics, b: Demographics, why: tuple[Contribution, ...], model: Model) -> Match | None:
    """Grade a pair by what each field adds; None: too little is known, or speaks for it."""
    weight = round(sum([c.bits for c in why]), 2)
    level = {c.field: c.level for c in why}
    if level["given"] == "close" and _is_slip(a.given, b.given, model):
        level["given"] = "slip"
    if level["birth_date"] == "alike" and _one_part_differs(a.birth_date, b.birth_date) and _years_apart(a, b) < GENERATION:
        level["birth_date"] = "near"  # a slip; not a father and his son
    grade = MatchGrade.CERTAINLY_NOT if _contradicts(level, a, b) else _grade(level, weight, model.thresholds)
    if grade in SURE and level["given"] != "exact" and (a.multiple_birth or b.multiple_birth):
        grade = MatchGrade.POSSIBLE  # twins may be Marina and Mariana
    if grade is MatchGrade.CERTAIN and (a.from_image or b.from_image) and level["identifier"] not in _TWO_NUMBERS:
        grade = MatchGrade.PROBABLE
    return Match(a.patient, b.patient, grade, weight, why) if grade else None


def _grade(level: dict[str, str], weight: float, bits: Thresholds) -> MatchGrade | None:
    number = level["identifier"]
    if number in _SAME_NUMBER:
        return _with_number(level)
    if number == "different":
        return MatchGrade.POSSIBLE
    if weight >= bits.probable and _is_probable(level, weight):
        return MatchGrade.PROBABLE
    return MatchGrade.POSSIBLE if weight >= bits.possible else None


def _with_number(level: dict[str, str]) -> MatchGrade:
    """Trust an equal number when name and birth date do not speak against it; alone it is a question."""
    # a family or insurance number is shared by twins; only a national one may excuse another spelling
    alike = _SAME_GIVEN | {"slip", "close", "initial"} if level["identifier"] in _NATIONAL_NUMBER else {"exact", "slip"}
    whole = level["family"] in _SAME_FAMILY and level["given"] in _SAME_GIVEN
    named = level["family"] in _SAME_FAMILY | {"partial", "close"} and level["given"] in alike or level["family"] == "crossed"
    born = level["birth_date"]
    if level["gender"] == "different":
        return MatchGrade.POSSIBLE
    if named and born in {"exact", "close"}:
        return MatchGrade.CERTAIN
    if named and born in {"missing", "partial"} and level["given"] in _SAME_GIVEN or whole and born == "near":
        return MatchGrade.PROBABLE
    married = level["family"] in _OTHER_FAMILY and level["given"] in alike & _SAME_GIVEN and born == "exact"
    if level["identifier"] == "exact":  # a number that a careless sender gives to everybody meets namesakes born on one day
        married = married and any(level[f] == "exact" for f in _SUPPORT)
    return MatchGrade.PROBABLE if married else MatchGrade.POSSIBLE


def _is_slip(a: tuple[str, ...], b: tuple[str, ...], model: Model) -> bool:
    """Say whether one of two first names is the other, mistyped: one slip apart, and one of them is nobody's name."""
    one, other = a[0], b[0]
    return one != other and model.is_name(one) != model.is_name(other) and bool(model.rare) and OSA.distance(one, other) <= 1


def _one_part_differs(one: str, other: str) -> bool:
    """Say whether year, month and day are the same but for one of them."""
    return sum(x != y for x, y in zip(one.split("-"), other.split("-"), strict=False)) == 1


def _contradicts(level: dict[str, str], a: Demographics, b: Demographics) -> bool:
    """Say whether these are surely two persons: this also forbids joining them by way of a third record."""
    agrees = level["birth_date"] == "exact" and level["family"] in _SAME_FAMILY and level["given"] in _SAME_GIVEN
    if level["identifier"] == "different":  # two valid national numbers, unless all else says one
        return not agrees or level["gender"] == "different"
    if level["identifier"] in _SAME_NUMBER:
        return False
    if level["birth_date"] == "different" and _years_apart(a, b) >= GENERATION:
        return True  # father and son of one name
    if level["given"] not in _OTHER_NAME:
        return False
    if level["given"] == "different" and (level["gender"] == "different" or level["birth_date"] == "different"):
        return True
    if _years_apart(a, b) > 1 and level["birth_date"] != "close":
        return True
    home = "exact" in {level["address"], level["postal_code"]}
    twins = level["birth_date"] == "exact" and level["family"] in _SAME_FAMILY and home
    return twins and (a.multiple_birth or b.multiple_birth or a.partner == b.partner)


def _years_apart(a: Demographics, b: Demographics) -> int:
    years = [int(d.birth_date[:4]) for d in (a, b) if d.birth_date[:4].isdigit()]
    return abs(years[0] - years[1]) if len(years) == 2 else 0


def _is_probable(level: dict[str, str], weight: float) -> bool:
    """Ask for the whole name and birth date; one slip is allowed when phone, mail or address agree, or the names are rare."""
    family, given, born = level["family"], level["given"], level["birth_date"]
    if level["gender"] == "different" or given not in _SAME_GIVEN | {"slip", "crossed"}:
        return False
    support = sum(level[f] == "exact" for f in _SUPPORT)
    if born == "near":  # nobody shares a home and a whole name but a parent and a child
        return support > 1 and given in _SAME_GIVEN and family in {"exact", "two"}
    if family in _OTHER_FAMILY:  # married, or badly written: one given name, one birth date, one home and telephone
        return support > 2 - (family != "different") and given == "exact" and born == "exact" and _contact(level)
    if born not in {"exact", "close"} or family not in _SAME_FAMILY | {"partial", "close", "crossed"}:
        return False
    if family == "partial" and not _contact(level) and level["address"] != "exact" and weight < SURE_BITS:
        return False  # half a common name in one district
    slips = (born != "exact") + (family in {"close", "crossed"}) + (given == "slip")
    return slips <= (support > 0) or (slips == 1 and weight >= SURE_BITS)


def _contact(level: dict[str, str]) -> bool:
    return "exact" in (level["phone"], level["email"])
