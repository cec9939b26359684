#!/usr/bin/env python3
"""pryv-export verify and inspect: sound archives have no finding, bit flips are all found, faults of the content are found and named.

Usage: verify.py PRYV_EXPORT MAKE_SAMPLE [CASE...]   (E2E_FLIPS, E2E_FAULTS, E2E_SEEDS: how many of each)
"""
import concurrent.futures
import gzip
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, SAMPLE = sys.argv[1:3]
FLIPS = int(os.environ.get("E2E_FLIPS", "1000"))
FAULTS = int(os.environ.get("E2E_FAULTS", "200"))
SEEDS = int(os.environ.get("E2E_SEEDS", "20"))
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
EPOCH.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})


def export(folder, sample_options, *options):
    """A generated deployment, exported; the archive's path."""
    source, archive = os.path.join(folder, "v1"), os.path.join(folder, "archive")
    subprocess.run([SAMPLE, source, *sample_options], check=True, stdout=subprocess.DEVNULL)
    command = [PROGRAM, "core", os.path.join(source, "configs/api.yml"), archive, "--mongodump",
               os.path.join(source, "dump"), "--progress", "none", "--quiet", *options]
    result = subprocess.run(command, capture_output=True, text=True, env=EPOCH, errors="replace")
    if result.returncode not in (0, 3):
        raise AssertionError(result.stdout + result.stderr)
    shutil.rmtree(source)
    return archive


def verify(archive, *options):
    """Exit status and the JSON document."""
    result = subprocess.run([PROGRAM, "verify", archive, "--json", "--progress", "none", *options], capture_output=True,
                            text=True, env=EPOCH)
    if result.returncode not in (0, 4):
        raise AssertionError(f"exit status {result.returncode}: {result.stdout} {result.stderr}")
    return result.returncode, json.loads(result.stdout)


def rules(report):
    return {entry["rule"] for entry in report["findings"] if entry["severity"] != "note"}


def files_named(report):
    return {example["file"] for entry in report["findings"] for example in entry["examples"]}


class Archive:
    """An archive in memory that can be spoilt and written again with right counts and checksums."""

    def __init__(self, root):
        self.files, self.records = {}, {}
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                inside = os.path.relpath(path, root)
                with open(path, "rb") as file:
                    data = file.read()
                if inside.endswith(".jsonl.gz"):
                    self.records[inside] = [json.loads(line) for line in gzip.decompress(data).decode().splitlines()]
                elif inside != "SHA256SUMS":
                    self.files[inside] = data
        self.manifest = json.loads(self.files["manifest.json"])
        self.report = json.loads(self.files["report.json"])
        self.raw = {}
        self.listed = {}

    def users(self):
        return [user["userId"] for user in self.manifest["users"]]

    def count_again(self):
        for user, reported in zip(self.manifest["users"], self.report["users"]):
            base = "users/" + user["userId"] + "/"
            for kind in ("streams", "accesses", "profile", "webhooks", "events", "audit"):
                count = sum(len(rows) for name, rows in self.records.items()
                            if name.startswith(base + kind + ".") or name.startswith(base + kind + "/"))
                user["stats"][kind] = count
                reported["counts"][kind] = {"source": count, "written": count, "changed": 0, "setAside": 0, "failed": 0}
            user["stats"]["attachments"] = sum(name.startswith(base + "attachments/") for name in self.files)
            user["chunks"] = {kind: sorted(os.path.basename(name) for name in self.records
                                           if name.startswith(base + kind + "/")) for kind in ("events", "audit")}
            self.files[base + "user-manifest.json"] = json.dumps(user).encode()
        for kind in ("streams", "accesses", "profile", "webhooks", "events", "audit"):
            count = sum(user["stats"][kind] for user in self.manifest["users"])
            self.report["counts"][kind] = {"source": count, "written": count, "changed": 0, "setAside": 0, "failed": 0}
        self.files["manifest.json"] = json.dumps(self.manifest).encode()
        self.files["report.json"] = json.dumps(self.report).encode()

    def write(self, root):
        every = dict(self.files)
        for name, rows in self.records.items():
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            every[name] = gzip.compress(text.encode(), 1, mtime=0)
        every.update(self.raw)
        sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(every.items()))
        every["SHA256SUMS"] = sums.encode()
        os.umask(0o077)
        for name, data in every.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)

    # -- places

    def pick(self, seeded, kind, needed=lambda row: True, least=1):
        """A file of that kind, and an index of a row in it for which `needed` holds."""
        places = [(name, i) for name, rows in sorted(self.records.items()) if f"/{kind}" in name and "/extra/" not in name
                  and len(rows) >= least for i, row in enumerate(rows) if needed(row)]
        return seeded.choice(places)

    def change(self, seeded, kind, change, needed=lambda row: True):
        name, i = self.pick(seeded, kind, needed)
        change(self.records[name][i])
        return name

    def add(self, seeded, kind, make, needed=lambda row: True):
        name, i = self.pick(seeded, kind, needed)
        self.records[name].append(make(dict(self.records[name][i])))
        return name

    def spoil_bytes(self, seeded, change):
        name = seeded.choice(sorted(name for name in self.records if "/extra/" not in name))
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.records[name]).encode()
        self.raw[name] = change(gzip.compress(text, 1, mtime=0), text)
        return name


