"""Is what was written right? Only then does its time count."""
import json
import os
import subprocess
import sys

from . import places
from .places import PerfError

KINDS = {"streams": "streams", "accesses": "accesses", "profile": "profile", "webhooks": "webhooks", "events": "events",
         "passwords": "passwords", "keyValues": "key-values", "audit": "audit rows", "followedSlices": "followed slices"}


def check_cost(name, cost):
    if cost.status != 0:
        last = cost.error.splitlines()[-1] if cost.error else "no message"
        raise PerfError("%s ended with status %d: %s" % (name, cost.status, last))


def archives_of(scene, output):
    """(deployment, its archive)."""
    if len(scene.deployments) == 1:
        return [(scene.deployments[0], output)]
    return [(each, os.path.join(output, "co%d" % (i + 1))) for i, each in enumerate(scene.deployments)]


def check_counts(scene, output):
    """The report's counts are the generator's. Quick: after every run."""
    if scene.source == "redis":
        return check_register(scene, output)
    for deployment, archive in archives_of(scene, output):
        totals, _ = deployment.expected()
        with open(os.path.join(archive, "report.json"), encoding="utf-8") as file:
            report = json.load(file)
        wrong = differences(totals, report)
        if wrong:
            raise PerfError("%s is not what the generator made: %s" % (archive, "; ".join(wrong)))
    return None


def differences(totals, report):
    """What of the generator's totals the report of an export does not have."""
    wrong = []
    if report["result"] != "complete":
        wrong.append("the result is " + report["result"])
    if report["usersWritten"] != totals["users"]:
        wrong.append("%d users instead of %d" % (report["usersWritten"], totals["users"]))
    for kind, name in KINDS.items():
        found = report["counts"].get(kind, {"source": 0})["source"]
        if found != totals[kind]:
            wrong.append("%d %s instead of %d" % (found, name, totals[kind]))
    return wrong


def check_register(scene, output):
    with open(os.path.join(output, "register", "report.json"), encoding="utf-8") as file:
        report = json.load(file)
    found = report["kinds"]["users"]["found"]
    if report["result"] != "complete" or found != scene.users:
        raise PerfError("%s: %s, with %d users instead of %d" % (output, report["result"], found, scene.users))


def check_archive(scene, output, thorough=False):
    """`pryv-export verify`, and with `thorough` the second reader, which is slow. Once per series."""
    for deployment, archive in [] if scene.source == "redis" else archives_of(scene, output):
        _must_pass([places.PROGRAM, "verify", archive, "--quiet", "--progress", "none"])
        if thorough:
            _must_pass([sys.executable, places.CHECK_ARCHIVE, archive, "--quiet", "--expected", deployment.expected_file])


def _must_pass(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PerfError("%s failed: %s" % (os.path.basename(command[0]), (done.stderr or done.stdout).strip()[-500:]))
