"""An invented registry of any size, and a feed of arrivals against it: families at one address, two Spanish surnames, twins, slips, moves.

Names follow Zipf's law: the usual ones are real, the long tail is made of syllables. Who is who is known, so precision and recall are exact.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random

from vado.model.original import PartnerId
from vado.model.person import Demographics, Identifier
from vado.terms.identifiers import ES_DNI

_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_SURNAMES = [
    "garcia",
    "rodriguez",
    "gonzalez",
    "fernandez",
    "lopez",
    "martinez",
    "sanchez",
    "perez",
    "gomez",
    "martin",
    "jimenez",
    "ruiz",
    "hernandez",
    "diaz",
    "moreno",
    "munoz",
    "alvarez",
    "romero",
    "alonso",
    "gutierrez",
    "navarro",
    "torres",
    "dominguez",
    "vazquez",
    "ramos",
    "gil",
    "ramirez",
    "serrano",
    "blanco",
    "molina",
    "morales",
    "suarez",
    "ortega",
    "delgado",
    "castro",
    "ortiz",
    "rubio",
    "marin",
    "sanz",
    "nunez",
    "iglesias",
    "medina",
    "garrido",
    "santos",
    "castillo",
    "cortes",
    "lozano",
    "guerrero",
    "cano",
    "prieto",
    "mendez",
    "cruz",
    "calvo",
    "gallego",
    "vidal",
    "leon",
]
_GIVEN = {
    "female": [
        "maria",
        "carmen",
        "ana",
        "isabel",
        "laura",
        "cristina",
        "marta",
        "dolores",
        "lucia",
        "pilar",
        "elena",
        "raquel",
        "paula",
        "rosa",
        "manuela",
        "sara",
        "francisca",
        "beatriz",
        "nuria",
        "silvia",
        "irene",
        "julia",
        "rocio",
        "alba",
        "sofia",
        "andrea",
        "marina",
        "mariana",
        "carla",
        "natalia",
        "eva",
        "ines",
        "claudia",
        "martina",
        "valeria",
        "daniela",
    ],
    "male": [
        "antonio",
        "jose",
        "manuel",
        "francisco",
        "david",
        "juan",
        "javier",
        "daniel",
        "carlos",
        "jesus",
        "alejandro",
        "miguel",
        "rafael",
        "pablo",
        "pedro",
        "angel",
        "sergio",
        "fernando",
        "jorge",
        "luis",
        "alberto",
        "alvaro",
        "diego",
        "adrian",
        "raul",
        "ivan",
        "ruben",
        "enrique",
        "oscar",
        "ramon",
        "andres",
        "vicente",
        "joaquin",
        "santiago",
        "mario",
        "marcos",
        "hugo",
    ],
}
_SYLLABLES = [
    "ba",
    "be",
    "bo",
    "ca",
    "co",
    "cu",
    "da",
    "de",
    "do",
    "fa",
    "fe",
    "ga",
    "go",
    "la",
    "le",
    "lo",
    "lu",
    "ma",
    "me",
    "mo",
    "mu",
    "na",
    "ne",
    "no",
    "pa",
    "pe",
    "po",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
    "so",
    "ta",
    "te",
    "to",
    "va",
    "ve",
    "vi",
    "za",
    "zo",
]
_STREETS = [
    "mayor",
    "real",
    "molino",
    "iglesia",
    "sol",
    "fuente",
    "prado",
    "norte",
    "ribera",
    "larga",
    "nueva",
    "alta",
    "baja",
    "jardin",
    "olivo",
    "encina",
    "puente",
    "castillo",
    "rosal",
    "acacia",
]


@dataclass(frozen=True, slots=True)
class Human:
    """One invented human being, as the registry has them."""

    id: int
    house: int
    d: Demographics


def _tail(rng: Random, n: int) -> list[str]:
    return ["".join(rng.choices(_SYLLABLES, k=rng.choice((2, 3, 3, 4)))) + rng.choice(("", "", "n", "z", "s")) for _ in range(n)]


class Town:
    """The names of a place and how usual they are."""

    def __init__(self, rng: Random) -> None:
        self.surnames = [*_SURNAMES, *_tail(rng, 12_000)]
        self.given = {sex: [*names, *_tail(rng, 400)] for sex, names in _GIVEN.items()}
        self._of_surname = list(accumulate(1 / (n + 4) for n in range(len(self.surnames))))
        self._of_given = {s: list(accumulate(1 / (n + 2) for n in range(len(g)))) for s, g in self.given.items()}

    def surname(self, rng: Random) -> str:
        """Draw a surname."""
        return rng.choices(self.surnames, cum_weights=self._of_surname)[0]

    def name(self, rng: Random, sex: str) -> tuple[str, ...]:
        """Draw one or two given names."""
        return tuple(
            dict.fromkeys(rng.choices(self.given[sex], cum_weights=self._of_given[sex], k=2 if rng.random() < 0.25 else 1))
        )


def registry(rng: Random, town: Town, size: int) -> Iterator[Human]:
    """Give so many people, household by household."""
    n = house = 0
    while n < size:
        for d in _household(rng, town, house):
            if n < size:
                yield Human(n, house, replace(d, patient=f"r{n}"))
                n += 1
        house += 1


def _household(rng: Random, town: Town, house: int) -> list[Demographics]:
    sur = [(town.surname(rng), town.surname(rng)) for _ in range(2)]
    year = rng.randrange(1930, 1998)
    postal, phone = _postal(rng), _phone(rng)
    address = ("calle", rng.choice(_STREETS), rng.choice(town.surnames[:400]), str(rng.randrange(1, 120)))
    base = Demographics("", PartnerId("a"), postal_codes=(postal,), address=address, city="villavado", phones=(phone,))
    members = [
        _one(rng, town, base, sex, sur[k], year + rng.randrange(-6, 7))
        for k, sex in enumerate(("male", "female")[: rng.choice((1, 2, 2))])
    ]
    if len(members) == 2:
        twins = rng.random() < 0.02
        born = _date(rng, year + rng.randrange(20, 40))
        for _ in range(2 if twins else rng.choice((0, 0, 1, 1, 2, 3))):
            sex = rng.choice(("male", "female"))
            child = _one(rng, town, base, sex, (sur[0][0], sur[1][0]), year + rng.randrange(20, 40))
            if twins:
                told = rng.random() < 0.5
                if child.given[0] not in {m.given[0] for m in members[2:]}:  # nobody gives twins one name
                    child = replace(child, birth_date=born, multiple_birth=told)
            elif rng.random() < 0.08:
                parent = members[0 if sex == "male" else 1]
                child = replace(child, given=parent.given)
            members.append(child)
    return members


def _one(rng: Random, town: Town, base: Demographics, sex: str, family: tuple[str, ...], year: int) -> Demographics:
    number = rng.randrange(10**8)
    return replace(
        base, given=town.name(rng, sex), family=family, birth_date=_date(rng, year), gender=sex,
        identifiers=(Identifier(ES_DNI, f"{number:08}{_LETTERS[number % 23]}"),) if rng.random() < 0.5 else (),
        phones=base.phones if rng.random() < 0.6 else (_phone(rng),) if rng.random() < 0.5 else (),
        emails=(f"u{rng.randrange(10**9)}@mail.example",) if rng.random() < 0.3 else (),
    )  # fmt: skip


def _date(rng: Random, year: int) -> str:
    return f"{year}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"


def feed(rng: Random, town: Town, people: list[Human], size: int) -> Iterator[tuple[int | None, Demographics]]:
    """Give arrivals: (the human being in the registry or None for a new one, what arrived). Three in ten are new; half of these live with known people."""
    for n in range(size):
        human = people[rng.randrange(len(people))]
        if rng.random() < 0.7:
            who, d = human.id, _told(rng, town, human.d)
        elif rng.random() < 0.5:  # a sister, a husband, a child of a known one
            who = None
            base = replace(human.d, emails=(), identifiers=(), multiple_birth=False)
            family = human.d.family if rng.random() < 0.7 else (town.surname(rng), human.d.family[0])
            d = _told(rng, town, _one(rng, town, base, rng.choice(("male", "female")), family, rng.randrange(1935, 2025)))
            if rng.random() < 0.03 and d.given[0] not in human.d.given:  # the twin of a known one: nobody gives twins one name
                d = replace(d, birth_date=human.d.birth_date, family=human.d.family)
        else:
            who, d = None, _told(rng, town, _household(rng, town, 0)[0])
        yield who, replace(d, patient=f"f{n}", partner=PartnerId("b"))


def _told(rng: Random, town: Town, d: Demographics) -> Demographics:
    """How another partner tells it: things left out, things changed since, slips."""
    for chance, change in _CHANGES:
        if rng.random() < chance:
            d = change(rng, d)
    return d


_CHANGES: tuple[tuple[float, Callable[[Random, Demographics], Demographics]], ...] = (
    (0.5, lambda rng, d: replace(d, identifiers=())),
    (0.1, lambda rng, d: replace(d, family=d.family[:1])),
    (0.4, lambda rng, d: replace(d, given=d.given[:1])),
    (
        0.1,
        lambda rng, d: replace(
            d, postal_codes=(_postal(rng),), address=("calle", rng.choice(_STREETS), str(rng.randrange(1, 120)))
        ),
    ),
    (0.1, lambda rng, d: replace(d, phones=(_phone(rng),))),
    (0.3, lambda rng, d: replace(d, phones=())),
    (0.2, lambda rng, d: replace(d, address=())),
    (0.05, lambda rng, d: replace(d, postal_codes=())),
    (0.05, lambda rng, d: replace(d, gender="")),
    (0.02, lambda rng, d: replace(d, birth_date=_slip_of_date(rng, d.birth_date))),
    (0.01, lambda rng, d: replace(d, birth_date="")),
    (0.02, lambda rng, d: replace(d, given=(_slip(rng, d.given[0]), *d.given[1:]))),
    (0.02, lambda rng, d: replace(d, family=(_slip(rng, d.family[0]), *d.family[1:]))),
    (0.01, lambda rng, d: replace(d, family=d.family[::-1])),
    (0.003, lambda rng, d: replace(d, given=d.family[:1], family=d.given[:1])),
)


def _postal(rng: Random) -> str:
    return f"{28000 + rng.randrange(400):05}"


def _phone(rng: Random) -> str:
    return f"{600000000 + rng.randrange(10**8)}"


def _slip(rng: Random, name: str) -> str:
    n = rng.randrange(len(name))
    other = rng.choice("abcdefghijlmnoprstuvz")
    return rng.choice((name[:n] + name[n + 1 :] or name, name[:n] + other + name[n:], name[:n] + other + name[n + 1 :],
                       name[:n] + name[n + 1 : n + 2] + name[n] + name[n + 2 :]))  # fmt: skip


def _slip_of_date(rng: Random, date: str) -> str:
    year, month, day = date.split("-")
    if int(day) <= 12 and rng.random() < 0.5:
        return f"{year}-{day}-{month}"
    n = rng.choice((2, 3, 6, 9))
    figure = str(rng.randrange(10))
    made = date[:n] + figure + date[n + 1 :]
    return made if 1 <= int(made[5:7]) <= 12 and 1 <= int(made[8:]) <= 28 else date
