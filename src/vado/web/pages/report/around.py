"""The parts of a report that come from beside the answers: the network, the direction of travel, money. As their pages show them, no more."""

from collections.abc import Iterator, Sequence

from vado.collaboration.money import card as reckoned
from vado.collaboration.money.card import DRAWS
from vado.exchange.collaboration.funding import proposals
from vado.model.funding import Proposal
from vado.model.report import Block, Cell, Heading, Section, Sums, Table, Words
from vado.record.permit import may
from vado.tools.written import written
from vado.web.charts import Chart
from vado.web.pages.direction.view import View as Travel
from vado.web.pages.money.pictures import charts
from vado.web.pages.money.words import Words as Amounts
from vado.web.pages.network.view import View as Network
from vado.web.render import Reader

Money = Sequence[tuple[Proposal, Amounts, dict[str, Chart]]]
_COLUMNS = 7  # things by month beside each other in one table
_BRIDGES = 5  # that are listed
_JOINED = "of pairs around a person are joined"
_WHOLE = "people whose record is whole, of %(people)s whom two or more hold something on"


def network(who: Reader, v: Network, drawn: Sequence[Block]) -> Section:
    """Give who works with whom: said, seen, and the difference; who stands between, who alone; what one more bridge would join."""
    say, title = who.say, who.say("Who works with whom")
    if not v.place.actors:
        none = say(
            "There is no organisation yet. Open a round and register the organisations of the place, or connect the first partner."
        )
        return Section("network", title, (Words(none, "none"),))
    alone = v.measures.isolates
    blocks: tuple[Block, ...] = (
        Words(" ".join(_sources(who, v))),
        Sums(
            (
                (str(len(v.place.actors)), say("organisations")), (str(v.measures.ties), say("ties shown")),
                (v.share, say(_JOINED)), (v.whole, say(_WHOLE) % {"people": v.people}),
            )
        ),
        *drawn,
        Words(say("Without any tie: %(names)s.") % {"names": ", ".join(alone)} if alone else say("Nobody is without a tie.")),
        Heading(say("What they say and what is seen")),
        *_ties(who, v),
        Heading(say("How each stands")),
        Table(
            say("How each stands"),
            tuple(map(say, ("organisation", "ties", "between others", "constraint", "stands between as", "own pairs lost", "others' pairs lost"))),
            tuple(
                (
                    Cell(r.standing.actor.name, say("cut point") if r.standing.cut else ""), Cell(str(r.standing.degree)), Cell(r.between),
                    Cell(r.constraint), Cell(r.role), Cell(r.own), Cell(r.transit),
                )
                for r in v.rows
            ),
            frozenset({1, 2, 3, 5, 6}),
        ),
        Table(
            say("Measures of the whole"), tuple(map(say, ("measure", "figure", "how it is computed"))),
            tuple((Cell(name), Cell(figure), Cell(how)) for name, figure, how in v.figures), frozenset({1}),
        ),
        Heading(say("What one more bridge would join")),
        *_bridges(who, v),
    )  # fmt: skip
    return Section("network", title, blocks)


def _sources(who: Reader, v: Network) -> Iterator[str]:
    say = who.say
    if v.round:
        text = say("What organisations say is from the round “%(round)s”: %(asked)s of %(all)s said whom they work with.")
        asked = sum(a.asked for a in v.place.actors)
        yield text % {"round": v.round.title, "asked": asked, "all": len(v.round.organisations)}
    else:
        yield say("Nobody has been asked yet whom they work with: only what the exchange shows is here.")
    yield say("What is seen are the deliveries and the openings of the last %(days)s days.") % {"days": v.days}
    yield say("People were counted %(at)s.") % {"at": written(v.counted, who.language, who.x.zone)}


def _ties(who: Reader, v: Network) -> Iterator[Block]:
    say = who.say
    words = {"both": say("said and seen"), "said": say("said, not seen"), "seen": say("seen, not said")}
    if not v.ties:
        yield Words(say("No tie is said or seen."), "none")
        return
    rows = tuple(
        (
            Cell(t.a), Cell(t.b), Cell(words[t.state]), Cell(t.often or "–"), Cell(", ".join(map(say, t.seen)) or "–"),
            Cell(t.people or "–"), Cell(t.opened or "–"),
        )
        for t in v.ties
    )  # fmt: skip
    heads = tuple(map(say, ("from", "to", "said or seen", "how often, as said", "as seen", "people in common", "people opened")))
    yield Table(say("Ties"), heads, rows, frozenset({5, 6}))
    if v.all_ties > len(v.ties):
        yield Words(
            say("Of {n} ties these are the first; the files of the network have all of them.").format(n=v.all_ties), "quiet"
        )


