"""Figures of one series, from its raw runs."""
import statistics


def spread(values):
    """(median, least, greatest)"""
    return statistics.median(values), min(values), max(values)


def figures(series):
    """What tables and charts show of each contestant, the limit last: a list of dicts."""
    rows = [_row(name, runs, series) for name, runs in series["contestants"].items()]
    if series["limit"]:
        rows.append(_limit_row(series))
    return rows


def _row(name, runs, series):
    wall, cpu = [each["wall"] for each in runs], [each["user"] + each["system"] for each in runs]
    row = {"name": name, "runs": len(runs), "wall": spread(wall), "cpu": spread(cpu), "peakBytes": max(each["peakBytes"] for each in runs)}
    row.update(rates(series["size"], row["wall"][0]))
    row["ofLimitWall"], row["ofLimitCpu"] = of_limit(runs, series["limit"], "wall"), of_limit(runs, series["limit"], "cpu")
    return row


def _limit_row(series):
    limits = series["limit"]
    row = {"name": "limit", "runs": len(limits), "wall": spread([each["wall"] for each in limits]),
           "cpu": spread([each["cpu"] for each in limits]), "peakBytes": None, "ofLimitWall": None, "ofLimitCpu": None}
    row.update(rates(series["size"], row["wall"][0]))
    return row


def rates(size, seconds):
    return {"recordsPerS": size["records"] / seconds, "inPerS": size["bytesIn"] / seconds, "outPerS": size["bytesOut"] / seconds}


def cost_of(run, measure):
    return run["user"] + run["system"] if measure == "cpu" and "user" in run else run[measure]


def of_limit(runs, limits, measure):
    """The limit's cost by the contestant's, the median of the pairs that ran next to each other: 1 is as good as it can be."""
    ratios = limit_ratios(runs, limits, measure)
    return statistics.median(ratios) if ratios else None


def limit_ratios(runs, limits, measure):
    return [cost_of(limit, measure) / cost_of(run, measure) for run, limit in zip(runs, limits) if cost_of(run, measure) > 0]


def title(series):
    return "%s, from %s" % (series["workload"], {"dump": "a dump", "wire": "the wire server", "redis": "Redis"}[series["source"]])


def seconds(triple):
    middle, low, high = triple
    return "%.2f (%.2f – %.2f)" % (middle, low, high)


def rate(number, unit):
    for factor, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= factor:
            return "%.3g %s%s" % (number / factor, prefix, unit)
    return "%.3g %s" % (number, unit)


def share(value):
    return "–" if value is None else "%.0f %%" % (100 * value)


def mib(number):
    return "–" if number is None else "%.0f MiB" % (number / 2**20)


def count_lines(counts):
    """Syscalls and commands as (what, text), most frequent first."""
    lines = []
    if "instructions" in counts:
        lines.append(("instructions", rate(counts["instructions"], "")))
    calls = dict(counts.get("syscalls", {}))
    if calls:
        lines.append(("syscalls", "%s in all" % format(calls.pop("all", sum(calls.values())), ",")))
        lines += [("", _top(calls, 8))]
    if counts.get("commands"):
        lines.append(("server commands", "%s: %s" % (format(sum(counts["commands"].values()), ","), _top(counts["commands"], 6))))
    if counts.get("serverCpu"):
        lines.append(("the server's own CPU", "%.2f s" % counts["serverCpu"]))
    return lines


def _top(counts, most):
    ordered = sorted(counts.items(), key=lambda item: -item[1])[:most]
    return ", ".join("%s %s" % (name, format(number, ",")) for name, number in ordered)


def verdict_of(series, name):
    found = series["verdicts"].get(name)
    if not found:
        return ""
    from .verdict import Verdict
    return Verdict(**found).text()
