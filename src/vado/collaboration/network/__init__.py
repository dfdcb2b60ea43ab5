"""Who works with whom: as people say, as the exchange shows, what holds it together, and what one more bridge would join.

`shape` compares what is said and seen, and measures what networkx does not; `people` counts links by the people whose records they join,
`one_way` does so for links that carry in one direction; `choice` chooses several bridges together.
"""

from vado.collaboration.network.choice import best_bridges
from vado.collaboration.network.one_way import arrows, joined_one_way
from vado.collaboration.network.people import (
    Bridge,
    Holdings,
    Joined,
    Loss,
    bridges,
    in_common,
    joined,
    leaver,
    leavers,
    who_gains,
    who_loses,
)
from vado.collaboration.network.shape import (
    ROLES,
    Comparison,
    Link,
    brokers,
    centralisation,
    compared,
    confirmation,
    correlated,
    degree_centralisation,
    fragmentation,
)

__all__ = [
    "ROLES", "Bridge", "Comparison", "Holdings", "Joined", "Link", "Loss", "arrows", "best_bridges", "bridges", "brokers", "centralisation",
    "compared", "confirmation", "correlated", "degree_centralisation", "fragmentation", "in_common", "joined", "joined_one_way", "leaver",
    "leavers", "who_gains", "who_loses",
]  # fmt: skip
