"""Who may do what: one pure decision, and what is not said to be permitted is not permitted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from vado.model.account import Consent, ConsentKind, Relation, RelationKind, Role
from vado.model.fact import Fact
from vado.model.original import PartnerId
from vado.model.record import Viewer


def _all(*names: str) -> frozenset[str]:
    return frozenset(name for some in names for name in some.split())


_FHIR_READ = "fhir.read fhir.search"
_RECORD = "records.read originals.read originals.send"
MAY: dict[Role, frozenset[str]] = {
    Role.PRACTITIONER: _all(
        _FHIR_READ,
        _RECORD,
        "fhir.write persons.find states.read counts.read doubts.settle facts.review glass.break replies.read replies.answer "
        "rounds.read",
    ),
    Role.MANAGER: _all(
        "counts.read channels.read metrics.read deliveries.read rounds.read rounds.change money.read money.change"
    ),
    Role.CITIZEN: _all(
        _FHIR_READ,
        "records.read originals.read accesses.read consents.change trail.read deliveries.trace consents.tell contributions.make "
        "records.download rounds.read",
    ),
    Role.CARER: _all(_FHIR_READ, "records.read originals.read accesses.read contributions.make records.download rounds.read"),
    Role.CLIENT: _all(
        _FHIR_READ, "persons.find records.read originals.read fhir.write fhir.export originals.send changes.follow consents.tell"
    ),
    Role.OPERATOR: _all(
        "states.read counts.read originals.read originals.explain deliveries.read deliveries.change deliveries.trace channels.read "
        "metrics.read replies.read replies.answer invitations.make partners.change rounds.read"
    ),
    Role.ADMINISTRATOR: _all(
        "channels.read partners.change accounts.change place.read fhir.admin metrics.read trail.read replies.read replies.answer "
        "invitations.make rounds.read"
    ),
    Role.NOBODY: frozenset(),
}
OWN = frozenset({"mine", "keyring"})  # whoever is signed in; what somebody signs in with is changed by no program
_OF_THEMSELVES = {Role.CITIZEN, Role.CARER}
_SCOPE = re.compile(r"(?:patient|user|system)/(\*|[A-Z][A-Za-z]+)\.(read|write|\*|c?r?u?d?s?)")
_LETTERS = {"read": "rs", "write": "cud", "*": "cruds"}  # SMART v1 scopes in the letters of v2
_NEEDS = {  # what a scope must say for a permission: resource type ("": any one, "*": all of them), one of these letters
    "persons.find": ("Patient", "rs"), "records.read": ("*", "r"), "fhir.read": ("", "r"), "fhir.search": ("", "s"),
    "fhir.write": ("", "cud"), "fhir.export": ("", "r"), "originals.send": ("DocumentReference", "c"),
    "originals.read": ("Binary", "r"), "changes.follow": ("Subscription", "c"), "trail.read": ("AuditEvent", "rs"),
    "consents.tell": ("Consent", "c"),
}  # fmt: skip


VERBS = {"POST": "c", "PUT": "u", "PATCH": "u", "DELETE": "d"}  # what a scope must say for a way of writing


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose record is asked for: the patients who are this person, and the partners who told of them."""

    patients: frozenset[str] = frozenset()
    partners: frozenset[PartnerId] = frozenset()


