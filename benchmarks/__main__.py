"""`make bench`: print all figures.

`make bench ARGS=NAME`, where NAME is one of the pages below, writes a page of docs/explanation: `arrival` (one patient against a
million in the store), `batch` (everybody against everybody, beside Splink), `coded` (the coded bridges beside their peers), `coverage` (which rows of
the official mapping tables are carried), `letters`, `paper` (pages and how far confidence can be believed), `people` (person matching).
`ARGS="recall cda --missing"` what is not found; `ARGS="corpus rows.jsonl losses.jsonl"` the tables of real files.
"""

import sys
from importlib import import_module
from pathlib import Path

_PAGES = ("arrival", "batch", "coded", "coverage", "letters", "paper", "people")

if __name__ == "__main__":
    asked = sys.argv[1:]
    if asked[:1] == ["corpus"]:
        from benchmarks.corpus import corpus, losses

        print(corpus(Path(asked[1])))
        print(losses(Path(asked[2])) if len(asked) > 2 else "")
    elif asked[:1] == ["recall"]:
        from benchmarks.coded import recall

        print(recall(asked[1], missing="--missing" in asked))
    elif asked and asked[0] in _PAGES:
        print(getattr(import_module(f"benchmarks.{asked[0]}"), asked[0])(*asked[1:]))
    else:
        from benchmarks.conversion import conversion

        print(conversion())
