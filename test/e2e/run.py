#!/usr/bin/env python3
"""End to end: generated v1 deployments through the real program, its archives through the independent reader.

Usage: run.py PRYV_EXPORT MAKE_SAMPLE CHECK_ARCHIVE [CASE...]
"""
import filecmp
import gzip
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

PROGRAM, SAMPLE, CHECK = sys.argv[1:4]
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
# Sanitizers find their options in the environment.
EPOCH.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})


def sample(folder, *options):
    subprocess.run([SAMPLE, folder, *options], check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(folder, "expected.json")) as file:
        return json.load(file)


def export(source, output, *options, **popen):
    command = [PROGRAM, "core", os.path.join(source, "configs/api.yml"), output, "--mongodump",
               os.path.join(source, "dump"), "--progress", "none", *options]
    return subprocess.run(command, capture_output=True, text=True, env=EPOCH, errors="replace", **popen)


def check(archive, expected=None):
    command = [sys.executable, CHECK, archive, "--quiet"] + (["--expected", expected] if expected else [])
    return subprocess.run(command, capture_output=True, text=True)


def tree(folder):
    """Every file below a folder with its digest and time of change."""
    found = {}
    for parent, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(parent, name)
            info = os.lstat(path)
            digest = ""
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    digest = hashlib.sha256(file.read()).hexdigest()
            found[os.path.relpath(path, folder)] = (digest, info.st_mtime_ns, info.st_size)
    return found


def same_tree(a, b):
    compared = filecmp.dircmp(a, b, ignore=[])
    stack = [compared]
    while stack:
        at = stack.pop()
        if at.left_only or at.right_only or at.funny_files:
            return False
        _, different, errors = filecmp.cmpfiles(at.left, at.right, at.common_files, shallow=False)
        if different or errors:
            return False
        stack.extend(at.subdirs.values())
    return True


def plain(text):
    """Ids as reports show them and as the generator names them differ in control characters and bad UTF-8."""
    return re.sub(r"\\x[0-9a-f]{2}|[^ -~]", "?", text)


def report(archive):
    with open(os.path.join(archive, "report.json")) as file:
        return json.load(file)


