"""The parts of a report that come from answers. Every figure is one that the pages show, or says that it is hidden: none is made here."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from vado.collaboration.picture import Picture as Answered
from vado.collaboration.picture_change import BETTER, WORSE, Changed
from vado.collaboration.picture_gaps import GAP, Between
from vado.collaboration.picture_items import Question
from vado.collaboration.respondents import CITIZENS, ROLES, STAFF
from vado.collaboration.shown import Figure, Hidden, Shown, Why
from vado.model.report import Block, Cell, Heading, Points, Section, Sums, Table, Words
from vado.web.pages.picture.view import FIRST, View
from vado.web.words import written

_T = TypeVar("_T")
_ACROSS = 4  # organisations or pairs beside each other in one table
_RARE = 0.5  # a voice with less of the answers than half its part of the people is too seldom heard: as on its page


def _few(some: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Cut into as many as stand beside each other."""
    for n in range(0, len(some), _ACROSS):
        yield some[n : n + _ACROSS]


def fig(view: View, f: Figure, unit: str = "", *, n: bool = True) -> Cell:
    """Put a figure into a field, with its interval and n; or that it is hidden."""
    if isinstance(f, Hidden):
        return Cell(view.word(f.why.value), kind="hidden")
    notes = []
    if f.interval:
        notes.append(view.who.say("%(low)s to %(high)s") % {"low": f"{f.low:g}", "high": f"{f.high:g}"})
    if n:
        notes.append(f"n {f.n}")
    return Cell(f"{f.value:g}{unit}", ", ".join(notes))


def plain(f: Figure, view: View, unit: str = "") -> str:
    """Say a figure in a sentence."""
    return f"{f.value:g}{unit}" if isinstance(f, Shown) else view.word(f.why.value)


def asked_and_heard(view: View) -> Section:
    """Say what was asked, and whose voice is here and whose is not."""
    say, v = view.who.say, view.picture.voices
    missing = [c for c in v.cells if isinstance(c.answered, Hidden) and c.answered.why is Why.NOBODY]
    blocks: list[Block] = [
        Sums(
            (
                (plain(v.coverage, view, " %"), say("of the register was heard")),
                *((plain(v.n[g], view), view.voice(g)) for g in (STAFF, *ROLES, CITIZENS)),
            )
        )
    ]
    if missing:
        named = (
            f"{c.name} ({view.voice(c.who)}{', ' + say('seldom heard') if c.unusual else ''})" for c in missing
        )  # fmt: skip
        blocks += [Heading(say("Not heard at all")), Points(tuple(named))]
    blocks += [Heading(say("Who people say is missing")), *_called(view)]
    blocks += [
        Heading(say("The register")),
        Table(
            say("Who answered"),
            tuple(map(say, ("voice", "as", "could answer", "answered", "response", "share of voices"))),
            tuple(
                (
                    Cell(c.name), Cell(view.voice(c.who)), Cell(str(c.people) if c.people else say("not known")),
                    fig(view, c.answered, n=False), fig(view, c.response, " %", n=False), _part(view, c.share),
                )
                for c in v.cells
            ),
            frozenset({2, 3, 4, 5}),
        ),
        Heading(say("What was asked")),
        Table(
            say("What was asked"),
            (say("topic"), say("questions")),
            tuple((Cell(view.text(d.id)), Cell(str(len(d.items)))) for d in view.found.instrument.dimensions),
            frozenset({1}),
        ),
    ]  # fmt: skip
    return Section("voices", say("Whose voice is here, and whose is missing"), tuple(blocks))


def _part(view: View, share: Figure) -> Cell:
    cell = fig(view, share, n=False)
    rare = isinstance(share, Shown) and share.value < _RARE
    return Cell(cell.text, view.who.say("seldom heard"), "marked") if rare else cell


def _called(view: View) -> Iterator[Block]:
    say, v = view.who.say, view.picture.voices
    if not v.named:
        yield Words(say("No voice was named by enough people to be shown."), "none")
        return
    yield Points(
        tuple(
            f"{c.name}: {say('named by')} {plain(c.times, view)}{'' if c.heard else ', ' + say('never heard')}" for c in v.named
        )
    )
    if isinstance(v.in_all, Shown) and v.in_all.value > len(v.named):
        text = say("From what people named, there may be about %(n)s voices in all.")
        yield Words(text % {"n": f"{v.in_all.value:g}"}, "quiet")


