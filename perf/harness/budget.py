"""Instructions per record against perf/budget.json: counts that no noise can hide in."""
import json
import os
import subprocess
import tempfile

from . import callgrind, machine, places
from .places import PerfError

FILE = os.path.join(places.ROOT, "perf", "budget.json")
MICRO = os.path.join(places.BUILD, "perf", "micro")
# Chooses its code by what the processor offers: not the program's doing.
NOT_COUNTED = ("libcrypto",)
TOLERANCE = 0.03
WHOLE = "export"
EXPORT = ["--users", "100", "--events", "3000", "--distribution", "even", "--no-wal", "--seed", "1", "--attachments-per-user", "1",
          "--audit-per-user", "10", "--jobs", "1"]


def measure_parts():
    """{part: instructions per record} of perf/micro."""
    with tempfile.TemporaryDirectory() as folder:
        profiles, lines = callgrind.run([MICRO, "--instructions"], folder, "--collect-atstart=no")
    records = {each["name"]: each["records"] for each in map(json.loads, lines.splitlines())}
    return {each.trigger: each.total(NOT_COUNTED) / records[each.trigger] for each in profiles if each.trigger}


def measure_export():
    """Instructions per event of a whole export on one thread."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([places.MAKE_SAMPLE, os.path.join(folder, "v1"), *EXPORT], check=True, stdout=subprocess.DEVNULL)
        profiles, _ = callgrind.run([places.PROGRAM, "core", os.path.join(folder, "v1/configs/api.yml"), os.path.join(folder, "out"),
                                     "--mongodump", os.path.join(folder, "v1/dump"), "--progress", "none", "--quiet", "--jobs", "1"], folder)
        with open(os.path.join(folder, "v1/expected.json"), encoding="utf-8") as file:
            events = json.load(file)["totals"]["events"]
    return sum(each.total(NOT_COUNTED) for each in profiles) / events


def measure(parts_only=False):
    return measure_parts() if parts_only else {**measure_parts(), WHOLE: measure_export()}


def compiler():
    return machine.compiler().split(",")[0]


def read(file=FILE):
    with open(file, encoding="utf-8") as text:
        return json.load(text)


def write(found, file=FILE):
    with open(file, "w", encoding="utf-8") as text:
        json.dump({"compiler": compiler(), "tolerance": TOLERANCE, "instructionsPerRecord": {k: round(v, 1) for k, v in sorted(found.items())}}, text, indent=2)
        text.write("\n")


def judge(budget, found, built_with, parts_only=False):
    """(part, budget, found, change, word) of each part; word is "ok", "more", "less", "new" or "gone"."""
    if budget["compiler"] != built_with:
        raise PerfError("the budget is of %s, the build of %s: counts cannot be compared; perf/instructions --update makes a new one"
                        % (budget["compiler"], built_with))
    rows = []
    for part in sorted({*budget["instructionsPerRecord"], *found} - ({WHOLE} if parts_only else set())):
        allowed, now = budget["instructionsPerRecord"].get(part), found.get(part)
        if allowed is None or now is None:
            rows.append((part, allowed, now, None, "new" if allowed is None else "gone"))
            continue
        change = now / allowed - 1
        word = "more" if change > budget["tolerance"] else "less" if change < -budget["tolerance"] else "ok"
        rows.append((part, allowed, now, change, word))
    return rows
