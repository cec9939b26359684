"""The budget, callgrind's files and flame graphs."""
import tempfile
import unittest

from harness import budget, callgrind, flame
from harness.places import PerfError


CALLGRIND = """# callgrind format
desc: Trigger: Client Request: walk

positions: line
events: Ir
summary: 1000

ob=(1) /lib/libc.so.6
fn=(1) clone
0 10
cob=(2) /bin/micro
cfn=(2) work(std::vector<int, std::allocator<int> >&)
calls=1 0
0 900

ob=(2)
fn=(2)
16 200
+1 100
* 100
cob=(3) /lib/libcrypto.so.3
cfn=(3) SHA256_Update
calls=2 0
+3 500

ob=(3)
fn=(3)
0 500

ob=(1)
fn=(4) spawn
0 5
cfn=(1)
calls=1 0
0 10
"""


class Budgets(unittest.TestCase):
    BUDGET = {"compiler": "c++ 12.2.0", "tolerance": 0.03, "instructionsPerRecord": {"walk": 100.0, "json": 100.0}}

    def words(self, **found):
        return {row[0]: row[-1] for row in budget.judge(self.BUDGET, found, "c++ 12.2.0")}

    def test_within_and_beyond_the_tolerance(self):
        self.assertEqual(self.words(walk=102.9, json=97.1), {"walk": "ok", "json": "ok"})
        self.assertEqual(self.words(walk=103.1, json=96.9), {"walk": "more", "json": "less"})

    def test_parts_that_come_and_go_are_named(self):
        self.assertEqual(self.words(walk=100, gzip=1), {"walk": "ok", "json": "gone", "gzip": "new"})

    def test_the_whole_export_can_be_left_out(self):
        kept = {**self.BUDGET, "instructionsPerRecord": {"walk": 100.0, budget.WHOLE: 1.0}}
        self.assertEqual([row[0] for row in budget.judge(kept, {"walk": 100.0}, "c++ 12.2.0", parts_only=True)], ["walk"])
        self.assertEqual([row[-1] for row in budget.judge(kept, {"walk": 100.0}, "c++ 12.2.0")], ["gone", "ok"])

    def test_another_compiler_is_no_comparison(self):
        with self.assertRaisesRegex(PerfError, "of c\\+\\+ 12.2.0, the build of c\\+\\+ 13.1.0"):
            budget.judge(self.BUDGET, {}, "c++ 13.1.0")

    def test_written_as_read(self):
        with tempfile.NamedTemporaryFile("r") as file:
            budget.write({"walk": 100.04}, file.name)
            self.assertEqual(budget.read(file.name)["instructionsPerRecord"], {"walk": 100.0})

    def test_the_budget_of_the_repository_has_all_parts(self):
        kept = budget.read()
        self.assertEqual(kept["tolerance"], budget.TOLERANCE)
        self.assertLessEqual({"walk", "number-text", "string-escape", "convert-events", "stable-hash", "gzip-level-1", "resp", "sqlite-rows",
                              "copy", "export"}, set(kept["instructionsPerRecord"]))


class Profiles(unittest.TestCase):
    def test_callgrind_counts_by_object(self):
        profile = callgrind.Profile(CALLGRIND.splitlines())
        self.assertEqual(profile.trigger, "walk")
        self.assertEqual(profile.total(), 10 + 400 + 500 + 5)
        self.assertEqual(profile.total(["libcrypto"]), 10 + 400 + 5)

    def test_callgrind_stacks_begin_where_threads_do(self):
        stacks = flame.fold_calls(callgrind.Profile(CALLGRIND.splitlines()))
        self.assertEqual(round(stacks["clone", "work", "SHA256_Update"] + stacks["spawn", "clone", "work", "SHA256_Update"]), 500)
        self.assertEqual(round(sum(stacks.values())), 915)

    def test_perf_stacks(self):
        text = ("px-cpu 17 300 \n\t 1 walk(int)\n\t 2 pryv_export::convert::events<int>::run(std::map<int, int>) const\n\t 3 start_thread\n\n"
                "px-cpu 17 100 \n\t 3 start_thread\n\n")
        self.assertEqual(flame.fold_perf(text), {("px-cpu", "start_thread", "convert::events::run", "walk"): 300, ("px-cpu", "start_thread"): 100})

    def test_frames_are_as_wide_as_their_share(self):
        svg = flame.render({("main", "a<b"): 300, ("main",): 100}, "x & y", "")
        self.assertIn("x &amp; y", svg)
        self.assertIn("a&lt;b: 75.00 %", svg)
        self.assertNotIn("http://", svg.replace("http://www.w3.org/2000/svg", ""))
        with self.assertRaises(ValueError):
            flame.render({}, "", "")
