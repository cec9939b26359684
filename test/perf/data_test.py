"""Data sets, workloads and rivals."""
import os
import stat
import tempfile
import unittest
import unittest.mock

from harness import command_line, contestants, datasets, workloads
from harness.places import PerfError


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

    def test_a_name_is_one_word(self):
        self.assertEqual(contestants.parse_rival("old-1.2=sh -c true").name, "old-1.2")
        self.assertEqual(contestants.parse_rival("env LEVEL=6 sh").command, ["env", "LEVEL=6", "sh"])

    def test_nonsense(self):
        with self.assertRaisesRegex(PerfError, "neither a build folder"):
            contestants.parse_rival("/nowhere/at/all")

    def test_a_trace_is_asked_of_commands_that_have_one(self):
        program = os.path.join(self.folder, "pryv-export")
        with open(program, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\n[ "$1" = core ] && echo "  --trace FILE"\ntrue\n')
        os.chmod(program, stat.S_IRWXU)
        with unittest.mock.patch("harness.places.PROGRAM", program):
            self.assertTrue(contestants.knows_trace("core"))
            self.assertFalse(contestants.knows_trace("register"))
