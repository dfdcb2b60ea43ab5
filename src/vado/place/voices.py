"""What the people of the invented place say of working together, in two rounds half a year apart. Nobody in it is real.

Planted, so that the pages have something to show: managers see shared purpose better than those at the bedside; bridges of information
get better between the rounds; money that cannot move is what gets most in the way; nobody asked people without papers, and many say so.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from vado.model.funding import Line, Proposal, Side
from vado.model.original import PartnerId
from vado.model.survey import CANNOT_SAY, Action, Agreed, Answer, Group, Instrument, Organisation, Roster, Round, Tie, Who

_P, _M = Who.PRACTITIONER.value, Who.MANAGER.value
ORGANISATIONS = (
    Organisation("hospital", "Hospital del Vado", "hospital", PartnerId("hospital"), {_P: 60, _M: 12}),
    Organisation("gp-norte", "Centro de salud Norte", "primary care", PartnerId("gp-norte"), {_P: 18, _M: 6}),
    Organisation("gp-sur", "Centro de salud Sur", "primary care", PartnerId("gp-sur"), {_P: 16, _M: 5}),
    Organisation("council", "Ayuntamiento", "social care", PartnerId("council"), {_P: 22, _M: 8}),
    Organisation("pharmacy", "Farmacia del Puente", "pharmacy", PartnerId("pharmacy"), {_P: 10}),
)
GROUPS = (
    Group("carers", "Cuidadores y familias", 300), Group("neighbours", "Asociación de vecinos", 900),
    Group("undocumented", "Personas sin papeles", 150, unusual=True),
)  # fmt: skip
_HEARD = {  # who answers in each round, of those who could
    ("hospital", _P): (24, 28), ("hospital", _M): (8, 9), ("gp-norte", _P): (9, 11), ("gp-norte", _M): (5, 5), ("gp-sur", _P): (8, 9),
    ("gp-sur", _M): (2, 3), ("council", _P): (10, 12), ("council", _M): (6, 6), ("pharmacy", _P): (6, 7),
    ("carers", Who.CITIZEN.value): (14, 18), ("neighbours", Who.CITIZEN.value): (9, 12),
}  # fmt: skip
_BASE = {"PUR": 3.4, "KNO": 3.0, "TRU": 3.2, "POW": 2.6, "CIT": 2.4, "BRI": 2.3, "MON": 2.0, "RUL": 2.7, "GRA": 2.8, "LEA": 3.1}
_LATER = {"BRI": 0.9, "KNO": 0.3, "LEA": 0.3}  # what half a year of the exchange changed
_WEIGHT = {"BRI": 3, "MON": 3, "CIT": 3, "TRU": 2, "POW": 2}
_MISSED = (
    "people without papers", "school nurses", "night staff", "ambulance crews", "home helps", "interpreters", "young carers",
    "people who do not use telephones", "social workers of the prison", "the dentist", "day centres", "housing office",
)  # fmt: skip


def rounds(today: date) -> tuple[Round, Round]:
    """Give the two rounds: one of half a year ago that is closed, and one that ended last week."""
    first, second = today - timedelta(days=200), today - timedelta(days=28)
    return (
        Round("first-look", "First look", "ford|1", first, first + timedelta(days=21), ORGANISATIONS, GROUPS),
        Round("half-a-year-later", "Half a year later", "ford|1", second, second + timedelta(days=21), ORGANISATIONS, GROUPS),
    )


def answers(round_: Round, instrument: Instrument, later: bool, seed: int) -> Iterator[Answer]:
    """Let people answer; the same seed gives the same answers."""
    chance = Random(f"{seed} {round_.id}")  # noqa: S311 - invented people
    for (voice, role), (before, after) in _HEARD.items():
        for _ in range(after if later else before):
            yield _answer(round_, instrument, voice, Who(role), later, chance)


def _answer(round_: Round, instrument: Instrument, voice: str, who: Who, later: bool, chance: Random) -> Answer:
    scores: dict[str, int] = {}
    for dimension, items in instrument.asked(who):
        level = _level(dimension.id, voice, who, later) + chance.gauss(0, 0.45)
        for item in items:
            if chance.random() < 0.94:
                is_stuck = item.id == "mon1"
                value = level - (0.8 if is_stuck else 0) + chance.gauss(0, 0.75)
                scores[item.id] = CANNOT_SAY if chance.random() < 0.05 else min(5, max(1, round(value)))
    weights = {d.id: min(3, max(1, _WEIGHT.get(d.id, 2) - (chance.random() < 0.25))) for d in instrument.dimensions}
    blocks = ["mon1"] if chance.random() < 0.45 else []
    blocks += chance.sample(["bri1", "rul1", "gra1", "pow1", "kno1"], k=chance.randint(0, 2))
    missing = chance.choice(("", _MISSED[0], chance.choice(_MISSED)))
    day = round_.opens + timedelta(days=chance.randint(0, 20))
    id_ = f"{chance.getrandbits(128):032x}"
    return Answer(id_, round_.id, voice, who, scores, weights, tuple(blocks), missing, day.isoformat())


def _level(dimension: str, voice: str, who: Who, later: bool) -> float:
    level = _BASE[dimension] + (_LATER.get(dimension, 0) if later else 0)
    if who is Who.MANAGER:
        level += 1.2 if dimension == "PUR" else 0.3
    if who is Who.CITIZEN:
        level -= 0.7 if dimension in {"CIT", "BRI"} else 0
    return level + (0.5 if dimension == "TRU" and voice.startswith("gp") else 0)


def rosters(round_: Round) -> tuple[Roster, ...]:
    """Give whom each organisation says that it works with. Nobody names the pharmacy's bridge to the council: there is none."""
    ties = {
        "hospital": (_tie("gp-norte", 4, "structured", 3), _tie("gp-sur", 3, "text", 3), _tie("council", 2, "talk", 2)),
        "gp-norte": (_tie("hospital", 4, "structured", 3), _tie("pharmacy", 4, "fields", 4), _tie("gp-sur", 2, "talk", 4)),
        "gp-sur": (_tie("hospital", 3, "paper", 2), _tie("pharmacy", 3, "paper", 4)),
        "council": (_tie("hospital", 2, "paper", 2, "to know when somebody goes home"),), "pharmacy": (_tie("gp-norte", 4, "fields", 4),),
    }  # fmt: skip
    return tuple(Roster(f"{round_.id}/{who}", round_.id, who, told) for who, told in ties.items())


