"""`make bench`: print all figures.

`make bench ARGS=coded` the coded bridges beside their peers; `ARGS="recall cda --missing"` what is not found; `ARGS=people` person matching; `ARGS=coverage` which rows
of the official mapping tables are carried; `ARGS="corpus rows.jsonl losses.jsonl"` the tables of real files.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    asked = sys.argv[1:]
    if asked[:1] == ["corpus"]:
        from benchmarks.corpus import corpus, losses

        print(corpus(Path(asked[1])))
        print(losses(Path(asked[2])) if len(asked) > 2 else "")
    elif asked[:1] == ["coded"]:
        from benchmarks.coded import coded

        print(coded())
    elif asked[:1] == ["recall"]:
        from benchmarks.coded import recall

        print(recall(asked[1], missing="--missing" in asked))
    elif asked[:1] == ["people"]:
        from benchmarks.people import people

        print(people())
    elif asked[:1] == ["coverage"]:
        from benchmarks.coverage import coverage

        print(coverage())
    else:
        from benchmarks.conversion import conversion

        print(conversion())
