"""The harness' own arithmetic and bookkeeping: verdicts, data sets, rivals, counts, reports. Nothing is timed.

Usage: run.py [CASE...]
"""
import itertools
import json
import math
import os
import random
import select
import stat
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "perf"))
from harness import budget, callgrind, charts, checks, command_line, contestants, datasets, flame, history, markdown, measure, page, verdict, workloads  # noqa: E402
from harness.places import PerfError  # noqa: E402


def costs(seed, count, noise, drift=True):
    """Costs of pairs on a machine whose speed wanders, with wild runs now and then."""
    chance = random.Random(seed)
    speed = 1.0
    for _ in range(count):
        speed *= math.exp(chance.gauss(0, 0.2)) if drift else 1
        yield tuple(speed * math.exp(chance.gauss(0, noise)) * (3 if chance.random() < 0.03 else 1) for _ in range(2))


class Verdicts(unittest.TestCase):
    def judged(self, seed, count=None, noise=0.02, factor=1.0):
        """As perf/run does it: more pairs until it can be told; just `count` when given."""
        for looked in verdict.LOOKS if count is None else [count]:
            pairs = list(costs(seed, looked, noise))
            found = verdict.judge_pairs([a for a, _ in pairs], [b * factor for _, b in pairs])
            if found.word != "cannot tell":
                break
        return found

    def test_the_same_is_equal_whatever_the_machine_does(self):
        self.assertEqual({self.judged(seed).word for seed in range(50)}, {"equal"})

    def test_a_tenth_more_is_slower_and_a_tenth_less_is_faster(self):
        self.assertEqual({self.judged(seed, factor=1.1).word for seed in range(50)}, {"slower"})
        self.assertEqual({self.judged(seed, factor=1 / 1.1).word for seed in range(50)}, {"faster"})

    def test_noise_is_no_slowness(self):
        words = [self.judged(seed, count=10, noise=0.3).word for seed in range(200)]
        self.assertLess(sum(word in ("slower", "faster") for word in words), 5)
        self.assertGreater(words.count("cannot tell"), 190)

    def test_what_cannot_be_told_says_how_many_pairs_more(self):
        found = self.judged(1, count=10, noise=0.3)
        self.assertGreater(found.more, 10)
        self.assertIn("cannot tell: too noisy", found.text())
        self.assertIn("%d more pairs" % found.more, found.text())

    def test_a_real_difference_below_the_least_effect_is_equal(self):
        base = [1.0 + i / 1e5 for i in range(20)]
        self.assertEqual(verdict.judge_pairs(base, [each * 1.01 for each in base]).word, "equal")
        self.assertEqual(verdict.judge_pairs(base, [each * 1.01 for each in base], min_effect=0.005).word, "slower")

    def test_few_pairs_prove_nothing(self):
        found = verdict.judge_pairs([1.0] * 5, [2.0] * 5)
        self.assertEqual((found.word, found.high), ("cannot tell", math.inf))

    def test_the_cut_of_the_signed_ranks_is_exact(self):
        for count, confidence in ((5, 0.9), (8, 0.95), (10, 0.99), (9, 0.995)):
            sums = [sum(rank for rank, sign in enumerate(signs, 1) if sign) for signs in itertools.product((0, 1), repeat=count)]
            cut = verdict.signed_rank_cut(count, confidence)
            allowed = (1 - confidence) / 2 * len(sums)
            self.assertLessEqual(sum(each <= cut for each in sums), allowed)
            self.assertGreater(sum(each <= cut + 1 for each in sums), allowed)

    def test_the_cut_of_the_rank_sums_is_exact(self):
        for first, second, confidence in ((4, 5, 0.9), (5, 5, 0.99), (6, 4, 0.95)):
            statistics = [sum(chosen) - first * (first + 1) // 2
                          for chosen in itertools.combinations(range(1, first + second + 1), first)]
            cut = verdict.rank_sum_cut(first, second, confidence)
            allowed = (1 - confidence) / 2 * len(statistics)
            self.assertLessEqual(sum(each <= cut for each in statistics), allowed)
            self.assertGreater(sum(each <= cut + 1 for each in statistics), allowed)

    def test_samples_of_different_times(self):
        base = [1.0, 1.01, 0.99, 1.02, 1.0, 0.98, 1.01, 1.0]
        self.assertEqual(verdict.judge_samples(base, [each * 1.2 for each in base]).word, "slower")
        self.assertEqual(verdict.judge_samples(base, base[::-1]).word, "equal")


