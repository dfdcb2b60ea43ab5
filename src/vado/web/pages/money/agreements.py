"""Agreements that exist elsewhere, tried on one's own numbers: a pooled fund, shared savings, a social investment. Nothing is kept."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from vado.collaboration.money import Bond, Pool, Savings, bond, pooled, shared_savings
from vado.collaboration.money import rows as tables
from vado.exchange.collaboration import funding
from vado.model.funding import Proposal, Side
from vado.web.pages.money.words import Words
from vado.web.render import asked, page

_LONGEST = 30  # letters of a number


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    of: Proposal
    words: Words
    said: dict[str, str]  # what stands in the fields
    wrong: tuple[str, ...]  # fields that are no number
    paid: tuple[tuple[str, str, float], ...]  # organisation, its name, what it pays in
    pool: Pool | None
    savings: Savings | None
    bond: Bond | None


def agreements(request: Request) -> Response:
    """Reckon what the fields say; what is left out is as the proposal has it."""
    who = asked(request)
    of = funding.proposal(who.x, request.path_params["proposal"], who.viewer)
    words = Words(who.say, who.viewer.language, of)
    fields = _Fields(dict(request.query_params), words)
    paid = _paid(of)
    pool = _pool(fields, paid)
    savings, invested = _savings(fields, sum(paid.values())), _bond(fields, of, sum(paid.values()))
    named = tuple((o, of.named(o), amount) for o, amount in paid.items())
    return page(who, "money/agreements.html", View(of, words, fields.said, tuple(fields.wrong), named, pool, savings, invested))


class _Fields:
    """Numbers of a form; each has a first value, and what is no number is said."""

    def __init__(self, told: dict[str, str], words: Words) -> None:
        self._told, self._words = told, words
        self.said: dict[str, str] = {}
        self.wrong: list[str] = []

    def number(self, name: str, first: float, least: float = 0.0) -> float | None:
        text = self._told.get(name, "").strip()[:_LONGEST] or self._words.plain(first)
        self.said[name] = text
        value = self._read(text)
        if value is None or value < least:
            self.wrong.append(name)
            return None
        return value

    def maybe(self, name: str) -> float | None:
        """Read a number that may be left out."""
        self.said[name] = text = self._told.get(name, "").strip()[:_LONGEST]
        value = self._read(text) if text else None
        if text and (value is None or value < 0):
            self.wrong.append(name)
        return value

    @staticmethod
    def _read(text: str) -> float | None:
        return tables.number(text, "." if "." in text else ",")


def _paid(of: Proposal) -> dict[str, float]:
    """Give what each organisation would pay, as it is likely, not as of today."""
    found: dict[str, float] = {}
    for f in of.lines:
        if f.side is Side.COST:
            found[f.organisation] = found.get(f.organisation, 0.0) + f.mode
    return dict(sorted(found.items()))


def _pool(fields: _Fields, paid: dict[str, float]) -> Pool | None:
    spent, cap = fields.number("spent", 1.1 * sum(paid.values())), fields.maybe("cap")
    if spent is None or not paid or "cap" in fields.wrong:
        return None
    return pooled(paid, spent, None, None if cap is None else cap / 100)


def _savings(fields: _Fields, cost: float) -> Savings | None:
    baseline, came = fields.number("baseline", 10 * cost), fields.number("came", 9 * cost)
    least, share = fields.number("least", 2), fields.number("share", 50)
    if not baseline or came is None or least is None or share is None:
        return None
    return shared_savings(baseline, came, least / 100, share / 100)


def _bond(fields: _Fields, of: Proposal, cost: float) -> Bond | None:
    """Reckon the same number of outcomes in each year that has benefits."""
    years = sorted({f.year for f in of.lines if f.side is Side.BENEFIT}) or [1]
    invested, each = fields.number("invested", cost), fields.number("outcomes", 10)
    price = fields.number("price", cost / (10 * len(years)))
    saved, cap = fields.number("saved", 1.5 * cost / (10 * len(years))), fields.number("most", 1.2 * cost)
    if invested is None or each is None or price is None or saved is None or cap is None:
        return None
    return bond(invested, dict.fromkeys(years, each), price, saved, cap, of.rate)
