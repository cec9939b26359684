"""The report as Markdown."""
from . import summary

HEAD = ["", "wall s (least – greatest)", "CPU s (least – greatest)", "records/s", "in", "out", "peak", "of the limit: CPU", "wall"]


def render(result):
    machine = result["machine"]
    lines = ["# Performance of %s" % result["commit"], "",
             "%s; scale %g; %s, %d cores, %.0f GiB, Linux %s; %s; load %s at the beginning." %
             (result["date"], result["scale"], machine["cpu"], machine["cores"], machine["memoryBytes"] / 2**30, machine["kernel"],
              machine["compiler"], machine["load"]), "",
             "The limit: the same conversion, hashes, compression and copies of the same bytes in a tight loop, on as many threads, "
             "in the same run. Verdicts are on CPU time."]
    for series in result["series"]:
        lines += ["", "## " + summary.title(series), "", _table(series)]
        lines += ["", *("* %s: %s" % (name, summary.verdict_of(series, name)) for name in series["verdicts"])] if series["verdicts"] else []
        lines += ["", *_size(series)]
    lines += ["", *("**Failed**: %(workload)s from %(source)s: %(error)s" % each for each in result["failed"])] if result["failed"] else []
    return "\n".join(lines) + "\n"


def _table(series):
    rows = [HEAD, ["---"] * len(HEAD)]
    for row in summary.figures(series):
        rows.append([row["name"], summary.seconds(row["wall"]), summary.seconds(row["cpu"]), summary.rate(row["recordsPerS"], ""),
                     summary.rate(row["inPerS"], "B/s"), summary.rate(row["outPerS"], "B/s"), summary.mib(row["peakBytes"]),
                     summary.share(row["ofLimitCpu"]), summary.share(row["ofLimitWall"])])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _size(series):
    size = series["size"]
    first = "%s users, %s records, %.0f MB in, %.0f MB out." % (format(size["users"], ","), format(size["records"], ","),
                                                                size["bytesIn"] / 1e6, size["bytesOut"] / 1e6)
    counts = ["* %s%s" % (what + ": " if what else "", text) for what, text in summary.count_lines(series["counts"])]
    return [first, "", *counts] if counts else [first]
