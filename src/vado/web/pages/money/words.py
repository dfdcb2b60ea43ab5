"""Money in the reader's words: amounts, shares, sentences. What a file of results says is said here too."""

from collections.abc import Callable, Iterable
from math import isfinite, isnan

from babel.numbers import format_decimal, format_percent

from vado.collaboration.money.card import Card, Odds, Rule, Sharing
from vado.model.funding import Proposal

Say = Callable[[str], str]
RULES = {  # name -> as a switch says it, and what it does
    "none": ("No sharing", "Everybody keeps what falls to it."),
    "equal": ("Equal parts", "What all gain together is cut into equal parts."),
    "cost": ("By cost", "What all gain together is shared as the costs are borne."),
    "benefit": ("By benefit", "What all gain together is shared as the benefits fall."),
    "shapley": ("Shapley", "Everybody gets what it adds, on average over all orders of joining in. Whoever would lose may stay out."),
    "nucleolus": ("Nucleolus", "The group that has most to complain of has as little to complain of as can be, then the next."),
}  # fmt: skip
_LARGE = 1000  # from here on no decimals


class Words:
    """Says amounts in a language."""

    def __init__(self, say: Say, language: str, of: Proposal) -> None:
        self.say, self._language, self._of = say, language, of

    def amount(self, value: float, *, signed: bool = False) -> str:
        """Say an amount, without its currency."""
        value = 0.0 if abs(value) < 0.005 else value
        form = "#,##0.##" if abs(value) < _LARGE else "#,##0"
        return format_decimal(value, f"+{form};-{form}" if signed and value else form, self._language).replace("-", "\u2212")

    def money(self, value: float) -> str:
        """Say an amount with its currency."""
        return f"{self.amount(value)} {self._of.currency}"

    def between(self, spread: tuple[float, float, float]) -> str:
        """Say a range by its outer ends."""
        return self.say("{low} to {high}").format(low=self.amount(spread[0]), high=self.amount(spread[2]))

    def part(self, value: float) -> str:
        """Say a share of a whole; a dash where there is no whole."""
        return "–" if isnan(value) else format_percent(value, "0.#\u202f%", self._language)

    def plain(self, value: float) -> str:
        """Write a number as a form takes it again: without marks for thousands."""
        return format_decimal(round(value, 2), "0.##", self._language)

    def percent(self, value: float) -> str:
        """Write a share as a form takes it again, in percent."""
        return format_decimal(round(100 * value, 8), "0.####", self._language)

    def grades(self) -> str:
        """List what the grades of certainty change."""
        return ", ".join(map(self.part, self._of.careful))

    def ratio(self, value: float) -> str:
        """Say benefits over costs."""
        return format_decimal(value, "0.00", self._language) if isfinite(value) else "–"

    def year(self, value: int | None) -> str:
        """Say in which year it is paid back."""
        return self.say("never") if value is None else self.say("now") if value == 0 else self.say("year {n}").format(n=value)

    def names(self, organisations: Iterable[str]) -> str:
        """List organisations as a sentence does: A, B and C."""
        named = sorted((self._of.named(o) for o in organisations), key=str.casefold)
        if len(named) < 2:
            return "".join(named)
        return self.say("{some} and {last}").format(some=", ".join(named[:-1]), last=named[-1])

    def gist(self, card: Card) -> str:
        """Say in one sentence who gains and who loses."""
        total, losers = self.money(abs(card.total)), card.losers
        near = abs(card.total) < 0.005
        place = (
            "The place neither gains nor loses"
            if near
            else "The place gains {total}"
            if card.total > 0
            else "The place loses {total}"
        )
        said = self.say(place).format(total=total)
        if not losers:
            return self.say("{place}; nobody loses.").format(place=said)
        lose = (
            "{place}; {who} loses {sum} unless money moves." if len(losers) == 1 else "{place}; {who} lose {sum} unless money moves."
        ) if card.payable else (
            "{place}; {who} loses {sum}, more than the others gain." if len(losers) == 1 else "{place}; {who} lose {sum}, more than the others gain."
        )  # fmt: skip
        who = self.names(p.organisation for p in losers)
        return self.say(lose).format(place=said, who=who, sum=self.amount(card.compensation))

    def verdict(self, rule: Rule) -> str:
        """Say whether everybody would stay with a rule."""
        if rule.stays is None:
            return self.say("Whether everybody would stay was not looked at: there are too many organisations.")
        if rule.stays:
            return self.say("Everybody would stay: no group does better by itself.")
        said = [self.names(group) for group in rule.refuse[:5]]
        return self.say("Would refuse, because they do better by themselves: {groups}.").format(groups="; ".join(said))

    def left_out(self, shared: Sharing) -> str:
        """Say who would better stay out; "": nobody."""
        if shared.everybody:
            return ""
        out = {o for r in shared.rules for o in r.share} - shared.best
        if not shared.best:
            return self.say("No group gains anything together, so there is nothing to share.")
        text = "More is gained without {out}: {worth}. The rules share this, and {out} keeps nothing and pays nothing."
        return self.say(text).format(out=self.names(out), worth=self.money(shared.worth))


def results(words: Words, of: Proposal, card: Card, shared: Sharing, odds: Odds) -> list[list[str | float]]:
    """Give what a proposal comes to as rows: one an organisation, then all together. Numbers stay numbers."""
    say = words.say
    heads = ["organisation", "net today", "share of costs", "share of benefits", "paid back from year"]
    rules = [(r, say(RULES[r.name][0])) for r in shared.rules if r.name != "none"]
    each = [h for _, name in rules for h in (f"{say('share')}: {name}", f"{say('moves')}: {name}")]
    last = ["10 of 100 draws are below", "half of the draws are below", "90 of 100 draws are below", "chance of losing"]
    rows: list[list[str | float]] = [
        [*(say(h) for h in heads), *(f"{say('year')} {y}" for y in card.years), *each, *(say(h) for h in last)]
    ]
    for p in card.positions:
        by = card.by_year.get(p.organisation, {})
        told = [v for r, _ in rules for v in (r.share.get(p.organisation, 0.0), r.transfer.get(p.organisation, 0.0))]
        back: float | str = "" if p.payback is None else p.payback
        chances = [*odds.chances.spread(p.organisation), odds.chances.loses(p.organisation)]
        rows.append(
            [
                p.name,
                _cut(p.net),
                _cut(p.cost),
                _cut(p.benefit),
                back,
                *(_cut(by.get(y, 0.0)) for y in card.years),
                *map(_cut, told),
                *map(_cut, chances),
            ]
        )
    together = dict(zip(card.years, [sum(b.get(y, 0.0) for b in card.by_year.values()) for y in card.years], strict=True))
    sums = [v for r, _ in rules for v in (sum(r.share.values()), sum(r.transfer.values()))]
    back = "" if card.payback is None else card.payback
    rows.append(
        [say("all together"), _cut(card.total), 1.0, 1.0, back, *(_cut(together[y]) for y in card.years), *map(_cut, sums),
         *map(_cut, (*odds.chances.total(), odds.chances.total_loses()))]
    )  # fmt: skip
    rows.append([f"{say('currency')}: {of.currency}", f"{say('discount rate')}: {words.part(of.rate)}"])
    return rows


def _cut(value: float) -> float | str:
    return "" if isnan(value) else round(value, 4) + 0.0
