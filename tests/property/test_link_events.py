"""Whatever persons and rules do to links, in whatever order: everybody has one person, and the last word of a person holds."""

from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from plain import arrival, plain_exchange
from vado.errors import VadoError
from vado.exchange import receive as story
from vado.exchange import review
from vado.model.record import Viewer
from vado.store.sql.store import SqlStore

ME = Viewer("me")
NHS = "https://fhir.nhs.uk/Id/nhs-number"
PEOPLE = (  # partner, family, given, birth date, national number: three who are one, two who may be, one who is nobody else
    ("a", "Gil Sanz", "Rosa", "1970-02-03", "9990000018"), ("b", "Gil Sanz", "Rosa", "1970-02-03", "9990000018"),
    ("c", "Gil", "Rosa", "1970-02-03", "9990000018"), ("d", "Gil Sanz", "Rosa", "1970-02-03", ""),
    ("e", "Gil Sanz", "Rosa Ana", "1970-03-02", ""), ("f", "Smith", "John", "1950-11-12", "9990000026"),
)  # fmt: skip
WHO = st.integers(0, len(PEOPLE) - 1)


def sent(n: int, telling: int) -> bytes:
    partner, family, given, born, number = PEOPLE[n]
    own = [{"system": f"https://{partner}.example/nhc", "value": str(n)}]
    patient = {
        "resourceType": "Patient", "id": "p", "name": [{"family": family, "given": given.split()}], "birthDate": born,
        "identifier": own + ([{"system": NHS, "value": number}] if number else []), "telecom": [{"system": "phone", "value": f"60000000{telling}"}],
    }  # fmt: skip
    return orjson.dumps(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"fullUrl": "https://x.example/Patient/p", "resource": patient}],
        }
    )


class LinkEvents(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self._folder = TemporaryDirectory()
        url = f"sqlite:///{Path(self._folder.name) / 'vado.sqlite'}"
        self.both = (plain_exchange(), plain_exchange(SqlStore(url)))
        self.ids: dict[int, str] = {}
        self.apart: set[frozenset[str]] = set()  # pairs whom a person's last word calls different

    def teardown(self) -> None:
        if hasattr(self, "both"):
            self.both[1].store.close()
            self._folder.cleanup()

    def homes(self, which: int = 0) -> dict[str, str]:
        with self.both[which].store.begin() as tx:
            return {e.patient: e.person for e in tx.links_of(self.ids.values())}

    def with_whom(self, patient: str) -> set[str]:
        homes = self.homes()
        return {p for p, person in homes.items() if person == homes[patient]}

    def do(self, act: str, *args: object) -> bool:
        """Do it to both stores; both say the same. Give whether it was done."""
        faults = []
        for x in self.both:
            try:
                getattr(review, act)(x, *args, ME)
                faults.append("")
            except VadoError as fault:
                faults.append(fault.code)
        assert faults[0] == faults[1]
        return not faults[0]

    def partition(self) -> set[frozenset[str]]:
        homes = self.homes()
        return {frozenset(p for p in homes if homes[p] == person) for person in homes.values()}

    @rule(n=WHO, telling=st.integers(0, 2))
    def arrive(self, n: int, telling: int) -> None:
        for x in self.both:
            list(story.receive(x, [arrival(sent(n, telling), partner=PEOPLE[n][0])]))
        with self.both[0].store.begin() as tx:
            rows = tx.rows(partner=PEOPLE[n][0])  # type: ignore[arg-type]
            self.ids[n] = next(
                f.id for r in rows for f in tx.facts_from(r.original.partner, r.original.id) if f.kind == "Patient"
            )

    @rule(n=WHO, other=WHO)
    def link(self, n: int, other: int) -> None:
        if n in self.ids and other in self.ids and n != other:
            ours, theirs = self.with_whom(self.ids[n]), self.with_whom(self.ids[other])
            assert self.do("merge", self.ids[n], self.ids[other])
            self.apart -= {frozenset((a, b)) for a in ours for b in theirs}
            assert self.with_whom(self.ids[n]) == ours | theirs

    @rule(n=WHO, more=st.sets(WHO, max_size=2))
    def split(self, n: int, more: set[int]) -> None:
        if n in self.ids:
            together = self.with_whom(self.ids[n])
            leaving = {self.ids[n]} | {self.ids[m] for m in more if m in self.ids and self.ids[m] in together}
            if leaving < together:
                assert self.do("split", tuple(sorted(leaving)))
                self.apart |= {frozenset((a, b)) for a in leaving for b in together - leaving}
                assert self.with_whom(self.ids[n]) == leaving

    @rule(n=WHO, more=st.sets(WHO, max_size=2))
    def split_and_take_back(self, n: int, more: set[int]) -> None:
        if n in self.ids:
            before, together = self.partition(), self.with_whom(self.ids[n])
            leaving = {self.ids[n]} | {self.ids[m] for m in more if m in self.ids and self.ids[m] in together}
            if leaving < together:
                assert self.do("split", tuple(sorted(leaving)))
                assert self.do("undo", self.ids[n])
                assert self.partition() == before

    @rule(n=WHO, other=WHO)
    def link_and_take_back(self, n: int, other: int) -> None:
        if n in self.ids and other in self.ids and self.ids[other] not in self.with_whom(self.ids[n]):
            before = self.partition()
            ours, theirs = self.with_whom(self.ids[n]), self.with_whom(self.ids[other])
            assert self.do("merge", self.ids[n], self.ids[other])
            assert self.do("undo", self.ids[n])
            self.apart -= {frozenset((a, b)) for a in ours for b in theirs}
            assert self.partition() == before

    @rule(pick=st.integers(0, 5), same=st.booleans())
    def settle(self, pick: int, same: bool) -> None:
        with self.both[0].store.begin() as tx:
            doubts = tx.doubts()
        if doubts:
            doubt = doubts[pick % len(doubts)]
            ours, theirs = self.with_whom(doubt.patient), self.with_whom(doubt.candidate)
            self.do("settle_doubt", doubt.id, "same" if same else "different")
            if same:
                self.apart -= {frozenset((a, b)) for a in ours for b in theirs}
            elif not ours & theirs:
                self.apart.add(frozenset((doubt.patient, doubt.candidate)))

    @invariant()
    def stores_agree_and_words_hold(self) -> None:
        if not hasattr(self, "both"):
            return
        homes = self.homes()
        assert homes == self.homes(1)
        assert homes.keys() == set(self.ids.values()), "somebody has no person"
        for a, b in combinations(homes, 2):
            if homes[a] == homes[b]:
                assert frozenset((a, b)) not in self.apart, "a rule joined whom a person took apart"
        for x in self.both:
            with x.store.begin() as tx:
                for person in set(homes.values()):
                    found = tx.person(person)
                    assert found and {p.id for p in found.patients} == {p for p in homes if homes[p] == person}


def test_links_whatever_happens_to_them() -> None:
    run_state_machine_as_test(
        LinkEvents,
        settings=settings(max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)),
    )
