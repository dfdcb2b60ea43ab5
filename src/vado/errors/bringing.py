"""Trouble with questionnaires as files, and with answers that come in as files. Nothing here holds what was answered."""

from vado.errors.code import Code, Severity

_F, _E, _W, _I = Severity.FATAL, Severity.ERROR, Severity.WARNING, Severity.INFORMATION

BRINGING: dict[str, Code] = {
    # SV-00x: one row of answers
    "SV-001": Code(
        _E,
        "Row {row}, {column}: nobody of this id stands in the register of the round",
        "Correct the id, or add the organisation or group to the register, and bring the file again",
    ),
    "SV-002": Code(_E, "Row {row}, {column}: this is no answer to this question", "Write {allowed}, and bring the file again"),
    "SV-003": Code(
        _E,
        "Row {row}, {column}: this question is not asked of this role",
        "Empty the cell, or correct the role, and bring the file again",
    ),
    "SV-004": Code(
        _E, "Row {row}, {column}: this is no role", "Write practitioner, manager or citizen, and bring the file again"
    ),
    "SV-005": Code(_W, "Row {row}: nothing is answered", "Nothing has to be done; a row with one answer is enough to be taken"),
    "SV-006": Code(
        _I,
        "Row {row}: these answers were taken before",
        "Nothing has to be done; if somebody else answered just the same, give both rows different ids in a column named instance",
    ),
    "SV-007": Code(
        _E,
        "Row {row}, {column}: this names more than three questions, or one that there is not",
        "Name up to three questions by their ids, and bring the file again",
    ),
    "SV-008": Code(
        _E,
        "Row {row}, {column}: these answers belong to another round or another version of the questionnaire",
        "Bring them to their own round",
    ),
    "SV-009": Code(_E, "Row {row}, {column}: this is no day", "Write it as 2026-03-31, and bring the file again"),
    # SV-01x: the file
    "SV-010": Code(
        _W,
        "Column {column} belongs to no question and was passed over",
        "Nothing has to be done, or correct the heading: see the template",
    ),
    "SV-011": Code(
        _F,
        "No column of this file belongs to the questionnaire of the round",
        "Take the template of the round, or give the columns the ids of the questions as headings",
        http=422,
        exit=2,
    ),
    "SV-012": Code(
        _F,
        "This file holds no answers that can be read",
        "Bring a table (CSV or XLSX), a FHIR QuestionnaireResponse (JSON), or a scan of the paper form (PDF or picture)",
        http=415,
        exit=2,
    ),
    "SV-013": Code(_I, "Who answered or sent this was named ({what}): that was left out", "Nothing has to be done"),
    "SV-014": Code(_F, "The file is larger than {megabytes} MB", "Bring it in parts", http=413, exit=2),
    "SV-015": Code(_F, "Reading this file took too long or too much memory", "Bring it in parts", http=422, exit=1),
    # SV-02x: paper
    "SV-020": Code(
        _W,
        "Page {page}: this is no page of a paper form of this round",
        "Scan it again, flat and whole; or type its answers into the template",
    ),
    "SV-021": Code(
        _W,
        "Page {page}: a page of this paper form is missing",
        "Nothing has to be done; what is there is taken as half filled in",
    ),
    "SV-022": Code(
        _E,
        "Page {page}: the code of this form is not good, or it was used already",
        "Nothing was taken from it; ask whoever handed it out",
    ),
    "SV-023": Code(
        _W,
        "Page {page}: something is written outside the boxes",
        "Look at the paper; what was not ticked can be typed into the template",
    ),
    "SV-024": Code(_W, "Page {page}: nothing is marked on this form", "Nothing has to be done"),
    "SV-025": Code(_F, "What was to be settled is not known any more", "Bring the scan again", http=404, exit=2),
    # SV-03x: a questionnaire as a workbook
    "SV-030": Code(
        _F,
        "Sheet {sheet}: it is missing, or has no column named {column}",
        "Add it: see the workbook of any round",
        http=422,
        exit=2,
    ),
    "SV-031": Code(
        _F,
        "Sheet {sheet}, row {row}: this name stands twice",
        "Give every question and every list its own name",
        http=422,
        exit=2,
    ),
    "SV-032": Code(
        _F, "Sheet {sheet}, row {row}: the text is missing in language {language}", "Fill in every label column", http=422, exit=2
    ),
    "SV-033": Code(
        _F,
        "Sheet {sheet}, row {row}: there is no such list of choices, or its names are not 1 to 5 (and dk)",
        "Correct the list in sheet choices",
        http=422,
        exit=2,
    ),
    "SV-034": Code(
        _F,
        "Sheet {sheet}, row {row}: this condition is not understood",
        "Write ${{role}} = 'manager', or several of these with or",
        http=422,
        exit=2,
    ),
    "SV-035": Code(
        _F,
        "Sheet {sheet}, row {row}: a question of this type cannot be scored",
        "Use select_one with a list of 1 to 5, inside a group",
        http=422,
        exit=2,
    ),
    "SV-036": Code(
        _F,
        "Sheet {sheet}, row {row}: groups do not close, or a question stands outside every group",
        "Begin and end each group, with its questions between",
        http=422,
        exit=2,
    ),
    "SV-037": Code(
        _F,
        "Sheet {sheet}, row {row}: a name is missing, or has other signs than letters, digits and _",
        "Give a name that begins with a letter",
        http=422,
        exit=2,
    ),
    "SV-038": Code(
        _F,
        "The questionnaire {file} is no questionnaire: {fault}",
        "Correct the file beside the place, in instruments/",
        http=500,
        exit=2,
    ),
    "SV-039": Code(_F, "There is no questionnaire {named}", "Put its file beside the place, in instruments/", http=404, exit=2),
    "SV-040": Code(_F, "There is no such round", "See the list of rounds", http=404, exit=2),
}
