"""What is always in view, what happened when, what is narrowed down to, and results test by test."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from made_record import LOINC, NOW, coded, fact, patients, person, record
from vado.model.fact import Fact
from vado.model.reading import Fidelity
from vado.model.record import Kind, Record, Viewer
from vado.record.assemble import assemble
from vado.record.narrow import Narrow, narrow
from vado.record.overview import is_over, is_severe, summary, void
from vado.record.timeline import entries
from vado.record.trends import tests as put_together
from vado.tools.written import day_of


def of(*facts: Fact) -> Record:
    return assemble(person(*patients()), facts, Viewer("me"), NOW)


def medicine(key: str, partner: str = "hospital", **more: Any) -> Fact:
    return fact("MedicationStatement", key, partner, medicationCodeableConcept={"text": "Enalapril"}, **more)


def result(key: str, value: float | str, when: str, partner: str = "laboratory", **more: Any) -> Fact:
    said = (
        {"valueQuantity": {"value": value, "unit": more.pop("unit", "%")}}
        if not isinstance(value, str)
        else {"valueString": value}
    )
    code = more.pop("code", coded(LOINC, "4548-4", "HbA1c"))
    return fact("Observation", key, partner, status="final", code=code, effectiveDateTime=when, **said, **more)


# what is always in view


def test_the_summary_counts_what_is_over_and_never_leaves_out_what_somebody_calls_active() -> None:
    told = summary(record())
    assert [line.title for line in told.allergies.now] == ["Alergia a la penicilina", "frutos secos"], (
        "severe first, though one partner says resolved"
    )
    assert is_severe(told.allergies.now[0])
    both = summary(of(medicine("a", status="stopped"), medicine("b", "gp-sur", status="active")))
    assert [bool(line.conflicts) for line in both.medicines.now] == [True]
    assert both.medicines.over == 0
    over = summary(of(medicine("a", status="stopped"), medicine("b", "gp-sur", status="stopped")))
    assert (over.medicines.now, over.medicines.over, over.medicines.untold) == ((), 1, False)


def test_no_allergy_known_is_not_the_same_as_nothing_told() -> None:
    nothing = summary(of()).allergies
    assert nothing.untold
    assert not nothing.denied
    denied = summary(of(fact("AllergyIntolerance", "n", code={"text": "No known allergies"}))).allergies
    assert not denied.untold
    assert len(denied.denied) == 1
    assert not denied.now


def test_a_medicine_ends_with_its_period_and_a_dispense_after_half_a_year() -> None:
    ended = medicine("a", status="active", effectivePeriod={"start": "2020-01-01", "end": "2020-02-01"})
    assert summary(of(ended)).medicines.over == 1
    handed = [
        fact(
            "MedicationDispense", day, "pharmacy", medicationCodeableConcept={"text": day}, status="completed", whenHandedOver=day
        )
        for day in ("2026-10-20", "2025-10-20")
    ]
    told = summary(of(*handed)).medicines
    assert [line.title for line in told.now] == ["2026-10-20"]
    assert told.over == 1


def test_alerts_are_flags_that_hold_and_errors_are_told_as_such() -> None:
    flag = fact("Flag", "f", status="active", code={"text": "Lives alone"})
    assert [line.title for line in summary(of(flag)).alerts] == ["Lives alone"]
    gone = fact("Flag", "f", status="inactive", code={"text": "Lives alone"})
    assert not summary(of(gone)).alerts
    assert is_over(of(gone).lines[0], NOW)
    assert [title for _, title in void(record())] == ["Epilepsia"]


# when


def test_every_line_stands_in_one_entry_and_what_was_measured_on_a_day_in_one() -> None:
    r = of(
        *(result(f"r{n}", 5 + n, "2026-01-02T08:00:00Z", code={"text": f"test {n}"}) for n in range(5)),
        result("x", 6, "2026-01-03"),
        result("y", 7, "2026"),
    )
    found = entries(r.lines, day_of)
    assert [len(e.lines) for e in found] == [1, 5, 1]
    assert sum(len(e.lines) for e in found) == len(r.lines)
    assert [e.day for e in found] == ["2026-01-03", "2026-01-02", "2026"]


# which


def test_lines_are_narrowed_by_partner_kind_fidelity_and_what_must_not_be_overlooked() -> None:
    lines = record().lines
    shown = {name: {line.title for line in narrow(lines, wish, frozenset({lines[0].shown.id})).lines} for name, wish in {
        "partner": Narrow(partner="pharmacy"), "kind": Narrow(kind=Kind.ALLERGY), "rung": Narrow(rung=Fidelity.IMAGE),
        "conflicts": Narrow(only="conflicts"), "unreviewed": Narrow(only="unreviewed"), "new": Narrow(only="new"),
    }.items()}  # fmt: skip
    assert shown["partner"] == {"Enalapril 20 mg comprimidos"}
    assert shown["kind"] == {"Alergia a la penicilina", "frutos secos"}
    assert shown["rung"] == shown["unreviewed"] == {"frutos secos"}
    assert shown["conflicts"] == {"Alergia a la penicilina"}
    assert shown["new"] == {lines[0].title}


def test_a_period_holds_what_may_lie_in_it_and_counts_what_has_no_date() -> None:
    r = of(
        result("a", 5, "2019"),
        result("b", 6, "2019-06-01"),
        result("c", 7, "2020-01-01"),
        fact("Condition", "d", code={"text": "x"}),
    )
    found = narrow(r.lines, Narrow(since="2019-06-01", until="2019-12-31"))
    assert {line.when for line in found.lines} == {"2019", "2019-06-01"}
    assert found.undated == 1
    assert narrow(r.lines, Narrow()).lines == r.lines


# results


def test_values_of_one_test_stand_together_newest_first_and_units_apart() -> None:
    told = [
        result("a", 6.1, "2026-01-01"),
        result("b", 6.5, "2026-03-01", "hospital"),
        result("c", 48, "2026-02-01", unit="mmol/mol"),
    ]
    (test,) = put_together(of(*told).lines)
    assert [v.says for v in test.values] == ["6.5 %", "48 mmol/mol", "6.1 %"]
    assert [(s.unit, [v.number for v in s.values]) for s in test.series] == [("%", [6.1, 6.5]), ("mmol/mol", [48.0])]


def test_words_join_a_code_only_where_one_code_goes_by_them() -> None:
    blood, urine = (coded(LOINC, code, "Glucose") for code in ("2345-7", "2350-7"))
    words = {"text": "Glucose"}
    one = of(result("a", 5, "2026-01-01", code=blood), result("w", 6, "2026-01-02", code=words))
    assert len(put_together(one.lines)) == 1
    two = of(
        result("a", 5, "2026-01-01", code=blood),
        result("u", 6, "2026-01-02", code=urine),
        result("w", 6, "2026-01-03", code=words),
    )
    assert len(put_together(two.lines)) == 3


def test_a_value_beyond_its_range_is_said_by_the_laboratory_or_else_by_the_range() -> None:
    range_ = [{"low": {"value": 4, "unit": "%"}, "high": {"value": 6, "unit": "%"}}]
    high = {"coding": [{"code": "H"}], "text": "high"}
    normal = {"coding": [{"code": "N"}], "text": "normal"}
    told = of(
        result("a", 6.8, "2026-01-01", referenceRange=range_), result("b", 5, "2026-01-02", referenceRange=range_),
        result("c", 5, "2026-01-03", interpretation=[high]), result("d", 6.8, "2026-01-04", referenceRange=range_, interpretation=[normal]),
        result("e", "positive", "2026-01-05"),
    )  # fmt: skip
    (test,) = put_together(told.lines)
    assert [(v.says, v.out, v.flag) for v in reversed(test.values)] == [
        ("6.8 %", True, ""), ("5 %", False, ""), ("5 %", True, "high"), ("6.8 %", False, ""), ("positive", False, ""),
    ]  # fmt: skip
    assert test.values[-1].range == "4 – 6"
    assert test.values[0].number is None, "words are not drawn"


def test_a_range_in_another_unit_says_nothing_of_a_value() -> None:
    (test,) = put_together(of(result("a", 6.8, "2026-01-01", referenceRange=[{"high": {"value": 42, "unit": "mmol/mol"}}])).lines)
    assert test.values[0].high is None
    assert not test.values[0].out


def test_components_are_tests_of_their_own_and_contradictions_are_marked() -> None:
    names = {t.name: t.values[0].says for t in put_together(record().lines)}
    assert (names["sistólica"], names["diastólica"]) == ("142 mmHg", "86 mmHg")
    same = "2026-01-01T08:00:00Z"
    (test,) = put_together(of(result("a", 6.1, same), result("b", 6.5, same, "hospital")).lines)
    assert {(v.says, v.disputed) for v in test.values} == {("6.1 %", True), ("6.5 %", True)}


def test_a_record_of_another_day_is_summed_up_as_of_that_day() -> None:
    ends = medicine("a", status="active", effectivePeriod={"end": "2026-01-01"})
    before = replace(of(ends), at=datetime(2025, 6, 1, tzinfo=UTC))
    assert (len(summary(before).medicines.now), summary(of(ends)).medicines.over) == (1, 1)
