"""What is looked for in the search index, whatever store keeps it; and what stands in the index."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Token:
    """A code or number. `code` None: any of this system; `system` None: of any; '' : of none."""

    parameter: int
    code: str | None = field(repr=False)
    system: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text that begins so, holds this, or is exactly this; plain letters but for `exact`."""

    parameter: int
    value: str = field(repr=False)
    how: str = "begins"  # begins | contains | exact
    plain: str = field(default="", repr=False)  # of `exact`: the value in plain letters


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to any of these ('Patient/1', or an absolute address)."""

    parameter: int
    targets: tuple[str, ...]
    persons: bool = False  # or to another patient of the same person


@dataclass(frozen=True, slots=True)
class Span:
    """A date or a quantity: all of these comparisons with its lower or upper end hold."""

    parameter: int
    of: str  # 'date' (milliseconds since 1970, upper end not included) or 'quantity'
    tests: tuple[tuple[str, str, float], ...]  # ('low' | 'high', '<' | '<=' | '>' | '>=', value)
    unit: str = ""  # of a quantity: see record/entries.py


@dataclass(frozen=True, slots=True)
class Present:
    """Anything is said."""

    parameter: int
    of: str  # 'token', 'reference', 'string', 'date', 'quantity'


@dataclass(frozen=True, slots=True)
class Named:
    """It is one of these ('Patient/1'), all of the type that is asked for."""

    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """When it was last changed, in microseconds since 1970."""

    kind: str  # of the resources
    tests: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """It refers to a resource of this type that fits."""

    parameter: int
    kind: str
    fits: tuple["Criterion", ...]
    first: int = -1  # see Query


@dataclass(frozen=True, slots=True)
class Has:
    """A resource of this type refers to it, and fits."""

    parameter: int
    kind: str
    fits: tuple["Criterion", ...]
    first: int = -1  # see Query


Test = Token | Text | Reference | Span | Present | Named | Changed | Chain | Has


@dataclass(frozen=True, slots=True)
class Criterion:
    """Any of these tests holds; with `never`, none does."""

    any: tuple[Test, ...]
    never: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """One key of an order: smallest first unless `down`; what says nothing comes last."""

    of: str  # 'token', 'string', 'reference', 'date', 'quantity'; 'id'; 'changed'
    parameter: int = 0
    down: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Resources of one type that fit every criterion. `first`: the criterion that a store enters by, where it has chosen one."""

    kind: str
    fits: tuple[Criterion, ...] = ()
    order: tuple[Order, ...] = ()
    first: int = -1


@dataclass(frozen=True, slots=True)
class Entries:
    """All that the index says of one resource. Tuples begin with the number of the parameter."""

    tokens: tuple[tuple[int, str, str], ...] = field(default=(), repr=False)  # code, system
    references: tuple[tuple[int, str], ...] = ()
    strings: tuple[tuple[int, str, str], ...] = field(
        default=(), repr=False
    )  # plain, as said ('' : the text from a later word on)
    dates: tuple[tuple[int, int, int], ...] = ()  # from, until (not included), milliseconds
    quantities: tuple[tuple[int, str, float, float], ...] = ()  # unit, from, to


VISIBLE, GONE, WITHHELD = 0, 1, 2  # withheld: read from paper and not reviewed; it is counted, never given out


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of a resource as it is given out."""

    ref: str  # 'Patient/1'
    number: int  # when it was first known, in microseconds since 1970: strictly growing, and its name in the index
    version: int
    changed: int  # when this version was made, in microseconds since 1970: strictly growing
    state: int
    body: bytes = field(repr=False)  # JSON; b'' when gone or withheld
    patient: str | None = None  # the partner's Patient it is about

    @property
    def kind(self) -> str:
        """The FHIR resource type."""
        return self.ref.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Change:
    """A new version of a resource to put on the shelf."""

    ref: str
    patient: str | None
    version: int
    changed: int
    state: int
    digest: int  # of what it says, without version and time
    body: bytes = field(repr=False)
    entries: Entries = Entries()
    number: int = 0  # 0: `changed`, it is new
