"""`make bench`: print all figures; `make bench ARGS="corpus rows.jsonl"` only the table of real files."""

import sys
from pathlib import Path

from benchmarks.conversion import conversion
from benchmarks.corpus import corpus

if __name__ == "__main__":
    if sys.argv[1:2] == ["corpus"]:
        print(corpus(Path(sys.argv[2])))
    else:
        print(conversion())
