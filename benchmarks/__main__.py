"""`make bench`: print how fast the bridges are. `make bench ARGS=NAME` measures one of `PAGES` and writes its page of docs/explanation.

`ARGS="recall cda --missing"` what is not found; `ARGS="corpus rows.jsonl losses.jsonl"` the tables of real files.
"""

import sys
from importlib import import_module
from pathlib import Path

PAGES = {
    "answer_sheets": "the paper form of the questionnaire, after scanner, fax and phone",
    "arrival": "one patient against a million in the store",
    "base_units": "src/vado/tools/base_units.csv, the usual units in base units",
    "batch": "everybody against everybody, beside Splink",
    "blanks": "which boxes of blank forms are found",
    "both": "the exchange both ways, each figure beside its raw ceiling",
    "coded": "the coded bridges beside their peers",
    "collaboration": "the measures of a collaboration: how quick, and what they find of an invented place",
    "coverage": "which rows of the official mapping tables are carried",
    "crowd": "ten thousand of one name, one number for everybody",
    "forms": "paper forms and lists",
    "letters": "what is understood of letters",
    "links": "undoing a link",
    "paper": "pages, and how far confidence can be believed",
    "people": "person matching beside its peers",
    "record_page": "how soon a record of five thousand facts stands on the screen",
    "search_parameters": "src/vado/terms/search_parameters.txt from the definitions of FHIR R4",
    "web": "how quick and how heavy each page is, at a place of ten thousand people",
    "volume": "long scans, text PDFs and forms at volume, cover sheets",
}

if __name__ == "__main__":
    asked = sys.argv[1:]
    if asked[:1] == ["corpus"]:
        from benchmarks.corpus import corpus, losses

        print(corpus(Path(asked[1])))
        print(losses(Path(asked[2])) if len(asked) > 2 else "")
    elif asked[:1] == ["recall"]:
        from benchmarks.coded import recall

        print(recall(asked[1], missing="--missing" in asked))
    elif asked and (name := asked[0].replace("-", "_")) in PAGES:
        print(getattr(import_module(f"benchmarks.{name}"), name)(*asked[1:]))
    else:
        from benchmarks.conversion import conversion

        print(conversion())
