"""perf/profile: where the time of one workload goes."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from . import callgrind, checks, command_line, contestants, datasets, flame, machine, measure, places
from .places import PerfError
from .series import Plan, Series

ABOUT = """Draws a flame graph of one export: one SVG that needs nothing else; a click widens a frame.

Samples come from perf (DWARF stacks, so no special build). Where perf may not be used, callgrind counts instructions instead:
exact, fifty times slower, without the kernel, and its stacks are put together from pairs of caller and callee."""


def parser():
    made = argparse.ArgumentParser(prog="perf/profile", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("workload", metavar="WORKLOAD", help="as in perf/run --list")
    made.add_argument("--from", dest="source", choices=("dump", "wire", "redis"), help="the workload's first source when not given")
    made.add_argument("--scale", type=float, default=0.05, help="0.05; with callgrind 0.001 does")
    made.add_argument("--frequency", type=int, default=499, help="samples per second of CPU time (499)")
    made.add_argument("--with", dest="tool", choices=("perf", "callgrind"), help="perf where it works")
    made.add_argument("--output", metavar="FILE.svg", help="default: in build/perf-results")
    made.add_argument("--data", default=places.DATA, metavar="DIR", help="where data sets are kept (build/perf-data)")
    made.add_argument("--data-cap", type=float, default=15, metavar="GB", help="how much they may take together (15)")
    made.add_argument("--output-dir", default="/dev/shm", metavar="DIR", help="where the archive is written (/dev/shm)")
    made.add_argument("--no-build", action="store_true", help="profile the release build as it is")
    return made


def main(arguments):
    options = parser().parse_args(arguments)
    try:
        print(run(options))
        return 0
    except (PerfError, ValueError) as error:
        print("perf/profile: %s" % error, file=sys.stderr)
        return 1


def run(options):
    workload = command_line.chosen([options.workload])[0]
    source = options.source or workload.sources[0]
    if source not in workload.sources:
        raise PerfError("%s can be read from %s only" % (workload.name, ", ".join(workload.sources)))
    tool = options.tool or ("perf" if perf_works() else "callgrind")
    if not options.no_build:
        command_line.build("pryv-export", "make-sample", "wire-server")
    stacks, unit = sample(workload, source, tool, options)
    file = options.output or os.path.join(places.RESULTS, "flame-%s-%s.svg" % (workload.name, source))
    os.makedirs(os.path.dirname(os.path.abspath(file)), exist_ok=True)
    title = "%s from %s, scale %g, %s" % (workload.name, source, options.scale, machine.commit())
    with open(file, "w", encoding="utf-8") as out:
        out.write(flame.render(stacks, title, unit))
    return file


def perf_works():
    if not shutil.which("perf"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-o", os.path.join(folder, "data"), "true"], capture_output=True,
                              check=False).returncode == 0


def sample(workload, source, tool, options):
    cache = datasets.Cache(options.data, int(options.data_cap * 1e9), say=command_line.say)
    parts = workload.deployments(options.scale)
    made = [cache.get(workload.name, part, workload.estimate(options.scale) // max(1, len(parts))) for part in parts]
    users = workload.register_users(options.scale) if workload.register_users else 0
    series = Series(workload, source, made, Plan(), users)
    with tempfile.TemporaryDirectory(prefix="pryv-export-profile-", dir=options.output_dir) as folder:
        take = with_perf if tool == "perf" else with_callgrind
        return series.with_servers(lambda scene: take(contestants.this_build().argv(scene, os.path.join(folder, "output")), folder, options))


def with_perf(command, folder, options):
    data = os.path.join(folder, "perf.data")
    cost = measure.run(["perf", "record", "-q", "-F", str(options.frequency), "-e", "cpu-clock", "--call-graph", "dwarf,16384", "-o", data, "--",
                        *command])
    checks.check_cost("perf record", cost)
    text = subprocess.run(["perf", "script", "-i", data, "--no-inline", "-F", "comm,tid,ip,sym,period"], capture_output=True, text=True,
                          errors="replace", check=False).stdout
    stacks = flame.fold_perf(text)
    return stacks, "%d samples of CPU time, kernel included, %d a second" % (text.count("\n\n"), options.frequency)


def with_callgrind(command, folder, options):
    profiles, _ = callgrind.run(command, folder)
    return flame.fold_calls(profiles[0]), "instructions, by callgrind; stacks from pairs of caller and callee"
