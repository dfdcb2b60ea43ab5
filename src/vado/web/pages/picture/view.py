"""What a round says, page by page. A page sees figures that are shown, or that they are hidden, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.collaboration.picture import SYSTEM, Picture
from vado.collaboration.picture_change import Changed
from vado.collaboration.picture_gaps import GAP, REST, Between
from vado.collaboration.picture_items import Question, blocks, first_talked_of
from vado.collaboration.respondents import CITIZENS, EVERYBODY, ROLES, STAFF, of
from vado.collaboration.shown import Figure, Shown
from vado.errors import NotFound, VadoError
from vado.exchange.collaboration import results as story
from vado.exchange.collaboration.results import Results
from vado.model.survey import Action, Agreed, Item
from vado.outgoing.table.file import for_spreadsheets
from vado.record.permit import may
from vado.web.charts import Chart
from vado.web.charts import picture as drawn
from vado.web.forms import small_form
from vado.web.pages.picture.words import BEHAVIOUR, BLOCKS, HOW, SITS, TABS, VERDICTS, VOICES, WHY
from vado.web.render import Asked, Complaint, Reader, asked, page

FIRST = 12  # questions to talk about that are drawn


@dataclass(frozen=True, slots=True)
class View:
    """What every page of a round's results sees."""

    who: Reader
    found: Results
    here: str  # which page
    chart: Chart | None = None
    complaint: Complaint | None = None

    @property
    def picture(self) -> Picture:
        """Give the picture; pages ask for it only where the round is closed."""
        assert self.found.picture  # noqa: S101 - the template asks before
        return self.found.picture

    @property
    def tabs(self) -> tuple[tuple[str, str, str], ...]:
        """Give (name, address, words) of the pages beside each other."""
        return tuple(
            (name, f"/rounds/{self.found.round.id}/{name}", self.who.say(words))
            for name, words in TABS
            if name != "workshop" or may(self.who.viewer, "rounds.change")
        )

    @property
    def language(self) -> str:
        """Give the language of whoever reads."""
        return self.who.language

    def text(self, id_: str) -> str:
        """Give the words of a dimension or a question."""
        instrument = self.found.instrument
        said = (
            instrument.items[id_].text
            if id_ in instrument.items
            else next((d.text for d in instrument.dimensions if d.id == id_), {})
        )
        return said.get(self.language) or said.get("en") or id_

    def voice(self, key: str) -> str:
        """Name a group: an organisation by its name."""
        kind, _, id_ = key.partition(":")
        named = self.found.round.named(id_) if kind == "organisation" else None
        return named.name if named else self.who.say(VOICES.get(key, key))

    def owner(self, id_: str) -> str:
        """Name an organisation of the register."""
        named = self.found.round.named(id_)
        return named.name if named else id_

    def word(self, key: str) -> str:
        """Say a word of ours."""
        return self.who.say({**WHY, **VERDICTS, **SITS}.get(key, key))

    def kind(self, item: Item) -> str:
        """Say what kind of block it is."""
        return self.who.say(BLOCKS.get(item.block, item.block))

    def advice(self, item: Item) -> str:
        """Say what such a block may need; people know better."""
        return self.who.say(BEHAVIOUR.get(item.behaviour, ""))

    def how(self, *keys: str) -> tuple[str, ...]:
        """Say how figures are computed."""
        return tuple(self.who.say(HOW[k]) for k in keys)

    def actions(self, about: str = "") -> tuple[Action, ...]:
        """Give what is to be done about something; "": about anything; what is open first."""
        some = (a for a in self.found.actions if about in ("", a.about))
        return tuple(sorted(some, key=lambda a: (bool(a.done), a.due or "9", a.title)))

    def agreed(self, about: str) -> Agreed | None:
        """Give what was agreed about something."""
        return next((a for a in self.found.agreed if a.about == about), None)

    # the picture

    @property
    def multiples(self) -> tuple[tuple[str, tuple[Figure, ...]], ...]:
        """Give the voices that are drawn one by one."""
        return tuple((v, self.picture.scores[v]) for v in (SYSTEM, *ROLES, CITIZENS))

    @property
    def organisations(self) -> tuple[tuple[str, tuple[Figure, ...]], ...]:
        """Give all of those who work here as one, and each organisation."""
        names = (STAFF, *(of(o.id) for o in self.found.round.organisations))
        return tuple((v, self.picture.scores[v]) for v in names)

    def changes(self, voice: str) -> tuple[Changed, ...]:
        """Give what changed of one voice."""
        return tuple(c for c in self.picture.changes if c.voice == voice)

    # gaps

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Give which groups are compared on dimensions."""
        return tuple(dict.fromkeys(g.pair for g in self.picture.gaps))

    def gap(self, dimension: str, pair: tuple[str, str]) -> Between:
        """Give one field of the map."""
        return next(g for g in self.picture.gaps if g.about == dimension and g.pair == pair)

    def paired(self, pair: tuple[str, str]) -> str:
        """Name two groups."""
        one, other = (self.voice(g) for g in pair)
        return one if pair[1] == REST else f"{one} – {other}"

    @property
    def named_gaps(self) -> tuple[Between, ...]:
        """Give what is called a gap, the widest first."""
        some = [g for g in (*self.picture.gaps, *self.picture.item_gaps) if g.test and g.test.verdict == GAP]
        return tuple(sorted(some, key=lambda g: -abs(_value(g.difference))))

    @property
    def items(self) -> tuple[Question, ...]:
        """Give every question."""
        return self.picture.questions

    # talk, blocks

    @property
    def first(self) -> tuple[Question, ...]:
        """Give what there is most to talk about."""
        return first_talked_of(self.picture.questions)

    @property
    def blocks(self) -> tuple[Question, ...]:
        """Give what stands in the way, what presses most first."""
        return blocks(self.picture.questions)

    def everybody(self, question: Question) -> Figure:
        """Give the mean of everybody."""
        return question.means[EVERYBODY]


def show(request: Request) -> Response:
    """Show one of the pages."""
    return _page(asked(request), request.url.path.rpartition("/")[2])


def chart(request: Request) -> Response:
    """Draw the chart of a page."""
    who, name = asked(request), request.url.path.rpartition("/")[2].removesuffix(".svg")
    found = story.results(who.x, request.path_params["round"], who.viewer, "chart")
    made = _CHARTS[name](View(who, found, name)) if found.picture else None
    if made is None:
        raise NotFound("SV-040")
    return drawn(request, made)


def as_file(request: Request) -> Response:
    """Give every figure that is shown as CSV."""
    who, id_ = asked(request), request.path_params["round"]
    found = story.results(who.x, id_, who.viewer, "file")
    if found.picture is None:
        return RedirectResponse(f"/rounds/{id_}/picture", 303)
    headers = {"Content-Disposition": 'attachment; filename="results.csv"'}
    return Response(for_spreadsheets(story.table(found.picture)), media_type="text/csv; charset=utf-8", headers=headers)


async def workshop(request: Request) -> Response:
    """Keep what a workshop agreed on, what somebody will do, or that it is done."""
    who, form, id_ = asked(request), await small_form(request), str(request.path_params["round"])
    about = form.get("about", "")

    def keep() -> None:
        if "done" in form:
            story.done(who.x, id_, form["done"], who.viewer)
        elif "title" in form:
            story.act(who.x, id_, about, form["title"], form.get("owner", ""), form.get("due", ""), who.viewer)
        else:
            value = int(form["value"]) if form.get("value", "") in {"1", "2", "3", "4", "5"} else 0
            story.agree(who.x, id_, about, value, (form.get("reason", ""), form.get("dissent", "")), who.viewer)

    try:
        keep()
    except NotFound:
        raise
    except VadoError as fault:
        return _page(who, "workshop", who.told(fault), fault.kind.http)
    return RedirectResponse(
        f"/rounds/{id_}/workshop?about={quote(about)}#{quote(about)}" if about else f"/rounds/{id_}/workshop", 303
    )


def _page(who: Asked, name: str, complaint: Complaint | None = None, status: int = 200) -> Response:
    found = story.results(who.x, who.request.path_params["round"], who.viewer, name)
    view = View(who, found, name, complaint=complaint)
    if found.picture and name in _CHARTS:
        view = View(who, found, name, _CHARTS[name](view), complaint)
    return page(who, f"picture/{name if found.picture else 'open'}.html", view, status)


def radar(view: View) -> Chart | None:
    """Give the picture, voice by voice; None: nothing is shown."""
    drawn_ = [(view.voice(v), tuple(_or_none(f) for f in figures)) for v, figures in view.multiples]
    drawn_ = [(name, values) for name, values in drawn_ if any(v is not None for v in values)]
    if not drawn_:
        return None
    labels = tuple(view.text(d) for d in view.picture.dimensions)
    known = [(v, label) for v, label in zip(drawn_[0][1], labels, strict=True) if v is not None]
    low, high = min(known), max(known)
    says = view.who.say("Lowest for {voice}: {low} ({a}); highest: {high} ({b}).").format(
        voice=drawn_[0][0], low=low[1], a=round(low[0]), high=high[1], b=round(high[0])
    )
    address = f"/rounds/{view.found.round.id}/picture.svg"
    return Chart(
        "radar",
        address,
        view.who.say("The picture, voice by voice"),
        says,
        view.who.say("topic"),
        labels,
        tuple(drawn_),
        pixels=470,
    )


def scatter(view: View) -> Chart | None:
    """Give what to talk about first by importance and disagreement; None: it cannot be said."""
    some = view.first[:FIRST]
    if not some:
        return None
    say, labels = view.who.say, tuple(str(n) for n in range(1, len(some) + 1))
    series = (
        (say("importance"), tuple(_value(q.importance) for q in some)),
        (say("disagreement"), tuple(_value(q.dissent) for q in some)),
    )
    says = say("Numbers are those of the list below; what lies high and to the right is talked about first.")
    return Chart(
        "scatter",
        f"/rounds/{view.found.round.id}/talk.svg",
        say("Importance and disagreement"),
        says,
        say("number"),
        labels,
        series,
        pixels=340,
    )


_CHARTS: dict[str, Callable[[View], Chart | None]] = {"picture": radar, "talk": scatter}


def _value(f: Figure) -> float:
    return f.value if isinstance(f, Shown) else 0.0


def _or_none(f: Figure) -> float | None:
    return f.value if isinstance(f, Shown) else None
