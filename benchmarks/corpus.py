"""What became of real files: a table from the lines of `vado receive --json`."""

import json
from collections import Counter, defaultdict
from pathlib import Path

_ENDS = ("mapped", "text", "ignored", "not understood")


def corpus(lines: Path) -> str:
    """Give two Markdown tables: per format, and per reason why something was held."""
    formats: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: Counter[str] = Counter()
    for line in lines.read_text("utf-8").splitlines():
        row = json.loads(line)
        count = formats[row["reader"] or "(none)"]
        count["files"] += 1
        count[row["state"]] += 1
        count["facts"] += row["facts"]
        for end in _ENDS:
            count[end] += row["ends"].get(end, 0)
        if row["state"] == "held":
            issue = row["issues"][0]
            reasons[f"{issue['code']} {issue['what']}"] += 1
    columns = ("files", "read", "waiting", "unpacked", "held", "facts", *_ENDS)
    out = [f"| format | {' | '.join(columns)} |", f"|-|{'-:|' * len(columns)}"]
    for name, count in [*sorted(formats.items()), ("**all**", sum(formats.values(), Counter()))]:
        out.append(f"| {name} | {' | '.join(f'{count[c]:,}' for c in columns)} |")
    out += ["", "| held because | files |", "|-|-:|", *(f"| {reason} | {n} |" for reason, n in reasons.most_common())]
    return "\n".join(out)
