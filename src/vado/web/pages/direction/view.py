"""The direction of travel: what the exchange shows by month, and what rounds say, each with its own word and never added up."""

from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vado.exchange.collaboration.travel import Travel, travel
from vado.web.charts import Chart, picture
from vado.web.pages.few import people, share
from vado.web.render import Asked, asked, page

_ARROWS = {"towards": "↗", "away": "↘", "steady": "→", "too early": "…"}
_NAMES = {
    "live": ("Live bridges", "Partners by which something came or went in the month."),
    "originals": ("Originals", "Files and messages that came in the month."),
    "sent": ("Deliveries", "Sent in the month, and taken."),
    "values": ("Values told of people", "Single values in what came in the month."),
    "joined": (
        "People joined",
        "Of the people told of by then, those of whom two or more partners tell, in %. As they are linked today.",
    ),
    "hours": (
        "Hours from event to visible",
        "The middle one of what came in the month, no more than 90 days after its event. Less is better.",
    ),
    "review": (
        "Decisions for 100 values",
        "What people had to decide, on whose record it is and on values read from paper. Less is better.",
    ),
    "looks": ("Looks", "By people and programs of partners, at records, values and originals."),
    "citizens": ("Citizens who looked", "Citizens and carers who opened a record in the month. Fewer than five are not told."),
    "fields": ("Share with named fields or better", "Of the values of the month, those on rung 3 or above, in %."),
}


@dataclass(frozen=True, slots=True)
class Word:
    """One thing, and which way it goes."""

    name: str
    how: str
    last: str
    months: int
    word: str
    arrow: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension of the questionnaire over rounds."""

    name: str
    means: tuple[str, ...]  # by round; "": too few
    behind: tuple[int, ...]  # respondents, by round; 0: too few
    word: str
    arrow: str


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    words: tuple[Word, ...]
    charts: tuple[Chart, ...]
    people: str  # on whom two or more hold something
    whole: str
    share: str
    rounds: tuple[str, ...]  # titles
    dimensions: tuple[Dimension, ...]


def show(request: Request) -> Response:
    """Show the direction of travel."""
    who = asked(request)
    found = travel(who.x, who.viewer)
    now = found.now
    view = View(
        _words(who, found),
        _charts(who, found),
        people(who, now.people),
        people(who, now.whole),
        share(now),
        tuple(r.title for r in found.rounds),
        _dimensions(who, found),
    )
    return page(who, "direction/page.html", view)


def drawn(request: Request) -> Response:
    """Draw one of the charts."""
    who = asked(request)
    name = request.path_params["chart"]
    which = next((c for c in _charts(who, travel(who.x, who.viewer)) if c.address.endswith(f"/{name}.svg")), None)
    if which is None:
        raise HTTPException(404)
    return picture(request, which)


def _words(who: Asked, found: Travel) -> tuple[Word, ...]:
    return tuple(
        Word(
            who.say(_NAMES[s.id][0]), who.say(_NAMES[s.id][1]), _plain(who, s.points[-1][1]), len(s.points), who.say(s.word),
            _ARROWS[s.word],
        )
        for s in found.series
        if s.points
    )  # fmt: skip


def _plain(who: Asked, value: float) -> str:
    return str(format_decimal(value, "#,##0.#", locale=who.viewer.language))


def _charts(who: Asked, found: Travel) -> tuple[Chart, ...]:
    if not found.months:
        return ()
    language = who.viewer.language
    points = {s.id: {month: round(value) for month, value in s.points} for s in found.series}
    word = {s.id: who.say(s.word) for s in found.series}

    def made(
        kind: str, id_: str, series: tuple[tuple[str, tuple[int, ...]], ...], months: tuple[str, ...], unit: str = ""
    ) -> Chart:
        labels = tuple(format_date(date.fromisoformat(f"{m}-01"), "MMM yy", locale=language) for m in months)
        says = who.say("Trend: {word}.").format(word=word[id_])
        return Chart(
            kind, f"/direction/chart/{id_}.svg", who.say(_NAMES[id_][0]), says, who.say("month"), labels, series, unit
        )  # fmt: skip

    def one(id_: str, months: tuple[str, ...]) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return ((who.say(_NAMES[id_][0]), tuple(points[id_][m] for m in months)),)

    shared = tuple(points["fields"])
    of_people = (("joined", "%"), ("hours", "h"), ("review", ""), ("looks", ""), ("citizens", ""))
    rungs = tuple((who.say(r.name.lower()), n) for r, n in found.rungs.items())
    charts = (
        *(made("lines", id_, one(id_, found.months), found.months) for id_ in ("live", "originals", "sent") if any(points[id_].values())),
        made("stacked", "values", rungs, found.months),
        *((made("lines", "fields", one("fields", shared), shared, "%"),) if shared else ()),
        *(made("lines", i, one(i, tuple(points[i])), tuple(points[i]), unit) for i, unit in of_people if any(points[i].values())),
    )  # fmt: skip
    return charts


def _dimensions(who: Asked, found: Travel) -> tuple[Dimension, ...]:
    names = {d.id: d.text for d in found.instrument.dimensions} if found.instrument else {}
    rows = []
    for s in found.scored:
        mean, behind = dict(s.series.points), dict(zip((id_ for id_, _ in s.series.points), s.behind, strict=True))
        rows.append(
            Dimension(
                names[s.dimension].get(who.viewer.language) or names[s.dimension]["en"],
                tuple(_plain(who, mean[r.id]) if r.id in mean else "" for r in found.rounds),
                tuple(behind.get(r.id, 0) for r in found.rounds), who.say(s.series.word), _ARROWS[s.series.word],
            )
        )  # fmt: skip
    return tuple(rows)
