"""How two patients agree, field by field. Every function is symmetric and answers with a level, never a value."""

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz.distance import OSA, JaroWinkler

from vado.model.person import Demographics
from vado.terms.identifiers import ES_DNI, MX_CURP, NHS_NUMBER, US_SSN, same_misread
from vado.terms.identifiers import valid as _checked

MISSING, EXACT, CLOSE, DIFFERENT = "missing", "exact", "close", "different"
NATIONAL = {NHS_NUMBER, ES_DNI, MX_CURP, US_SSN}  # one person, one number, with a rule to check it
_OWN = "urn:x-vado:partner:"  # a partner's record or document number
_NEAR, _ALIKE = 0.9, 0.8  # Jaro-Winkler; Winkler 1990
valid = lru_cache(1 << 14)(_checked)


def compare(a: Demographics, b: Demographics) -> tuple[tuple[str, str], ...]:
    """Give (field, level) for every field, always in the same order."""
    crossed = _crossed(a, b)
    return (
        ("identifier", identifier(a, b)),
        ("family", "crossed" if crossed else family(a, b)),
        ("given", "crossed" if crossed else given(a.given, b.given)),
        ("birth_date", birth_date(a.birth_date, b.birth_date)),
        ("gender", _equal(a.gender, b.gender)),
        ("phone", _shared(a.phones, b.phones, 1)),
        ("email", email(a.emails, b.emails)),
        ("postal_code", _shared(a.postal_codes, b.postal_codes, 1)),
        ("address", address(a.address, b.address)),
        ("city", _word(a.city, b.city)),
    )


def _crossed(a: Demographics, b: Demographics) -> bool:
    """Say whether one side has given name and surname the other way round."""
    if not (a.given and a.family and b.given and b.family) or a.given[0] == b.given[0]:
        return False
    return _near(a.given[0], b.family[0]) and _near(a.family[0], b.given[0])


def identifier(a: Demographics, b: Demographics) -> str:
    """Say 'different' (two valid national numbers), 'two-national', 'national', 'two', 'exact', 'misread', 'close' or 'missing'.

    'two' are numbers of different issuers, none a partner's own; 'exact' is any other equal number; 'misread' are numbers that
    OCR may have made of one (0 and O, 1 and I ...).
    """
    if not a.identifiers or not b.identifiers:
        return MISSING
    mine, theirs = _numbers(a), _numbers(b)
    shared = [s for s in mine if s and s in theirs]
    if not shared:
        return MISSING
    equal = [s for s in shared if mine[s] & theirs[s]]
    unequal = [s for s in shared if s in NATIONAL and s not in equal]
    near = {s for s in unequal if any(OSA.distance(x, y, score_cutoff=1) <= 1 for x in mine[s] for y in theirs[s])}
    slips = [
        s
        for s in shared
        if s not in equal and any(len(x) > 5 and OSA.distance(x, y, score_cutoff=1) <= 1 for x in mine[s] for y in theirs[s])
    ]
    apart = [s for s in unequal if s not in near]
    if any(any(valid(s, v) for v in mine[s]) and any(valid(s, v) for v in theirs[s]) for s in apart):
        return DIFFERENT
    if any(s in NATIONAL and any(valid(s, v) for v in mine[s] & theirs[s]) for s in equal):
        return "two-national" if len(equal) > 1 else "national"
    if equal:
        return "two" if len({issuer(s) for s in equal if not s.startswith(_OWN)}) > 1 else EXACT
    read = a.from_image or b.from_image
    if read and any(same_misread(x, y) for s in shared for x in mine[s] for y in theirs[s]):
        return "misread"
    if near:
        return CLOSE
    # one figure apart is a slip, or the next in the queue: it tells nothing
    return "unequal" if not slips and any(s not in NATIONAL for s in shared) else MISSING


def _numbers(d: Demographics) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for i in d.identifiers:
        found.setdefault(i.system, set()).add(i.value)
    return found


def issuer(system: str) -> str:
    """Name who gives out the numbers: the host of a URL, the parent of an OID."""
    if "://" in system:
        return system.split("/")[2].casefold()
    return system.rpartition(".")[0] or system


def family(a: Demographics, b: Demographics) -> str:
    """Compare surnames: 'two' (both Spanish surnames), 'exact', 'swapped', 'partial', 'former', 'close', 'different'."""
    x, y = a.family, b.family
    if not x or not y:
        return MISSING
    if x == y or (joined := "".join(x)) == (other := "".join(y)):
        return "two" if len(x) > 1 else EXACT
    if len(x) == len(y) > 1 and sorted(x) == sorted(y):
        return "swapped"
    if x[0] == y[0] and (len(x) == 1 or len(y) == 1):
        return "partial"  # a second surname that one side left out
    if (a.former or b.former) and (not set(y).isdisjoint(a.former) or not set(x).isdisjoint(b.former)):
        return "former"
    if len(x) == len(y) and all(_near(s, t) for s, t in zip(x, y, strict=True)):
        return CLOSE
    if not set(x).isdisjoint(y):
        return "shared"
    return "alike" if _alike(joined, other) else DIFFERENT


