#!/usr/bin/env python3
"""End to end: real redis-servers through `pryv-export register`.

Usage: register.py PRYV_EXPORT MAKE_SAMPLE CHECK_ARCHIVE [CASE...]
"""
import filecmp
import gzip
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from redis_server import RedisServer, command

PROGRAM, SAMPLE, CHECK = sys.argv[1:4]
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
EPOCH.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
# Asks the kernel what a process took. A child of this one would begin with the memory of this one.
LAUNCHER = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "perf", "harness", "launch.py")
# Shadow memory of the sanitizers is no memory of ours.
with open(PROGRAM, "rb") as binary:
    content = binary.read()
SANITIZED = b"__asan_init" in content or b"__tsan_init" in content
MANY = 20_000 if SANITIZED else 200_000
FILES = ("users", "servers", "emails", "invitations", "unique", "inactive", "reserved", "other")


def register(output, server=None, *options, env=None):
    where = ["--redis-port", str(server.port)] if server else []
    return subprocess.run([PROGRAM, "register", output, "--progress", "none", *where, *options], capture_output=True,
                          text=True, errors="replace", env={**EPOCH, **(env or {})})


def lines(output, name):
    for suffix, how in ((".jsonl.gz", gzip.open), (".jsonl", open)):
        path = os.path.join(output, "register", name + suffix)
        if os.path.exists(path):
            with how(path, "rt", encoding="utf-8", newline="\n") as file:
                return file.read().split("\n")[:-1]
    return []


def rows(output, name):
    return [json.loads(line) for line in lines(output, name)]


def report(output):
    with open(os.path.join(output, "register", "report.json")) as file:
        return json.load(file)


def user(number):
    name = f"user{number:06d}"
    return {"username": name, "email": name + "@example.com", "language": "en", "id": f"ckabc{number:020d}",
            "invitationToken": "enjoy", "appId": "pryv-test", "referer": "hospital-A",
            "registeredTimestamp": str(1625059369658 + number)}


def register_commands(users):
    """Every kind of key, in numbers that can be told apart."""
    for number in range(users):
        row = user(number)
        yield command("HSET", row["username"] + ":users", *[word for pair in row.items() for word in pair])
        yield command("SET", row["username"] + ":server", f"co{number % 3}.example.com")
        yield command("SET", row["email"] + ":email", row["username"])
        if number % 10 == 0:
            yield command("HSET", f"token{number}:invitation", "createdAt", "1597060326519", "createdBy", "admin")
        if number % 20 == 0:
            yield command("SET", f"756.{number}:insurance", row["username"])
            yield command("LPUSH", row["username"] + ":inactive:email", f"older{number}@b.c", f"old{number}@b.c")
    yield command("HSET", "wactiv:users", "id", "0", "username", "wactiv")
    yield command("SET", "wactiv:server", "example.com")
    yield command("SET", "wactiv@pryv.io:email", "wactiv")
    yield command("SADD", "reservedwords:list", "root", "admin", "pryv")
    yield command("SET", "reservedwords:version", "3")
    yield command("SET", "dbversion", "0.1.1")
    yield command("SET", "abc:access", "{}")
    yield command("HSET", "email-reservations:a@b.c", "core", "co1", "time", "1")


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="register-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)


