"""perf/run: options, the order of things, what the terminal shows."""
import argparse
import datetime
import os
import subprocess
import sys

from . import contestants, datasets, history, machine, places, verdict, workloads
from .places import PerfError
from .series import Plan, Series
from .verdict import LOOKS

ABOUT = """Measures pryv-export on made-up deployments, next to the limit of the machine and to rivals.

  perf/run --list                                 what there is
  perf/run huge-user tiny-users --from dump
  perf/run all                                    about ten minutes on two cores
  perf/run audit --compare ../other/build/release     another build: its CPU time decides
  perf/run heavy-tail --compare 'dump=mongodump --uri {uri} --gzip --out {output}'
  perf/run compare COMMIT1 COMMIT2                from the history; no measurement
"""
RIVALS = """A rival is a folder with pryv-export in it, a pryv-export, or a command line; NAME= before it names it. In a command line these
stand for what the series has: {arguments} (pryv-export's own arguments), {program}, {output}, {dump}, {config}, {users},
{deployment}, {uri}, {job}, {port}. A series that lacks one of them goes without this rival. Results go to build/perf-results."""


def parser():
    made = argparse.ArgumentParser(prog="perf/run", description=ABOUT, epilog=RIVALS,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="see --list; all; or: compare COMMIT1 COMMIT2")
    made.add_argument("--list", action="store_true", help="the workloads and their sizes")
    made.add_argument("--from", dest="sources", action="append", choices=("dump", "wire", "redis"), help="only this source; repeatable")
    made.add_argument("--compare", action="append", default=[], metavar="RIVAL", help="run beside this build; repeatable")
    made.add_argument("--scale", type=float, default=0.1, help="of the sizes in --list (0.1)")
    made.add_argument("--runs", type=int, default=5, help="at least (5); with rivals as many as a verdict takes")
    made.add_argument("--max-runs", type=int, default=LOOKS[-1], help="after which a verdict is given up (%d)" % LOOKS[-1])
    made.add_argument("--min-effect", type=float, default=100 * verdict.MIN_EFFECT, metavar="PERCENT",
                      help="what is less counts as equal (%g)" % (100 * verdict.MIN_EFFECT))
    made.add_argument("--no-limit", action="store_true", help="do not measure the limit")
    made.add_argument("--thorough", action="store_true", help="also check with tools/check-archive, which is slow")
    made.add_argument("--trace", action="store_true", help="keep a trace of one more run, if the build knows --trace")
    made.add_argument("--data", default=places.DATA, metavar="DIR", help="where data sets are kept (build/perf-data)")
    made.add_argument("--data-cap", type=float, default=15, metavar="GB", help="how much they may take together (15)")
    made.add_argument("--output-dir", default="/dev/shm", metavar="DIR", help="where archives are written (/dev/shm)")
    made.add_argument("--results", default=places.RESULTS, metavar="DIR", help="build/perf-results")
    made.add_argument("--no-build", action="store_true", help="measure the release build as it is")
    return made


def main(arguments):
    try:
        options = parser().parse_args(arguments)
        if options.list:
            return show_list(options.scale)
        if options.workloads[:1] == ["compare"]:
            return compare(options)
        return run(options)
    except PerfError as error:
        print("perf/run: %s" % error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def show_list(scale):
    for each in workloads.ALL.values():
        print("%-12s %-10s %s; about %.1f GB on disk at scale %g" % (each.name, ",".join(each.sources), each.about,
                                                                       each.estimate(scale) / 1e9, scale))
    return 0


def compare(options):
    if len(options.workloads) != 3:
        raise PerfError("compare takes two commits that were measured")
    kept = history.History(options.results)
    first, second = (kept.of_commit(machine.resolve(name)) for name in options.workloads[1:])
    lines = history.compare(first, second, options.min_effect / 100)
    if not lines:
        raise PerfError("these two have no workload of the same scale in common")
    for name, found in lines:
        print("%-28s %s" % (name, found.text()))
    return 0


def chosen(names):
    if not names:
        raise PerfError("name a workload, or all; --list has them")
    unknown = [name for name in names if name not in workloads.ALL and name != "all"]
    if unknown:
        raise PerfError("no workload %s; --list has them" % unknown[0])
    return list(workloads.ALL.values()) if "all" in names else [workloads.ALL[name] for name in dict.fromkeys(names)]


def build(*targets):
    environment = dict(os.environ, CCACHE_BASEDIR=places.ROOT, CCACHE_NOHASHDIR="1")
    commands = [["cmake", "--build", places.BUILD, "--target", *targets]]
    if not os.path.exists(os.path.join(places.BUILD, "build.ninja")):
        commands.insert(0, ["cmake", "-S", places.ROOT, "--preset", "release"])
    for command in commands:
        done = subprocess.run(command, cwd=places.ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PerfError("the build failed:\n" + (done.stdout + done.stderr)[-3000:])


def say(text):
    if sys.stderr.isatty():
        print("\r\033[K" + text, end="", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


def run(options):
    wanted = chosen(options.workloads)
    rivals = [contestants.parse_rival(each) for each in options.compare]
    names = ["this build", "limit", *(each.name for each in rivals)]
    if len(set(names)) != len(names):
        raise PerfError("two rivals of one name; NAME=… before the rival gives it another")
    if not options.no_build:
        build("pryv-export", "make-sample", "wire-server", "tight-loop")
    plan = Plan(options.runs, max(options.runs, options.max_runs), options.output_dir, rivals, options.thorough, not options.no_limit,
                options.results if options.trace else "", options.min_effect / 100, say)
    os.makedirs(options.results, exist_ok=True)
    cache = datasets.Cache(options.data, int(options.data_cap * 1e9), say=say)
    result = {"schema": 1, "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "commit": machine.commit(),
              "scale": options.scale, "machine": machine.describe(), "rivals": {each.name: each.command for each in rivals}, "series": [], "failed": []}
    for workload in wanted:
        measure(workload, cache, plan, options, result)
    folder = history.History(options.results).add(result)
    with open(os.path.join(folder, "report.md"), encoding="utf-8") as file:
        print(("\n" if sys.stderr.isatty() else "") + file.read())
    print("%s/report.html" % folder)
    return 1 if result["failed"] else 0


def measure(workload, cache, plan, options, result):
    """Adds the workload's series to `result`; one that fails does not take away the others."""
    sources = [each for each in workload.sources if not options.sources or each in options.sources]
    if not sources:
        return
    parts = workload.deployments(options.scale)
    estimate = workload.estimate(options.scale) // max(1, len(parts))
    made = [cache.get(workload.name, part, estimate) for part in parts]
    users = workload.register_users(options.scale) if workload.register_users else 0
    for source in sources:
        try:
            result["series"].append(Series(workload, source, made, plan, users).measure())
        except PerfError as error:
            print("\nperf/run: %s from %s: %s" % (workload.name, source, error), file=sys.stderr)
            result["failed"].append({"workload": workload.name, "source": source, "error": str(error)})
