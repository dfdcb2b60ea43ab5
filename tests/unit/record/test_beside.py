"""Two Patients side by side: what is marked, and how it is called."""

from vado.record.beside import marked, rows


def test_differences_are_marked_letter_by_letter() -> None:
    one, other = marked("1951-07-04", "1951-07-03")
    assert [t for t, differs in one if differs] == ["4"]
    assert [t for t, differs in other if differs] == ["3"]
    assert "".join(t for t, _ in one) == "1951-07-04"
    assert marked("Inés", "") == ((("Inés", False),), ())


def test_rows_say_how_two_patients_stand() -> None:
    one = {
        "name": [{"family": "Prado", "given": ["Inés"]}],
        "birthDate": "1951-07-04",
        "telecom": [{"system": "phone", "value": "1"}],
    }
    other = {"name": [{"family": "PRADO", "given": ["Ines"]}], "birthDate": "1951-07-03"}
    said = {r.field: r.how for r in rows(one, other)}
    assert said == {"name": "the same", "born": "nearly the same", "phone": "only one says"}
