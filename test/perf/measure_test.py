"""One run and what is counted of it."""
import os
import select
import subprocess
import sys
import unittest

from harness import checks, measure
from harness.places import PerfError


class Counts(unittest.TestCase):
    def test_perf(self):
        text = ("# started on\n\n123;;raw_syscalls:sys_enter;1;100.00;;\n7;;syscalls:sys_enter_openat;1;100.00;;\n0;;syscalls:sys_enter_fsync;1;;;\n"
                "<not supported>;;instructions:u;0;100.00;;\n")
        self.assertEqual(measure.parse_perf(text), {"syscalls": {"all": 123, "openat": 7}})
        self.assertEqual(measure.parse_perf("99;;instructions:u;1;100;;"), {"instructions": 99})

    def test_strace(self):
        text = ("% time     seconds  usecs/call     calls    errors syscall\n------\n 40.7    0.7  563  1268  104 futex\n 30.8    0.5   61  8836   pread64\n"
                " 1.0    0.5   61  6   arch_prctl\n100.00    1.7   60 10110  104 total\n")
        self.assertEqual(measure.parse_strace(text), {"futex": 1268, "pread64": 8836, "all": 10110})

    def test_a_run_is_measured_and_its_status_kept(self):
        cost = measure.run(["sh", "-c", "echo out; echo oops >&2; exit 3"])
        self.assertEqual((cost.status, cost.output, cost.error), (3, "out", "oops"))
        self.assertEqual(measure.run(["sh", "-c", "kill -9 $$"]).status, -9)
        with self.assertRaisesRegex(PerfError, "status 3: oops"):
            checks.check_cost("it", cost)

    def test_a_run_that_hangs_is_ended(self):
        with self.assertRaisesRegex(PerfError, "sleep was ended after 0.1 seconds"):
            measure.run(["sleep", "1000"], timeout=0.1)

    def test_what_a_command_started_ends_with_it(self):
        starter = subprocess.Popen(["sh", "-c", "sleep 1000 & echo $!; wait"], stdout=subprocess.PIPE, text=True, start_new_session=True)
        with starter.stdout:
            child = os.pidfd_open(int(starter.stdout.readline()))
        measure._end_session(starter)
        self.assertEqual(select.select([child], [], [], 60)[0], [child], "the child lives on")
        os.close(child)

    def test_the_harness_memory_is_not_the_programs(self):
        mine = bytearray(64 << 20)
        mine[::4096] = b"x" * len(mine[::4096])
        self.assertLess(measure.run(["true"]).peak_bytes, 32 << 20)
        self.assertGreater(measure.run(["sh", "-c", "exec %s -c 'bytearray(b\"x\") * (100 << 20)'" % sys.executable]).peak_bytes, 100 << 20)

    def test_a_command_that_is_not_there(self):
        with self.assertRaisesRegex(PerfError, "/nowhere cannot be run: No such file"):
            measure.run(["/nowhere"])

    def test_counts_that_differ_are_named(self):
        totals = {"users": 2, **{kind: 1 for kind in checks.KINDS}}
        report = {"result": "complete", "usersWritten": 2, "counts": {kind: {"source": 1} for kind in checks.KINDS}}
        self.assertEqual(checks.differences(totals, report), [])
        report["counts"]["audit"]["source"] = 0
        report["usersWritten"] = 1
        self.assertEqual(checks.differences(totals, report), ["1 users instead of 2", "0 audit rows instead of 1"])
