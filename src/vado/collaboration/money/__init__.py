"""Who gains and who pays.

`lines` are costs and benefits and what they come to, `sharing` rules to share what all gain together, `scenarios` agreements that exist
elsewhere, `chance` what ranges may come to.
"""

from vado.collaboration.money.chance import Chances, Swing, at_rank, drawn, simulate, tornado
from vado.collaboration.money.lines import BIAS, RATE, Coalition, Ratios, borne, by_year, net, payback, ratios, worth
from vado.collaboration.money.scenarios import Bond, Pool, Savings, bond, pooled, shared_savings
from vado.collaboration.money.sharing import (
    Game,
    all_in,
    compensation,
    dividends,
    in_core,
    may_opt_out,
    nucleolus,
    shapley,
    shapley_sampled,
    shared,
    transfers,
)
from vado.model.funding import Line, Side

__all__ = [
    "BIAS", "RATE", "Bond", "Chances", "Coalition", "Game", "Line", "Pool", "Ratios", "Savings", "Side", "Swing", "all_in", "at_rank", "bond",
    "borne", "by_year", "compensation", "dividends", "drawn", "in_core", "may_opt_out", "net", "nucleolus", "payback", "pooled", "ratios",
    "shapley", "shapley_sampled", "shared", "shared_savings", "simulate", "tornado", "transfers", "worth",
]  # fmt: skip