class EndToEnd(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def assert_sound(self, archive, expected=None):
        result = check(archive, expected)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def assert_no_archive(self, output):
        self.assertFalse(os.path.exists(os.path.join(output, "manifest.json")))

    def test_clean_deployments_are_exported_whole_and_alike_for_any_number_of_jobs(self):
        variants = {
            "sqlite": ["--users", "12", "--events", "6000", "--seed", "11"],
            "mongo": ["--users", "8", "--events", "2000", "--seed", "12", "--mongo-index", "--gzip", "--no-metadata"],
            "natural": ["--users", "8", "--events", "2000", "--seed", "13", "--order", "natural", "--no-wal"],
            "one-user": ["--users", "3", "--events", "9000", "--seed", "14", "--one-big-user", "0.9"],
        }
        for name, options in variants.items():
            with self.subTest(name):
                source = self.path(name)
                sample(source, *options)
                before = tree(source)
                for jobs in ("1", "8"):
                    result = export(source, self.path(name + jobs), "--jobs", jobs, "--target-file-size", "1")
                    self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                self.assertTrue(same_tree(self.path(name + "1"), self.path(name + "8")))
                self.assert_sound(self.path(name + "1"), os.path.join(source, "expected.json"))
                self.assertEqual(tree(source), before, "the source was touched")

    def test_large_attachments_are_shared_out_among_users(self):
        source = self.path("v1")
        sample(source, "--users", "2", "--events", "300", "--seed", "16", "--distribution", "even", "--large-attachments", "3",
               "--large-attachment-bytes", "700000", "--attachments-per-user", "20")
        large = [path for path, (_, _, size) in tree(source).items() if "attachments" in path and size == 700000]
        self.assertEqual(len(large), 3)
        self.assertEqual(export(source, self.path("out")).returncode, 0)
        self.assert_sound(self.path("out"), os.path.join(source, "expected.json"))

    def test_uncompressed_archives_and_one_user(self):
        source = self.path("v1")
        expected = sample(source, "--users", "4", "--events", "800", "--seed", "21")
        self.assertEqual(export(source, self.path("plain"), "--no-compress").returncode, 0)
        self.assert_sound(self.path("plain"), os.path.join(source, "expected.json"))
        user = expected["users"][1]["userId"]
        self.assertEqual(export(source, self.path("one"), "--user", user).returncode, 0)
        self.assertEqual(os.listdir(self.path("one", "users")), [user])
        self.assert_sound(self.path("one"))
        self.assertEqual(export(source, self.path("none"), "--user", "nobody").returncode, 66)

    def test_odd_records_end_where_they_should_and_the_rest_is_sound(self):
        for name, options in {"sqlite": [], "mongo": ["--mongo-index", "--gzip", "--order", "natural"]}.items():
            with self.subTest(name):
                source = self.path(name)
                expected = sample(source, "--users", "5", "--seed", "31", "--dirty", *options)
                for jobs in ("1", "8"):
                    result = export(source, self.path(name + jobs), "--jobs", jobs)
                    self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
                archive = self.path(name + "1")
                self.assertTrue(same_tree(archive, self.path(name + "8")))
                self.assert_sound(archive)
                failed = {plain(entry["userId"]) for entry in report(archive)["usersFailed"]}
                failing = {entry["user"] for entry in expected["failing"]}
                self.assertEqual(failing - failed, set())
                self.assertEqual(failed - failing - {plain(user) for user in expected["refusedIds"]}, set())
                # Nothing left the output folder, and no stranger's file came in.
                self.assertFalse(any("passwd" in path for path in tree(archive)))

    def test_damaged_dumps_lose_only_what_is_damaged(self):
        source = self.path("v1")
        sample(source, "--users", "4", "--events", "1200", "--seed", "41", "--attachments-per-user", "0", "--no-wal")
        dump = self.path("v1", "dump", "pryv-node", "events.bson")
        with open(dump, "rb") as file:
            whole = file.read()
        seeded = random.Random(7)
        for turn in range(int(os.environ.get("E2E_CORRUPTIONS", "12"))):
            with self.subTest(turn):
                damaged = bytearray(whole)
                if turn == 0:
                    damaged = damaged[: len(whole) * 6 // 10]
                else:
                    for _ in range(seeded.randint(1, 3)):
                        damaged[seeded.randrange(len(damaged))] ^= 1 << seeded.randrange(8)
                with open(dump, "wb") as file:
                    file.write(damaged)
                output = self.path("out%d" % turn)
                result = export(source, output)
                self.assertIn(result.returncode, (0, 3), result.stdout + result.stderr)
                self.assert_sound(output)
                if turn == 0:
                    self.assertEqual(result.returncode, 3)
                    place = report(output)["damages"][0]
                    self.assertIn("events.bson", place["thing"])
                    self.assertGreater(place["offset"], 0)
                shutil.rmtree(output)

    def test_documents_of_a_real_store_keep_their_hashes(self):
        """Documents of a 1.8.0 store, encoded by another BSON library; their hashes are v1's own (docs/v1-data.md 7.5)."""
        files = self.path("v1/users/0/_/u/u_0/attachments/cthisistesteventno0000000")
        os.makedirs(files)
        for name, size in {"document": 6701, "image": 2765}.items():
            with open(os.path.join(files, name), "wb") as file:
                file.write(bytes(size))
        with open(self.path("v1/core.yml"), "w") as file:
            file.write("database: {name: pryv-node}\nuserFiles: {path: %s}\n" % self.path("v1/users"))
        dump = os.path.join(os.path.dirname(__file__), "../data/dump-1.8.0/pryv-node")
        output = self.path("out")
        command = [PROGRAM, "core", self.path("v1/core.yml"), output, "--mongodump", dump, "--progress", "none", "--no-compress"]
        result = subprocess.run(command, capture_output=True, text=True, env=EPOCH)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assert_sound(output)

        def lines(name):
            with open(os.path.join(output, "users/u_0", name)) as file:
                return [json.loads(line) for line in file]

        hashes = {event["id"][-2:]: event["integrity"].split("sha256-")[1][:6] for event in lines("events/events-0001.jsonl")}
        self.assertEqual(hashes, {"00": "Fu3tli", "09": "N43FS+", "13": "oKT9F2"})
        self.assertEqual([stream["id"] for stream in lines("streams.jsonl")], ["s_1", "s_0", "s_0_0", "s_x"])
        self.assertEqual(lines("account.jsonl")[0]["accountFields"],
                         [{"field": "email", "value": "zero@test.com", "time": 1675099361.472, "createdBy": "system"}])
        self.assertEqual(report(output)["counts"]["events"]["changed"], 0)
        self.assertTrue(lines("accesses.jsonl")[0]["integrity"].endswith("yVqeby9Y8="))

    def test_output_that_holds_something_is_refused_until_told(self):
        source = self.path("v1")
        sample(source, "--users", "2", "--events", "50", "--seed", "51")
        output = self.path("out")
        self.assertEqual(export(source, output).returncode, 0)
        before = tree(output)
        refused = export(source, output)
        self.assertEqual(refused.returncode, 73)
        self.assertIn("--overwrite", refused.stderr)
        self.assertEqual(tree(output), before)
        self.assertEqual(export(source, output, "--overwrite").returncode, 0)
        self.assert_sound(output)

    def test_a_missing_source_leaves_the_output_as_it_was(self):
        source = self.path("v1")
        sample(source, "--users", "2", "--events", "50", "--seed", "81")
        os.rename(self.path("v1", "dump"), self.path("elsewhere"))
        self.assertEqual(export(source, self.path("out")).returncode, 66)
        os.rename(self.path("elsewhere"), self.path("v1", "dump"))
        self.assertEqual(export(source, self.path("out")).returncode, 0)

        before = tree(self.path("out"))
        os.rename(self.path("v1", "dump"), self.path("elsewhere"))
        self.assertEqual(export(source, self.path("out"), "--overwrite").returncode, 66)
        self.assertEqual(tree(self.path("out")), before)

    def test_a_full_disk_ends_the_run_without_an_archive(self):
        source = self.path("v1")
        sample(source, "--users", "3", "--events", "3000", "--seed", "61")

        def small_files():
            resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

        result = export(source, self.path("out"), preexec_fn=small_files)
        self.assertEqual(result.returncode, 74, result.stdout + result.stderr)
        self.assert_no_archive(self.path("out"))

    def test_many_users_in_flight_hold_few_files_open(self):
        source = self.path("v1")
        sample(source, "--users", "600", "--events", "600", "--attachments-per-user", "0", "--seed", "62")

        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))

        result = export(source, self.path("out"), "--jobs", "32", preexec_fn=few_files)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assert_sound(self.path("out"), os.path.join(source, "expected.json"))

    def test_what_a_killed_process_left_in_shared_memory_is_no_matter(self):
        """libmongoc names its counters by process id, and ids come again."""
        left = []

        def leave_counters():
            with open("/dev/shm/mongoc-%d" % os.getpid(), "w"):
                pass

        for arguments in (["--version"], ["core", self.path("none.yml"), self.path("out")]):
            done = subprocess.Popen([PROGRAM, *arguments], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                    env=EPOCH, preexec_fn=leave_counters)
            left.append("/dev/shm/mongoc-%d" % done.pid)
            self.addCleanup(lambda path=left[-1]: os.path.exists(path) and os.remove(path))
            self.assertNotIn("mongoc", done.communicate()[1])

    def test_an_interrupted_run_leaves_no_archive_and_can_be_run_again(self):
        source = self.path("v1")
        sample(source, "--users", "30", "--events", "60000", "--seed", "71", "--attachments-per-user", "0")
        output = self.path("out")
        command = [PROGRAM, "core", os.path.join(source, "configs/api.yml"), output, "--mongodump",
                   os.path.join(source, "dump"), "--progress", "json"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=EPOCH)
        for line in process.stderr:
            if '"phase":"exporting"' in line:
                break
        process.send_signal(signal.SIGTERM)
        process.communicate()
        self.assertIn(process.returncode, (0, 143))
        if process.returncode == 143:
            self.assert_no_archive(output)
        self.assertEqual(export(source, output, "--overwrite").returncode, 0)
        self.assert_sound(output, os.path.join(source, "expected.json"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
