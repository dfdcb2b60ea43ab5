"""Everybody against everybody: demographics as rows of a table, and the model as Splink's settings, level by level, bit by bit.

The levels are those of compare.py, said in DuckDB's SQL, with functions that sqlglot can put into Spark's (array_intersect, not
list_has_any); tests hold all three together. What a column cannot hold is left to `decide`, which has the last word on every pair
anyway: a fourth name or number, the third telephone, what OCR may have misread. Names are weighed by `name_bits`, afterwards.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice
from typing import Any

from vado.linkage.block import keys
from vado.linkage.compare import NATIONAL, issuer, nicknames, valid
from vado.linkage.decide import GENERATION
from vado.linkage.model import Model
from vado.model.person import Demographics

MOST, ENOUGH = 500, 60  # patients of one key; candidates of one patient, the rarest keys first
FEW = 3  # patients of one key that is enough to compare by; what more share asks for a second key (of 195,000 true pairs it lost 32)
ALONE = "starts_with(key, 'id|') OR starts_with(key, 'tel|') OR starts_with(key, 'mail|')"  # which always are
AT_ONCE = 10_000  # people
CHUNK = 4_000_000  # pairs scored at once
_MARGIN = 6.0  # bits: the two engines count the exchanged letters of Jaro-Winkler otherwise, once in some hundred pairs
_EACH = 3  # names, numbers of one patient in columns of their own
_U = 2.0**-31  # any small chance: only m/u counts
_CAP = 3.5  # as in Model.of_names
_APART = 0.0001  # bits between the levels of a field
Row = dict[str, Any]
Columns = dict[str, Sequence[Any]]
Some = tuple[int, list[Demographics]]  # the number of the first, and they


def some_at_a_time(people: Iterable[Demographics], ids: list[str]) -> Iterator[Some]:
    """Give people numbered from 0, some at a time; `ids` gets the name of each."""
    people = iter(people)
    while some := list(islice(people, AT_ONCE)):
        yield len(ids), some
        ids += [d.patient for d in some]


def part(some: Some, model: Model) -> tuple[Columns, list[tuple[str, ...]]]:
    """Give people as columns, and the keys of each."""
    return columns(*some, model), [keys(d) for d in some[1]]


def columns(first: int, people: Sequence[Demographics], model: Model) -> Columns:
    """Give patients as columns of a table, `unique_id` counting from `first`: what nobody said is ''."""
    given, family = [d.given for d in people], [d.family for d in people]
    told = [[i for i in d.identifiers if i.system] for d in people]
    made: Columns = {
        "unique_id": list(range(first, first + len(people))),
        "family": ["".join(names) for names in family], "families": [len(names) for names in family],
        "given": ["".join(names) for names in given], "former": [d.former for d in people], "surnames": family,
        "nicknames": [sorted(nicknames(names[0])) if names else [] for names in given],
        "birth": [d.birth_date for d in people], "gender": [d.gender for d in people], "city": [d.city for d in people],
        "street": ["".join(d.address) for d in people], "words": [sorted(set(d.address)) for d in people],
        "house": [" ".join(sorted({w for w in d.address if w.isdigit()})) for d in people],
    }  # fmt: skip
    values: dict[str, Iterable[Sequence[str]]] = {
        "f": family, "g": given, "p": [d.phones for d in people], "w": [d.postal_codes for d in people],
        "e": [d.emails for d in people], "h": [[e.partition("@")[0] for e in d.emails] for d in people],
        "s": [[i.system for i in some] for some in told], "v": [[i.value for i in some] for some in told],
        "u": [["" if i.system.startswith("urn:x-vado:partner:") else issuer(i.system) for i in some] for some in told],
        "o": [["valid" if i.system in NATIONAL and valid(i.system, i.value) else "" for i in some] for some in told],
        "c": [["national" if i.system in NATIONAL else "" for i in some] for some in told],
    }  # fmt: skip
    for letter, some in values.items():
        threes = [_three(one) for one in some]
        made |= {f"{letter}{k + 1}": [three[k] for three in threes] for k in range(_EACH)}
        if letter in "fg":
            made |= {f"{letter}b{k + 1}": [_bits(three, k, model) for three in threes] for k in range(_EACH)}
    return made


def _bits(names: Sequence[str], k: int, model: Model) -> float:
    """Give what agreement in a name adds; what a second of the same adds is nothing."""
    name = names[k]
    return model.names.get(name, model.rare) if name and name not in names[:k] else 0.0


def _three(values: Sequence[str]) -> tuple[str, ...]:
    return (*values[:_EACH], "", "", "")[:_EACH]


def settings(model: Model) -> Row:
    """Give the model as settings that Splink takes: m/u of each level are its bits, the prior adds nothing."""
    comparisons = [
        {
            "output_column_name": field,
            "comparison_levels": [
                {"sql_condition": missing, "label_for_charts": "missing", "is_null_level": True},
                *(_level(field, level, condition, model) for level, condition in levels),
            ],
        }
        for field, missing, levels in _fields()
    ]
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": 0.5,
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": ["l.unique_id = r.unique_id"],  # pairs are given, by our own keys
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
    }


def _level(field: str, level: str, condition: str, model: Model) -> Row:
    return {
        "sql_condition": condition, "label_for_charts": level, "m_probability": _U * 2.0 ** _weight(field, level, model), "u_probability": _U,
        "fix_m_probability": True, "fix_u_probability": True,
    }  # fmt: skip


def name_bits(model: Model) -> str:
    """Say in SQL what names that agree add or take, for tables l and r, and p with Splink's weights: as Model.of_names does."""
    of_family, of_given = (_sum(f"WHEN {_one_of(f'l.{n}{{k}}', f'r.{n}')} THEN l.{n}b{{k}}") for n in "fg")
    both = _sum(f"WHEN {_one_of('l.f{k}', 'r.f')} OR {_one_of('l.f{k}', 'r.g')} THEN l.fb{{k}}")
    both += " + " + _sum(
        f"WHEN NOT {_one_of('l.g{k}', 'l.f')} AND ({_one_of('l.g{k}', 'r.f')} OR {_one_of('l.g{k}', 'r.g')}) THEN l.gb{{k}}"
    )
    crossed = f" WHEN {_is('family', 'crossed', model)} THEN {_capped(both)}"
    return (
        f"CASE{crossed}{_when('family', _FAMILY, of_family, model)} ELSE 0 END"
        f" + CASE{_when('given', _GIVEN, of_given, model)} ELSE 0 END"
    )