def live(row):
    return row.get("deleted") is None


def head(row):
    return live(row) and "headId" not in row


def edited(text, seeded):
    rows = text.splitlines(keepends=True)
    if not rows:
        rows = [b"{}\n"]
    i = seeded.randrange(len(rows))
    return rows, i


def cut_line(packed, text, seeded):
    rows, i = edited(text, seeded)
    rows[i] = rows[i][: len(rows[i]) // 2] + b"\n"
    return gzip.compress(b"".join(rows))


def bad_utf8(packed, text, seeded):
    rows, i = edited(text, seeded)
    rows[i] = rows[i].replace(b'"', b'"\xff', 1)
    return gzip.compress(b"".join(rows))


def member(key, value):
    return lambda row: row.__setitem__(key, value)


def without(key):
    return lambda row: row.pop(key)


# rule, companions that are no surprise, what to do: (archive, seeded) -> the file that must be named
ANY_KIND = ("streams", "accesses", "events/", "webhooks")
INTEGRITY = {"integrity-mismatch", "access-integrity"}
MAKERS = [
    ("unknown-key", INTEGRITY, lambda a, s: a.change(s, s.choice(ANY_KIND), member("x" + str(s.random()), 1))),
    ("wrong-type", INTEGRITY, lambda a, s: a.change(s, s.choice(ANY_KIND), member("modified", "2020-01-01T00:00:00Z"))),
    ("wrong-type", INTEGRITY, lambda a, s: a.change(s, s.choice(("streams", "events/")), member("trashed", "yes"))),
    ("id-missing", INTEGRITY | {"stream-orphan", "stream-order", "attachment-missing", "attachment-unlisted"},
     lambda a, s: a.change(s, s.choice(("profile", "webhooks", "events/")), without("id"))),
    ("id-repeated", INTEGRITY | {"history-after-head", "webhook-repeated", "access-token-repeated", "access-name-repeated",
                                 "stream-name-repeated"},
     lambda a, s: a.add(s, s.choice(("events/", "profile", "accesses", "streams", "webhooks")), lambda row: row)),
    ("id-repeated", set(), lambda a, s: a.add(s, "audit/", lambda row: row)),
    ("text-too-long", INTEGRITY | {"stream-path", "stream-orphan"}, lambda a, s: a.change(s, "streams", member("name", "n" * 3000), live)),
    ("text-too-long", INTEGRITY, lambda a, s: a.change(s, "events/", member("type", "t" * 2800))),
    ("lone-surrogate", INTEGRITY, lambda a, s: escape(a, s, "\\ud800")),
    ("nul", INTEGRITY, lambda a, s: escape(a, s, "\\u0000")),
    ("json-invalid", {"count-mismatch"}, lambda a, s: a.spoil_bytes(s, lambda z, t: cut_line(z, t, s))),
    ("utf8-invalid", INTEGRITY | {"unknown-key", "id-missing", "audit-shape", "account-shape", "password-missing", "platform-shape",
                                  "stream-orphan", "attachment-missing", "attachment-unlisted", "stream-order"},
     lambda a, s: a.spoil_bytes(s, lambda z, t: bad_utf8(z, t, s))),
    ("gzip-broken", {"gzip-truncated", "json-invalid", "line-unended", "count-mismatch", "attachment-missing", "attachment-unlisted",
                     "account-lines", "report-mismatch", "gzip-trailing"},
     lambda a, s: a.spoil_bytes(s, lambda z, t: z[:-6] + bytes([z[-6] ^ 1]) + z[-5:])),
    ("gzip-truncated", {"json-invalid", "line-unended", "count-mismatch", "attachment-missing", "attachment-unlisted",
                        "account-lines", "report-mismatch", "stream-orphan"},
     lambda a, s: a.spoil_bytes(s, lambda z, t: z[: s.randrange(len(z))])),
    ("gzip-trailing", set(), lambda a, s: a.spoil_bytes(s, lambda z, t: z + b"x")),
    ("stream-orphan", set(), lambda a, s: a.change(s, "streams", member("parentId", "nowhere"), live)),
    ("stream-order", set(), lambda a, s: child_first(a, s)),
    ("stream-name-repeated", set(), lambda a, s: same_name(a, s)),
    ("access-token-repeated", {"access-integrity"}, lambda a, s: a.add(
        s, "accesses", lambda row: {**row, "id": "other", "name": "n" + str(s.random()), "integrity": None}, live)),
    ("access-name-repeated", {"access-integrity"}, lambda a, s: a.add(
        s, "accesses", lambda row: {**row, "id": "other", "token": "t" + str(s.random()), "integrity": None}, live)),
    ("access-integrity", set(), lambda a, s: a.change(s, "accesses", member("createdBy", "somebody"), lambda r: r.get("integrity"))),
    ("webhook-repeated", set(), lambda a, s: two_webhooks(a, s)),
    ("integrity-missing", set(), lambda a, s: a.change(s, "events/", without("integrity"), lambda r: "headId" not in r)),
    ("integrity-mismatch", set(), lambda a, s: a.change(s, "events/", member("createdBy", "somebody"))),
    ("integrity-mismatch", set(), lambda a, s: a.change(
        s, "events/", lambda r: r.__setitem__("time", r["time"] + 0.001), lambda r: "time" in r and r.get("time") is not None)),
    ("attachment-missing", {"count-mismatch"}, lambda a, s: drop_file(a, s)),
    ("attachment-differs", set(), lambda a, s: other_file(a, s, lambda d: d + b"x")),
    ("attachment-differs", set(), lambda a, s: other_file(a, s, lambda d: bytes([d[0] ^ 1]) + d[1:])),
    ("attachment-unlisted", set(), lambda a, s: add_file(a, s)),
    ("attachment-captured", {"history-after-head", "integrity-mismatch"}, lambda a, s: a.add(
        s, "events/events-0001", lambda row: {**row, "headId": row["id"], "id": "later"}, lambda r: head(r) and r.get("attachments"))),
    ("attachment-shared", {"integrity-mismatch"}, lambda a, s: a.add(
        s, "events/events-0001", lambda row: {**row, "id": "second"}, lambda r: head(r) and r.get("attachments"))),
    ("audit-shape", set(), lambda a, s: a.change(s, "audit/", lambda r: (r.pop("stream_ids"), r.__setitem__("trashed", False)))),
    ("audit-postgresql", set(), lambda a, s: a.change(s, "audit/", without("stream_ids"))),
    ("audit-sqlite", set(), lambda a, s: a.change(s, "audit/", member("trashed", False))),
    ("account-lines", set(), lambda a, s: a.records.__setitem__(a.pick(s, "account")[0], []) or None),
    ("account-shape", set(), lambda a, s: a.change(s, "account", lambda r: r["passwords"][0].pop("time"))),
    ("account-repeated", set(), lambda a, s: a.change(s, "account", lambda r: r["accountFields"].append(r["accountFields"][0]))),
    ("password-missing", set(), lambda a, s: a.change(s, "account", member("passwords", []))),
    ("platform-shape", set(), lambda a, s: a.change(s, "platform.", without("field"))),
    ("platform-conflict", set(), lambda a, s: a.add(s, "platform.", lambda r: {**r, "username": "other-user"}, lambda r: r["isUnique"])),
]


def escape(a, seeded, text):
    name, i = a.pick(seeded, "profile")
    rows = [json.dumps(row) for row in a.records[name]]
    rows[i] = rows[i].replace('"data": {', '"data": {"z": "' + text + '", ', 1).replace(", }", "}")
    a.raw[name] = gzip.compress("".join(row + "\n" for row in rows).encode())
    return name


def child_first(a, seeded):
    name, i = a.pick(seeded, "streams", lambda row: live(row) and row.get("parentId"))
    rows = a.records[name]
    rows.insert(0, rows.pop(i))
    return name


def same_name(a, seeded):
    name, i = a.pick(seeded, "streams", lambda row: live(row) and row.get("parentId"))
    a.records[name].append({**a.records[name][i], "id": "another"})
    return name


def two_webhooks(a, seeded):
    name = seeded.choice(sorted(name for name in a.records if name.endswith("/webhooks.jsonl.gz")))
    a.records[name] += [{"id": identifier, "accessId": "x", "url": "https://x.example/"} for identifier in ("one", "two")]
    return name


def pick_file(a, seeded):
    listed = {item["id"] for name, rows in a.records.items() if "/events/" in name and "/extra/" not in name
              for row in rows if head(row) for item in row.get("attachments") or []}
    return seeded.choice(sorted(name for name in a.files
                                if "/attachments/" in name and "/extra/" not in name and os.path.basename(name) in listed))


def drop_file(a, seeded):
    del a.files[pick_file(a, seeded)]


def other_file(a, seeded, change):
    name = pick_file(a, seeded)
    a.files[name] = change(a.files[name])
    return name


def add_file(a, seeded):
    name = os.path.dirname(pick_file(a, seeded)) + "/stranger"
    a.files[name] = b"x"
    return name


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.sound = export(cls.folder, ["--users", "3", "--events", "120", "--attachments-per-user", "4", "--attachment-bytes", "300",
                                        "--audit-per-user", "12", "--seed", "3", "--history", "0.3"])

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def assert_sound(self, archive, *options):
        status, report = verify(archive, "--strict", *options)
        self.assertEqual((status, report["result"]), (0, "sound"), json.dumps(report, indent=1))
        return report

    def test_archives_of_many_seeds_have_no_finding(self):
        variants = [([], []), (["--dirty"], []), (["--dirty", "--mongo-index"], ["--no-compress"]),
                    (["--one-big-user", "0.9", "--events", "4000"], ["--target-file-size", "1"])]
        for seed in range(SEEDS):
            sample, options = variants[seed % len(variants)]
            with self.subTest(seed=seed), tempfile.TemporaryDirectory() as folder:
                archive = export(folder, ["--users", "4", "--seed", str(100 + seed), *sample], *options)
                self.assert_sound(archive)

    def test_each_bit_flip_is_found_and_its_file_named(self):
        self.assert_sound(self.sound)
        seeded = random.Random(11)
        names = sorted(os.path.relpath(os.path.join(folder, name), self.sound)
                       for folder, _, files in os.walk(self.sound) for name in files)
        sizes = [os.path.getsize(os.path.join(self.sound, name)) for name in names]
        flips = [(name, seeded.randrange(os.path.getsize(os.path.join(self.sound, name)) * 8))
                 for name in seeded.choices(names, sizes, k=FLIPS)]

        def flip_all(worker):
            archive = os.path.join(self.folder, "flip%d" % worker)
            shutil.copytree(self.sound, archive)
            missed = []
            for name, bit in flips[worker::2]:
                path = os.path.join(archive, name)
                with open(path, "r+b") as file:
                    whole = file.read()
                    changed = bytearray(whole)
                    changed[bit // 8] ^= 1 << bit % 8
                    file.seek(0)
                    file.write(changed)
                status, report = verify(archive, "--jobs", "1")
                if status != 4 or (name != "SHA256SUMS" and name not in files_named(report)):
                    missed.append((name, bit, status, sorted(rules(report))))
                with open(path, "r+b") as file:
                    file.write(whole)
            return missed

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            missed = sum(pool.map(flip_all, range(2)), [])
        self.assertEqual(missed, [])

    def test_faults_of_the_content_are_found_and_named(self):
        whole = Archive(self.sound)
        whole.count_again()
        with tempfile.TemporaryDirectory() as folder:
            whole.write(folder)
            self.assert_sound(folder)
        for turn in range(FAULTS):
            rule, companions, spoil = MAKERS[turn % len(MAKERS)]
            with self.subTest(turn=turn, rule=rule), tempfile.TemporaryDirectory() as folder:
                archive = Archive(self.sound)
                named = spoil(archive, random.Random(turn))
                archive.count_again()
                archive.write(folder)
                _, report = verify(folder)
                found = rules(report)
                self.assertIn(rule, found, json.dumps(report, indent=1))
                self.assertLessEqual(found, companions | {rule}, json.dumps(report, indent=1))
                if named:
                    self.assertIn(named, files_named(report))

    def test_the_command_says_what_is_wrong_with_its_words(self):
        def run(*words):
            return subprocess.run([PROGRAM, "verify", *words], capture_output=True, text=True, env=EPOCH)

        self.assertEqual(run("/nonexistent").returncode, 66)
        self.assertEqual(run(tempfile.gettempdir()).returncode, 66)
        self.assertEqual(run().returncode, 2)
        self.assertEqual(run(self.sound, "--sample", "0%").returncode, 2)
        self.assertEqual(run(self.sound, "--user", "nobody").returncode, 66)
        text = run(self.sound, "--progress", "none")
        self.assertEqual((text.returncode, text.stderr), (0, ""))
        self.assertIn("sound: whole, and as v2 takes it", text.stdout)
        quiet = run(self.sound, "--quiet")
        self.assertEqual((quiet.returncode, quiet.stdout, quiet.stderr), (0, "", ""))

    def test_one_user_and_a_sample(self):
        archive = Archive(self.sound)
        first, second = archive.users()[:2]
        archive.change(random.Random(1), first + "/profile", member("odd", 1))
        archive.count_again()
        with tempfile.TemporaryDirectory() as folder:
            archive.write(folder)
            self.assertEqual(verify(folder, "--user", first)[0], 4)
            status, report = verify(folder, "--user", second)
            self.assertEqual((status, report["usersChecked"], report["usersListed"]), (0, 1, 3), report)
            self.assertEqual(verify(folder, "--sample", "1%")[1]["usersChecked"], 1)

    def test_inspect_shows_what_is_inside(self):
        def run(*words):
            return subprocess.run([PROGRAM, "inspect", self.sound, *words], capture_output=True, text=True, env=EPOCH)

        archive = Archive(self.sound)
        user = archive.users()[0]
        stats = archive.manifest["users"][0]["stats"]
        summary = json.loads(run("--json").stdout)
        self.assertEqual((summary["users"], summary["result"]), (3, "complete"))
        self.assertEqual(summary["events"], sum(each["stats"]["events"] for each in archive.manifest["users"]))
        self.assertEqual(summary["files"], sum(len(files) for _, _, files in os.walk(self.sound)))
        self.assertIn("Users with most events", run().stdout)

        details = json.loads(run("--user", user, "--json").stdout)
        self.assertEqual({kind: details[kind] for kind in stats}, stats)
        rows = [row for name, rows in archive.records.items() if f"{user}/events/" in name for row in rows]
        heads = [row for row in rows if head(row)]
        self.assertEqual(details["historyVersions"], sum("headId" in row for row in rows))
        kind = heads[0]["type"]
        counted = json.loads(run("--user", user, "--events", "--type", kind, "--json").stdout)
        self.assertEqual(counted["events"], sum(row["type"] == kind for row in heads))
        stream = heads[0]["streamIds"][0]
        counted = json.loads(run("--user", user, "--events", "--stream", stream, "--json").stdout)
        self.assertEqual(counted["events"], sum(stream in row["streamIds"] for row in heads))

        name = archive.manifest["users"][0]["username"]
        for kind in ("events", "streams", "accesses", "profile", "webhooks", "account", "audit"):
            printed = [json.loads(line) for line in run("--cat", kind, "--user", name).stdout.splitlines()]
            wanted = [row for file, rows in sorted(archive.records.items())
                      if file.startswith(f"users/{user}/{kind}") for row in rows]
            self.assertEqual(printed, wanted)
        self.assertEqual(len(run("--cat", "platform").stdout.splitlines()), len(archive.records["platform/platform.jsonl.gz"]))
        self.assertEqual(run("--cat", "events").returncode, 2)
        self.assertEqual(run("--cat", "secrets", "--user", user).returncode, 2)
        self.assertEqual(run("--user", "nobody").returncode, 66)
        # Whoever reads may stop.
        reader, writer = os.pipe()
        os.close(reader)
        gone = subprocess.run([PROGRAM, "inspect", self.sound, "--cat", "events", "--user", user], stdout=writer,
                              stderr=subprocess.PIPE, env=EPOCH)
        os.close(writer)
        self.assertEqual((gone.returncode, gone.stderr), (0, b""))

    def test_any_number_of_threads_finds_the_same(self):
        archive = Archive(self.sound)
        for user in archive.users():
            for row in archive.records[f"users/{user}/events/events-0001.jsonl.gz"]:
                row["odd"] = 1
        archive.count_again()
        with tempfile.TemporaryDirectory() as folder:
            archive.write(folder)
            self.assertEqual(verify(folder, "--jobs", "1"), verify(folder, "--jobs", "8"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
