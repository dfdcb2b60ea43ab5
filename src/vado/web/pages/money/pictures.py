"""The charts of a proposal."""

from vado.collaboration.money.card import Card, Odds
from vado.model.funding import Proposal
from vado.web.charts import Chart
from vado.web.pages.money.words import Words

_SWINGS = 10  # lines that matter most


def charts(of: Proposal, words: Words, card: Card, odds: Odds) -> dict[str, Chart]:
    """Give every chart by its name."""
    say, unit, here = words.say, of.currency, f"/money/{of.id}/chart"
    years = tuple(say("now") if y == 0 else say("year {n}").format(n=y) for y in card.years)
    bars = tuple((p.name, tuple(_r(card.by_year[p.organisation].get(y, 0.0)) for y in card.years)) for p in card.positions)
    falls = (*(_r(p.net) for p in card.positions), _r(card.total))
    found = {
        "years": Chart(
            "diverging", f"{here}/years.svg", say("Who pays and who gains, by year"), words.gist(card), say("year"), years, bars, unit, 340
        ),
        "steps": Chart(
            "waterfall", f"{here}/steps.svg", say("From each organisation to the whole"),
            say("What each adds or takes, one after the other; together {total}.").format(total=words.money(card.total)),
            say("organisation"), (*(p.name for p in card.positions), say("all together")), ((say("net today"), falls),), unit,
            70 + 34 * len(falls),
        ),
    }  # fmt: skip
    if odds.ranges:
        found |= _unsure(of, words, card, odds)
    return found


def _unsure(of: Proposal, words: Words, card: Card, odds: Odds) -> dict[str, Chart]:
    say, here = words.say, f"/money/{of.id}/chart"
    low, middle, high = odds.chances.total()
    fan = tuple(
        (say(name), tuple(_r(row[n]) for row in odds.fan)) for n, name in ((1, "lower end"), (2, "middle"), (3, "upper end"))
    )
    years = tuple(say("now") if row[0] == 0 else say("year {n}").format(n=row[0]) for row in odds.fan)
    widest = odds.swings[:_SWINGS]
    labels = tuple(
        f"{of.named(s.line.organisation)}: {s.line.label or say(s.line.side.value)}, {words.year(s.line.year)}" for s in widest
    )
    swings = (
        (say("at its low amount"), tuple(_r(s.low) for s in widest)), (say("at its high amount"), tuple(_r(s.high) for s in widest)),
        (say("as likely"), tuple(_r(card.total) for _ in widest)),
    )  # fmt: skip
    return {
        "fan": Chart(
            "fan", f"{here}/fan.svg", say("All together, added up over the years"),
            say("In the end between {low} and {high} in 80 of 100 draws, in the middle {middle}.").format(
                low=words.amount(low), high=words.amount(high), middle=words.money(middle)
            ),
            say("year"), years, fan, of.currency, 320,
        ),
        "lines": Chart(
            "tornado", f"{here}/lines.svg", say("Which line matters most"),
            say("The total when one line alone is at its low or high amount; {line} moves it most.").format(line=labels[0]),
            say("line"), labels, swings, of.currency, 110 + 34 * len(widest),
        ),
    }  # fmt: skip


def _r(value: float) -> float:
    return round(value, 2) + 0.0
