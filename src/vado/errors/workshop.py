"""Trouble in a workshop on the answers of a round."""

from vado.errors.code import Code, Severity

WORKSHOP: dict[str, Code] = {
    "SV-060": Code(Severity.ERROR, "The questionnaire has no question of this id", "Choose one from the list", http=422),
    "SV-061": Code(Severity.ERROR, "What is agreed is a whole number from 1 to 5", "Choose one of the five answers", http=422),
    "SV-062": Code(Severity.ERROR, "Nothing is said", "Write it in a few words", http=422),
    "SV-063": Code(Severity.ERROR, "The register of the round has no such organisation", "Choose one from the list", http=422),
    "SV-064": Code(Severity.ERROR, "This is no day", "Write it as 2026-03-31, or leave it empty", http=422),
    "SV-065": Code(Severity.ERROR, "There is no such action", "Open the workshop of the round again", http=404),
}
