"""Who wants to hear of changes, and what is to be said to whom."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from vado.model.original import PartnerId


class Standing(StrEnum):
    """FHIR subscription-status."""

    REQUESTED = "requested"  # the receiver has not answered the first call yet
    ACTIVE = "active"
    ERROR = "error"  # the receiver did not take it too often: nothing is said until the partner puts it in force again
    OFF = "off"  # ended, by its end or by the partner


@dataclass(frozen=True, slots=True)
class Subscription:
    """A partner's wish to be told of changes by a call to its address (FHIR R4 Subscription, R5 backport, rest-hook)."""

    id: str
    partner: PartnerId
    kinds: tuple[str, ...]  # FHIR types whose changes are told; (): all
    patients: tuple[str, ...]  # only what is about these patients or their persons; (): whoever it is about
    base: str  # our address as the partner knows it, 'https://.../fhir'
    endpoint: str  # checked against what the operator allows, when it is made and whenever it is called
    headers: tuple[str, ...] = field(default=(), repr=False)  # sent with each call; may hold a secret
    payload: str = "id-only"  # 'empty', 'id-only', 'full-resource'
    heartbeat: int = 0  # seconds of silence after which the receiver is told that there is nothing; 0: never
    end: datetime | None = None  # aware
    standing: Standing = Standing.REQUESTED
    said: int = 0  # events that the receiver has taken since the subscription was made
    failed: int = 0  # calls that failed one after the other
    next_call: datetime | None = None  # aware: not before; None: at once
    last_call: datetime | None = None  # aware: when the receiver took the last one
    error: str = ""  # why the last call failed; no patient value


@dataclass(frozen=True, slots=True)
class Notice:
    """One change that a subscriber is to hear of."""

    subscription: str
    fact: str  # 'Type/id'
    at: datetime  # aware
    number: int = 0  # given by the store: grows with time
