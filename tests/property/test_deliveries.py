"""Whatever partners say, persons decide, receivers answer and processes die of: in the end everybody has what is so, and nothing else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from sending import away, bundle, exchange, profiles, refused, told
from vado.errors import VadoError
from vado.exchange import deliveries, review
from vado.exchange.ports import Exchange
from vado.exchange.send import lines_of, send_next, take_changes
from vado.exchange.write import record_for
from vado.model.delivery import DeliveryState
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record, Viewer

ME = Viewer("me")
PARTNERS = ("council", "gp", "hospital")
PEOPLE = tuple(f"{p}{n}" for p in PARTNERS for n in range(2))  # two patients of each partner


class Plain:
    """A form that says who is in it, and what is said."""

    form, version = "summary", "1"

    def check(self, wish: Wish) -> None:
        pass

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:
        for r in records:
            yield Outgoing(orjson.dumps(content(r) | {"at": r.at.isoformat()}), "application/json")


def content(record: Record) -> dict[str, Any]:
    patients = sorted(p.id for p in record.person.patients)
    told_ = sorted(
        (f.evidence.partner, f.id, line.title) for line in record.lines for f in (line.shown, *line.same, *line.conflicts)
    )
    return {"person": record.person.id, "patients": patients, "says": [list(t) for t in told_]}


def news(said: dict[str, Any], partner: str) -> object:
    """What is news to a partner: whose record it is, and what others say."""
    return said["patients"], [t for t in said["says"] if t[0] != partner]


class Killed(Exception):
    pass


class Dying:
    """A store that dies before it commits; what was sent before stays sent."""

    def __init__(self, store: Any) -> None:
        self.store, self.left = store, 1

    def begin(self) -> Any:
        @contextmanager
        def begun() -> Iterator[Any]:
            with self.store.begin() as tx:
                yield tx
                self.left -= 1
                if self.left < 0:
                    raise Killed

        return begun()


class Life(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        made = exchange(profiles(*PARTNERS))
        self.hours, clock = 0, made.clock
        self.x: Exchange = replace(made, writers={"summary": Plain()}, clock=lambda: clock() + timedelta(hours=self.hours))
        self.got: dict[str, list[tuple[str, dict[str, Any]]]] = {p: [] for p in PARTNERS}
        self.faults: list[Exception | None] = []
        self.crashed: set[str] = set()
        self.wrong: list[str] = []
        for who in PEOPLE:
            self.tell(who, 0)

    def patient(self, who: str) -> str:
        with self.x.store.begin() as tx:
            rows = tx.rows(partner=who[:-1], limit=1000)  # type: ignore[arg-type]
            facts = [f for r in rows for f in tx.facts_from(r.original.partner, r.original.id)]
            return next(f.id for f in facts if f.kind == "Patient" and any(i["value"] == who for i in f.resource["identifier"]))

    @rule(who=st.sampled_from(PEOPLE), version=st.integers(1, 3))
    def tell(self, who: str, version: int) -> None:
        n = PEOPLE.index(who)
        told(
            self.x,
            who[:-1],
            bundle(
                "",
                f"{who} {version}",
                own=who,
                family="ABCDEF"[n] * 5,
                given="GHIJKL"[n] * 4,
                born=f"19{40 + 7 * n}-0{n + 1}-0{n + 2}",
            ),
        )

    @rule(one=st.sampled_from(PEOPLE), other=st.sampled_from(PEOPLE))
    def merge(self, one: str, other: str) -> None:
        if one != other:
            review.merge(self.x, self.patient(one), self.patient(other), ME)

    @rule(who=st.sampled_from(PEOPLE))
    def unlink(self, who: str) -> None:
        review.unlink(self.x, self.patient(who), ME)

    @rule(who=st.sampled_from(PEOPLE))
    def undo(self, who: str) -> None:
        try:
            review.undo(self.x, self.patient(who), ME)
        except VadoError as fault:
            assert fault.code == "RE-011"

    @rule(dies=st.booleans())
    def line_up(self, dies: bool) -> None:
        x = replace(self.x, store=Dying(self.x.store)) if dies else self.x  # type: ignore[arg-type]
        with suppress(Killed):
            take_changes(x)

    @rule(partner=st.sampled_from(PARTNERS), answer=st.sampled_from(["taken", "taken", "away", "refused", "dies"]))
    def send(self, partner: str, answer: str) -> None:
        self.faults = [{"away": away(), "refused": refused()}.get(answer)]
        x = replace(self.x, store=Dying(self.x.store)) if answer == "dies" else self.x  # type: ignore[arg-type]
        with suppress(Killed):
            self.send_one(x, partner, may_repeat=answer == "dies")
        assert self.wrong == []

    @rule(partner=st.sampled_from(PARTNERS), held=st.booleans())
    def hold(self, partner: str, held: bool) -> None:
        try:
            deliveries.hold(self.x, partner, "why", ME) if held else deliveries.release(self.x, partner, ME)
        except VadoError as fault:
            assert fault.code == "DE-016"

    @rule()
    def time_goes_by(self) -> None:
        self.hours += 2

    def send_one(self, x: Exchange, partner: str, *, may_repeat: bool = False) -> object:
        machine = self

        class Receiver:
            def send(self, outgoing: Outgoing, delivery: str) -> str:
                fault = machine.faults.pop() if machine.faults else None
                if fault:
                    raise fault
                said = orjson.loads(outgoing.content)
                machine.wrong += machine.arrived(partner, delivery, said)
                if may_repeat:
                    machine.crashed.add(delivery)
                return "AA"

            def close(self) -> None:
                pass

        (line,) = (line for line in lines_of(x) if line[0] == partner)
        return send_next(x, lines_of(x)[line], Receiver(), lambda: 0.0)

    def arrived(self, partner: str, delivery: str, said: dict[str, Any]) -> list[str]:
        """Take it; give what is wrong with it."""
        before = [s for i, s in self.got[partner] if i == delivery]
        with self.x.store.begin() as tx:
            persons = {e.person for e in tx.links_of(said["patients"])}
        self.got[partner].append((delivery, said))
        rules = {
            "one delivery came twice, or as another": not before or (delivery in self.crashed and before[0] == said),
            "facts of two human beings left under one name, after it was known": len(persons) == 1,
            "a record of nobody this partner knows": any(p in self.mine(partner) for p in said["patients"]),
        }
        return [rule_ for rule_, kept in rules.items() if not kept]

    def mine(self, partner: str) -> set[str]:
        return {self.patient(who) for who in PEOPLE if who[:-1] == partner}

    def teardown(self) -> None:
        if not hasattr(self, "x"):
            return
        self.faults = []
        for hold in deliveries.standings(self.x, ME):
            if hold.hold:
                deliveries.release(self.x, hold.hold.destination, ME)
        while take_changes(self.x) is not None:
            pass
        for partner in PARTNERS:
            for d in deliveries.deliveries(self.x, ME, to=partner, state=DeliveryState.FAILED, limit=1000):
                deliveries.retry(self.x, d.id, ME)
            self.hours += 2
            while self.send_one(self.x, partner):
                pass
        assert self.wrong == []
        for partner in PARTNERS:
            self.everybody_has_what_is_so(partner)

    def everybody_has_what_is_so(self, partner: str) -> None:
        wish = deliveries.wish_named(self.x, f"{partner}/summary")
        with self.x.store.begin() as tx:
            home = {e.patient: e.person for e in tx.links_of(self.patient(who) for who in PEOPLE)}
            held = {(d.partner, d.person) for d in tx.outbox.deliveries(state=DeliveryState.HELD)}
        last = {said["person"]: said for _, said in self.got[partner]}
        wanted = set()
        for person in {home[p] for p in self.mine(partner)}:
            if any(told_[0] != partner for told_ in content(record_for(self.x, wish, person))["says"]):
                wanted.add(person)  # others say something
        for said in last.values():
            apart = {home[p] for p in said["patients"]}
            if len(apart) > 1:  # what it got was wrong
                heirs = {home[p] for p in said["patients"] if p in self.mine(partner)}
                wanted |= heirs
                assert heirs or (partner, said["person"]) in held, "nobody will tell this partner that it was wrong"
        for person in wanted:
            now = content(record_for(self.x, wish, person))
            assert person in last, f"{partner} was not told"
            assert news(last[person], partner) == news(now, partner), f"{partner} was told otherwise last"


def test_in_the_end_everybody_has_what_is_so() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(max_examples=30, stateful_step_count=30, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True),
    )  # fmt: skip
