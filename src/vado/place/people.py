"""Invented people: two Spanish surnames or British names, twins, fathers and sons, moves, marriages, shared addresses."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

_SPANISH_GIVEN = {
    "female": [
        "Lucía",
        "María",
        "Carmen",
        "Ana",
        "Paula",
        "Marta",
        "Elena",
        "Irene",
        "Rocío",
        "Pilar",
        "Nuria",
        "Inés",
        "Sofía",
        "Teresa",
        "Rosa",
    ]
    + ["María José", "Ana Belén"],
    "male": [
        "Hugo",
        "Javier",
        "Pablo",
        "Diego",
        "Álvaro",
        "Andrés",
        "Luis",
        "Miguel",
        "Ramón",
        "Óscar",
        "Íñigo",
        "Tomás",
        "Víctor",
        "Rubén",
    ]
    + ["José Luis", "Juan Carlos"],
}
_SPANISH_FAMILY = [
    "García",
    "López",
    "Martínez",
    "Sánchez",
    "Pérez",
    "Gómez",
    "Fernández",
    "Díaz",
    "Muñoz",
    "Álvarez",
    "Romero",
    "Alonso",
    "Gutiérrez",
    "Navarro",
    "Núñez",
    "Ibáñez",
    "Peña",
    "Castaño",
    "Zamora",
    "Quirós",
    "Villalba",
    "Barrios",
    "Urrutia",
    "Echeverría",
] + ["de la Fuente", "del Río"]
_BRITISH_GIVEN = {
    "female": [
        "Olivia",
        "Emily",
        "Grace",
        "Hannah",
        "Margaret",
        "Susan",
        "Rachel",
        "Alice",
        "Joan",
        "Charlotte",
        "Eleanor",
        "Fiona",
    ],
    "male": ["George", "Harry", "Oliver", "Jack", "Thomas", "William", "Peter", "Alan", "Graham", "Edward", "Samuel", "Owen"],
}
_BRITISH_FAMILY = [
    "Smith",
    "Jones",
    "Taylor",
    "Brown",
    "Walker",
    "Thompson",
    "Wright",
    "Robinson",
    "Hughes",
    "Ashworth",
    "Pemberton",
    "Thistlewood",
    "Garside",
    "O'Neill",
]
_STREETS = (
    "Calle del Vado",
    "Avenida del Molino",
    "Plaza de la Ribera",
    "Ford Lane",
    "Mill Street",
    "Calle Larga",
    "Church Row",
    "Calle de las Huertas",
)
CITY = "Villavado"
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Citizen:
    """One invented human being."""

    id: str
    given: str
    family: tuple[str, ...]
    gender: str
    birth: date
    spanish: bool
    street: str
    postcode: str
    phone: str
    nhs: str
    dni: str
    old_family: tuple[str, ...] = ()  # before marriage
    old_street: str = ""  # before moving
    twin: bool = False

    @property
    def surname(self) -> str:
        """The surnames as one writes them."""
        return " ".join(self.family)


def people(n: int, chance: Random) -> list[Citizen]:
    """Invent n citizens."""
    found: list[Citizen] = []
    while len(found) < n:
        one = _citizen(len(found), chance)
        found.append(one)
        kind = chance.random()
        if len(found) < n and kind < 0.05:
            found.append(_twin(one, len(found), chance))
        elif len(found) < n and kind < 0.09 and one.birth.year < 1985:
            found.append(_child_of_same_name(one, len(found), chance))
        elif len(found) < n and kind < 0.2:
            other = _citizen(len(found), chance)
            found.append(replace(other, street=one.street, postcode=one.postcode, phone=one.phone))
    return found


def nhs_number(n: int) -> str:
    """A number of the range 999, which is set aside for tests, with its check digit; n to 499,999. NHS Data Dictionary, NHS number."""
    for last in (0, 1):  # the ninth figure weighs 2, so that both cannot give 10, which is no check digit
        body = f"999{2 * n + last:06d}"
        check = 11 - sum(int(d) * w for d, w in zip(body, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return body + str(0 if check == 11 else check)
    raise ValueError(n)


def dni_number(n: int) -> str:
    """Eight digits and their letter; invented. Spanish Royal Decree 1553/2005."""
    body = 90_000_000 + n * 1_237 % 9_000_000
    return f"{body}{'TRWAGMYFPDXBNJZSQVHLCKE'[body % 23]}"


def _citizen(n: int, chance: Random) -> Citizen:
    spanish = chance.random() < 0.65
    gender = chance.choice(("female", "male"))
    given = chance.choice((_SPANISH_GIVEN if spanish else _BRITISH_GIVEN)[gender])
    family = tuple(chance.sample(_SPANISH_FAMILY, 2)) if spanish else (chance.choice(_BRITISH_FAMILY),)
    if not spanish and chance.random() < 0.08:
        family = (f"{family[0]}-{chance.choice([f for f in _BRITISH_FAMILY if f != family[0]])}",)
    birth = date(1932, 1, 1) + timedelta(days=chance.randrange(85 * 365))
    street = f"{chance.choice(_STREETS)} {chance.randrange(1, 140)}"
    married = gender == "female" and not spanish and chance.random() < 0.25
    moved = chance.random() < 0.2
    return Citizen(
        f"citizen-{n + 1}", given, family, gender, birth, spanish, street, f"9900{chance.randrange(1, 9)}",
        f"600{chance.randrange(100_000, 999_999)}", nhs_number(n + 1), dni_number(n + 1),
        (chance.choice(_BRITISH_FAMILY),) if married else (), f"{chance.choice(_STREETS)} {chance.randrange(1, 140)}" if moved else "",
    )  # fmt: skip


def _twin(one: Citizen, n: int, chance: Random) -> Citizen:
    gender = chance.choice(("female", "male"))
    names = [g for g in (_SPANISH_GIVEN if one.spanish else _BRITISH_GIVEN)[gender] if g != one.given]
    return replace(
        one, id=f"citizen-{n + 1}", given=chance.choice(names), gender=gender, nhs=nhs_number(n + 1), dni=dni_number(n + 1),
        old_family=(), twin=True,
    )  # fmt: skip


def _child_of_same_name(one: Citizen, n: int, chance: Random) -> Citizen:
    birth = one.birth + YEAR * chance.randrange(22, 36)
    return replace(
        one, id=f"citizen-{n + 1}", birth=birth, nhs=nhs_number(n + 1), dni=dni_number(n + 1), old_family=(), twin=False
    )