def scores(view: View, drawn: Sequence[Block]) -> Section:
    """Give the scores by topic and voice, with intervals."""
    say = view.who.say
    blocks: list[Block] = [
        *drawn,
        Words(
            say(
                "0: not at all, 100: fully. Under each score: where the mean would be found 95 times in 100, and how many people are behind it (n)."
            ),
            "quiet",
        ),
        _scored(view, say("Voice by voice"), view.multiples),
        *_these_only(view),
        Heading(say("Organisation by organisation")),
        *(_scored(view, say("Organisation by organisation"), some) for some in _few(view.organisations)),
        Heading(say("How sound the questions are")),
        Table(
            say("How sound the questions are"),
            (say("topic"), say("hang together (alpha)"), say("importance")),
            tuple(
                (Cell(view.text(d)), fig(view, together), fig(view, weight))
                for d, together, weight in zip(
                    view.picture.dimensions, view.picture.together, view.picture.importance, strict=True
                )
            ),
            frozenset({1, 2}),
        ),
        Words(f"{say('All see the same things as high and low:')} {_one(fig(view, view.picture.ranking))}"),
    ]
    return Section("scores", say("How it looks from where people stand"), tuple(blocks))


def _scored(view: View, title: str, some: Sequence[tuple[str, tuple[Figure, ...]]]) -> Table:
    rows = ((Cell(view.text(d)), *(fig(view, figures[n]) for _, figures in some)) for n, d in enumerate(view.picture.dimensions))
    heads = (view.who.say("topic"), *(view.voice(v) for v, _ in some))
    return Table(title, heads, tuple(rows), frozenset(range(1, len(some) + 1)))


def _these_only(view: View) -> Iterator[Block]:
    if any(isinstance(f, Shown) and f.these_only for _, figures in view.multiples for f in figures):
        yield Words(view.who.say("Few organisations: it speaks of these only."), "quiet")


def gaps(view: View) -> Section:
    """Give what groups see differently, with the test that says so."""
    say = view.who.say
    none = say("No two groups are shown to differ. That is not agreement: it may be that too few answered to see it.")
    named: Block = _named(view, view.named_gaps) if view.named_gaps else Words(none, "none")
    blocks: tuple[Block, ...] = (
        named,
        Heading(say("Topic by topic")),
        Words(say("Points by which the first sees more (+) or less (−) than the second; each organisation beside all the others."), "quiet"),
        *(_map(view, pairs) for pairs in _few(view.pairs)),
        Words(say(NOT_AGREEMENT), "quiet"),
    )  # fmt: skip
    return Section("gaps", say("What people see differently"), blocks)


NOT_AGREEMENT = (
    "“Not shown to differ” is not agreement: these answers do not show a difference, which is not to say that there is none."
)


def _named(view: View, some: Sequence[Between]) -> Table:
    say = view.who.say
    heads = (*map(say, ("topic or question", "first", "second", "difference")), "p", "g")
    return Table(say("Gaps"), heads, tuple(_gap(view, g) for g in some), frozenset({1, 2, 3, 4, 5}))


def _gap(view: View, g: Between) -> tuple[Cell, ...]:
    a, b = g.pair
    test = g.test
    return (
        Cell(view.text(g.about)),
        Cell(plain(g.first, view), view.voice(a)),
        Cell(plain(g.second, view), view.voice(b)),
        _points(view, g.difference),
        Cell(f"{test.p:.3g}" if test else ""),
        Cell(str(test.effect) if test else ""),
    )


def _points(view: View, f: Figure) -> Cell:
    return Cell(f"{f.value:+g}", f"n {f.n}") if isinstance(f, Shown) else fig(view, f)


def _map(view: View, pairs: Sequence[tuple[str, str]]) -> Table:
    rows = tuple(
        (Cell(view.text(d)), *(_field(view, view.gap(d, p)) for p in pairs)) for d in view.picture.dimensions
    )  # fmt: skip
    heads = (view.who.say("topic"), *(view.paired(p) for p in pairs))
    return Table(view.who.say("Gaps by topic and pair of groups"), heads, rows, frozenset(range(1, len(pairs) + 1)))


def _field(view: View, g: Between) -> Cell:
    cell = _points(view, g.difference)
    if g.test and g.test.verdict == GAP:
        return Cell(cell.text, f"{cell.note}, {view.word(GAP)}", "marked")
    return cell