class DataSets(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.calls = os.path.join(self.folder, "calls")
        self.generator = self.script('echo "$*" >> %s\nmkdir -p "$1"\necho data > "$1/file"' % self.calls)

    def script(self, text):
        path = os.path.join(self.folder, "generator%d" % len(os.listdir(self.folder)))
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text + "\n")
        os.chmod(path, stat.S_IRWXU)
        return path

    def cache(self, generator=None, version="1", most=1 << 30):
        return datasets.Cache(os.path.join(self.folder, "data"), most, generator or self.generator, version)

    def made(self):
        with open(self.calls, encoding="utf-8") as file:
            return len(file.readlines())

    def test_made_once_for_the_same_options_and_generator(self):
        first = self.cache().get("w", ["--seed", "1"], 10)
        self.assertEqual(self.cache().get("w", ["--seed", "1"], 10).folder, first.folder)
        self.assertEqual(self.made(), 1)
        self.assertNotEqual(self.cache().get("w", ["--seed", "2"], 10).folder, first.folder)
        self.assertNotEqual(self.cache(version="2").get("w", ["--seed", "1"], 10).folder, first.folder)
        self.assertEqual(self.made(), 3)

    def test_a_generator_that_fails_leaves_nothing(self):
        broken = self.script('mkdir -p "$1"\necho half > "$1/file"\necho "disk on fire" >&2\nexit 1')
        with self.assertRaisesRegex(PerfError, "disk on fire"):
            self.cache(broken).get("w", [], 10)
        self.assertEqual(self.cache().entries(), [])
        self.cache().get("w", [], 10)
        self.assertEqual(self.made(), 1)

    def test_the_cap_is_kept_and_says_what_to_do(self):
        cache = self.cache(most=1000)
        cache.get("w", [], 900)
        with self.assertRaisesRegex(PerfError, "0.0 GB of the .* --data-cap .*smaller --scale"):
            cache.get("v", [], 999)
        self.assertEqual(self.made(), 1)
        cache.get("w", [], 10**9)  # it is there: no space is needed

    def test_the_version_follows_the_sources(self):
        sources = os.path.join(self.folder, "sources")
        os.mkdir(sources)
        versions = set()
        for text in ("a", "b", "a"):
            with open(os.path.join(sources, "main.cpp"), "w", encoding="utf-8") as file:
                file.write(text)
            versions.add(datasets.generator_version(sources))
        self.assertEqual(len(versions), 2)


class Workloads(unittest.TestCase):
    def test_sizes_follow_the_scale(self):
        for each in workloads.ALL.values():
            if each.deployments(1):
                self.assertGreater(each.estimate(1), 5 * each.estimate(0.1))
                self.assertNotEqual(each.deployments(1), each.deployments(0.1))
        self.assertEqual(workloads.ALL["register"].register_users(1), 200_000)
        self.assertIn("10000000", workloads.ALL["huge-user"].deployments(1)[0])

    def test_names(self):
        self.assertEqual(len(command_line.chosen(["all"])), len(workloads.ALL))
        self.assertEqual([each.name for each in command_line.chosen(["audit", "audit"])], ["audit"])
        with self.assertRaisesRegex(PerfError, "no workload sudoku"):
            command_line.chosen(["sudoku"])


