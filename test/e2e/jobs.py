#!/usr/bin/env python3
"""End to end: several cores in one process, `pryv-export run`, with a real redis-server and the wire server.

Usage: jobs.py PRYV_EXPORT MAKE_SAMPLE CHECK_ARCHIVE WIRE_SERVER [CASE...]
"""
import collections
import fcntl
import gzip
import hashlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

from redis_server import RedisServer, command

PROGRAM, SAMPLE, CHECK, WIRE = sys.argv[1:5]
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
EPOCH.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
CORES = ("co1", "co2", "co3")


def sample(folder, *options):
    subprocess.run([SAMPLE, folder, *options], check=True, stdout=subprocess.DEVNULL)


def expected(folder):
    with open(os.path.join(folder, "expected.json")) as file:
        return json.load(file)


def load(*path):
    with open(os.path.join(*path)) as file:
        return json.load(file)


def rows(*path):
    with gzip.open(os.path.join(*path), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def tree(folder):
    """Every file below a folder with its content's digest and time of change."""
    found = {}
    for parent, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = (hashlib.sha256(file.read()).hexdigest(),
                                                        os.lstat(path).st_mtime_ns)
    return found


def contents(folder):
    return {name: digest for name, (digest, _) in tree(folder).items()}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Deployments are read only: one set for all cases.
        cls.sources = tempfile.mkdtemp(prefix="jobs-")
        cls.addClassCleanup(shutil.rmtree, cls.sources, ignore_errors=True)
        sizes = {"co1": ["--users", "5", "--events", "1500"], "co2": ["--users", "7", "--events", "2500"],
                 "co3": ["--users", "4", "--events", "6000", "--one-big-user", "0.9"]}
        for seed, (name, size) in enumerate(sizes.items(), 101):
            sample(os.path.join(cls.sources, name), *size, "--seed", str(seed))

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="jobs-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def source(self, name):
        return os.path.join(self.sources, name)

    def core(self, source, **more):
        return {"config": os.path.join(self.source(source), "configs/api.yml"),
                "mongodump": os.path.join(self.source(source), "dump"), **more}

    def served(self, source, *options):
        """The core of a deployment whose documents a wire server has."""
        server = subprocess.Popen([WIRE, os.path.join(source, "dump"), *options], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        return {"config": os.path.join(source, "configs/api.yml"),
                "mongo-uri": "mongodb://%s/" % server.stdout.readline().split()[-1]}

    def write_job(self, cores=None, **more):
        """JSON is YAML."""
        job = {"output": "out", "cores": cores or {name: self.core(name) for name in CORES}, **more}
        with open(self.path("job.yml"), "w") as file:
            json.dump(job, file)

    def run_job(self, *words, **popen):
        environment = {**EPOCH, **popen.pop("environment", {})}
        progress = [] if "--progress" in words else ["--progress", "none"]
        return subprocess.run([PROGRAM, "run", self.path("job.yml"), *progress, *words],
                              capture_output=True, text=True, errors="replace", env=environment, **popen)

    def single(self, name, output, *options):
        result = subprocess.run([PROGRAM, "core", os.path.join(self.source(name), "configs/api.yml"), output,
                                 "--mongodump", os.path.join(self.source(name), "dump"), "--quiet", *options],
                                capture_output=True, text=True, env=EPOCH)
        self.assertEqual(result.returncode, 0, result.stderr)

    def assert_status(self, result, status, *words):
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        for word in words:
            self.assertIn(word, result.stderr + result.stdout)

    def assert_sound(self, archive, source=None):
        more = ["--expected", os.path.join(self.source(source), "expected.json")] if source else []
        result = subprocess.run([sys.executable, CHECK, archive, "--quiet", *more], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def states(self, output="out"):
        return {core["name"]: core["state"] for core in load(self.path(output), "report.json")["cores"]}


def register_of(names):
    """Keys of a register that has these users on these servers."""
    for name, (identifier, server) in names.items():
        yield command("HSET", name + ":users", "username", name, "id", identifier, "email", name + "@example.com")
        yield command("SET", name + ":server", server)
        yield command("SET", name + "@example.com:email", name)


class PerCore(Case):
    def test_archives_are_those_of_single_runs_with_the_register_in_each(self):
        users = {user["username"]: (user["userId"], name + ".example.com")
                 for name in CORES for user in expected(self.source(name))["users"]}
        with RedisServer() as redis:
            redis.load(register_of(users))
            register = {"redis": {"port": redis.port}}
            self.write_job({name: self.core(name, **{"register-name": name + ".example.com", "core-id": "v2-" + name})
                            for name in CORES}, register=register)
            self.assert_status(self.run_job("--jobs", "1"), 0, "Job complete", "co3", "total")
            single = subprocess.run([PROGRAM, "register", self.path("single"), "--redis-port", str(redis.port),
                                     "--quiet", *["--core-id-map=%s.example.com=v2-%s" % (name, name) for name in CORES]],
                                    env=EPOCH)
            self.assertEqual(single.returncode, 0)
            self.assert_status(self.run_job("--jobs", "8", "--output", self.path("out8")), 0)
        self.assertEqual(contents(self.path("out")), contents(self.path("out8")))
        self.assertEqual(contents(self.path("out/register")), contents(self.path("single/register")))
        for name in CORES:
            shutil.copytree(self.path("single"), self.path("single-" + name))
            self.single(name, self.path("single-" + name))
            self.assertEqual(contents(self.path("out", name)), contents(self.path("single-" + name)))
            self.assert_sound(self.path("out", name), name)
        report = load(self.path("out/report.json"))
        self.assertEqual(report["result"], "complete")
        self.assertEqual([core["usersWritten"] for core in report["cores"]], [5, 7, 4])

    def test_archives_of_their_own_warn_of_users_that_several_cores_have(self):
        self.write_job({"co1": self.core("co1"), "again": self.core("co1"), "co2": self.core("co2")})
        self.assert_status(self.run_job(), 0)
        self.assertIn("5 users have an id or a name", load(self.path("out/report.json"))["warnings"][0])

    def test_names_select_and_finished_archives_stay_untouched(self):
        self.write_job()
        self.assert_status(self.run_job("co2"), 0)
        self.assertEqual(self.states(), {"co1": "not-run", "co2": "complete", "co3": "not-run"})
        self.assertEqual(load(self.path("out/report.json"))["result"], "partial")
        before = tree(self.path("out/co2"))
        self.assert_status(self.run_job(), 73, "core co2:", "holds an archive", "run the other cores only: co1 co3")
        self.assert_status(self.run_job("co3", "co1"), 0)
        self.assertEqual(tree(self.path("out/co2")), before)
        self.assertEqual(set(self.states().values()), {"complete"})
        self.assertEqual(load(self.path("out/report.json"))["result"], "complete")
        self.assert_status(self.run_job("co9"), 2, "co9", "co1, co2, co3")
        self.assert_status(self.run_job("--overwrite"), 0)

    def test_nothing_starts_when_a_core_cannot_be_opened(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            nobody = "mongodb://127.0.0.1:%d/" % free.getsockname()[1]
        cores = {name: self.core(name) for name in CORES}
        cores["co2"] = {"config": cores["co2"]["config"], "mongo-uri": nobody}
        cores["co3"] = {**cores["co3"], "config": "nowhere.yml"}
        self.write_job(cores)
        result = self.run_job("--give-up-after", "1")
        self.assert_status(result, 75, "core co2: MongoDB 127.0.0.1", "core co3:", "nowhere.yml", "nothing was started",
                           "2 of 3", "--keep-going")
        self.assertFalse([name for name in tree(self.path("out"))])
        result = self.run_job("--give-up-after", "1", "--keep-going")
        self.assert_status(result, 3, "not-started", "job.yml co2 co3")
        self.assertEqual(self.states(), {"co1": "complete", "co2": "not-started", "co3": "not-started"})
        self.assert_sound(self.path("out/co1"), "co1")

        self.write_job()
        before = tree(self.path("out/co1"))
        self.assert_status(self.run_job("co2", "co3"), 0)
        self.assertEqual(tree(self.path("out/co1")), before)
        self.assertEqual(set(self.states().values()), {"complete"})

    def test_a_core_that_fails_half_way_does_not_stop_the_others(self):
        def small_files():
            # The big user of co3 does not fit into a file of this size, what the others have does.
            resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, 250_000))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

        self.write_job()
        result = self.run_job(preexec_fn=small_files)
        self.assert_status(result, 3, "failed", "job.yml co3")
        self.assertEqual(self.states(), {"co1": "complete", "co2": "complete", "co3": "failed"})
        self.assertFalse(os.path.exists(self.path("out/co3/manifest.json")))
        for name in ("co1", "co2"):
            self.assert_sound(self.path("out", name), name)
        before = {name: tree(self.path("out", name)) for name in ("co1", "co2")}
        self.assert_status(self.run_job("co3"), 0)
        self.assert_sound(self.path("out/co3"), "co3")
        self.assertEqual({name: tree(self.path("out", name)) for name in before}, before)
        self.assertEqual(set(self.states().values()), {"complete"})

    def test_an_output_in_what_is_read_is_refused(self):
        copy = self.path("v1")
        shutil.copytree(self.source("co1"), copy, symlinks=True)
        inside = {"config": os.path.join(copy, "configs/api.yml"), "mongodump": os.path.join(copy, "dump"),
                  "users-path": os.path.join(copy, "var-pryv/users")}
        before = tree(copy)
        for name, output, layout in (("co1", "v1/var-pryv", "merged"), ("var-pryv", "v1", "per-core"),
                                     ("co1", "v1/var-pryv/users", "per-core"), ("co1", "v1/dump/x", "merged")):
            with self.subTest(output):
                self.write_job({name: inside}, output=output, layout=layout)
                self.assert_status(self.run_job("--overwrite"), 73)
                self.assertEqual(tree(copy), before)

    def test_a_refused_job_leaves_the_register_as_it_was(self):
        with RedisServer() as redis:
            redis.load(register_of({"somebody": ("cabcdefgh", "co1.example.com")}))
            self.write_job(register={"redis": {"port": redis.port}})
            self.assert_status(self.run_job(), 0)
            before = contents(self.path("out"))
            redis.load([command("FLUSHALL"), *register_of({"other": ("cabcdefgi", "co1.example.com")})])
            cores = {name: self.core(name) for name in CORES}
            cores["co2"]["config"] = "nowhere.yml"
            self.write_job(cores, register={"redis": {"port": redis.port}})
            self.assert_status(self.run_job("--overwrite"), 66, "nothing was started")
            self.assertEqual(contents(self.path("out")), before)
            # Nor does a job replace what it did not make.
            os.makedirs(self.path("fresh"))
            shutil.copytree(self.path("out/register"), self.path("fresh/register"))
            self.write_job(output="fresh", register={"redis": {"port": redis.port}})
            self.assert_status(self.run_job(), 73, "is there already", "--overwrite")

    def test_a_second_run_leaves_the_register_of_the_first_alone(self):
        os.makedirs(self.path("out/.register.new/register"))
        for layout in ("per-core", "merged"):
            with self.subTest(layout):
                self.write_job(layout=layout)
                first = os.open(self.path("out"), os.O_RDONLY)
                try:
                    fcntl.flock(first, fcntl.LOCK_EX)
                    self.assert_status(self.run_job(), 73)
                finally:
                    os.close(first)
                self.assertTrue(os.path.isdir(self.path("out/.register.new/register")))

    def test_what_earlier_runs_left_is_told_as_it_is(self):
        with RedisServer() as redis:
            redis.load(register_of({"stranger": ("cabcdefgh", "elsewhere")}))
            self.write_job(register={"redis": {"port": redis.port}})
            result = self.run_job("co1")
            self.assert_status(result, 0, "The chosen cores are complete", "not-run: no archive yet")
            self.assertNotIn("nothing is missing", result.stdout)
            result = self.run_job("co2", "co3")
            self.assert_status(result, 0, "Job complete")
            self.assertEqual(load(self.path("out/report.json"))["register"]["rows"]["servers"], 1)
            self.assert_status(self.run_job("--overwrite"), 0, "no data on any of these cores: stranger")
            self.assert_status(self.run_job("co1", "--overwrite"), 0, "stranger")
            # An archive that is gone is not complete, whatever was written of it.
            shutil.rmtree(self.path("out/co3"))
            self.assert_status(self.run_job("co1", "--overwrite"), 0, "The chosen cores are complete")
            self.assertEqual(load(self.path("out/report.json"))["result"], "partial")

    def test_a_register_that_fails_starts_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.write_job(register={"redis": {"port": free.getsockname()[1]}})
        self.assert_status(self.run_job(), 75, "register: Redis 127.0.0.1", "--no-register")
        self.assertFalse(tree(self.path("out")))
        self.assert_status(self.run_job("--no-register"), 0)

    def test_an_earlier_export_of_the_register_is_copied_into_each_archive(self):
        os.makedirs(self.path("earlier/register"))
        for name, row in (("users", {"id": "nobodyyouknow", "username": "stranger"}),
                          ("servers", {"username": "stranger", "server": "elsewhere"})):
            with gzip.open(self.path("earlier/register", name + ".jsonl.gz"), "wt") as file:
                file.write(json.dumps(row) + "\n")
        self.write_job(register={"dir": "earlier/register"})
        self.assert_status(self.run_job(), 0)
        for name in CORES:
            self.assertEqual(rows(self.path("out", name, "register/servers.jsonl.gz"))[0]["username"], "stranger")
            self.assert_sound(self.path("out", name), name)
        with open(self.path("out/report.json")) as file:
            self.assertIn("no data on any of these cores: stranger", " ".join(json.load(file)["warnings"]))

    def test_wrong_values_are_refused_where_they_stand(self):
        with open(self.path("job.yml"), "w") as file:
            file.write("output: out\ncores:\n  a: { config: x.yml, options: { level: 11 } }\n")
        self.assert_status(self.run_job(), 78, "job.yml:3:41, cores:a:options:level", "11")
        with open(self.path("job.yml"), "w") as file:
            file.write("output: out\ncores:\n  a: { config: x.yml }\noptions:\n  memory: many\n")
        self.assert_status(self.run_job(), 78, "job.yml:5:11, options:memory", "many")

    def test_settings_of_a_core_may_stand_in_the_job(self):
        inside = {"config": {"database": {"name": "${DATABASE}"}, "dnsLess": {"publicUrl": "https://inside.example.com"}},
                  "mongodump": os.path.join(self.source("co1"), "dump"),
                  "users-path": os.path.join(self.source("co1"), "var-pryv/users"), "options": {"level": 0}}
        self.write_job({"co1": inside}, options={"level": 6})
        self.assert_status(self.run_job(), 78, "the variable DATABASE is not set")
        self.assert_status(self.run_job(environment={"DATABASE": "pryv-node"}), 0)
        manifest = load(self.path("out/co1/manifest.json"))
        self.assertEqual(manifest["config"]["domain"], "inside.example.com")
        self.assertEqual(manifest["pryvExport"]["options"]["level"], 0)
        self.assertEqual(len(manifest["users"]), 5)
        self.assert_status(self.run_job("--overwrite", "--level", "2", environment={"DATABASE": "pryv-node"}), 0)
        self.assertEqual(load(self.path("out/co1/manifest.json"))["pryvExport"]["options"]["level"], 2)

    def test_an_interrupted_job_stops_all_cores_and_can_be_run_again(self):
        self.write_job()
        process = subprocess.Popen([PROGRAM, "run", self.path("job.yml"), "--progress", "json", "--log-format", "json"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=EPOCH)
        for line in process.stderr:
            if '"message":"co1: exporting"' in line:
                break
        process.send_signal(signal.SIGTERM)
        process.communicate()
        self.assertIn(process.returncode, (0, 143))
        self.assert_status(self.run_job("--overwrite"), 0)
        for name in CORES:
            self.assert_sound(self.path("out", name), name)

    def test_json_lines_name_the_core(self):
        self.write_job()
        result = self.run_job("--progress", "json", "--log-format", "json")
        self.assert_status(result, 0)
        lines = [json.loads(line) for line in result.stderr.splitlines()]
        phases = {(line.get("core"), line["message"]) for line in lines if line["event"] == "phase"}
        self.assertIn(("co2", "co2: exporting"), phases)
        last = {line.get("core"): line["usersDone"] for line in lines if line.get("final")}
        self.assertEqual(last, {None: 16, "co1": 5, "co2": 7, "co3": 4})


class Merged(Case):
    def test_one_archive_holds_all_cores_and_the_register_once(self):
        users = {user["username"]: (user["userId"], name + ".example.com")
                 for name in CORES for user in expected(self.source(name))["users"]}
        with RedisServer() as redis:
            redis.load(register_of(users))
            self.write_job(layout="merged", register={"redis": {"port": redis.port}})
            self.assert_status(self.run_job("--jobs", "1"), 0, "Job complete")
            self.assert_status(self.run_job("--jobs", "8", "--output", self.path("out8")), 0)
        archive = self.path("out")
        self.assertEqual(contents(archive), contents(self.path("out8")))
        self.assert_sound(archive)

        manifest = load(archive, "manifest.json")
        self.assertEqual({user["userId"] for user in manifest["users"]}, {identifier for identifier, _ in users.values()})
        self.assertEqual(len({user["username"] for user in manifest["users"]}), 16)
        self.assertEqual(manifest["coreVersion"], "1.9.3")
        self.assertEqual(os.listdir(os.path.join(archive, "platform")), ["platform.jsonl.gz"])
        platform = rows(archive, "platform/platform.jsonl.gz")
        keys = collections.Counter((row["isUnique"], row["field"], row["value"] if row["isUnique"] else row["username"])
                                   for row in platform)
        self.assertEqual(set(keys.values()), {1})
        wanted = [expected(self.source(name))["platform"] for name in CORES]
        self.assertEqual(len(platform), sum(each["unique"] + each["indexed"] for each in wanted))
        self.assertEqual(len(rows(archive, "register/servers.jsonl.gz")), 16)
        self.assertEqual([path for path in contents(archive) if "servers.jsonl" in path], ["register/servers.jsonl.gz"])
        report = load(archive, "report.json")
        self.assertEqual([(core["name"], core["usersWritten"]) for core in report["cores"]],
                         [("co1", 5), ("co2", 7), ("co3", 4)])
        # Users are as in an archive of their own.
        self.single("co2", self.path("single"))
        for user in expected(self.source("co2"))["users"]:
            one, other = (os.path.join(place, "users", user["userId"]) for place in (archive, self.path("single")))
            self.assertEqual(contents(one), contents(other))

    def test_conflicts_are_refused_before_anything_is_written(self):
        self.write_job({"co1": self.core("co1"), "again": self.core("co1"), "co2": self.core("co2")}, layout="merged")
        result = self.run_job()
        user = expected(self.source("co1"))["users"][0]
        self.assert_status(result, 78, "5 conflicts", "'%s' (id %s)" % (user["username"], user["userId"]),
                           "is on co1 and", "nothing was written")
        self.assertFalse(tree(self.path("out")))

    def test_the_register_decides_who_keeps_a_user_that_two_cores_have(self):
        users = expected(self.source("co1"))["users"]
        homes = {user["username"]: (user["userId"], ("a", "b")[number % 2] + ".example.com")
                 for number, user in enumerate(users)}
        cores = {"a": self.core("co1", **{"register-name": "a.example.com"}),
                 "b": self.core("co1", **{"register-name": "b.example.com"})}
        with RedisServer() as redis:
            redis.load(register_of(homes))
            self.write_job(cores, layout="merged", register={"redis": {"port": redis.port}})
            self.assert_status(self.run_job(), 0)
        self.assert_sound(self.path("out"))
        report = load(self.path("out/report.json"))
        self.assertEqual([core["usersWritten"] for core in report["cores"]], [3, 2])
        left_out = {(user["username"], user["keptCore"]) for user in report["leftOut"]}
        self.assertEqual(left_out, {(name, server[0]) for name, (_, server) in homes.items()})
        self.assertTrue(all(user["documents"] > 0 for user in report["leftOut"]))
        platform = rows(self.path("out/platform/platform.jsonl.gz"))
        wanted = expected(self.source("co1"))["platform"]
        self.assertEqual(len(platform), wanted["unique"] + wanted["indexed"])
        self.assertIn("platform.jsonl.gz", os.listdir(self.path("out/extra/a")))

    def test_users_of_a_core_that_cannot_be_opened_are_not_taken_from_another(self):
        names = [user["username"] for user in expected(self.source("co1"))["users"]]
        homes = {user["username"]: (user["userId"], "b.example.com") for user in expected(self.source("co1"))["users"][:2]}
        cores = {"b": self.core("co2", mongodump="/nowhere", **{"register-name": "b.example.com"}),
                 "a": self.core("co1", **{"register-name": "a.example.com"})}
        with RedisServer() as redis:
            redis.load(register_of(homes))
            self.write_job(cores, layout="merged", register={"redis": {"port": redis.port}})
            self.assert_status(self.run_job("--keep-going"), 3, "2 copies of users", names[0] + " of a (belongs to b)")
        self.assert_sound(self.path("out"))
        written = {user["username"] for user in load(self.path("out/manifest.json"))["users"]}
        self.assertEqual(written, set(names[2:]))

    def test_a_core_that_fails_half_way_leaves_an_archive_that_says_so(self):
        cores = {name: self.core(name) for name in CORES}
        cores["co3"] = self.served(self.source("co3"), "--max-reply-bytes", "50000", "--fault", "drop@find#14x*")
        self.write_job(cores, layout="merged")
        result = self.run_job("--give-up-after", "1")
        self.assert_status(result, 3, "co3", "--layout per-core --output OTHER co3", "--overwrite")
        self.assert_sound(self.path("out"))
        report = load(self.path("out/report.json"))
        self.assertEqual([core["name"] for core in report["coresFailed"]], ["co3"])
        self.assertEqual([core["usersWritten"] for core in report["cores"]][:2], [5, 7])
        failed = {user["userId"] for user in report["usersFailed"]}
        written = {user["userId"] for user in load(self.path("out/manifest.json"))["users"]}
        self.assertEqual(failed | written, {user["userId"] for name in CORES for user in expected(self.source(name))["users"]})
        self.assertFalse(failed & written)
        before = tree(self.path("out"))
        self.assert_status(self.run_job("co3", "--overwrite"), 73, "cannot be put afterwards")
        self.assertEqual(tree(self.path("out")), before)

    def test_small_users_who_were_written_before_their_core_failed_are_there(self):
        many = self.path("many")
        sample(many, "--users", "300", "--events", "9000", "--distribution", "even", "--attachments-per-user", "0",
               "--seed", "120")
        counts = []
        for find in (14, 15, 16):
            self.write_job({"co1": self.core("co1"), "many": self.served(many, "--fault", "drop@find#%dx*" % find)},
                           layout="merged")
            self.assert_status(self.run_job("--give-up-after", "1", "--overwrite"), 3, "many")
            self.assert_sound(self.path("out"))
            written = {user["userId"] for user in load(self.path("out/manifest.json"))["users"]}
            self.assertEqual(written, set(os.listdir(self.path("out/users"))))
            counts.append(len(written))
        self.assertTrue(any(5 < count < 305 for count in counts), "it failed too early or too late to be a test: %s" % counts)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[5:]], verbosity=2)