def _sum(case: str) -> str:
    return " + ".join(f"CASE {case.format(k=k)} ELSE 0 END" for k in range(1, _EACH + 1))


def _weight(field: str, level: str, model: Model) -> float:
    """Give the bits of a level, a little apart from those of every other of its field: so Splink's weight tells the level."""
    names = [name for name, _ in next(levels for one, _, levels in _fields() if one == field)]
    return round(model.bits.get((field, level), 0.0), 2) + names.index(level) * _APART


def _is(field: str, level: str, model: Model) -> str:
    return f"abs(p.mw_{field} - ({_weight(field, level, model)})) < {_APART / 4}"


_FAMILY, _GIVEN = ("two", "exact", "swapped", "partial", "shared"), ("exact", "subset")  # whose names are weighed


def _when(field: str, levels: tuple[str, ...], bits: str, model: Model) -> str:
    return "".join(f" WHEN {_is(field, level, model)} THEN {_capped(bits)}" for level in levels)


def worth_a_look(model: Model, bits: float) -> tuple[str, str, str]:
    """Say in SQL which pairs are worth deciding on: of those of so many bits, and those with an equal number, who may be one person.

    In three steps: by Splink's prediction alone; as `decide` will surely not say that they are two (for tables p, l and r); by
    `bits`, once names are weighed.
    """
    same = ("two-national", "national", "two", "exact")
    number = min(round(model.bits.get(("identifier", n), 0.0), 2) for n in same)
    equal = f"mw_identifier >= {number - _APART}"
    first = f"match_weight >= {bits - 2 * _CAP - _MARGIN} OR {equal}"
    return (
        first,
        f"{_any_of('identifier', (*same, 'different'), model)} OR NOT ({_two_people(model)})",
        f"bits >= {bits - _MARGIN} OR {equal}",
    )


def _two_people(model: Model) -> str:
    """Say in SQL that names, birth dates and sexes contradict each other; what `decide` finds besides is left to it."""
    years = " - ".join(f"try_cast(substr({side}.birth, 1, 4) AS INTEGER)" for side in "lr")
    apart, other = f"coalesce(abs({years}), 0)", _is("given", "different", model)
    born = _is("birth_date", "different", model)
    return (
        f"({born} AND {apart} >= {GENERATION}) OR ({other} AND ({_is('gender', 'different', model)} OR {born}))"
        f" OR (({other} OR {_is('given', 'alike', model)}) AND {apart} > 1 AND NOT {_is('birth_date', 'close', model)})"
    )


def _any_of(field: str, levels: Iterable[str], model: Model) -> str:
    return "(" + " OR ".join(_is(field, level, model) for level in levels) + ")"


def _capped(bits: str) -> str:
    return f"greatest(-{_CAP}, least({_CAP}, {bits}))"