def talk(view: View, drawn: Sequence[Block]) -> Section:
    """Give what to talk about first, and where people differ."""
    say = view.who.say
    if not view.first:
        none = say("Too few people answered to say what to talk about first. Talk about what you expected to see here.")
        return Section("talk", say("What to talk about first"), (Words(none, "none"),))
    hint = say(
        "What matters to people, what they answer differently, and above all what organisations answer differently, comes first."
    )
    heads = tuple(map(say, ("question", "where people differ", "mean", "importance", "disagreement", "between organisations")))
    rows = tuple(
        (
            Cell(f"{n}. {view.text(q.item.id)}", view.text(q.dimension)),
            Cell(view.word(q.sits) if q.sits else say("people do not answer very differently")),
            fig(view, view.everybody(q)),
            *(fig(view, f, n=False) for f in (q.importance, q.dissent, q.between)),
        )
        for n, q in enumerate(view.first[:FIRST], 1)
    )
    table = Table(say("What to talk about first"), heads, rows, frozenset({2, 3, 4, 5}))
    return Section("talk", say("What to talk about first"), (Words(hint), *drawn, table))


def blocks(view: View) -> Section:
    """Give what stands in the way, with its kind and who has taken it on."""
    say = view.who.say
    if not view.blocks:
        none = say(
            "Nothing is shown to be a block: low, weighty and named by at least one in five. That does not mean that nothing "
            "stands in the way."
        )
        return Section("blocks", say("What stands in the way"), (Words(none, "none"),))
    heads = tuple(map(say, ("question", "kind", "owner", "pressure", "mean", "named by")))
    table = Table(say("What stands in the way"), heads, tuple(_block(view, q) for q in view.blocks), frozenset({3, 4, 5}))
    advice = (f"{view.text(q.item.id)}: {view.advice(q.item)}" for q in view.blocks if view.advice(q.item))
    return Section(
        "blocks", say("What stands in the way"),
        (table, Points(tuple(advice)), Words(say("You know better: it is a thought, not an answer."), "quiet")),
    )  # fmt: skip


def _block(view: View, q: Question) -> tuple[Cell, ...]:
    say, before = view.who.say, view.found.before
    since = say("new in this round")
    if before and q.item.id in view.picture.blocks_before:
        since = say("since %(before)s at least") % {"before": before.title}
    owners = dict.fromkeys(view.owner(a.owner) for a in view.actions(q.item.id))
    return (
        Cell(view.text(q.item.id), since),
        Cell(view.kind(q.item)),
        Cell(", ".join(owners)) if owners else Cell(say("Nobody has taken this on yet."), kind="hidden"),
        fig(view, q.pressure),
        fig(view, view.everybody(q)),
        fig(view, q.named, " %"),
    )


def change(view: View) -> Section | None:
    """Give what changed since the round before; None: there is none."""
    say, before = view.who.say, view.found.before
    if before is None:
        return None
    title = say("Since %(before)s") % {"before": before.title}
    if not view.changes(STAFF):
        return Section("change", title, (Words(say("The round before asked other questions: nothing is compared."), "none"),))
    rows = []
    for c, p in zip(view.changes(STAFF), view.changes(CITIZENS), strict=True):
        both = tuple(
            Cell(view.word(one.verdict), _moved(one.change), "marked" if one.verdict in {BETTER, WORSE} else "") for one in (c, p)
        )
        rows.append((Cell(view.text(c.dimension)), *both, _stayed(view, c)))
    heads = tuple(map(say, ("topic", "organisations", "citizens", "in those who answered both times")))
    still = Words(say("That no change is shown does not mean that nothing changed."), "quiet")
    return Section("change", title, (Table(say("What changed"), heads, tuple(rows)), still))


def _moved(f: Figure) -> str:
    return f"{f.value:+g}, n {f.n}" if isinstance(f, Shown) else ""


def _stayed(view: View, c: Changed) -> Cell:
    if not isinstance(c.stayed, Shown):
        return fig(view, c.stayed)
    came = view.who.say("%(n)s from who answers now") % {"n": f"{c.who.value:+g}" if isinstance(c.who, Shown) else "–"}
    moved = c.paired in {BETTER, WORSE}
    return Cell(view.word(c.paired), f"{_moved(c.stayed)}; {came}", "marked" if moved else "")