class Rivals(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.scene = contestants.Scene(workloads.ALL["audit"], "dump", [datasets.Deployment("/d")])

    def test_a_build_folder(self):
        program = os.path.join(self.folder, "pryv-export")
        with open(program, "w", encoding="utf-8"):
            os.chmod(program, stat.S_IRWXU)
        rival = contestants.parse_rival("old=" + self.folder)
        self.assertEqual((rival.name, rival.is_export), ("old", True))
        self.assertEqual(rival.argv(self.scene, "/out")[:4], [program, "core", "/d/configs/api.yml", "/out"])

    def test_a_command_line(self):
        rival = contestants.parse_rival("sh -c 'cp -r {dump} {output}'")
        self.assertEqual((rival.name, rival.is_export), ("sh", False))
        self.assertEqual(rival.argv(self.scene, "/out"), ["sh", "-c", "cp -r /d/dump /out"])
        self.assertTrue(rival.fits(self.scene))
        self.assertFalse(contestants.parse_rival("sh -c 'echo {uri}'").fits(self.scene))

    def test_nonsense(self):
        with self.assertRaisesRegex(PerfError, "neither a build folder"):
            contestants.parse_rival("/nowhere/at/all")


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


def result(commit, cost=1.0, scale=0.1):
    runs = [{"wall": cost + i / 100, "user": cost + i / 1000, "system": 0.0, "peakBytes": 1 << 20} for i in range(6)]
    limits = [{"wall": 0.5, "cpu": 0.5} for _ in range(6)]
    found = vars(verdict.judge_pairs([1.0] * 10, [1.2] * 10))
    series = {"workload": "audit", "source": "dump", "size": {"records": 10, "users": 1, "bytesIn": 100, "bytesOut": 10},
              "counts": {"syscalls": {"all": 9, "read": 8}, "commands": {"find": 3}}, "contestants": {"this build": runs, "<old>": runs},
              "limit": limits, "verdicts": {"<old>": found}}
    machine = {"cpu": "Z80", "cores": 1, "memoryBytes": 1 << 30, "kernel": "6", "compiler": "c++", "load": 0}
    return {"schema": 1, "date": "2026-01-01T00:00:00+00:00", "commit": commit, "scale": scale, "machine": machine, "series": [series]}


class Reports(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.history = history.History(self.folder)

    def test_commits_are_compared_by_their_cost_in_units_of_the_limit(self):
        for commit, cost in (("aaa", 1.0), ("bbb", 1.3), ("ccc", 1.0)):
            self.history.add(result(commit, cost))
        words = [history.compare(self.history.of_commit("aaa"), self.history.of_commit(other))[0][1].word for other in ("bbb", "ccc")]
        self.assertEqual(words, ["slower", "equal"])

    def test_other_scales_are_not_compared(self):
        self.history.add(result("aaa"))
        self.history.add(result("bbb", scale=1))
        self.assertEqual(history.compare(self.history.of_commit("aaa"), self.history.of_commit("bbb")), [])

    def test_an_unknown_commit(self):
        self.history.add(result("aaa"))
        with self.assertRaisesRegex(PerfError, "no figures of zzz .*aaa"):
            self.history.of_commit("zzz")

    def test_files(self):
        self.history.add(result("aaa"))
        folder = self.history.add(result("bbb+"))
        with open(os.path.join(folder, "result.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["commit"], "bbb+")
        with open(os.path.join(folder, "report.html"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn("History", text)
        self.assertIn("&lt;old&gt;: slower", text)
        self.assertNotIn("<old>", text)
        self.assertNotIn("http", text)

    def test_markdown_has_ratio_and_verdict(self):
        text = markdown.render(result("aaa"))
        self.assertIn("| this build | 1.02 (1.00 – 1.05) |", text)
        self.assertIn("| 50 % |", text)
        self.assertIn("* <old>: slower, +20.0 %", text)

    def test_one_commit_has_no_history(self):
        self.assertNotIn("History:", page.render(result("aaa"), [result("aaa")]))

    def test_bars_have_a_dot_for_each_run(self):
        self.assertEqual(charts.bars([("a", 2, [1, 2, 3], "own")], "s").count("<circle"), 3)


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


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]], verbosity=1)