def _one_of(one: str, other: str) -> str:
    return f"({one} <> '' AND {one} IN ({other}1, {other}2, {other}3))"


Levels = list[tuple[str, str]]


def _fields() -> Iterator[tuple[str, str, Levels]]:
    """Give (field, when it is missing, (level, condition) in the order in which they are asked); the last of each is 'else'."""
    crossed = (
        "g1_l <> '' AND f1_l <> '' AND g1_r <> '' AND f1_r <> '' AND g1_l <> g1_r AND "
        + f"{_near('g1_l', 'f1_r')} AND {_near('f1_l', 'g1_r')}"
    )
    yield "identifier", "s1_l = '' OR s1_r = ''", _identifier()
    yield "family", "f1_l = '' OR f1_r = ''", [("crossed", crossed), *_family()]
    yield "given", "g1_l = '' OR g1_r = ''", [("crossed", crossed), *_given()]
    yield "birth_date", "birth_l = '' OR birth_r = ''", _birth()
    yield "gender", "gender_l = '' OR gender_r = ''", [("exact", "gender_l = gender_r"), _ELSE]
    for field, letter in (("phone", "p"), ("postal_code", "w")):
        close = _any(letter, lambda a, b: f"{_slips(a, b)} <= 1")
        yield field, f"{letter}1_l = '' OR {letter}1_r = ''", [("exact", _shared(letter)), ("close", close), _ELSE]
    near = _any("e", lambda a, b: f"{_slips(a, b)} <= 3")
    yield "email", "e1_l = '' OR e1_r = ''", [("exact", _shared("e")), ("user", _shared("h")), ("close", near), _ELSE]
    yield "address", "street_l = '' OR street_r = ''", _address()
    yield "city", "city_l = '' OR city_r = ''", [("exact", "city_l = city_r"), ("close", _near("city_l", "city_r")), _ELSE]


_ELSE = ("different", "ELSE")


def _slips(a: str, b: str) -> str:
    return f"damerau_levenshtein({a}, {b})"


def _near(a: str, b: str) -> str:
    return (
        f"({a} = {b} OR jaro_winkler_similarity({a}, {b}) >= 0.9"
        f" OR (length({a}) > 3 AND length({b}) > 3 AND abs(length({a}) - length({b})) <= 1 AND {_slips(a, b)} <= 1))"
    )


def _any(letter: str, condition: Any) -> str:
    """Say that some value of one side stands so to some value of the other."""
    pairs = ((f"{letter}{i}_l", f"{letter}{k}_r") for i in range(1, _EACH + 1) for k in range(1, _EACH + 1))
    return "(" + " OR ".join(f"({a} <> '' AND {b} <> '' AND {condition(a, b)})" for a, b in pairs) + ")"


def _shared(letter: str) -> str:
    return "(" + " OR ".join(_one_of_sides(letter, k) for k in range(1, _EACH + 1)) + ")"


def _one_of_sides(letter: str, k: int) -> str:
    one = f"{letter}{k}_l"
    return f"({one} <> '' AND {one} IN ({letter}1_r, {letter}2_r, {letter}3_r))"


def _number(condition: str) -> str:
    """Say that some number of one side and some of the other, of one system, stand so; {a} and {b} are their columns."""
    pairs = [(i, k) for i in range(1, _EACH + 1) for k in range(1, _EACH + 1)]
    return "(" + " OR ".join(f"(s{i}_l <> '' AND s{i}_l = s{k}_r AND {condition.format(a=i, b=k)})" for i, k in pairs) + ")"


def _same(i: int) -> str:
    return "(" + " OR ".join(f"(s{i}_l <> '' AND s{i}_l = s{k}_r AND v{i}_l = v{k}_r)" for k in range(1, _EACH + 1)) + ")"


def _two(condition: str) -> str:
    pairs = combinations(range(1, _EACH + 1), 2)
    return "(" + " OR ".join(f"({_same(i)} AND {_same(k)} AND {condition.format(a=i, b=k)})" for i, k in pairs) + ")"


def _identifier() -> Levels:
    other = _number(
        "c{a}_l <> '' AND o{a}_l <> '' AND o{b}_r <> '' AND v{a}_l <> v{b}_r AND " + _slips("v{a}_l", "v{b}_r") + " > 1"
    )
    equal = _number("v{a}_l = v{b}_r")
    national = _number("c{a}_l <> '' AND o{a}_l <> '' AND v{a}_l = v{b}_r")
    slip = _number("v{a}_l <> v{b}_r AND length(v{a}_l) > 5 AND " + _slips("v{a}_l", "v{b}_r") + " <= 1")
    return [
        ("different", other),
        ("two-national", f"{national} AND {_two('s{a}_l <> s{b}_l')}"),
        ("national", national),
        ("two", _two("u{a}_l <> '' AND u{b}_l <> '' AND u{a}_l <> u{b}_l")),
        ("exact", equal),
        ("close", _number("c{a}_l <> '' AND " + _slips("v{a}_l", "v{b}_r") + " <= 1")),
        ("unequal", f"NOT {slip} AND {_number(chr(99) + '{a}_l = ' + chr(39) * 2)}"),
        ("missing", "ELSE"),
    ]