def workshop(view: View) -> Section:
    """Give what was agreed, with the dissent as it was said, and who does what."""
    say, found = view.who.say, view.found
    made: list[Block] = []
    if found.agreed:
        rows = tuple(
            (Cell(view.text(a.about)), Cell(say("%(value)s of 5") % {"value": a.value}, _level(view, a.value)), Cell(a.reason),
             Cell(a.dissent) if a.dissent else Cell("–"))
            for a in found.agreed
        )  # fmt: skip
        heads = tuple(map(say, ("about", "agreed", "why", "what those say who do not agree")))
        made.append(Table(say("What was agreed"), heads, rows))
    else:
        made.append(Words(say("Nothing has been agreed yet."), "none"))
    made.append(Heading(say("Who does what")))
    if found.actions:
        rows = tuple(
            (Cell(a.title, view.text(a.about)), Cell(view.owner(a.owner)), _due(view, a.due, a.done)) for a in view.actions()
        )
        made.append(Table(say("Who does what"), tuple(map(say, ("what", "owner", "until"))), rows))
    else:
        made.append(Words(say("Nobody has taken anything on yet."), "none"))
    return Section("workshop", say("What was agreed, and who does what"), tuple(made))


def _level(view: View, value: int) -> str:
    said = view.found.instrument.levels[value - 1]
    return said.get(view.language) or said["en"]


def _due(view: View, due: str, done: str) -> Cell:
    day = written(due, view.language) if due else view.who.say("no day set")
    return Cell(day, f"{view.who.say('done')}, {written(done, view.language)}") if done else Cell(day)


def questions(view: View) -> Section:
    """Give every question: what each group says, how often it was named as being in the way, how many cannot say."""
    say = view.who.say
    some = (*ROLES, CITIZENS)
    heads = (say("question"), *(view.voice(g) for g in some), say("named by"), say("cannot say"))
    rows = tuple(
        (
            Cell(view.text(q.item.id), view.text(q.dimension)), *(fig(view, q.means[g]) for g in some),
            fig(view, q.named, " %", n=False), fig(view, q.cannot_say, " %", n=False),
        )
        for q in view.items
    )  # fmt: skip
    table = Table(say("Question by question"), heads, rows, frozenset(range(1, 6)))
    return Section("questions", say("Question by question"), (table,))


def who_answered(view: View) -> str:
    """Say how many answered, of those who work here and of citizens: the two are never added up where few are of one kind."""
    n = view.picture.voices.n
    return "; ".join(f"{view.voice(g)}: {plain(n[g], view)}" for g in (STAFF, CITIZENS))


def in_short(view: View) -> Iterator[str]:
    """Say in a few sentences what the round shows."""
    say, shown = view.who.say, view.picture
    yield say("Heard: {share} of the register. {answered}.").format(
        share=plain(shown.voices.coverage, view, " %"), answered=who_answered(view)
    )
    if gone := [c.name for c in shown.voices.cells if isinstance(c.answered, Hidden) and c.answered.why is Why.NOBODY]:
        yield f"{say('Not heard at all')}: {', '.join(dict.fromkeys(gone))}."
    if wide := view.named_gaps:
        text = say("Gaps that are shown: {n}. The widest: {what} ({who}, {points}).")
        points = plain(wide[0].difference, view)
        yield text.format(n=len(wide), what=view.text(wide[0].about), who=view.paired(wide[0].pair), points=points)
    else:
        yield say("No two groups are shown to differ. That is not agreement: it may be that too few answered to see it.")
    if view.first:
        yield f"{say('What to talk about first')}: {view.text(view.first[0].item.id)}."
    if view.blocks:
        yield f"{say('What stands in the way')}: {'; '.join(view.text(q.item.id) for q in view.blocks)}."
    if shown.changes:
        yield _changed(view, shown)
    if view.found.agreed or view.found.actions:
        text = say("Agreed in the workshop: {agreed}. Actions: {actions}, of which done: {done}.")
        done = sum(bool(a.done) for a in view.found.actions)
        yield text.format(agreed=len(view.found.agreed), actions=len(view.found.actions), done=done)


def _changed(view: View, shown: Answered) -> str:
    say, before = view.who.say, view.found.before
    moved = [
        f"{view.text(c.dimension)} ({view.voice(c.voice)}): {view.word(c.verdict)}"
        for c in shown.changes
        if c.verdict in {BETTER, WORSE}
    ]
    since = say("Since %(before)s") % {"before": before.title if before else ""}
    if not moved:
        return f"{since}: {say('no change is shown')}. {say('That no change is shown does not mean that nothing changed.')}"
    return f"{since}: {'; '.join(moved)}. {say('Of all else no change is shown.')}"


def _one(cell: Cell) -> str:
    return f"{cell.text} ({cell.note})" if cell.note else cell.text
