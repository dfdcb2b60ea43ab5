"""What became of real files: tables from the lines of `vado receive --json` and of `vado ledger --losses PARTNER --json`."""

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


def losses(lines: Path, most: int = 15) -> str:
    """Give a Markdown table per format: the kinds of elements that were not understood, most of them first, and in how many files."""
    formats: dict[str, list[dict[str, str | int]]] = defaultdict(list)
    for line in lines.read_text("utf-8").splitlines():
        row = json.loads(line)
        formats[row["format"]].append(row)
    out: list[str] = []
    for name, rows in sorted(formats.items()):
        total = sum(int(r["count"]) for r in rows)
        out += [
            "",
            f"**{name}**: {total:,} elements of {len(rows):,} kinds.",
            "",
            "| not understood | elements | files |",
            "|-|-:|-:|",
        ]
        out += [f"| `{r['path']}` | {r['count']:,} | {r['originals']:,} |" for r in rows[:most]]
    return "\n".join(out)