def _family() -> Levels:
    each = " AND ".join(f"(f{k}_l = f{k}_r OR {_near(f'f{k}_l', f'f{k}_r')})" for k in range(1, _EACH + 1))
    swapped = " OR ".join(
        [
            "(families_l = 2 AND f1_l = f2_r AND f2_l = f1_r)",
            "(families_l = 3 AND list_sort(surnames_l) = list_sort(surnames_r))",
        ]
    )
    return [
        ("two", "family_l = family_r AND families_l > 1"),
        ("exact", "family_l = family_r AND families_l = 1"),
        ("swapped", f"families_l = families_r AND ({swapped})"),
        ("partial", "f1_l = f1_r AND (families_l = 1 OR families_r = 1)"),
        (
            "former",
            "array_length(array_intersect(former_l, surnames_r)) > 0 OR array_length(array_intersect(former_r, surnames_l)) > 0",
        ),
        ("close", f"families_l = families_r AND {each}"),
        ("shared", _shared("f")),
        ("alike", "jaro_winkler_similarity(family_l, family_r) >= 0.8"),
        _ELSE,
    ]


def _given() -> Levels:
    def rest(k: int) -> str:
        a, b = f"g{k}_l", f"g{k}_r"
        first = f"(substr({a}, 1, 1) = substr({b}, 1, 1) AND (length({a}) = 1 OR length({b}) = 1))"
        return f"({a} = '' OR {b} = '' OR {a} = {b} OR {first})"

    same = " AND ".join(f"g{k}_l = g{k}_r" for k in range(1, _EACH + 1))
    initial = "substr(g1_l, 1, 1) = substr(g1_r, 1, 1) AND (length(g1_l) = 1 OR length(g1_r) = 1)"
    return [
        ("exact", same),
        ("subset", "g1_l = g1_r AND " + " AND ".join(rest(k) for k in range(2, _EACH + 1))),
        ("initial", initial),
        ("nickname", "g1_l <> g1_r AND array_length(array_intersect(nicknames_l, nicknames_r)) > 0"),
        ("close", f"{_near('g1_l', 'g1_r')} OR {_shared('g')}"),
        ("alike", "jaro_winkler_similarity(given_l, given_r) >= 0.8"),
        _ELSE,
    ]


def _birth() -> Levels:
    year, month, day = ([f"substr(birth_{s}, {at}, {n})" for s in "lr"] for at, n in ((1, 4), (6, 2), (9, 2)))
    (y, y2), (m, m2), (d, d2) = year, month, day
    swapped = f"({m} = {d2} AND {d} = {m2})"
    slip = _slips("birth_l", "birth_r")
    whole = "length(birth_l) = 10 AND length(birth_r) = 10"
    apart = f"abs(try_cast({y} AS INTEGER) - try_cast({y2} AS INTEGER)) = 1"
    return [
        ("exact", "birth_l = birth_r"),
        (
            "partial",
            "length(birth_l) <> length(birth_r) AND (substr(birth_l, 1, length(birth_r)) = birth_r"
            " OR substr(birth_r, 1, length(birth_l)) = birth_l)",
        ),
        ("close", f"{whole} AND (({y} = {y2} AND ({swapped} OR {slip} <= 1)) OR ({y} <> {y2} AND {m} = {m2} AND {d} = {d2} AND {apart}))"),
        (
            "alike",
            f"{whole} AND ({slip} <= 2 OR ({y} = {y2} AND {m} = {m2}) OR ({y} = {y2} AND {d} = {d2}) OR ({m} = {m2} AND {d} = {d2}))",
        ),
        _ELSE,
    ]  # fmt: skip


def _address() -> Levels:
    both = "array_length(array_intersect(words_l, words_r))"
    alike = "jaro_winkler_similarity(street_l, street_r) >= 0.85"
    return [
        ("exact", f"house_l = house_r AND {both} * 5 >= least(array_length(words_l), array_length(words_r)) * 4"),
        ("close", f"house_l = house_r AND {alike}"),
        ("alike", f"{alike} OR {both} * 2 >= greatest(array_length(words_l), array_length(words_r))"),
        _ELSE,
    ]