def _bridges(who: Reader, v: Network) -> Iterator[Block]:
    say = who.say
    if not v.chances:
        yield Words(
            say("No person is known to two organisations yet, so no bridge would join anybody.")
            if v.people == "0"
            else say("No further bridge would join anybody: all who have people in common are joined."),
            "none",
        )
        return
    best = v.chances[0]
    yield Words(say("Best first bridge: %(a)s and %(b)s") % {"a": best.a, "b": best.b} + ".", "lead")
    yield Words(" ".join(_made_whole(who, v)))
    heads = tuple(map(say, ("between", "people made whole", "pairs joined", "effort, 1–4", "trust, 1–4")))
    rows = ((Cell(f"{c.a} – {c.b}"), *map(Cell, (c.whole, c.pairs, c.effort, c.trust))) for c in v.chances[:_BRIDGES])
    yield Table(say("What one more bridge would join"), heads, tuple(rows), frozenset({1, 2, 3, 4}))


def _made_whole(who: Reader, v: Network) -> Iterator[str]:
    yield who.say("The record of people made whole: %(people)s.") % {"people": v.chances[0].whole}
    if len(v.two) > 1:
        (a, b), (c, d), *_ = v.two
        text = who.say(
            "Best two together: %(a)s with %(b)s, and %(c)s with %(d)s; then %(share)s of pairs are joined, and people whose record is "
            "whole: %(whole)s."
        )
        yield text % {"a": a, "b": b, "c": c, "d": d, "share": v.then[0], "whole": v.then[1]}


def direction(who: Reader, v: Travel, drawn: Sequence[Block]) -> Section:
    """Give which way each thing goes; nothing is added up."""
    say = who.say
    blocks: list[Block] = [
        Words(say(
                "Each thing has its own arrow. They are not added up to one score, and there is no finish line: what matters is which way "
                "each goes."
            )),
        Heading(say("What the exchange shows, by month")),
    ]  # fmt: skip
    if v.words:
        heads = tuple(map(say, ("what", "which way", "last whole month", "months")))
        rows = tuple((Cell(w.name, w.how), Cell(f"{w.arrow} {w.word}"), Cell(w.last), Cell(str(w.months))) for w in v.words)
        blocks += [Table(say("What the exchange shows, by month"), heads, rows, frozenset({2, 3})), *drawn]
        blocks += _months(v.charts)
    else:
        none = say(
            "No month of the exchange is over yet. The first figures stand here at the beginning of next month; six are needed for an "
            "arrow."
        )
        blocks.append(Words(none, "none"))
    blocks.append(Heading(say("What rounds say")))
    if v.rounds:
        rows = tuple(
            (
                Cell(d.name),
                *(
                    Cell(mean, f"n {n}") if mean else Cell(say("hidden"), kind="hidden")
                    for mean, n in zip(d.means, d.behind, strict=True)
                ),
                Cell(f"{d.arrow} {d.word}"),
            )
            for d in v.dimensions
        )
        heads = (say("dimension, 0 to 100"), *v.rounds, say("which way"))
        blocks.append(Table(say("What rounds say"), heads, rows, frozenset(range(1, len(v.rounds) + 1))))
    else:
        blocks.append(Words(say("No round is closed yet. What people say stands here when the first one is."), "none"))
    return Section("direction", say("Direction of travel"), tuple(blocks))


def _months(some: Sequence[Chart]) -> Iterator[Table]:
    """Give the numbers of all charts over months."""
    if not some:
        return
    columns = [(name, dict(zip(c.labels, values, strict=True))) for c in some for name, values in c.series]
    months = dict.fromkeys(label for c in some for label in c.labels)
    for n in range(0, len(columns), _COLUMNS):
        across = columns[n : n + _COLUMNS]
        rows = tuple((Cell(m), *(Cell("–" if by.get(m) is None else f"{by[m]:g}") for _, by in across)) for m in months)
        yield Table(some[0].first, (some[0].first, *(name for name, _ in across)), rows, frozenset(range(1, len(across) + 1)))


def money(who: Reader) -> Money:
    """Give the proposals that have lines, with the charts of each; none to whoever may not read money."""
    if not may(who.viewer, "money.read"):
        return ()
    some = [p for p in proposals(who.x, who.viewer) if p.lines]
    words = {p.id: Amounts(who.say, who.language, p) for p in some}
    return tuple((p, words[p.id], charts(p, words[p.id], reckoned.card(p), reckoned.odds(p))) for p in some)


