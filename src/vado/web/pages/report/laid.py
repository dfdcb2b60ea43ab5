"""A report of a round: everything that the pages show of it, in one document and one language, with how it was made and what is hidden.

Nothing is computed and no hiding is decided here. The parts are put into words and tables from what the pages of the round, the network,
the direction of travel and the proposals show, by what these pages are made of.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from vado.exchange.collaboration.results import results
from vado.model.report import Block, Cell, Picture, Points, Report, Section, Table, Words
from vado.tools.chart import Look
from vado.tools.written import day_of, written
from vado.web.charts import Chart, drawn
from vado.web.pages.direction.view import looked as travelled
from vado.web.pages.network.view import View as Network
from vado.web.pages.network.view import drawn as map_drawn
from vado.web.pages.network.view import looked as networked
from vado.web.pages.picture.view import View, radar, scatter
from vado.web.pages.picture.words import HOW
from vado.web.pages.report import answered, around
from vado.web.pages.report.around import Money
from vado.web.render import Reader

_SHOWN = ("live", "values")  # charts of months that are drawn; the table has all
Draw = Callable[[Look], bytes]
NAMES = {  # of figures, as the closing part lists them
    "bootstrap": "Score of organisations together", "t": "Score and mean of a group", "pooled": "Means that are compared", "gap": "Difference",
    "dissent": "disagreement", "between": "between organisations", "importance": "importance", "talk": "talk first", "share": "named by",
    "pressure": "pressure", "wilson": "response", "share of voices": "share of voices", "coverage": "Share of the register",
    "count": "answered", "named voices": "Voices that are named", "chao": "Voices in all", "change": "What changed",
    "stayers": "in those who answered both times", "who answers": "who answers now", "alpha": "hang together (alpha)",
    "krippendorff": "All see the same",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Laid:
    """A report, and how its pictures are drawn."""

    report: Report
    draw: Mapping[str, Draw]  # by the name of the picture


def laid_out(who: Reader, round_id: str) -> Laid | None:
    """Lay the report of a round out; None: the round is still open, and shows no figure.

    Raises:
        NotPermitted: AC-001.
        NotFound: SV-040, SV-039.
    """
    found = results(who.x, round_id, who.viewer, "report")
    if found.picture is None:
        return None
    view, place = View(who, found, "report"), networked(who, chosen=round_id)
    money, drawings = around.money(who), dict[str, Draw]()
    sections = _sections(view, place, money, drawings)
    report = Report(
        round_id, found.round.title, who.say("Report of a round of the collaboration"), who.language, _facts(view),
        (_first(view, place, money), *sections, answered.questions(view), _closing(view, place, money)),
    )  # fmt: skip
    return Laid(report, drawings)


def _sections(view: View, place: Network, money: Money, drawings: dict[str, Draw]) -> tuple[Section, ...]:
    who = view.who
    travel = travelled(who)

    def shown(name: str, chart: Chart | None) -> tuple[Block, ...]:
        if chart is None:
            return ()
        drawings[name] = partial(drawn, chart)
        return (Picture(name, chart.address, chart.title, chart.says, chart.height),)

    sections = (
        answered.asked_and_heard(view), answered.scores(view, shown("picture", radar(view))), answered.gaps(view),
        answered.talk(view, shown("talk", scatter(view))), answered.blocks(view), answered.change(view), answered.workshop(view),
        around.network(who, place, _map(who, place, drawings)),
        around.direction(
            who, travel,
            [b for c in travel.charts if (name := _name(c)) in _SHOWN for b in shown(f"months-{name}", c)],
        ),
    )  # fmt: skip
    blocks: list[Block] = []
    for of, words, charts in money:
        blocks += around.positions(who, of, words, shown(f"money-{of.id}", charts["steps"]))
    pays = Section("money", who.say("Who gains and who pays"), tuple(blocks)) if blocks else None
    return tuple(s for s in (*sections, pays) if s)


def _name(chart: Chart) -> str:
    return chart.address.rpartition("/")[2].removesuffix(".svg")


def _map(who: Reader, place: Network, drawings: dict[str, Draw]) -> tuple[Block, ...]:
    if not place.place.actors:
        return ()
    drawings["network"] = partial(map_drawn, who, place.place, place.layer)
    title = who.say("Map of the network.").rstrip(".")
    return (Picture("network", f"/network/map/{place.layer}.svg?round={quote(place.chosen)}", title, place.says, place.height),)


def _facts(view: View) -> tuple[tuple[str, str], ...]:
    who, round_, shown = view.who, view.found.round, view.picture
    say, instrument = who.say, view.found.instrument
    days = [written(d.isoformat(), who.language) for d in (round_.opens, round_.closes) if d]
    asked = say("{title}, version {version}: {n} questions on {topics} topics").format(
        title=instrument.title.get(who.language) or instrument.title["en"], version=instrument.version, n=len(instrument.items),
        topics=len(instrument.dimensions),
    )  # fmt: skip
    hidden = say("{n} scores are hidden: no figure tells of fewer than {least} people").format(n=shown.hidden, least=shown.least)
    return (
        (say("Asked"), asked),
        (say("When"), " – ".join(days)),
        (say("Who answered"), answered.who_answered(view)),
        (say("Hidden"), hidden),
        (say("Made"), written(day_of(who.x.clock(), who.x.zone), who.language)),
    )


def _first(view: View, place: Network, money: Money) -> Section:
    say = view.who.say
    said = list(answered.in_short(view))
    if place.chances:
        said.append(say("Best first bridge: %(a)s and %(b)s") % {"a": place.chances[0].a, "b": place.chances[0].b} + ".")
    for of, words, _ in money:
        said.append(f"{of.title}: {words.gist(around.reckoned.card(of))}")
    caution = say("The questionnaire is not validated yet: take its figures as a beginning of a talk, not as a mark.")
    return Section("short", say("In short"), (Points(tuple(said)), Words(caution, "quiet")))


def _closing(view: View, place: Network, money: Money) -> Section:
    who = view.who
    say = who.say
    hidden = say(
        "Hidden: no figure tells of fewer than %(least)s people, alone or by taking other figures of any page, table, file or round from "
        "each other. For that, some figures of more people are hidden too, and those of people who all answered alike."
    )
    made = Table(
        say("How these numbers are made"), (say("figure"), say("how it is computed")),
        tuple((Cell(_begun(say(name))), Cell(say(HOW[k]))) for k, name in NAMES.items()),
    )  # fmt: skip
    proposals = [of for of, _, _ in money]
    return Section(
        "how", say("How this was computed, and what is hidden"),
        (
            answered.Heading(say("What is hidden, and why")),
            Points((hidden % {"least": view.picture.least}, say(answered.NOT_AGREEMENT), *around.hidden_why(who, place))),
            answered.Heading(say("How these numbers are made")), made,
            Points((say("n: how many people are behind a figure."), *around.reckoned_how(who, proposals))),
            Words(say(
                    "Figures of a closed round stay as they are; those of the network, of the direction of travel and of money are of the "
                    "day this report was made."
                ), "quiet"),
        ),
    )  # fmt: skip


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]
