#!/usr/bin/env python3
"""What looks at the source beside the export: core --dry-run before it, verify --against after it.

Usage: source_checks.py PRYV_EXPORT MAKE_SAMPLE WIRE_SERVER [CASE...]
"""
import base64
import collections
import fcntl
import hashlib
import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM, SAMPLE, WIRE = sys.argv[1:4]
ENVIRONMENT = {"SOURCE_DATE_EPOCH": "1700000000", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
ENVIRONMENT.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
NOBODY = 65534


def run(*arguments, program=PROGRAM, **popen):
    return subprocess.run([program, *arguments], capture_output=True, text=True, errors="replace",
                          env={**ENVIRONMENT, **popen.pop("environment", {})}, **popen)


def load(path):
    with open(path) as file:
        return json.load(file)


def everything(folder):
    """Each entry below a folder with its time of change and, of files, a digest."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(parent, name)
            info = os.lstat(path)
            digest = ""
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    digest = hashlib.sha256(file.read()).hexdigest()
            found[os.path.relpath(path, folder)] = (info.st_mtime_ns, digest)
    return found


def sizes(archive):
    """Bytes of each user by the name of the part that --dry-run gives them, and of all files."""
    users, total, files = {}, 0, 0
    for parent, _, names in os.walk(archive):
        for name in names:
            path = os.path.join(parent, name)
            bytes_ = os.path.getsize(path)
            total += bytes_
            files += 1
            parts = os.path.relpath(path, archive).split("/")
            if parts[0] == "users":
                what = parts[2].split(".")[0].replace("user-manifest", "manifest")
                users.setdefault(parts[1], collections.Counter())[what] += bytes_
    return users, total, files


def text(name, value):
    """A member of a BSON document."""
    return b"\x02" + name + b"\x00" + struct.pack("<i", len(value) + 1) + value + b"\x00"


def document(members):
    return struct.pack("<i", len(members) + 5) + members + b"\x00"


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def sample(self, *options):
        subprocess.run([SAMPLE, self.path("v1"), *options], check=True, stdout=subprocess.DEVNULL)
        return load(self.path("v1/expected.json"))

    def core(self, *options, output="out", source=None, **popen):
        return run("core", self.path("v1/configs/api.yml"), self.path(output),
                   *(source or ("--mongodump", self.path("v1/dump"))), "--progress", "none", *options, **popen)

    def as_nobody(self):
        """Root may do all; the program may lie where only root can go."""
        if os.geteuid() != 0:
            return {}
        program = self.path("program")
        shutil.copy(PROGRAM, program)
        os.chmod(program, 0o755)
        return {"program": program, "preexec_fn": lambda: os.setuid(NOBODY), "cwd": self.folder}

    def forecast(self, *options, status=0, **arguments):
        result = self.core("--dry-run", "--report", self.path("forecast.json"), *options, **arguments)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return load(self.path("forecast.json")), result.stdout

    def verify(self, *options):
        result = run("verify", self.path("out"), "--json", "--progress", "none", "--against",
                     self.path("v1/configs/api.yml"), "--mongodump", self.path("v1/dump"), *options)
        self.assertIn(result.returncode, (0, 4), result.stdout + result.stderr)
        return result.returncode, json.loads(result.stdout)

    def rules(self, report):
        return {each["rule"]: each["count"] for each in report["findings"] if each["severity"] != "note"}


class DryRun(Case):
    def test_nothing_is_written_and_the_sizes_are_those_of_the_export(self):
        self.sample("--users", "40", "--events", "4000", "--seed", "3")
        before = everything(self.folder)
        forecast, text = self.forecast()
        os.remove(self.path("forecast.json"))
        self.assertEqual({k: v for k, v in everything(self.folder).items()}, before)
        self.assertIn("Ready", text)
        self.assertTrue(forecast["scanned"])
        self.assertEqual(self.core().returncode, 0)
        users, total, files = sizes(self.path("out"))
        self.assertEqual(forecast["archiveFiles"], files)
        self.assertAlmostEqual(forecast["archiveBytesTotal"] / total, 1, delta=0.01)
        for user in forecast["users"]:
            wanted = {part: count for part, count in user["archiveBytes"].items() if count > 0}
            self.assertEqual(wanted, dict(users[user["userId"]]))
        report = load(self.path("out/report.json"))
        self.assertEqual(forecast["records"], {kind: tally["source"] for kind, tally in report["counts"].items()
                                               if kind != "platform"})

    def test_a_sample_tells_the_sizes_of_all(self):
        self.sample("--users", "1500", "--events", "30000", "--attachments-per-user", "0.2", "--audit-per-user", "20", "--seed", "4")
        forecast, text = self.forecast()
        self.assertFalse(forecast["scanned"])
        self.assertLess(forecast["usersConverted"], 500)
        self.assertIn("--scan", text)
        self.assertEqual(self.core().returncode, 0)
        users, total, files = sizes(self.path("out"))
        self.assertAlmostEqual(forecast["archiveBytesTotal"] / total, 1, delta=0.1)
        self.assertAlmostEqual(forecast["archiveFiles"] / files, 1, delta=0.1)
        parts = sum(users.values(), collections.Counter())
        for part, estimated in forecast["archiveBytes"].items():
            self.assertAlmostEqual(estimated / parts[part], 1, delta=0.1, msg=part)
        near = sum(abs(user["archiveBytesTotal"] / users[user["userId"]].total() - 1) <= 0.1 for user in forecast["users"])
        self.assertGreater(near / len(forecast["users"]), 0.9)
        exact, _ = self.forecast("--scan", "--overwrite")
        self.assertEqual(exact["archiveBytes"], dict(parts))

    def test_what_will_fail_and_what_is_set_aside_is_what_the_export_says(self):
        expected = self.sample("--users", "4", "--events", "400", "--dirty", "--seed", "5")
        before = everything(self.path("v1"))
        forecast, text = self.forecast("--scan", status=4)
        self.assertIn("Not ready", text)
        self.assertEqual(everything(self.path("v1")), before)
        self.assertEqual(self.core().returncode, 3)
        report = load(self.path("out/report.json"))
        told = {line.split("user ", 1)[1].split(":")[0].strip("'") for line in forecast["problems"] if line.startswith("user ")}
        self.assertEqual(told, {each["userId"] for each in report["usersFailed"]})
        self.assertEqual(len(told), sum(1 for user in expected["users"] if user.get("fails")) or len(report["usersFailed"]))
        # The bytes of attachments are not read before the export.
        unseen = {"attachment-differs"}
        self.assertEqual({each["rule"]: each["count"] for each in forecast["rules"] if each["rule"] not in unseen},
                         {each["rule"]: each["count"] for each in report["findings"] if each["rule"] not in unseen})

    def test_outputs_that_will_be_refused(self):
        self.sample("--users", "3", "--events", "30")
        os.mkdir(self.path("full"))
        open(self.path("full/photo.jpg"), "w").close()
        self.assertEqual(self.core().returncode, 0)
        for output, reason in (("full", "is not empty"), ("out", "holds an archive"), ("no/where", "parent folder"),
                               ("v1/dump/inside", "which is read"), ("v1/expected.json", "is no folder")):
            with self.subTest(output):
                forecast, _ = self.forecast(status=4, output=output)
                self.assertEqual(len(forecast["problems"]), 1, forecast["problems"])
                self.assertIn(reason, forecast["problems"][0])
        self.forecast("--overwrite")
        self.forecast(output="new/")
        holder = os.open(self.path("out"), os.O_RDONLY)
        fcntl.flock(holder, fcntl.LOCK_EX)
        self.addCleanup(os.close, holder)
        busy, _ = self.forecast("--overwrite", status=4)
        self.assertIn("another pryv-export", busy["problems"][0])

    def test_an_archive_that_cannot_be_removed_stays_whole(self):
        self.sample("--users", "3", "--events", "30")
        self.assertEqual(self.core().returncode, 0)
        for parent, _, names in os.walk(self.folder):
            os.chmod(parent, 0o755)
            for name in names:
                os.chmod(os.path.join(parent, name), 0o644)
        os.chmod(self.path("out"), 0o777)
        os.chmod(self.path("out/users"), 0o555)
        before = everything(self.path("out"))
        self.assertEqual(self.core("--overwrite", **self.as_nobody()).returncode, 73)
        self.assertEqual(everything(self.path("out")), before)

    def test_temporary_folders_that_cannot_be_used(self):
        self.sample("--users", "3", "--events", "30")
        result = self.core("--dry-run", environment={"TMPDIR": self.path("nowhere")})
        self.assertEqual(result.returncode, 73, result.stderr)
        self.assertIn("--spool-dir", result.stderr)
        self.assertEqual(self.core("--dry-run", environment={"TMPDIR": ""}).returncode, 0)
        self.assertEqual(self.core("--dry-run", "--spool-dir", self.folder,
                                   environment={"TMPDIR": self.path("nowhere")}).returncode, 0)

    def test_a_report_has_its_place_outside_of_the_output(self):
        self.sample("--users", "3", "--events", "30")
        os.mkdir(self.path("out"))
        self.assertEqual(self.core("--dry-run", "--report", self.path("out/plan.json")).returncode, 73)
        self.assertEqual(os.listdir(self.path("out")), [])

    def test_a_live_v1_is_no_obstacle_for_a_look(self):
        self.sample("--users", "4", "--events", "200")
        server = subprocess.Popen([WIRE, self.path("v1/dump"), "--fault", "miscount@aggregate#2"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        forecast, _ = self.forecast(source=("--mongo-uri", f"mongodb://{server.stdout.readline().split()[-1]}/"))
        self.assertTrue(any("v1 was writing" in line for line in forecast["warnings"]), forecast["warnings"])

    def test_a_large_user_is_sampled_from_end_to_end(self):
        # 80 MB of small events, then as much of large ones; more than 1,000 users make it a sample.
        self.sample("--users", "1100", "--events", "180000", "--one-big-user", "0.9", "--attachments-per-user", "0", "--audit-per-user", "1", "--seed", "9")
        events = self.path("v1/dump/pryv-node/events.bson")
        with open(events, "rb") as file:
            data = file.read()
        user = load(self.path("v1/expected.json"))["users"][0]["userId"].encode()
        large = bytearray()
        for number in range(5000):
            body = b"".join([text(b"_id", b"z%024d" % number), text(b"userId", user), text(b"type", b"note/txt"),
                             text(b"content", base64.b64encode(random.Random(number).randbytes(12000))),
                             b"\x04streamIds\x00" + document(text(b"0", b"diary")),
                             b"\x01time\x00" + struct.pack("<d", 1e9 + number)])
            large += document(body)
        with open(events, "wb") as file:
            file.write(data + large)
        forecast, _ = self.forecast("--level", "1")
        self.assertFalse(next(each for each in forecast["users"] if each["userId"] == user.decode())["measured"])
        self.core()
        users, total, _ = sizes(self.path("out"))
        self.assertAlmostEqual(forecast["archiveBytesTotal"] / total, 1, delta=0.1)

    @unittest.skipUnless(os.path.isdir("/dev/shm"), "Linux only")
    def test_too_little_room(self):
        self.sample("--users", "3", "--events", "30", "--attachments-per-user", "3")
        # Holes: the attachment has more bytes than any disk here has free.
        attachments = [os.path.join(parent, name) for parent, _, names in os.walk(self.path("v1/var-pryv/users"))
                       if "attachments" in parent for name in names]
        free = os.statvfs(self.folder)
        os.truncate(attachments[0], free.f_bavail * free.f_frsize + (1 << 30))
        forecast, _ = self.forecast(status=4)
        self.assertEqual(len([line for line in forecast["problems"] if "are free" in line]), 1, forecast["problems"])

    def test_files_that_may_not_be_read(self):
        self.sample("--users", "3", "--events", "30", "--attachments-per-user", "3")
        for parent, _, names in os.walk(self.folder):
            os.chmod(parent, 0o755)
            for name in names:
                os.chmod(os.path.join(parent, name), 0o644)
        attachments = [os.path.join(parent, name) for parent, _, names in os.walk(self.path("v1/var-pryv/users"))
                       if "attachments" in parent for name in names]
        os.chmod(attachments[0], 0)
        options = ["--spool-dir", self.path("spool"), "--report", self.path("spool/forecast.json")]
        os.mkdir(self.path("spool"))
        os.mkdir(self.path("target"))
        for name in ("spool", "target"):
            os.chmod(self.path(name), 0o777)
        result = self.core("--dry-run", *options, output="target/out", **self.as_nobody())
        self.assertEqual(result.returncode, 4, result.stdout + result.stderr)
        problems = load(self.path("spool/forecast.json"))["problems"]
        self.assertTrue(any(os.path.basename(attachments[0]) in line for line in problems), problems)

    def test_all_files_that_may_not_be_read_are_named_at_once(self):
        self.sample("--users", "3", "--events", "30")
        for parent, _, names in os.walk(self.folder):
            os.chmod(parent, 0o755)
            for name in names:
                os.chmod(os.path.join(parent, name), 0o644)
        closed = [self.path("v1/dump/pryv-node", name) for name in ("events.bson", "webhooks.bson")]
        closed.append(self.path("v1/var-pryv/users/user-index.db"))
        for file in closed:
            os.chmod(file, 0)
        result = self.core("--dry-run", "--spool-dir", "/tmp", **self.as_nobody())
        self.assertEqual(result.returncode, 77, result.stderr)
        for file in closed:
            self.assertIn(file, result.stderr)

    def test_a_source_that_is_not_there_ends_as_the_export_would(self):
        self.sample("--users", "3", "--events", "30")
        self.assertEqual(self.core("--dry-run", source=("--mongodump", self.path("nothing"))).returncode, 66)
        result = self.core("--dry-run", "--give-up-after", "1", source=("--mongo-uri", "mongodb://127.0.0.1:1/"))
        self.assertEqual(result.returncode, 75, result.stderr)
        self.assertFalse(os.path.exists(self.path("out")))

    def test_a_live_server_gives_the_same_forecast(self):
        self.sample("--users", "12", "--events", "1200", "--seed", "6")
        server = subprocess.Popen([WIRE, self.path("v1/dump")], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        address = server.stdout.readline().split()[-1]
        live, _ = self.forecast(source=("--mongo-uri", f"mongodb://{address}/"))
        dump, _ = self.forecast()
        for key in ("records", "archiveBytes", "archiveFiles", "problems"):
            self.assertEqual(live[key], dump[key])

    def test_users_that_need_a_larger_heap(self):
        self.sample("--users", "2", "--events", "210000", "--one-big-user", "1", "--event-bytes", "300", "--attachments-per-user", "0")
        forecast, text = self.forecast()
        self.assertEqual(forecast["usersAboveRestoreHeap"], 1)
        self.assertIn("--max-old-space-size=4096", text)


class Against(Case):
    def setUp(self):
        super().setUp()
        self.sample("--users", "6", "--events", "600", "--attachments-per-user", "4", "--seed", "7")
        result = self.core()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.users = [user["userId"] for user in load(self.path("out/manifest.json"))["users"]]

    def files_of_v1(self, name):
        found = []
        for parent, _, names in os.walk(self.path("v1/var-pryv/users")):
            found += [os.path.join(parent, each) for each in names if each == name or name in parent.split("/")]
        return sorted(found)

    def test_the_whole_source_is_there(self):
        status, report = self.verify("--strict")
        self.assertEqual((status, self.rules(report)), (0, {}))
        self.assertIn("mongodump", report["heldAgainst"])

    def test_records_that_v1_has_meanwhile(self):
        database = sqlite3.connect(self.files_of_v1("audit-1.0.0.sqlite")[0])
        database.execute("INSERT INTO events SELECT 'later', headId, streamIds, time, deleted, endTime, type, content, description,"
                         " clientData, integrity, attachments, trashed, created, createdBy, modified, modifiedBy FROM events LIMIT 1")
        database.commit()
        database.close()
        status, report = self.verify()
        self.assertEqual((status, self.rules(report)), (4, {"source-more": 1}))

    def test_attachments_that_are_gone_new_or_longer(self):
        files = self.files_of_v1("attachments")
        removed = os.path.getsize(files[0])
        os.remove(files[0])
        status, report = self.verify()
        self.assertEqual((status, self.rules(report)), (0, {"source-less": 2}))
        self.assertEqual(self.verify("--strict")[0], 4)
        with open(files[0], "wb") as file:
            file.write(b"x" * (removed + 1))
        status, report = self.verify()
        self.assertEqual((status, self.rules(report)), (4, {"source-more": 1}))

    def test_users_on_one_side_only(self):
        manifest = load(self.path("out/manifest.json"))
        gone = manifest["users"].pop()["userId"]
        with open(self.path("out/manifest.json"), "w") as file:
            json.dump(manifest, file)
        status, report = self.verify()
        self.assertEqual((status, self.rules(report)["source-user-missing"]), (4, 1))
        found = next(each for each in report["findings"] if each["rule"] == "source-user-missing")
        self.assertEqual(found["examples"][0]["id"], gone)
        # The other way round: the source was counted for one user only.
        status, report = self.verify("--user", self.users[0])
        self.assertNotIn("source-user-missing", self.rules(report))

    def test_another_source(self):
        shutil.rmtree(self.path("v1"))
        self.sample("--users", "6", "--events", "600", "--seed", "8")
        status, report = self.verify()
        rules = self.rules(report)
        self.assertEqual((status, rules["source-user-missing"], rules["source-user-unknown"]), (4, 6, 6))

    def test_a_source_that_cannot_be_counted(self):
        with open(self.files_of_v1("audit-1.0.0.sqlite")[0], "wb") as file:
            file.write(b"no database at all" * 100)
        status, report = self.verify()
        self.assertEqual((status, self.rules(report)["source-uncounted"]), (4, 1))

    def test_what_is_set_aside_must_lie_there(self):
        report = load(self.path("out/report.json"))
        user = next(each for each in report["users"] if any(tally["setAside"] for tally in each["counts"].values()))
        kind = next(kind for kind, tally in user["counts"].items() if tally["setAside"])
        path = self.path("out/users", user["userId"], "extra", kind + ".jsonl.gz")
        os.remove(path)
        result = run("verify", self.path("out"), "--json")
        rules = self.rules(json.loads(result.stdout))
        if kind in ("events", "streams", "accesses"):
            self.assertIn("report-mismatch", rules)
        self.assertIn("checksum-missing", rules)

    def test_a_partial_export_is_never_all_of_the_source(self):
        attachments = self.files_of_v1("attachments")
        os.remove(attachments[0])
        self.assertEqual(self.core("--overwrite").returncode, 3)
        status, report = self.verify()
        self.assertEqual((status, self.rules(report)["source-more"]), (4, 1))
        with open(self.path("v1/dump/pryv-node/events.bson"), "r+b") as file:
            file.truncate(os.path.getsize(file.name) - 100)
        self.assertEqual(self.core("--overwrite").returncode, 3)
        status, report = self.verify()
        self.assertEqual((status, self.rules(report)["source-uncounted"]), (4, 1))

    def test_a_sample_of_the_users_still_misses_the_others(self):
        result = self.core("--overwrite", "--user", self.users[0])
        self.assertEqual(result.returncode, 0, result.stderr)
        status, report = self.verify("--sample", "50%")
        self.assertEqual((status, self.rules(report)["source-user-missing"]), (4, 5))

    def test_a_collection_that_is_gone(self):
        os.remove(self.path("v1/dump/pryv-node/events.bson"))
        status, report = self.verify()
        self.assertEqual((status, self.rules(report)["source-uncounted"]), (4, 1))

    def test_a_source_without_against_is_a_mistake(self):
        self.assertEqual(run("verify", self.path("out"), "--mongodump", self.path("v1/dump")).returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
