"""`make bench`: print all figures.

`make bench ARGS=coded` the coded bridges beside their peers; `ARGS="recall cda --missing"` what is not found; `ARGS=coverage` which rows
of the official mapping tables are carried; `ARGS=paper` how well paper is read, and how far confidence can be believed; `ARGS="corpus rows.jsonl"` the table of real files.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    asked = sys.argv[1:]
    if asked[:1] == ["corpus"]:
        from benchmarks.corpus import corpus

        print(corpus(Path(asked[1])))
    elif asked[:1] == ["coded"]:
        from benchmarks.coded import coded

        print(coded())
    elif asked[:1] == ["recall"]:
        from benchmarks.coded import recall

        print(recall(asked[1], missing="--missing" in asked))
    elif asked[:1] == ["coverage"]:
        from benchmarks.coverage import coverage

        print(coverage())
    elif asked[:1] == ["paper"]:
        from benchmarks.paper import paper

        print(paper(asked[1:]))
    else:
        from benchmarks.conversion import conversion

        print(conversion())