def _tie(other: str, often: int, means: str, trust: int, wish: str = "") -> Tie:
    return Tie(other, often, "both", ("summary", "letters"), (means,), trust, trust, trust, trust, 5 - trust, wish)


def agreed(round_: Round) -> tuple[Agreed | Action, ...]:
    """Give what a workshop after the first round settled on."""
    at = round_.opens + timedelta(days=30)
    return (
        Agreed(f"{round_.id}/bri1", round_.id, "bri1", 2, "Discharge letters arrive after the first visit at home", "The pharmacy sees it better", at.isoformat()),
        Action("discharge-letters", round_.id, "bri1", "Send discharge letters the same day", "hospital", (at + timedelta(days=90)).isoformat(), (at + timedelta(days=70)).isoformat()),
        Action("joint-budget", round_.id, "mon1", "Write down who pays for home monitoring", "council", (at + timedelta(days=150)).isoformat()),
    )  # fmt: skip


def proposal() -> Proposal:
    """Give a change that the place gains by, and that two would lose by: home monitoring, in thousands of euros."""

    def line(who: str, side: Side, year: int, mode: float, label: str, *needs: str) -> Line:
        low, high = (0.85, 1.2) if side is Side.COST else (0.6, 1.25)
        return Line(
            who, side, year, round(mode * low, 1), mode, round(mode * high, 1), 3 if side is Side.COST else 4, True, needs, label
        )

    costs = [
        line("council", Side.COST, 0, 60, "Home visits and devices"), line("gp-norte", Side.COST, 0, 30, "Nurses' time"),
        line("hospital", Side.COST, 0, 10, "Set-up"),
    ]  # fmt: skip
    benefits = [
        line(who, Side.BENEFIT, year, gain, label, "hospital", "council", "gp-norte")
        for year in (1, 2)
        for who, gain, label in (("hospital", 70, "Fewer days in hospital"), ("council", 10, "Later need of a home"), ("gp-norte", 10, "Fewer urgent visits"))
    ]  # fmt: skip
    return Proposal(
        "home-monitoring",
        "Home monitoring after discharge",
        "EUR",
        (*costs, *benefits),
        names={o.id: o.name for o in ORGANISATIONS},
    )
