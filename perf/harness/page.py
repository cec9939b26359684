"""The report as one HTML page that needs nothing else."""
from html import escape

from . import charts, summary
from .summary import limit_ratios

STYLE = """
:root { --back: #fff; --text: #1c2024; --dim: #667; --line: #d9dde3; --own: #2563c9; --rival: #8a94a3; --limit: #1f9d6b; --dot: #0b1a33; --bad: #b3261e; --good: #17794f }
@media (prefers-color-scheme: dark) { :root { --back: #15181c; --text: #e6e8eb; --dim: #98a0ab; --line: #333a43; --own: #6ea2ff; --rival: #6b7482;
  --limit: #3fbf8a; --dot: #f2f5fa; --bad: #ff8a80; --good: #6fdcaa } }
body { background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1.2rem }
p.dim, td.dim, footer { color: var(--dim) } table { border-collapse: collapse; font-size: .88rem; width: 100% } div.wide { overflow-x: auto }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; font-variant-numeric: tabular-nums }
th:first-child, td:first-child { text-align: left } th { font-weight: 600; color: var(--dim) }
svg { width: 100%; max-width: 720px; height: auto; display: block; margin: .8rem 0 } svg text { fill: var(--text); font-size: 13px }
svg .tick { fill: var(--dim); font-size: 11px } .grid { stroke: var(--line) } .own { fill: var(--own) } .rival { fill: var(--rival) } .limit { fill: var(--limit) }
.dot { fill: var(--dot); fill-opacity: .55 } .line { fill: none; stroke-width: 2 } .mark { stroke: none } dl { display: grid; grid-template-columns: 12rem 1fr; font-size: .88rem; margin: .6rem 0 }
dt { color: var(--dim) } dd { margin: 0 } .slower { color: var(--bad) } .faster, .equal { color: var(--good) }
"""
DARK_COLOURS = ("#6ea2ff", "#3fbf8a", "#f0935a", "#bd8cf0", "#f0719a", "#a8c94a", "#4cc6dd", "#bfae97")
COLOURS = ("#2563c9", "#1f9d6b", "#c2571a", "#8b4fc6", "#b8284f", "#5b7a00", "#0e8ba3", "#7a6a55")


def render(result, history=()):
    machine = result["machine"]
    style = STYLE + _colours(COLOURS) + "@media (prefers-color-scheme: dark) { %s }" % _colours(DARK_COLOURS)
    parts = ["<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><meta name=color-scheme "
             "content='light dark'><title>Performance of %s</title><style>%s</style>" % (escape(result["commit"]), style),
             "<h1>Performance of %s</h1>" % escape(result["commit"]),
             "<p class=dim>%s · scale %g · %s, %d cores, %.0f GiB · Linux %s · %s · load %s at the beginning</p>" %
             (escape(result["date"]), result["scale"], escape(machine["cpu"]), machine["cores"], machine["memoryBytes"] / 2**30,
              escape(machine["kernel"]), escape(machine["compiler"]), machine["load"]), _overview(result)]
    parts += [_series(each) for each in result["series"]]
    parts += ["<p class=slower>Failed: %s</p>" % escape("%(workload)s from %(source)s: %(error)s" % each) for each in result["failed"]]
    parts.append(_history(history))
    parts.append("<footer><p>The limit: the same conversion, hashes, compression and copies of the same bytes in a tight loop, on as many threads, "
                 "in the same run; for a register, a client that asks for as many keys and looks at nothing. Bars are medians, dots are runs. "
                 "Verdicts are on CPU time. How it is measured: docs/performance.md.</p></footer></html>")
    return "\n".join(parts)


def _colours(colours):
    return "".join(".c%d { stroke: %s } .c%d.mark { fill: %s } svg .t%d { fill: %s }" % (i, c, i, c, i, c) for i, c in enumerate(colours))


def _row(cells, tag="td"):
    return "<tr>%s</tr>" % "".join("<%s>%s</%s>" % (tag, cell, tag) for cell in cells)


def _overview(result):
    rows = [_row(("workload", "wall s", "CPU s", "records/s", "in", "peak", "of the limit: CPU", "wall", "rivals"), "th")]
    for series in result["series"]:
        own = summary.figures(series)[0]
        words = " ".join("<span class='%s'>%s</span>" % (v["word"].split()[0], escape("%s: %s" % (n, v["word"]))) for n, v in series["verdicts"].items())
        rows.append(_row((escape(summary.title(series)), "%.2f" % own["wall"][0], "%.2f" % own["cpu"][0], summary.rate(own["recordsPerS"], ""),
                          summary.rate(own["inPerS"], "B/s") if own["inPerS"] else "–", summary.mib(own["peakBytes"]),
                          summary.share(own["ofLimitCpu"]), summary.share(own["ofLimitWall"]), words)))
    return "<div class=wide><table>%s</table></div>" % "".join(rows)


def _series(series):
    figures, size = summary.figures(series), series["size"]
    parts = ["<h2>%s</h2>" % escape(summary.title(series)),
             "<p class=dim>%s users, %s records, %.0f MB in, %.0f MB out; %d runs</p>" %
             (format(size["users"], ","), format(size["records"], ","), size["bytesIn"] / 1e6, size["bytesOut"] / 1e6, figures[0]["runs"])]
    parts.append(charts.bars([_bar(series, row, "wall") for row in figures], "wall s"))
    parts.append(charts.bars([_bar(series, row, "cpu") for row in figures], "CPU s"))
    for name, found in series["verdicts"].items():
        parts.append("<p><b>%s</b>: <span class='%s'>%s</span></p>" % (escape(name), found["word"].split()[0], escape(summary.verdict_of(series, name))))
    lines = [("peak memory", ", ".join("%s %s" % (row["name"], summary.mib(row["peakBytes"])) for row in figures if row["peakBytes"]))]
    lines += summary.count_lines(series["counts"])
    parts.append("<dl>%s</dl>" % "".join("<dt>%s</dt><dd>%s</dd>" % (escape(what), escape(text)) for what, text in lines))
    return "".join(parts)


def _bar(series, row, measure):
    runs = series["limit"] if row["name"] == "limit" else series["contestants"][row["name"]]
    own = next(iter(series["contestants"]))
    kind = "limit" if row["name"] == "limit" else "own" if row["name"] == own else "rival"
    return row["name"], row[measure][0], [summary.cost_of(each, measure) for each in runs], kind


def _history(history):
    """Share of the limit, by CPU time, over the commits that were measured."""
    found = {}
    for result in history:
        for series in result["series"]:
            ratios = limit_ratios(next(iter(series["contestants"].values())), series["limit"] or [], "cpu")
            if ratios:
                middle = 100 * sorted(ratios)[len(ratios) // 2]
                found.setdefault("%s, %s" % (series["workload"], series["source"]), {})[result["commit"]] = middle
    if len({commit for points in found.values() for commit in points}) < 2:
        return ""
    return "<h2>History: percent of the limit, by CPU time</h2>" + charts.lines(
        {name: list(points.items()) for name, points in found.items()}, "percent of the limit")