def given(a: tuple[str, ...], b: tuple[str, ...]) -> str:
    """Compare given names: 'exact', 'subset' (a middle name left out), 'initial', 'close', 'different' or 'missing'."""
    if not a or not b:
        return MISSING
    if a == b:
        return EXACT
    if a[0] == b[0]:
        if all(s == t or (s[0] == t[0] and 1 in (len(s), len(t))) for s, t in zip(a[1:], b[1:], strict=False)):
            return "subset"
        return CLOSE if len(a[0]) > 1 else "initial"
    if a[0][0] == b[0][0] and 1 in (len(a[0]), len(b[0])):
        return "initial"
    if nicknames(a[0]) & nicknames(b[0]):
        return "nickname"
    if _near(a[0], b[0]) or set(a) & set(b):
        return CLOSE
    return "alike" if _alike("".join(a), "".join(b)) else DIFFERENT


def email(a: Sequence[str], b: Sequence[str]) -> str:
    """Compare e-mail addresses: 'exact', 'user' (the part before the @), 'close', 'different' or 'missing'."""
    if not a or not b:
        return MISSING
    if set(a) & set(b):
        return EXACT
    if {x.partition("@")[0] for x in a} & {y.partition("@")[0] for y in b}:
        return "user"
    return CLOSE if any(OSA.distance(x, y, score_cutoff=3) <= 3 for x in a for y in b) else DIFFERENT


@cache
def _nicknames() -> dict[str, frozenset[int]]:
    lines = (files("vado.linkage") / "nicknames.txt").read_text("utf-8").splitlines()
    found: dict[str, set[int]] = {}
    for n, line in enumerate(lines):
        for name in line.partition("#")[0].split():
            found.setdefault(name, set()).add(n)
    return {name: frozenset(groups) for name, groups in found.items()}


def nicknames(name: str) -> frozenset[int]:
    """Give the groups of names that are used for one another, of which this is one; nicknames.txt."""
    return _nicknames().get(name, frozenset())


def birth_date(a: str, b: str) -> str:
    """Compare dates: 'exact', 'close' (day and month swapped, one digit, year off by one), 'partial', 'alike', 'different'.

    'alike': two of year, month and day agree, or all but two figures. Years apart are never close: a son may bear his father's name
    and live with him.
    """
    if not a or not b:
        return MISSING
    if a == b:
        return EXACT
    if len(a) != len(b):
        return "partial" if a.startswith(b) or b.startswith(a) else DIFFERENT
    if len(a) != 10:
        return DIFFERENT
    if a[:4] == b[:4]:
        swapped = a[5:7] == b[8:] and a[8:] == b[5:7]
        if swapped or OSA.distance(a, b, score_cutoff=1) <= 1:
            return CLOSE
    elif a[4:] == b[4:] and abs(int(a[:4]) - int(b[:4])) == 1:
        return CLOSE
    parts = (a[:4] == b[:4]) + (a[5:7] == b[5:7]) + (a[8:] == b[8:])
    return "alike" if parts == 2 or OSA.distance(a, b, score_cutoff=2) <= 2 else DIFFERENT


def address(a: Sequence[str], b: Sequence[str]) -> str:
    """Compare address words: 'exact' when nearly all words of the shorter are in the longer, house number included."""
    if not a or not b:
        return MISSING
    x, y = set(a), set(b)
    both = len(x & y)
    numbers_differ = any(map(str.isdigit, x ^ y))
    if not numbers_differ and both >= 0.8 * min(len(x), len(y)):
        return EXACT
    alike = JaroWinkler.similarity("".join(a), "".join(b), score_cutoff=0.85) > 0
    if not numbers_differ and alike:
        return CLOSE
    return "alike" if alike or both >= 0.5 * max(len(x), len(y)) else DIFFERENT


@lru_cache(1 << 16)  # the same names meet again and again
def _near(a: str, b: str) -> bool:
    """One slip of the hand in a name of four letters or more; or as alike as Winkler's 0.9."""
    return (
        a == b
        or JaroWinkler.similarity(a, b, score_cutoff=_NEAR) > 0
        or (min(len(a), len(b)) > 3 and OSA.distance(a, b, score_cutoff=1) <= 1)
    )


def _alike(a: str, b: str) -> bool:
    return JaroWinkler.similarity(a, b, score_cutoff=_ALIKE) > 0


def _word(a: str, b: str) -> str:
    if not a or not b:
        return MISSING
    return EXACT if a == b else CLOSE if _near(a, b) else DIFFERENT


def _equal(a: str, b: str) -> str:
    return MISSING if not a or not b else EXACT if a == b else DIFFERENT


def _shared(a: Sequence[str], b: Sequence[str], slips: int = 0) -> str:
    if not a or not b:
        return MISSING
    if a == b or not set(a).isdisjoint(b):
        return EXACT
    return CLOSE if slips and any(OSA.distance(x, y, score_cutoff=slips) <= slips for x in a for y in b) else DIFFERENT
