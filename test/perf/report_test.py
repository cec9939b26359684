"""Reports and the history."""
import json
import os
import tempfile
import unittest

from harness import charts, history, markdown, page, verdict
from harness.places import PerfError


def result(commit, cost=1.0, scale=0.1):
    runs = [{"wall": cost + i / 100, "user": cost + i / 1000, "system": 0.0, "peakBytes": 1 << 20} for i in range(6)]
    limits = [{"wall": 0.5, "cpu": 0.5} for _ in range(6)]
    found = vars(verdict.judge_pairs([1.0] * 10, [1.2] * 10))
    series = {"workload": "audit", "source": "dump", "size": {"records": 10, "users": 1, "bytesIn": 100, "bytesOut": 10},
              "counts": {"syscalls": {"all": 9, "read": 8}, "commands": {"find": 3}}, "contestants": {"this build": runs, "<old>": runs},
              "limit": limits, "verdicts": {"<old>": found}}
    machine = {"cpu": "Z80", "cores": 1, "memoryBytes": 1 << 30, "kernel": "6", "compiler": "c++", "load": 0}
    return {"schema": 1, "date": "2026-01-01T00:00:00+00:00", "commit": commit, "scale": scale, "machine": machine, "series": [series], "failed": []}


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

    def test_what_failed_is_told(self):
        found = result("aaa")
        found["failed"] = [{"workload": "register", "source": "redis", "error": "no <redis>"}]
        self.assertIn("**Failed**: register from redis: no <redis>", markdown.render(found))
        self.assertIn("Failed: register from redis: no &lt;redis&gt;", page.render(found))

    def test_one_commit_has_no_history(self):
        self.assertNotIn("History:", page.render(result("aaa"), [result("aaa")]))

    def test_bars_have_a_dot_for_each_run(self):
        self.assertEqual(charts.bars([("a", 2, [1, 2, 3], "own")], "s").count("<circle"), 3)