@dataclass(frozen=True, slots=True)
class Hides:
    """What this viewer is not shown of a person."""

    sources: frozenset[PartnerId] = frozenset()
    originals: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    others: bool = False  # everything that another organisation told
    own: PartnerId = PartnerId("")  # what the viewer's own organisation told is in its own system anyway: never hidden from it

    @property
    def anything(self) -> bool:
        """Say whether anything may be hidden."""
        return bool(self.sources or self.originals or self.facts or self.others)

    def why(self, fact: Fact) -> str:
        """Give why a fact is hidden: 'fact', 'document', 'source', 'opt-out'; "": it is shown."""
        e = fact.evidence
        if self.own and e.partner == self.own:
            return ""
        if fact.id in self.facts:
            return "fact"
        if e.original in self.originals:
            return "document"
        return "source" if e.partner in self.sources else "opt-out" if self.others else ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is permitted, and why."""

    allowed: bool
    why: str  # 'role', 'scope', 'relation' where it is refused; else what permits it
    hidden: Hides = Hides()

    def shown(self, facts: Iterable[Fact]) -> tuple[Fact, ...]:
        """Leave out what is hidden from this viewer."""
        return tuple(f for f in facts if not self.hidden.why(f)) if self.allowed else ()


def may(viewer: Viewer, action: str) -> bool:
    """Say whether this role, and the scopes of this token, permit an action at all; of whom is asked by `permit`."""
    if viewer.role is Role.MACHINE:
        return True
    if action == "keyring":
        return viewer.role not in {Role.NOBODY, Role.CLIENT} and not viewer.scopes
    if action in OWN:
        return viewer.role is not Role.NOBODY
    if action not in MAY.get(viewer.role, frozenset()):
        return False
    if not viewer.scopes:
        return viewer.role is not Role.CLIENT
    kind, letters = _NEEDS.get(action, ("-", ""))
    return any(scoped(viewer.scopes, kind, letter) for letter in letters)


def scoped(scopes: Iterable[str], kind: str, letter: str) -> bool:
    """Say whether a scope permits one of c, r, u, d, s on a FHIR resource type; kind "": on any type at all.

    A scope that says more than type and letters (a query, SMART App Launch 2.2 "granular") permits nothing: it is not understood.
    """
    for scope in scopes:
        if found := _SCOPE.fullmatch(scope):
            type_, verbs = found[1], _LETTERS.get(found[2], found[2])
            if letter in verbs and (not kind or type_ in {kind, "*"}):
                return True
    return False


def narrowed(wanted: Iterable[str], registered: Iterable[str], levels: Iterable[str]) -> tuple[str, ...]:
    """Give of the scopes that a program wants those that it is registered for, each with no more letters than that permits.

    Args:
        wanted: scopes; those that are not understood are left out.
        registered: the most it may be given.
        levels: 'system', 'patient', 'user': what this way of coming in gives.
    """
    found: dict[str, None] = {}
    for scope in wanted:
        level, _, rest = scope.partition("/")
        if level not in levels or not (said := _SCOPE.fullmatch(scope)):
            continue
        ours = [s for s in registered if s.startswith(f"{level}/")]
        kinds = [said[1]] if said[1] != "*" else list(dict.fromkeys(m[1] for s in ours if (m := _SCOPE.fullmatch(s))))
        for kind in kinds:
            letters = "".join(c for c in "cruds" if c in _LETTERS.get(said[2], said[2]) and _has(ours, kind, c))
            if letters:
                found[f"{level}/{kind}.{letters}"] = None
    return tuple(found)


def _has(scopes: Iterable[str], kind: str, letter: str) -> bool:
    """Say whether scopes permit a letter on one type, or on all of them where kind is '*'."""
    return scoped([s for s in scopes if kind != "*" or "/*." in s], "" if kind == "*" else kind, letter)


def permit(  # noqa: PLR0913 - all that the decision depends on
    viewer: Viewer, action: str, subject: Subject, consents: Iterable[Consent], relations: Iterable[Relation], at: datetime
) -> Decision:  # fmt: skip
    """Decide whether a viewer may do this with this person's record, and what of it stays hidden from them.

    Args:
        viewer: who asks.
        action: a permission, as the routes name them.
        subject: whose record.
        consents: of this person; those that are over are passed over.
        relations: of this viewer; those to others, and those that are over, are passed over.
        at: now.
    """
    if not may(viewer, action):
        return Decision(False, "role")
    if viewer.role is Role.MACHINE:
        return Decision(True, "machine")
    if viewer.about and viewer.about not in subject.patients:
        return Decision(False, "scope")
    said = [c for c in consents if c.in_force(at) and subject.patients & set(c.patients)]
    ties = {r.kind for r in relations if r.subject in subject.patients and (r.until is None or at < r.until)}
    if viewer.role in _OF_THEMSELVES:
        if viewer.role is Role.CITIZEN and viewer.patient and viewer.patient in subject.patients:
            return Decision(True, "own")
        return Decision(True, "proxy", _hides(viewer, said)) if RelationKind.PROXY in ties else Decision(False, "relation")
    if viewer.role not in {Role.PRACTITIONER, Role.CLIENT}:
        return Decision(False, "role")
    if viewer.role is Role.PRACTITIONER and RelationKind.GLASS in ties:
        return Decision(True, "glass")
    why = _care(viewer, subject, said, ties)
    return Decision(bool(why), why or "relation", _hides(viewer, said))


def _care(viewer: Viewer, subject: Subject, said: Iterable[Consent], ties: set[RelationKind]) -> str:
    """Say what makes this person one in the viewer's care; "" nothing does."""
    if viewer.partner and viewer.partner in subject.partners:
        return "observed"
    if RelationKind.DECLARED in ties:
        return "declared"
    if viewer.everybody:
        return "operator"
    return "shared" if viewer.partner and any(_shares(c, viewer.partner) for c in said) else ""


def _shares(consent: Consent, partner: PartnerId) -> bool:
    return consent.kind is ConsentKind.SHARE and consent.partner == partner


def _hides(viewer: Viewer, said: Iterable[Consent]) -> Hides:
    said = tuple(said)
    hide = [c for c in said if c.kind is ConsentKind.HIDE]
    shared = bool(viewer.partner) and any(_shares(c, viewer.partner) for c in said)
    professional = viewer.role not in _OF_THEMSELVES
    return Hides(
        frozenset(c.partner for c in hide if c.partner and not c.original and not c.fact),
        frozenset(c.original for c in hide if c.original), frozenset(c.fact for c in hide if c.fact),
        professional and not shared and any(c.kind is ConsentKind.OPT_OUT for c in said),
        viewer.partner if professional else PartnerId(""),
    )  # fmt: skip
