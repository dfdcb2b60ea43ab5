"""What an app asks for, in words that a person understands."""

import pytest

from vado.web.pages.authorize.view import asks


@pytest.mark.parametrize(
    ("scope", "does", "what"),
    [
        ("patient/*.rs", "read", "*"),
        ("patient/Observation.read", "read", "Observation"),
        ("patient/Condition.write", "change", "Condition"),
        ("user/*.cruds", "both", "*"),
        ("user/Patient.*", "both", "Patient"),
        ("patient/Observation.rs?category=laboratory", "", "Observation"),  # permits nothing, so nothing is said of it
        ("launch/patient", "", "patient"),
    ],
)
def test_a_scope_is_said_as_what_it_permits(scope: str, does: str, what: str) -> None:
    assert asks(scope) == (does, what, scope)
