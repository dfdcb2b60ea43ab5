"""Which segment belongs to which: messages to trees of groups, by the grammar of their structure.

HL7 v2 chapter 2.12: a message is a sequence of segments in groups. Real senders leave segments out, repeat them and change
their order, so the grammar here is about belonging, not about order: a segment goes to the innermost open group that knows
it, opens the group that it begins, or stays with the open group as a stray.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

from vado.incoming.hl7v2.message import Segment


@dataclass(slots=True, eq=False)
class Shape:
    """What a group may hold. `openers`: segments of which a second one opens the group anew."""

    openers: tuple[str, ...] = ()
    members: frozenset[str] = frozenset()
    groups: tuple["Shape", ...] = ()
    ways: dict[str, tuple["Shape", ...]] = field(default_factory=dict)  # segment -> the groups to open, outermost first
    everything: frozenset[str] = frozenset()  # segments here and inside


@dataclass(slots=True)
class Group:
    """One group of a message: its own segments, and the groups inside, in the order of the message."""

    shape: Shape
    children: list["Segment | Group"] = field(default_factory=list)
    has: set[str] = field(default_factory=set)  # names of its own segments

    def first(self, name: str) -> Segment | None:
        """Give its own first segment of this name."""
        if name not in self.has:
            return None
        return next(c for c in self.children if isinstance(c, Segment) and c.name == name)

    def all(self, *names: str) -> list[Segment]:
        """Give its own segments of these names."""
        if self.has.isdisjoint(names):
            return []
        return [c for c in self.children if isinstance(c, Segment) and c.name in names]

    def groups(self, *openers: str) -> Iterator["Group"]:
        """Give the groups inside that hold one of these segments themselves."""
        return (c for c in self.children if isinstance(c, Group) and not c.has.isdisjoint(openers))

    def deep(self, *names: str) -> Iterator["Group"]:
        """Give the groups, this one or anywhere inside, that hold one of these segments themselves."""
        if not self.has.isdisjoint(names):
            yield self
        for c in self.children:
            if isinstance(c, Group):
                yield from c.deep(*names)

    def below(self, name: str) -> Iterator[Segment]:
        """Give the segments of this name, here or anywhere inside."""
        for c in self.children:
            if isinstance(c, Group):
                yield from c.below(name)
            elif c.name == name:
                yield c


def grown(kind: str, event: str, structure: str, segments: Iterable[Segment]) -> Group:
    """Put the segments of a message, without its header, into their groups. `kind`, `event`, `structure`: MSH-9."""
    segments = list(segments)
    stack = [Group(_fitting(shape_of(kind, event, structure), frozenset([s.name for s in segments])))]
    for n, s in enumerate(segments):
        group = stack[-1]
        if s.name == "ORC" and group.has == _OBR_ALONE and (n + 1 == len(segments) or segments[n + 1].name not in _ORDERED):
            group.children.append(s)  # an ORC behind its OBR
            group.has.add("ORC")
        else:
            _place(s, stack)
    return stack[0]


_OBR_ALONE = {"OBR"}
_ORDERED = frozenset(("OBR", "RXO", "RXE", "RXD", "RXG", "RXA", "ODS", "RQD", "RQ1"))


@lru_cache(4096)
def _fitting(shape: Shape, present: frozenset[str]) -> Shape:
    """Give another structure where a message holds segments that its own does not know and the other does."""
    missing = len(present - shape.everything)
    if not missing:
        return shape
    shapes, _ = _grammar()
    best = min(shapes.values(), key=lambda x: len(present - x.everything))
    return best if len(present - best.everything) < missing else shape


def _place(s: Segment, stack: list[Group]) -> None:
    name = s.name
    for depth in range(len(stack) - 1, -1, -1):
        group = stack[depth]
        shape = group.shape
        if depth and name in shape.openers and _begins_anew(name, group):
            _open(stack, depth - 1, (shape,))
        elif name in shape.members:
            del stack[depth + 1 :]
        elif name in shape.ways:
            _open(stack, depth, shape.ways[name])
        else:
            continue
        break
    stack[-1].children.append(s)
    stack[-1].has.add(name)


def _begins_anew(name: str, group: Group) -> bool:
    """A second opener of the same name, or an earlier opener after a later one."""
    openers = group.shape.openers
    return any(o in group.has for o in openers[openers.index(name) :]) if openers[0] != name else bool(group.has)


def _open(stack: list[Group], depth: int, shapes: tuple[Shape, ...]) -> None:
    del stack[depth + 1 :]
    for shape in shapes:
        group = Group(shape)
        stack[-1].children.append(group)
        stack.append(group)


def shape_of(kind: str, event: str, structure: str) -> Shape:
    """Give the grammar of a message; what nobody defined is read as the nearest that is."""
    shapes, follows = _grammar()
    for name in (f"{kind}_{event}", kind, structure, structure.partition("_")[0]):
        if name in follows:
            return shapes[follows[name]]
    return shapes["ORU_R01" if kind.startswith("O") else "ADT_A01"]


def structures() -> list[str]:
    """List the structures that are known."""
    return sorted(_grammar()[0])


@cache
def _grammar() -> tuple[dict[str, Shape], dict[str, str]]:
    shapes: dict[str, Shape] = {}
    follows: dict[str, str] = {}
    for line in (files("vado.incoming.hl7v2") / "grammar.txt").read_text("utf-8").splitlines():
        name, _, body = line.partition(":")
        if line.startswith("= "):
            follows |= dict.fromkeys(body.split(), name[2:])
        elif body and not line.startswith("#"):
            shapes[name] = _shape(re.findall(r"[()]|[A-Z][A-Z0-9]{2}!?", body), top=True)
    return shapes, follows


def _shape(tokens: list[str], *, top: bool = False) -> Shape:
    """Read tokens up to the closing parenthesis."""
    named: list[str] = []
    groups: list[Shape] = []
    openers: list[str] = []
    while tokens and (token := tokens.pop(0)) != ")":
        if token == "(":  # noqa: S105 - no password
            groups.append(_shape(tokens))
            continue
        if token.endswith("!") or (not named and not top):
            openers.append(token.rstrip("!"))
        named.append(token.rstrip("!"))
    ways: dict[str, tuple[Shape, ...]] = {}
    for g in groups:
        ways |= {o: (g,) for o in g.openers if o not in ways}
    for g in groups:  # a group inside whose outer segment is missing
        ways |= {o: (g, *way) for o, way in g.ways.items() if o not in ways and o not in named}
    everything = frozenset(named).union(*(g.everything for g in groups))
    return Shape(tuple(openers), frozenset(named), tuple(groups), ways, everything)
