"""Trouble with proposals: what a change costs and brings."""

from vado.errors.code import Code, Severity

_F, _E, _W = Severity.FATAL, Severity.ERROR, Severity.WARNING

FUNDING: dict[str, Code] = {
    # MO-00x: one row is not taken
    "MO-001": Code(_E, "Row {row}, {column}: this is neither a cost nor a benefit", "Write cost or benefit"),
    "MO-002": Code(_E, "Row {row}, {column}: this is no number", "Write digits with one decimal mark at most: 1234.5 or 1234,5"),
    "MO-003": Code(
        _E,
        "Row {row}, {column}: this number can be read in two ways, as thousands or as decimals",
        "Write it without a mark for thousands, or with other than three decimals: 1234 or 1,23",
    ),
    "MO-004": Code(
        _E,
        "Row {row}: low, mode and high are not in this order",
        "Write the least in low, the most likely in mode, the most in high",
    ),
    "MO-005": Code(_E, "Row {row}, {column}: this is no grade of certainty", "Write a whole number from 1 (sure) to 6 (a guess)"),
    "MO-006": Code(
        _E,
        "Row {row}, {column}: an organisation is named that has no line and stands in no register",
        "Write it as in the column of organisations, with a semicolon between two; or give it a line of its own, of 0 if need be",
    ),
    "MO-007": Code(_E, "Row {row}, {column}: this is no year of the proposal", "Write a whole number from 0 (now) to 60"),
    "MO-008": Code(_E, "Row {row}, {column}: nothing is written", "Write whose cost or benefit it is"),
    "MO-009": Code(
        _E, "Row {row}, {column}: the amount is below nothing", "Write it as a cost instead of a benefit, or the other way round"
    ),
    "MO-010": Code(_E, "Row {row}, {column}: this is neither yes nor no", "Write yes or no"),
    # MO-02x: a row is taken, and somebody should look
    "MO-020": Code(
        _W,
        "Row {row}: the same line stands in earlier and later years, but not in year {year}",
        "Add the year if it was forgotten",
    ),
    "MO-021": Code(
        _W,
        "Row {row}, {column}: this total does not add up; it says {told}, its lines come to {sum}",
        "Correct the total or the lines, whichever is wrong; a total is never taken as a line",
    ),
    "MO-022": Code(_W, "Row {row}: the very same line stands above", "Leave one of them out, unless both are meant"),
    # MO-03x: the file, or the proposal
    "MO-030": Code(
        _F,
        "No table with the headings organisation, cost/benefit, year and mode was found",
        "Take the template, and keep its first row",
        http=422,
        exit=2,
    ),
    "MO-031": Code(_F, "The file is larger than {megabytes} MB", "Split it, or leave out what is no line", http=413, exit=2),
    "MO-032": Code(
        _F, "The file could not be opened", "Save it as CSV or XLSX without a password, and bring it again", http=422, exit=2
    ),
    "MO-033": Code(_F, "There is no such proposal", "Look at the list of proposals", http=404),
    "MO-034": Code(_F, "This line has changed or is gone", "Look at the lines again", http=409),
    "MO-035": Code(_F, "{what}: this cannot be used", "Write {allowed}", http=422, exit=2),
    "MO-036": Code(_F, "This file waits no longer", "Bring it again; nothing of it was kept", http=404),
    "MO-037": Code(_F, "A proposal holds {most} lines at most", "Add up lines that belong together", http=422, exit=2),
}