class Everything(Case):
    """One server for all: loading it takes longer than reading it."""

    @classmethod
    def setUpClass(cls):
        cls.server = RedisServer().__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.server.load(register_commands(MANY))

    def test_every_key_once_sorted_in_little_memory_and_always_the_same(self):
        done = subprocess.run([sys.executable, LAUNCHER, self.path("taken"), PROGRAM, "register", self.path("a"),
                               "--progress", "none", "--redis-port", str(self.server.port)], capture_output=True,
                              text=True, env=EPOCH)
        with open(self.path("taken")) as file:
            *_, peak_kib, status = file.read().split()
        self.assertEqual(int(status), 0, done.stdout + done.stderr)
        if not SANITIZED:
            self.assertLess(int(peak_kib), 100 * 1024)

        tenth, twentieth = (MANY + 9) // 10, (MANY + 19) // 20
        wanted = {"users": MANY, "servers": MANY, "emails": MANY, "invitations": tenth, "unique": twentieth,
                  "inactive": 2 * twentieth, "reserved": 3, "other": 0}
        told = report(self.path("a"))
        self.assertEqual(told["rows"], wanted)
        self.assertEqual(told["keys"], int(self.server.ask("DBSIZE")), "the server's own count")
        self.assertEqual(told["fixtureRows"], 3)
        self.assertEqual(told["result"], "complete")
        self.assertEqual(sum(kind["excluded"] for kind in told["kinds"].values()), 4)
        with open(self.path("a", "register", "manifest.json")) as file:
            self.assertEqual(json.load(file), {"exportTimestamp": 1700000000000, "stats": {
                name: wanted[name] for name in ("users", "servers", "emails", "invitations")}})

        keys = {"users": "username", "servers": "username", "emails": "email", "invitations": "token"}
        for name, count in wanted.items():
            with self.subTest(name):
                text = lines(self.path("a"), name)
                self.assertEqual(len(text), count)
                if name in keys:
                    found = [json.loads(line)[keys[name]] for line in text]
                    self.assertEqual(found, sorted(found))
                    self.assertEqual(len(found), len(set(found)))
        for number, row in enumerate(rows(self.path("a"), "users")):
            if row != user(number):
                self.assertEqual(row, user(number))
        self.assertEqual(rows(self.path("a"), "reserved"), [{"word": "admin"}, {"word": "pryv"}, {"word": "root"}])
        self.assertEqual(rows(self.path("a"), "inactive")[:2],
                         [{"username": "user000000", "field": "email", "value": "old0@b.c"},
                          {"username": "user000000", "field": "email", "value": "older0@b.c"}])

        again = register(self.path("b"), self.server)
        self.assertEqual(again.returncode, 0, again.stderr)
        names = os.listdir(self.path("a", "register"))
        self.assertEqual(sorted(names), sorted(os.listdir(self.path("b", "register"))))
        _, different, errors = filecmp.cmpfiles(self.path("a", "register"), self.path("b", "register"), names, shallow=False)
        self.assertEqual((different, errors), ([], []))
        for name in names:
            self.assertEqual(os.stat(self.path("a", "register", name)).st_mode & 0o777, 0o600)

    def test_a_full_disk_leaves_what_was_there(self):
        os.makedirs(self.path("out", "register"))
        with open(self.path("out", "register", "users.jsonl"), "w") as file:
            file.write("old")
        # A file may have 64 KiB, then writing fails as on a full disk.
        limited = subprocess.run(["bash", "-c", 'trap "" XFSZ; ulimit -f 64; exec "$@"', "-", PROGRAM, "register",
                                  self.path("out"), "--overwrite", "--redis-port", str(self.server.port), "--progress", "none"],
                                 capture_output=True, text=True, env=EPOCH)
        self.assertEqual(limited.returncode, 74, limited.stderr)
        with open(self.path("out", "register", "users.jsonl")) as file:
            self.assertEqual(file.read(), "old")
        self.assertEqual(os.listdir(self.path("out")), ["register"])

    def test_killed_it_leaves_nothing_that_looks_complete(self):
        # Stopped in the middle of reading: the server answers nothing any more.
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            child = subprocess.Popen([PROGRAM, "register", self.path("out"), "--redis-port", str(self.server.port),
                                      "--log-format", "json"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=EPOCH)
            for line in child.stderr:
                if '"reading the register"' in line:
                    break
            child.terminate()
            rest = child.stderr.read()
            child.stderr.close()
            self.assertEqual(child.wait(), 143)
            self.assertIn("is as it was", rest)
            self.assertEqual(os.listdir(self.path("out")), [])
        finally:
            self.server.process.send_signal(signal.SIGCONT)


class Odd(Case):
    def test_strange_keys_and_values_are_kept_or_named(self):
        with RedisServer() as server:
            server.load([
                command("SET", "ada:users", "no hash"), command("LPUSH", "ada:server", "x"), command("XADD", "s", "*", "a", "b"),
                command("ZADD", "scores", "1.5", "ada"), command("SET", "old:infos", '{"id":"c9","email":"o@b.c"}'),
                command("HSET", "bob:users", "name", b"B\xff\xf0\x9f\x98\x80", "id", "c1"), command("SET", "x:server", ""),
                command("SET", "e\nvil:server", "\x1b[31m"), command("SETRANGE", "huge:server", 17 << 20, "x"),
                command("SET", "gone:server", "soon", "PX", "1")])
            time_is_up = server.ask("PTTL", "gone:server")
            while time_is_up not in ("-2",):
                time_is_up = server.ask("PTTL", "gone:server")
            done = register(self.path("out"), server)
        self.assertEqual(done.returncode, 3, done.stderr)
        told = report(self.path("out"))
        found = {finding["rule"]: finding["keys"] for finding in told["findings"]}
        self.assertEqual(found["wrong-type"], ["ada:users", "ada:server"])
        self.assertEqual(found["unknown-key"], ["s", "scores"])
        self.assertEqual(found["unreadable-type"], ["s"])
        self.assertEqual(found["too-large"], ["huge:server"])
        self.assertEqual(found["empty-value"], ["x:server"])
        self.assertEqual(found["invalid-utf8"], ["bob:users"])
        self.assertEqual(told["result"], "partial")
        self.assertEqual(rows(self.path("out"), "users"),
                         [{"username": "bob", "id": "c1", "name": "B\ufffd😀"}, {"username": "old", "id": "c9", "email": "o@b.c"}])
        self.assertEqual(rows(self.path("out"), "servers"), [{"username": "e\nvil", "server": "\x1b[31m"}])
        self.assertEqual(rows(self.path("out"), "other"), [
            {"key": "ada:server", "type": "list", "value": ["x"]}, {"key": "ada:users", "type": "string", "value": "no hash"},
            {"key": "s", "type": "stream"}, {"key": "scores", "type": "zset", "value": ["ada", "1.5"]}])
        self.assertNotIn("\x1b", done.stdout)
        self.assertIn("PARTIAL", done.stdout)


class Reaching(Case):
    """Ways to the server, and what goes wrong on them."""

    def one_user(self, server, **login):
        server.load([command("SET", "ada:server", "co1")], **login)

    def ok(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(rows(self.path("out"), "servers"), [{"username": "ada", "server": "co1"}])
        shutil.rmtree(self.path("out"))

    def fails(self, status, text, *options, server=None, env=None):
        done = register(self.path("out"), server, *options, env=env)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(text, done.stderr)
        self.assertEqual(len(done.stderr.strip().split("\n")), 1, done.stderr)
        self.assertFalse(os.path.exists(self.path("out", "register")))
        return done.stderr

    def test_socket_database_and_plain_files(self):
        with RedisServer() as server:
            server.load([command("SELECT", "3"), command("SET", "ada:server", "co1")])
            self.ok(register(self.path("out"), None, "--redis-socket", server.socket, "--redis-db", "3"))
            self.ok(register(self.path("out"), server, "--redis-db", "3", "--no-compress"))
            self.fails(66, "--redis-db", "--redis-db", "99", server=server)
            self.fails(75, "--redis-socket", "--redis-socket", self.path("none"))

    def test_an_empty_database_is_no_register(self):
        with RedisServer() as server:
            self.one_user(server)
            self.fails(66, "--allow-empty", "--redis-db", "5", server=server)
            done = register(self.path("out"), server, "--redis-db", "5", "--allow-empty")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(lines(self.path("out"), "users"), [])

    def test_a_user_without_the_right_to_count_is_told(self):
        with RedisServer() as server:
            self.one_user(server)
            server.load([command("ACL", "SETUSER", "exporter", "on", ">pw", "~*", "+@all", "-dbsize")])
            done = register(self.path("out"), server, "--redis-user", "exporter", env={"PRYV_EXPORT_REDIS_PASSWORD": "pw"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("+dbsize", done.stdout)

    def test_names_like_those_of_reservations(self):
        with RedisServer() as server:
            server.load([command("SET", "my-reservations:phone", "carol"), command("HSET", "my-reservations:users", "id", "c3"),
                         command("HSET", "ref-reservations:a:users", "core", "co1", "time", "1")])
            done = register(self.path("out"), server)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(rows(self.path("out"), "users"), [{"username": "my-reservations", "id": "c3"}])
        self.assertEqual(rows(self.path("out"), "unique"), [{"field": "phone", "value": "my-reservations", "username": "carol"}])
        self.assertEqual(report(self.path("out"))["kinds"]["reservations"]["excluded"], 1)

    def test_passwords(self):
        with RedisServer("--requirepass", "s3cret word") as server:
            self.one_user(server, password="s3cret word")
            with open(self.path("password"), "w") as file:
                file.write("s3cret word\n")
            self.ok(register(self.path("out"), server, "--redis-password-file", self.path("password")))
            self.ok(register(self.path("out"), server, env={"PRYV_EXPORT_REDIS_PASSWORD": "s3cret word"}))
            visible = register(self.path("out"), server, "--redis-password", "s3cret word")
            self.assertIn("--redis-password-file", visible.stderr)
            self.assertNotIn("s3cret", visible.stderr + visible.stdout)
            self.ok(visible)
            self.fails(77, "NOAUTH", server=server)
            wrong = self.fails(77, "WRONGPASS", server=server, env={"PRYV_EXPORT_REDIS_PASSWORD": "wr0ng"})
            self.assertNotIn("wr0ng", wrong)

    def test_a_password_does_not_stay_in_the_arguments(self):
        with RedisServer("--requirepass", "s3cret") as server:
            server.process.send_signal(signal.SIGSTOP)
            try:
                child = subprocess.Popen([PROGRAM, "register", self.path("out"), "--redis-port", str(server.port), "--redis-password",
                                          "s3cret", "--log-format", "json"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=EPOCH)
                for line in child.stderr:
                    if '"reading the register"' in line:
                        break
                with open(f"/proc/{child.pid}/cmdline", "rb") as file:
                    seen = file.read()
                child.kill()
                child.wait()
                child.stderr.close()
            finally:
                server.process.send_signal(signal.SIGCONT)
        self.assertIn(b"--redis-password\0", seen)
        self.assertNotIn(b"s3cret", seen)

    def test_acl_users(self):
        with RedisServer() as server:
            self.one_user(server)
            rights = ["+scan", "+type", "+get", "+hgetall", "+lrange", "+smembers", "+zrange", "+dbsize"]
            server.load([command("ACL", "SETUSER", "exporter", "on", ">pw", "~*", *rights),
                         command("ACL", "SETUSER", "half", "on", ">pw", "~*", "+get")])
            pw = {"PRYV_EXPORT_REDIS_PASSWORD": "pw"}
            self.ok(register(self.path("out"), server, "--redis-user", "exporter", env=pw))
            self.fails(77, "NOPERM", "--redis-user", "half", server=server, env=pw)
            self.fails(77, "WRONGPASS", "--redis-user", "nobody", server=server, env=pw)

    def test_renamed_commands(self):
        with RedisServer("--rename-command", "SCAN", "HIDDEN") as server:
            self.one_user(server)
            self.fails(66, "rename-command", server=server)

    def test_a_cluster_is_refused(self):
        with RedisServer("--cluster-enabled", "yes") as server:
            self.fails(66, "cluster", server=server)

    def test_nobody_there(self):
        from redis_server import free_port
        self.fails(75, "connection refused", "--redis-port", str(free_port()))

    def test_usage(self):
        for words in ([], ["a", "b"], ["a", "--redis-port", "x"], ["a", "--redis-nonsense"], ["a", "--redis-port"],
                      ["a", "--redis-socket", "s", "--redis-tls"], ["a", "--redis-user", "u"]):
            with self.subTest(words):
                done = subprocess.run([PROGRAM, "register", *words], capture_output=True, text=True, env=EPOCH)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("pryv-export register --help", done.stderr)


class Tls(Case):
    def setUp(self):
        super().setUp()

        def openssl(*words):
            subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self.folder)

        def signed(name, *more):
            openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
            openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                    name + ".pem", "-days", "2", *more)

        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=ca")
        with open(self.path("names"), "w") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1")
        signed("server", "-extfile", "names")
        signed("stranger")
        signed("client")
        with open(self.path("both.pem"), "w") as out:
            for part in ("client.pem", "client.key"):
                with open(self.path(part)) as file:
                    out.write(file.read())

    def server(self, certificate="server", clients="no"):
        return RedisServer("--port", "0", "--tls-port", "PORT", "--tls-cert-file", self.path(certificate + ".pem"), "--tls-key-file",
                           self.path(certificate + ".key"), "--tls-ca-cert-file", self.path("ca.pem"), "--tls-auth-clients", clients)

    ok, fails = Reaching.ok, Reaching.fails

    def test_certificates_are_checked(self):
        with self.server() as server:
            server.load([command("SET", "ada:server", "co1")])
            self.ok(register(self.path("out"), server, "--redis-tls-ca", self.path("ca.pem")))
            self.ok(register(self.path("out"), server, "--redis-tls-ca", self.path("ca.pem"), "--redis-host", "localhost"))
            self.fails(75, "certificate", "--redis-tls", server=server)
            self.fails(78, "authorities", "--redis-tls-ca", self.path("none.pem"), server=server)
            self.fails(75, "--redis-tls", server=server)
            insecure = register(self.path("out"), server, "--redis-tls-insecure")
            self.assertIn("not checked", insecure.stderr)
            self.ok(insecure)

    def test_a_wrong_name_is_refused(self):
        with self.server("stranger") as server:
            self.fails(75, "mismatch", "--redis-tls-ca", self.path("ca.pem"), server=server)

    def test_client_certificates(self):
        with self.server(clients="yes") as server:
            server.load([command("SET", "ada:server", "co1")])
            ca = ["--redis-tls-ca", self.path("ca.pem")]
            self.ok(register(self.path("out"), server, *ca, "--redis-tls-certificate", self.path("both.pem")))
            self.fails(78, "passphrase", *ca, "--redis-tls-certificate", self.path("client.pem"), server=server)
            done = register(self.path("out"), server, *ca)
            self.assertEqual(done.returncode, 75, done.stderr)

    def test_a_server_without_tls(self):
        with RedisServer() as server:
            self.fails(75, "TLS", "--redis-tls-ca", self.path("ca.pem"), server=server)


class WithACore(Case):
    """The archive and its register, made by two commands."""

    def setUp(self):
        super().setUp()
        subprocess.run([SAMPLE, self.path("v1"), "--users", "3", "--events", "60"], check=True, stdout=subprocess.DEVNULL)

    def core(self, *options):
        return subprocess.run([PROGRAM, "core", self.path("v1/configs/api.yml"), self.path("out"), "--mongodump", self.path("v1/dump"),
                               "--progress", "none", *options], capture_output=True, text=True, env=EPOCH)

    def sums(self):
        checked = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=self.path("out"), capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        with open(self.path("out", "SHA256SUMS")) as file:
            listed = {line.split("  ", 1)[1].strip() for line in file}
        there = {os.path.relpath(os.path.join(parent, name), self.path("out")) for parent, _, names in os.walk(self.path("out")) for name in names}
        self.assertEqual(there - listed, {"SHA256SUMS"})
        return listed

    def test_register_then_core_then_both_again(self):
        with RedisServer() as server:
            server.load([command("SET", "ada:server", "co1")])
            self.assertEqual(register(self.path("out"), server).returncode, 0)
            first = self.core()
            self.assertEqual(first.returncode, 0, first.stderr)
            self.assertIn("register/servers.jsonl.gz", self.sums())
            again = self.core("--overwrite")
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertIn("register/servers.jsonl.gz", self.sums())
            self.assertEqual(rows(self.path("out"), "servers"), [{"username": "ada", "server": "co1"}])

            self.assertEqual(register(self.path("out"), server).returncode, 73)
            server.load([command("SET", "bob:server", "co2")])
            plain = register(self.path("out"), server, "--overwrite", "--no-compress")
            self.assertEqual(plain.returncode, 0, plain.stderr)
            self.assertIn("as is the archive", plain.stdout)
            self.assertIn("register/servers.jsonl.gz", self.sums())
            self.assertEqual(len(rows(self.path("out"), "servers")), 2)

    def test_core_ids_and_disagreement(self):
        with open(self.path("v1", "expected.json")) as file:
            names = sorted(user["username"] for user in json.load(file)["users"])
        with RedisServer() as server:
            server.load([command("SET", name + ":server", "co1.x") for name in names])
            server.load([command("SET", "o'neil:server", "co1.x"), command("SET", names[0] + ":server", "co2.x"),
                         command("SET", "far:server", "co3.x")])
            with open(self.path("ids"), "w") as file:
                file.write("# comment\nco2.x=two\n")
            done = register(self.path("out"), server, "--core-id-map", "co1.x=one", "--core-id-map-file", self.path("ids"))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("no core id for server 'co3.x' of 1 users", done.stdout)
        done = self.core()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("register/user-core.sql", self.sums())
        with open(self.path("out", "RESTORE.md")) as file:
            self.assertIn("register/user-core.sql", file.read())
        with open(self.path("out", "report.json")) as file:
            warnings = [line for line in json.load(file)["warnings"] if line.startswith("Register:")]
        self.assertEqual(len(warnings), 2, warnings)
        self.assertIn(f"another core: {names[0]} (co2.x).", warnings[0])
        self.assertIn("have no data: o'neil.", warnings[1])
        # What rqlite does with it: SQLite.
        database = sqlite3.connect(":memory:")
        database.execute("CREATE TABLE keyValue(key TEXT PRIMARY KEY, value TEXT)")
        with open(self.path("out", "register", "user-core.sql")) as file:
            database.executescript(file.read())
        loaded = dict(database.execute("SELECT key, value FROM keyValue"))
        database.close()
        wanted = {"user-core/" + name: "one" for name in names + ["o'neil"]}
        wanted["user-core/" + names[0]] = "two"
        self.assertEqual(loaded, wanted)
        self.assertEqual({row["key"]: row["value"] for row in rows(self.path("out"), "user-core")}, wanted)

    def test_servers_are_there_in_the_form_of_the_archive(self):
        with RedisServer() as server:
            server.load([command("SET", "ada:server", "co1")])
            self.assertEqual(register(self.path("out"), server, "--no-compress").returncode, 0)
        done = self.core()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLessEqual({"register/servers.jsonl", "register/servers.jsonl.gz"}, self.sums())
        with gzip.open(self.path("out", "register", "servers.jsonl.gz"), "rt") as file:
            self.assertEqual(json.loads(file.read()), {"username": "ada", "server": "co1"})


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=1)
