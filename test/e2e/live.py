#!/usr/bin/env python3
"""Exports from live servers: FerretDB (or mongod), and the wire server with its faults. What they give must be what a dump gives.

Usage: live.py PRYV_EXPORT MAKE_SAMPLE CHECK_ARCHIVE WIRE_SERVER LOAD_DUMP FERRETDB_SERVER [CASE...]
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

from mongo_server import MongoServer
from run import CHECK, EPOCH, PROGRAM, check, export, sample, tree

WIRE, LOAD, FERRET = sys.argv[4:7]
DEPLOYMENTS = tempfile.TemporaryDirectory()
PASSWORD = "s3cr&t:/ü%"


class WireServer:
    """The wire server over one dump; `stats` has what it counted, after the end."""

    def __init__(self, dump, *options, faults=()):
        self.command = [WIRE, dump, *options]
        for fault in faults:
            self.command += ["--fault", fault]

    def __enter__(self):
        self.stats_file = tempfile.NamedTemporaryFile("r")
        self.process = subprocess.Popen([*self.command, "--stats", self.stats_file.name], stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[-1]
        self.uri = "mongodb://%s/" % self.address
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.stats = json.loads(self.stats_file.read() or "{}")  # one that was killed wrote none
        self.stats_file.close()


def live(source, output, uri, *options, **environment):
    command = [PROGRAM, "core", os.path.join(source, "configs/api.yml"), output, "--progress", "none", *options]
    return subprocess.run(command, capture_output=True, text=True, errors="replace",
                          env={**EPOCH, **({"PRYV_EXPORT_MONGO_URI": uri} if uri else {}), **environment})


def without_source(folder):
    """All files, but the one thing that must differ: what was read."""
    files = {name: entry[0] for name, entry in tree(folder).items()}
    del files["SHA256SUMS"]
    for name in ("manifest.json", "report.json"):
        with open(os.path.join(folder, name)) as file:
            files[name] = re.sub(r'"source": ".*"', "", file.read())
    return files


def command_count(stats):
    return sum(count for name, count in stats["commands"].items() if name not in ("hello", "isMaster", "ismaster"))


class Live(unittest.TestCase):
    """One deployment for all cases: a large user, small ones, an export of its dump to compare with."""

    @classmethod
    def setUpClass(cls):
        cls.source = os.path.join(DEPLOYMENTS.name, "v1")
        sample(cls.source, "--users", "12", "--events", "12000", "--one-big-user", "0.6", "--seed", "5")
        cls.dump = os.path.join(cls.source, "dump")
        cls.expected = os.path.join(cls.source, "expected.json")
        cls.from_dump = os.path.join(DEPLOYMENTS.name, "from-dump")
        assert export(cls.source, cls.from_dump).returncode == 0

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.output = self.path("out")

    def tearDown(self):
        self.folder.cleanup()

    def path(self, *parts):
        return os.path.join(self.folder.name, *parts)

    def assert_no_archive(self):
        self.assertFalse(os.path.exists(os.path.join(self.output, "manifest.json")))

    def assert_same_as_dump(self, result):
        self.assertEqual(result.returncode, 0, result.stderr + result.stdout)
        self.assertEqual(without_source(self.output), without_source(self.from_dump))
        verified = check(self.output, self.expected)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def assert_same_users(self, result):
        """The report may say more than that of the dump."""
        self.assertEqual(result.returncode, 0, result.stderr)
        verified = check(self.output, self.expected)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        ours, theirs = tree(os.path.join(self.output, "users")), tree(os.path.join(self.from_dump, "users"))
        self.assertEqual({name: entry[0] for name, entry in ours.items()}, {name: entry[0] for name, entry in theirs.items()})

    def assert_refused(self, result, status, *parts):
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for part in parts:
            self.assertIn(part, result.stderr)
        self.assert_no_archive()

    # ---- the same archive ----

    def test_wire_server_gives_what_the_dump_gives(self):
        with WireServer(self.dump) as server:
            self.assert_same_as_dump(live(self.source, self.output, server.uri))
        self.assertEqual(server.stats["openCursors"], 0)
        # The large user was read in ranges.
        self.assertGreater(server.stats["commands"]["find"], 8 + 6 + 5)

    def test_every_odd_record_comes_over_the_wire_as_from_a_dump(self):
        source = self.path("v1")
        sample(source, "--users", "12", "--events", "9000", "--one-big-user", "0.7", "--seed", "6", "--dirty")
        dump_output = self.path("from-dump")
        self.assertEqual(export(source, dump_output).returncode, 3)
        with WireServer(os.path.join(source, "dump")) as server:
            result = live(source, self.output, server.uri)
        self.assertEqual(result.returncode, 3, result.stderr)
        ours, theirs = without_source(self.output), without_source(dump_output)
        # A user who failed before the documents were read has none of these bytes.
        for files in (ours, theirs):
            files["report.json"] = re.sub(r'"sourceBytes": \d+', "", files["report.json"])
        self.assertEqual(ours, theirs)

    def test_server_that_cannot_group_or_has_no_sessions(self):
        with WireServer(self.dump, "--no-max", "--no-sessions", "--max-reply-bytes", "100000") as server:
            self.assert_same_as_dump(live(self.source, self.output, server.uri))
        self.assertGreater(server.stats["commands"]["getMore"], 10)
        self.assertEqual(server.stats["openCursors"], 0)

    def test_mongo_engines_are_read_live(self):
        source = self.path("v1")
        sample(source, "--users", "6", "--events", "600", "--seed", "8", "--mongo-index")
        self.assertEqual(export(source, self.path("from-dump")).returncode, 0)
        with WireServer(os.path.join(source, "dump")) as server:
            result = live(source, self.output, server.uri)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(without_source(self.output), without_source(self.path("from-dump")))

    def test_real_server_gives_what_the_dump_gives(self):
        source = self.path("v1")
        sample(source, "--users", "5", "--events", "1500", "--seed", "9", "--ferretdb")
        self.assertEqual(export(source, self.path("from-dump")).returncode, 0)
        with MongoServer(LOAD, FERRET) as server:
            server.load(os.path.join(source, "dump"))
            result = live(source, self.output, server.uri)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(without_source(self.output), without_source(self.path("from-dump")))

    def test_servers_of_many_versions(self):
        # MongoDB 3.6, 4.0, 4.2, 4.4, 5.0, 6.0, 7.0, 8.0
        for version in (6, 7, 8, 9, 13, 17, 21, 25):
            for kind in ((), ("--replica-set", "rs0"), ("--router",)):
                with self.subTest(version=version, kind=kind), tempfile.TemporaryDirectory() as folder:
                    self.output = os.path.join(folder, "out")
                    with WireServer(self.dump, "--max-wire-version", str(version), *kind) as server:
                        self.assert_same_as_dump(live(self.source, self.output, server.uri))

    def test_absent_and_empty_are_two_things(self):
        source = self.path("v1")
        shutil.copytree(self.source, source)
        for parent, _, files in os.walk(os.path.join(source, "dump")):
            if "webhooks.bson" in files:
                os.remove(os.path.join(parent, "webhooks.bson"))
                open(os.path.join(parent, "followedSlices.bson"), "w").close()
        self.assertEqual(export(source, self.path("from-dump")).returncode, 0)
        with WireServer(os.path.join(source, "dump")) as server:
            result = live(source, self.output, server.uri)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(without_source(self.output), without_source(self.path("from-dump")))
        with open(os.path.join(self.output, "report.json")) as file:
            warnings = " ".join(json.load(file)["warnings"])
        self.assertIn("no collection 'webhooks'", warnings)
        self.assertNotIn("followedSlices", warnings)

    def test_views_and_capped_collections_are_named(self):
        with WireServer(self.dump, "--view", "streams", "--capped", "accesses") as server:
            self.assert_same_users(live(self.source, self.output, server.uri))
        with open(os.path.join(self.output, "report.json")) as file:
            warnings = " ".join(json.load(file)["warnings"])
        self.assertIn("streams of MongoDB is a view", warnings)
        self.assertIn("accesses is capped", warnings)

    def test_a_collection_that_is_renamed_meanwhile_is_no_empty_one(self):
        for when in ("rename@find#%d" % n for n in (12, 16, 20)):
            with self.subTest(when), tempfile.TemporaryDirectory() as folder:
                self.output = os.path.join(folder, "out")
                with WireServer(self.dump, "--max-reply-bytes", "50000", faults=[when]) as server:
                    result = live(self.source, self.output, server.uri)
                self.assertEqual(result.returncode, 3, result.stderr)
                with open(os.path.join(self.output, "report.json")) as file:
                    report = json.load(file)
                self.assertIn("was renamed or dropped", " ".join(report["warnings"]))
                self.assertTrue(all(change["after"] == 0 for change in report["changedMeanwhile"]))
                self.assertTrue(report["changedMeanwhile"])

    def test_a_few_users_are_asked_for_alone(self):
        users = sorted(os.listdir(os.path.join(self.from_dump, "users")))[:2]
        with WireServer(self.dump) as server:
            result = live(self.source, self.output, server.uri, "--user", users[0], "--user", users[1])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(os.listdir(os.path.join(self.output, "users"))), users)

    def test_many_small_users_take_few_commands(self):
        source = self.path("v1")
        sample(source, "--users", "3000", "--events", "6000", "--seed", "10", "--distribution", "even", "--streams-per-user", "2",
               "--accesses-per-user", "1", "--attachments-per-user", "0", "--audit-per-user", "0", "--no-wal")
        with WireServer(os.path.join(source, "dump")) as server:
            result = live(source, self.output, server.uri)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertLess(command_count(server.stats), 100)

    # ---- faults that pass (docs/operators-guide.md "A live server") ----

    def test_faults_that_pass_change_nothing(self):
        passing = ["drop#%d" % n for n in (1, 2, 5, 9)] + [
            "reset#3", "cut=1000#4", "garbage#2", "length=-1#3", "length=5#3", "length=100000000#3", "response-to#4",
            "error=11600#2", "error=10107#3", "error=189#4", "error=91#5", "error=50#6", "error=43#3", "refuse#6", "delay=30x20",
            "drop@aggregate#2", "error=11602@listIndexes", "drop@hello#3",
            "length=-1@hello#2", "length=5@hello#3", "garbage@hello#2", "cut=20@hello#2", "cut=3@hello#4", "response-to@hello#2", "error=11600@hello#2"]
        for fault in passing:
            with self.subTest(fault), tempfile.TemporaryDirectory() as folder:
                self.output = os.path.join(folder, "out")
                with WireServer(self.dump, "--max-reply-bytes", "300000", faults=[fault]) as server:
                    self.assert_same_as_dump(live(self.source, self.output, server.uri))

    def test_a_cursor_that_dies_is_read_again(self):
        faults = ["kill-cursor@find#%d" % n for n in (4, 8, 12, 16)] + ["error=43@getMore#7", "error=11600@getMore#11"]
        with WireServer(self.dump, "--max-reply-bytes", "50000", faults=faults) as server:
            self.assert_same_as_dump(live(self.source, self.output, server.uri))
        self.assertEqual(server.stats["openCursors"], 0)

    def test_a_server_that_stops_answering_is_left(self):
        with WireServer(self.dump, faults=["silent@find#6"]) as server:
            self.assert_same_as_dump(live(self.source, self.output, server.uri + "?socketTimeoutMS=300"))

    def test_slow_line(self):
        with WireServer(self.dump, faults=["slow=3000000#3x3"]) as server:
            self.assert_same_as_dump(live(self.source, self.output, server.uri))

    def test_a_snapshot_is_used_and_may_be_lost(self):
        with WireServer(self.dump, "--replica-set", "rs0") as server:
            uri = server.uri + "?replicaSet=rs0&readPreference=secondaryPreferred"
            self.assert_same_as_dump(live(self.source, self.output, uri))
        for fault in ("error=239@find#14", "error=246@aggregate#3"):
            with self.subTest(fault), WireServer(self.dump, "--replica-set", "rs0", faults=[fault]) as server:
                self.output = self.path("lost" + fault)
                result = live(self.source, self.output, server.uri)
            self.assertEqual(result.returncode, 0, result.stderr)
            with open(os.path.join(self.output, "report.json")) as file:
                self.assertIn("snapshot", " ".join(json.load(file)["warnings"]))

    def replica_set(self, behind):
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
            ports = [str(each.getsockname()[1]) for each in (one, two)]
        primary, secondary = ("127.0.0.1:" + port for port in ports)
        return (WireServer(self.dump, "--replica-set", "rs0", "--port", ports[0], "--member", secondary),
                WireServer(self.dump, "--replica-set", "rs0", "--port", ports[1], "--primary", primary, "--behind", str(behind)))

    def test_a_secondary_that_lags_is_named(self):
        for behind in (0, 90):
            with self.subTest(behind):
                one, two = self.replica_set(behind)
                with one as primary, two as secondary:
                    self.output = self.path("behind%d" % behind)
                    uri = primary.uri + "?replicaSet=rs0&readPreference=secondaryPreferred"
                    self.assert_same_users(live(self.source, self.output, uri))
                self.assertGreater(command_count(secondary.stats), command_count(primary.stats))
                with open(os.path.join(self.output, "report.json")) as file:
                    warnings = " ".join(json.load(file)["warnings"])
                self.assertEqual("90 s behind its primary" in warnings, behind == 90)

    def test_another_member_goes_on_when_one_is_gone(self):
        one, two = self.replica_set(0)
        one.command += ["--max-reply-bytes", "20000", "--fault", "silent@find#14x*"]
        with one as primary, two as secondary:
            uri = primary.uri + "?replicaSet=rs0&readPreference=primaryPreferred"
            process = subprocess.Popen([PROGRAM, "core", os.path.join(self.source, "configs/api.yml"), self.output, "--progress", "json",
                                        "--give-up-after", "30"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                       env={**EPOCH, "PRYV_EXPORT_MONGO_URI": uri})
            for line in process.stderr:
                if '"phase":"exporting"' in line:
                    break
            primary.process.kill()
            said = process.communicate()
            self.assertEqual(process.returncode, 0, said[1][-300:])
            self.assert_same_users(subprocess.CompletedProcess([], process.returncode, *said))
        self.assertGreater(command_count(secondary.stats), 3)

    # ---- hostile documents ----

    def test_broken_documents_are_never_lost_in_silence(self):
        for fault in ["bad-document@find#%d" % n for n in range(12, 24, 2)] + ["deep=10000@find#14", "deep=300@find#13"]:
            with self.subTest(fault), tempfile.TemporaryDirectory() as folder:
                self.output = os.path.join(folder, "out")
                with WireServer(self.dump, faults=[fault]) as server:
                    result = live(self.source, self.output, server.uri)
                if result.returncode == 0:
                    # What was broken only said where a range ends.
                    self.assert_same_as_dump(result)
                    continue
                self.assertEqual(result.returncode, 3, result.stderr)
                with open(os.path.join(self.output, "report.json")) as file:
                    report = json.load(file)
                failed = sum(count["failed"] + (count["source"] == 0) for count in report["counts"].values())
                self.assertTrue(report["changedMeanwhile"] or failed or report["usersFailed"], report["counts"])
                verified = check(self.output)
                self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    # ---- faults that last ----

    def test_faults_that_last_end_the_run(self):
        for fault in ("drop#6x*", "error=10107#6x*", "garbage#6x*", "silent#6x*"):
            with self.subTest(fault), tempfile.TemporaryDirectory() as folder:
                self.output = os.path.join(folder, "out")
                with WireServer(self.dump, faults=[fault]) as server:
                    result = live(self.source, self.output, server.uri + "?socketTimeoutMS=200", "--give-up-after", "1")
                self.assert_refused(result, 75, "MongoDB 127.0.0.1", "collection pryv-node.", "tried")

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.assert_refused(live(self.source, self.output, "mongodb://127.0.0.1:%d/" % port), 75, "refused", "start MongoDB")
        self.assert_refused(live(self.source, self.output, "mongodb://no-such-host.invalid/"), 75, "no-such-host.invalid", "name")
        self.assert_refused(live(self.source, self.output, "http://x/"), 78, "--mongo-uri")

    def test_what_is_not_there_or_not_allowed(self):
        with WireServer(self.dump) as server:
            override = self.path("override.yml")
            with open(override, "w") as file:
                file.write("database:\n  name: no-such-database\n")
            result = live(self.source, self.output, server.uri, "--override-config", override)
            self.assert_refused(result, 66, "no-such-database", "database:name")
        with WireServer(self.dump, "--deny", "accesses") as server:
            self.assert_refused(live(self.source, self.output, server.uri), 77, "pryv-node.accesses", "role")

    def test_login(self):
        with WireServer(self.dump, "--user", "exporter", "--password", PASSWORD) as server:
            wrong = live(self.source, self.output, server.uri, "--mongo-user", "exporter", PRYV_EXPORT_MONGO_PASSWORD=PASSWORD + "x")
            self.assert_refused(wrong, 77, "password")
            self.assertNotIn(PASSWORD, wrong.stderr)
        self.assertLess(server.stats["commands"].get("saslStart", 0), 3)
        with WireServer(self.dump, "--user", "exporter", "--password", PASSWORD) as server:
            password = self.path("password")
            with open(password, "w") as file:
                file.write(PASSWORD + "\n")
            result = live(self.source, self.output, server.uri, "--mongo-user", "exporter", "--mongo-password-file", password)
            self.assert_same_as_dump(result)
        for parent, _, files in os.walk(self.output):
            for name in files:
                with open(os.path.join(parent, name), "rb") as file:
                    self.assertNotIn(PASSWORD.encode(), file.read())

    def test_configuration_names_the_server(self):
        with WireServer(self.dump, "--user", "exporter", "--password", PASSWORD) as server:
            override = self.path("override.yml")
            with open(override, "w") as file:
                json.dump({"database": {"host": "127.0.0.1", "port": int(server.address.split(":")[1]), "authUser": "exporter",
                                        "authPassword": PASSWORD}}, file)
            os.chmod(override, 0o600)
            self.assert_same_as_dump(live(self.source, self.output, None, "--override-config", override))

    def test_ferretdb_login_is_plain(self):
        with WireServer(self.dump, "--user", "exporter", "--password", PASSWORD) as server:
            override = self.path("override.yml")
            with open(override, "w") as file:
                json.dump({"database": {"host": "127.0.0.1", "port": int(server.address.split(":")[1]), "authUser": "exporter",
                                        "authPassword": PASSWORD, "isFerret": True}}, file)
            os.chmod(override, 0o600)
            self.assert_same_as_dump(live(self.source, self.output, None, "--override-config", override))

    # ---- TLS ----

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self.folder.name)

    def certificates(self):
        openssl = self.openssl
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
                "-subj", "/CN=Test CA", "-days", "2")
        for name, host, days in (("server", "IP:127.0.0.1,DNS:localhost", "2"), ("elsewhere", "DNS:elsewhere.example", "2"),
                                 ("expired", "IP:127.0.0.1", "-1")):
            with open(self.path("san"), "w") as file:
                file.write("subjectAltName=" + host)
            openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-out", "csr",
                    "-subj", "/CN=" + name)
            openssl("x509", "-req", "-in", "csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days, "-extfile", "san",
                    "-out", name + ".pem")

    def tls_server(self, name, *arguments):
        return WireServer(self.dump, "--tls-cert", self.path(name + ".pem"), "--tls-key", self.path(name + ".key"), *arguments)

    def test_tls(self):
        self.certificates()
        ca = self.path("ca.pem")
        with self.tls_server("server") as server:
            self.assert_same_as_dump(live(self.source, self.output, server.uri, "--tls-ca", ca))
        for name in ("elsewhere", "expired"):
            with self.subTest(name), self.tls_server(name) as server, tempfile.TemporaryDirectory() as folder:
                self.output = os.path.join(folder, "out")
                self.assert_refused(live(self.source, self.output, server.uri, "--tls-ca", ca), 75, "certificate")
                insecure = live(self.source, self.output, server.uri, "--tls-insecure")
                self.assertEqual(insecure.returncode, 0, insecure.stderr)
                with open(os.path.join(self.output, "report.json")) as file:
                    self.assertIn("--tls-insecure", file.read())
        with self.subTest("TLS 1.0"), self.tls_server("server", "--tls-old") as server:
            self.output = self.path("old")
            self.assert_refused(live(self.source, self.output, server.uri, "--tls-ca", ca), 75, "TLS")
        with self.subTest("signed by nobody we know"), self.tls_server("server") as server:
            self.output = self.path("unknown")
            self.assert_refused(live(self.source, self.output, server.uri + "?tls=true"), 75, "certificate")
        with self.subTest("plain-text server"), WireServer(self.dump) as server:
            self.assert_refused(live(self.source, self.output, server.uri, "--tls-ca", ca), 75, "TLS")
        self.assert_refused(live(self.source, self.output, "mongodb://127.0.0.1/", "--tls-ca", self.path("absent")), 66, "absent")

    def test_client_certificates(self):
        self.certificates()
        ca = self.path("ca.pem")

        def join(name):
            with open(self.path(name + "-both.pem"), "w") as both:
                for part in (".pem", ".key"):
                    with open(self.path(name + part)) as file:
                        both.write(file.read())
            return self.path(name + "-both.pem")

        known, revoked = join("server"), join("elsewhere")
        with open(self.path("ca.cnf"), "w") as file:
            file.write("[ca]\ndefault_ca=test\n[test]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=2\ncrlnumber=crlnumber\n")
        open(self.path("index.txt"), "w").close()
        with open(self.path("crlnumber"), "w") as file:
            file.write("01\n")
        authority = ("ca", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key")
        self.openssl(*authority, "-revoke", "elsewhere.pem")
        self.openssl(*authority, "-gencrl", "-out", "crl.pem")
        with self.tls_server("server", "--tls-ca", ca, "--tls-crl", self.path("crl.pem")) as server:
            self.assert_same_as_dump(live(self.source, self.output, server.uri, "--tls-ca", ca, "--tls-certificate", known))
            self.output = self.path("revoked")
            self.assert_refused(live(self.source, self.output, server.uri, "--tls-ca", ca, "--tls-certificate", revoked), 75,
                                "--tls-certificate")
            self.output = self.path("none")
            self.assert_refused(live(self.source, self.output, server.uri, "--tls-ca", ca), 75, "--tls-certificate")

    # ---- what changes meanwhile ----

    def test_changes_are_reported(self):
        with WireServer(self.dump, faults=["miscount@aggregate#1"]) as server:
            result = live(self.source, self.output, server.uri)
        self.assertEqual(result.returncode, 3, result.stderr)
        with open(os.path.join(self.output, "report.json")) as file:
            changes = json.load(file)["changedMeanwhile"]
        self.assertTrue(changes)
        self.assertEqual({change["collection"] for change in changes}, {"events"})
        for change in changes:
            self.assertEqual(change["before"] - 1, change["after"])
            self.assertEqual(change["exported"], change["after"])
        self.assertIn("Changed while they were exported", result.stdout)

    def test_missing_indexes_are_named(self):
        with WireServer(self.dump, "--omit-index", "events.userId_1__id_1", "--omit-index", "streams.userId_1",
                        "--omit-index", "webhooks.userId_1") as server:
            self.assert_same_users(live(self.source, self.output, server.uri))
        with open(os.path.join(self.output, "report.json")) as file:
            report = json.load(file)
        warnings = " ".join(report["warnings"])
        self.assertIn("events has no index on userId and _id", warnings)
        self.assertIn("streams has no index on userId", warnings)

    def test_interrupted(self):
        for fault in ("delay=100#12x*", "silent@find#14x*"):
            with self.subTest(fault), tempfile.TemporaryDirectory() as folder:
                self.output = os.path.join(folder, "out")
                with WireServer(self.dump, "--max-reply-bytes", "20000", faults=[fault]) as server:
                    process = subprocess.Popen([PROGRAM, "core", os.path.join(self.source, "configs/api.yml"), self.output,
                                                "--progress", "json"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                               env={**EPOCH, "PRYV_EXPORT_MONGO_URI": server.uri})
                    for line in process.stderr:
                        if '"phase":"exporting"' in line:
                            break
                    process.send_signal(signal.SIGTERM)
                    process.communicate()
                self.assertEqual(process.returncode, 143)
                self.assertEqual(server.stats["openCursors"], 0)
                self.assert_no_archive()


if __name__ == "__main__":
    assert CHECK
    try:
        unittest.main(argv=[sys.argv[0], *sys.argv[7:]], verbosity=2)
    finally:
        DEPLOYMENTS.cleanup()
