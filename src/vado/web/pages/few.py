"""Numbers of people that name nobody: rounded, "under 5" where they are few, and no share of too few."""

from math import isnan

from vado.collaboration.ecosystem import LEAST, told
from vado.collaboration.network import Joined
from vado.web.render import Reader


def people(who: Reader, n: int) -> str:
    """Say how many people."""
    return "0" if not n else str(told(n) or who.say("under 5"))


def share(now: Joined) -> str:
    """Say how many of the pairs are joined; "–" where it would tell of few."""
    return "–" if isnan(now.share) or now.people < LEAST else f"{round(100 * now.share)} %"