def positions(who: Reader, of: Proposal, w: Amounts, drawn: Sequence[Block]) -> Iterator[Block]:
    """Give who gains and who pays of one proposal."""
    say, card, odds = who.say, reckoned.card(of), reckoned.odds(of)
    yield Heading(of.title)
    yield Words(w.gist(card), "lead")
    if card.losers:
        text = "Those who gain can make it good and still gain: at least %(sum)s has to move."
        cannot = "Those who gain cannot make it good: what they gain is less than what the others lose."
        yield Words(say(text) % {"sum": w.money(card.compensation)} if card.payable else say(cannot))
    yield from drawn
    heads = ["organisation", "net today", "share of costs", "share of benefits", "paid back"]
    heads += ["in 80 of 100 draws between", "chance of losing"] if odds.ranges else []
    rows = []
    for p in card.positions:
        low, _, high = odds.chances.spread(p.organisation)
        sure = (f"{w.amount(low)} – {w.amount(high)}", w.part(odds.chances.loses(p.organisation))) if odds.ranges else ()
        rows.append((Cell(p.name), *map(Cell, (w.amount(p.net), w.part(p.cost), w.part(p.benefit), w.year(p.payback), *sure))))
    low, _, high = odds.chances.total()
    sure = (f"{w.amount(low)} – {w.amount(high)}", w.part(odds.chances.total_loses())) if odds.ranges else ()
    rows.append((Cell(say("all together")), *map(Cell, (w.amount(card.total), "", "", w.year(card.payback), *sure))))
    yield Words(say("In %(currency)s, as of today.") % {"currency": of.currency}, "quiet")
    yield Table(say("Who gains and who pays"), tuple(map(say, heads)), tuple(rows), frozenset({1, 2, 3, 5, 6}))


def reckoned_how(who: Reader, of: Sequence[Proposal]) -> Iterator[str]:
    """Say how the figures of this part were made."""
    say = who.say
    yield say(
        "A pair is two organisations that hold something on the same person, counted once for each person. It is joined when a tie that is "
        "seen links the two: by any path, if what was passed on may be passed on again, or directly only. A record is whole when all who "
        "hold something on the person are joined. Every bridge that is not there is tried; the best two are found among all pairs of "
        "bridges. Effort and trust are what the two organisations say (mean); – where neither said it."
    )
    yield say(
        "Ties, between, constraint and cut points are of the ties that are shown, without direction. Between others: share of the shortest "
        "ways between two others that go through it (Freeman). Constraint: how far its contacts are tied to each other, so that it has no "
        "other way (Burt); low is free. It stands between two that are not tied, by their sectors: coordinator (all three of one), "
        "itinerant (two of one, it of another), gatekeeper (into its own), representative (out of its own), liaison (all different) (Gould "
        "and Fernandez). Cut point: without it the rest falls apart. Pairs lost are of the ties that are seen."
    )
    yield say(
        "Towards or away: the test of Mann and Kendall, corrected for series that remember (Hamed and Rao), finds a trend (p under 0.05). "
        "Steady: no trend could be shown, which does not prove that there is none. Too early: fewer than six points. The month that is not "
        "over is left out; at most 24 months are shown. A month counts what came in it, whenever it happened. Low rungs count from the "
        "first day."
    )
    yield say(
        "The score of the whole, as each round’s own page shows it: the mean over organisations, each weighing the same; those that are not "
        "shown one by one count together as one. Citizens are a voice of their own and not in it. What is hidden there is hidden here. Only "
        "closed rounds that asked the same are beside each other: the questionnaire has not been validated, and a difference of two rounds "
        "may be chance or who answered."
    )
    for p in of:
        w = Amounts(say, who.language, p)
        text = say(
            "Every line counts as its most likely amount, made careful by its grade of certainty (benefits less, costs more), and as of "
            "today: an amount in a year is divided by (1 + %(rate)s) once for each year. An organisation's net is its benefits less its "
            "costs. %(n)s lines were counted; none is hidden."
        )
        yield f"{p.title}: {text % {'rate': w.part(p.rate), 'n': len(p.lines)}}"
    if any(reckoned.odds(p).ranges for p in of):
        text = say(
            "%(n)s times every line was drawn between its low and its high, most often near the likely amount (triangular), each by itself "
            "and as of today. The same lines give the same draws. Lines that rise and fall together would make the range wider."
        )
        yield text % {"n": f"{DRAWS:,}".replace(",", "\u202f")}


def hidden_why(who: Reader, v: Network) -> Iterator[str]:
    """Say what counts as seen, and what of people is not told."""
    text = who.say(
        "B was sent at least one delivery in the last %(days)s days, and A and B hold something on five people or more. What B is sent is "
        "what others tell of a person; which of several others told it is not taken apart."
    )
    yield f"{who.say('Sent')}: {text % {'days': v.days}}"
    text = who.say(
        "In the last %(days)s days people or programs of B opened what A had told of five people or more: their record as a whole, one "
        "entry of it, or a document. The audit trail says so; it does not say what of a record was hidden from them. Who looked is not "
        "told here."
    )
    yield f"{who.say('Opened')}: {text % {'days': v.days}}"
    text = who.say("Numbers of people are rounded to fives, and under five is not told. People were counted %(at)s.")
    yield text % {"at": written(v.counted, who.language, who.x.zone)}
