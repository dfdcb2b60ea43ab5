"""A questionnaire as FHIR, and its responses back: nothing lost, nobody named."""

from datetime import date

from pyfhircheck import Validator

from vado.collaboration.instrument import shipped
from vado.collaboration.questionnaire import canonical, questionnaire
from vado.collaboration.response import responses_of, rows_of
from vado.collaboration.told import Reader
from vado.model.survey import Group, Organisation, Round, Who
from vado.tools.fhir_gate import faults

ROUND = Round(
    "r1", "Spring", "ford|1", date(2026, 3, 1), None, (Organisation("hospital", "Hospital"),), (Group("carers", "Carers"),)
)
FORD = shipped()
SECOND = Validator()  # wrong in 0.2: it does not know that an item has a text, nor its extensions (R4, Questionnaire.item.text)


def reader() -> Reader:
    return Reader(FORD, ROUND, "fhir", "2026-03-05")


def response(**more: object) -> dict:
    def chosen(link: str, *codes: str) -> dict:
        return {"linkId": link, "answer": [{"valueCoding": {"code": c}} for c in codes]}

    return {
        "resourceType": "QuestionnaireResponse", "id": "9b0c6b9e-0d4e-4e0e-9d52-0d7f6b3a1c11", "status": "completed",
        "questionnaire": canonical(FORD), "authored": "2026-03-04T22:15:00+01:00",
        "item": [
            chosen("role", "citizen"), chosen("voice", "carers"),
            {"linkId": "PUR", "item": [chosen("pur1", "4"), chosen("pur2", "dk"), chosen("PUR_importance", "3")]},
            chosen("blocks", "tru1", "mon1"), {"linkId": "missing", "answer": [{"valueString": "Young people"}]},
        ],
        **more,
    }  # fmt: skip


def test_it_is_valid_fhir_by_two_engines() -> None:
    for made in (questionnaire(FORD), questionnaire(FORD, ROUND, roster=False), questionnaire(FORD, ROUND)):
        assert faults(made) == []
        wrong = [i for i in SECOND.validate_resource(made).issues if i.severity.value == "error"]
        assert [i for i in wrong if not i.path.endswith(("._text", ".text"))] == []


def test_everything_asked_is_there_in_both_languages_with_its_value() -> None:
    made = questionnaire(FORD, ROUND)
    flat = {i["linkId"]: i for d in made["item"] for i in (d, *d.get("item", []))}
    assert flat.keys() >= FORD.items.keys()
    for id_, item in FORD.items.items():
        told = flat[id_]
        assert (told["text"], told["_text"]["extension"][0]["extension"][1]["valueString"]) == (item.text["en"], item.text["es"])
        values = [o["valueCoding"].get("extension", [{}])[0].get("valueDecimal") for o in told["answerOption"]]
        assert values == [1, 2, 3, 4, 5, None], "that one cannot say has no value"
        asked = {w["answerCoding"]["code"] for w in told.get("enableWhen", [])}
        assert asked == {w.value for w in item.who}
    roster = next(i for i in made["item"] if i["linkId"] == "roster-part")["item"][1]
    assert roster["repeats"] and {o["valueCoding"]["code"] for o in roster["item"][0]["answerOption"]} == {"hospital"}


def test_enable_when_names_the_system_of_the_role() -> None:
    made = questionnaire(FORD, ROUND)
    role = next(i for i in made["item"] if i["linkId"] == "role")
    systems = {o["valueCoding"]["system"] for o in role["answerOption"]}
    asked = [w["answerCoding"]["system"] for d in made["item"] for i in d.get("item", []) for w in i.get("enableWhen", [])]
    assert asked and set(asked) == systems


def test_a_response_becomes_an_answer() -> None:
    rows, said = rows_of(responses_of(response()), reader(), canonical(FORD))
    answer = rows[0].answer
    assert answer and not said and not rows[0].issues
    assert (answer.voice, answer.who, answer.day, answer.means) == ("carers", Who.CITIZEN, "2026-03-04", "fhir")
    assert (answer.scores, answer.importance) == ({"pur1": 4, "pur2": 0}, {"PUR": 3})
    assert (answer.blocks, answer.missing) == (("tru1", "mon1"), "Young people")


def test_who_it_was_is_left_out_and_said() -> None:
    named = response(subject={"reference": "Patient/1", "display": "Zoe Canary"}, author={"display": "Zoe Canary"})
    rows, said = rows_of(responses_of({"resourceType": "Bundle", "entry": [{"resource": named}]}), reader(), canonical(FORD))
    assert [i.code for i in said] == ["SV-013"] and dict(said[0].slots)["what"] == "author, subject"
    assert "Canary" not in repr(rows) + repr(said)


def test_a_response_to_another_version_is_refused() -> None:
    rows, _ = rows_of([response(questionnaire="https://else.example/Questionnaire/ford|2")], reader(), canonical(FORD))
    assert rows[0].answer is None and rows[0].issues[0].code == "SV-008"
