"""Where things are."""
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
BUILD = os.path.join(ROOT, "build", "release")
DATA = os.path.join(ROOT, "build", "perf-data")
RESULTS = os.path.join(ROOT, "build", "perf-results")

PROGRAM = os.path.join(BUILD, "pryv-export")
MAKE_SAMPLE = os.path.join(BUILD, "tools", "make-sample")
WIRE_SERVER = os.path.join(BUILD, "tools", "wire-server")
TIGHT_LOOP = os.path.join(BUILD, "perf", "tight-loop")
CHECK_ARCHIVE = os.path.join(ROOT, "tools", "check-archive")
GENERATOR_SOURCES = os.path.join(ROOT, "tools", "sample")


class PerfError(Exception):
    """A failure that the operator is told in one line."""
