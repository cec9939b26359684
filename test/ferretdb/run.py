#!/usr/bin/env python3
"""The servers of the tests: ferretdb-server, load-dump, and the fixture that joins them.

Usage: run.py FERRETDB_SERVER LOAD_DUMP MAKE_SAMPLE [CASE...]
"""
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from mongo_server import MongoServer
from op_msg import Connection, encode

FERRETDB, LOAD_DUMP, SAMPLE = sys.argv[1:4]


def split(file):
    """The documents of a .bson file."""
    with open(file, "rb") as stream:
        data = stream.read()
    at, found = 0, []
    while at < len(data):
        size = struct.unpack_from("<i", data, at)[0]
        found.append(data[at:at + size])
        at += size
    return found


def dumped(folder):
    """Documents by "database.collection"."""
    found = {}
    for database in os.listdir(folder):
        for file in os.listdir(os.path.join(folder, database)):
            if file.endswith(".bson"):
                found["%s.%s" % (database, file[:-5])] = split(os.path.join(folder, database, file))
    return found


class Servers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start(self, kind=None):
        server = MongoServer(LOAD_DUMP, FERRETDB, kind).__enter__()
        self.addCleanup(server.stop)
        return server

    def sample(self, *options):
        source = os.path.join(self.folder, "v1")
        subprocess.run([SAMPLE, source, "--users", "5", "--events", "1500", "--seed", "3", "--ferretdb", *options],
                       check=True, stdout=subprocess.DEVNULL)
        return os.path.join(source, "dump")

    def dump(self, documents, collection="events"):
        """A dump of these documents, given as bytes."""
        folder = os.path.join(self.folder, "made")
        os.makedirs(os.path.join(folder, "pryv-node"), exist_ok=True)
        with open(os.path.join(folder, "pryv-node", collection + ".bson"), "wb") as file:
            file.write(b"".join(documents))
        return folder

    def load(self, server, dump):
        return subprocess.run([LOAD_DUMP, dump, server.uri, "--drop"], capture_output=True, text=True)

    def stored(self, server, collection="events"):
        with Connection(server.uri) as connection:
            return list(connection.documents("pryv-node", collection))

    def test_a_deployment_is_stored_whole_and_byte_for_byte(self):
        dump = self.sample()
        wanted = dumped(dump)
        self.assertGreater(len(wanted["pryv-node.events"]), 1500)
        server = self.start()
        counts = {name: len(documents) for name, documents in wanted.items()}
        self.assertEqual(server.load(dump), counts)
        self.assertEqual(server.count(dump), counts)
        for name, documents in wanted.items():
            with self.subTest(name):
                self.assertEqual(self.stored(server, name.split(".")[1]), documents)

    def test_packed_dumps_and_filling_anew(self):
        server = self.start()
        dump = self.sample("--gzip", "--mongo-index")
        first = server.load(dump)
        self.assertGreater(first["pryv-node.events"], 1500)
        self.assertIn("pryv-node-platform.keyValueUnique", first)
        self.assertEqual(server.load(dump), first)
        self.assertEqual(server.count(dump), first)

    def test_indexes_are_those_of_v1(self):
        server = self.start()
        loaded = self.load(server, self.sample())
        self.assertEqual((loaded.returncode, loaded.stderr), (0, ""))
        with Connection(server.uri) as connection:
            ferret = "ferretdbVersion" in connection.command("admin", {"buildInfo": 1})
            events = set(connection.indexes("pryv-node", "events"))
            accesses = set(connection.indexes("pryv-node", "accesses"))
        self.assertEqual(len(events), 9)
        self.assertIn("userId_1__id_1", events)
        # As with v1's database:isFerret, the field of the partial filter joins the keys.
        token = "userId_1_token_1_deleted_1" if ferret else "userId_1_token_1"
        self.assertIn(token, accesses)

    def test_batches_are_bounded_and_keep_the_order(self):
        large = [encode({"_id": "large%d" % turn, "content": "x" * 3000000}) for turn in range(7)]
        small = [encode({"_id": "small%d" % ((turn * 7919) % 2501), "time": turn / 8}) for turn in range(2501)]
        server = self.start()
        self.assertEqual(server.load(self.dump(large[:4] + small + large[4:])), {"pryv-node.events": 2508})
        self.assertEqual(self.stored(server), large[:4] + small + large[4:])

    def test_a_refused_document_is_named(self):
        good = [encode({"_id": "good%d" % turn}) for turn in range(1500)]
        server = self.start()
        for odd, shown in {"array": (encode({"_id": [1]}), "of type 0x04"),
                           "twice": (encode({"_id": "good3"}), '"good3"')}.values():
            with self.subTest(shown):
                result = self.load(server, self.dump(good[:1200] + [odd] + good[1200:]))
                self.assertEqual(result.returncode, 1)
                self.assertIn("pryv-node.events: the server refuses the document with _id " + shown, result.stderr)
                # After a duplicate FerretDB goes on with its next hundred, though the insert is ordered.
                stored = self.stored(server)
                self.assertEqual(stored[:1200], good[:1200])
                self.assertEqual(len(stored), len(set(stored) & set(good)))

    def test_a_document_at_which_the_server_hangs_up_is_named(self):
        documents = [encode({"_id": "id%d" % turn, "content": 1.5}) for turn in range(20)]
        documents[13] = encode({"_id": "id13", "content": float("nan")})
        result = self.load(self.start("ferretdb"), self.dump(documents))
        self.assertEqual(result.returncode, 1)
        self.assertIn('pryv-node.events: the server refuses the document with _id "id13"', result.stderr)

    def test_damaged_dumps_are_refused_with_the_place(self):
        server = self.start()
        whole = encode({"_id": "a"})
        result = self.load(server, self.dump([whole, whole[:-3]]))
        self.assertEqual(result.returncode, 1)
        self.assertIn("events.bson: the file ends inside a document at byte %d" % len(whole), result.stderr)

    def test_the_server_says_one_line_and_ends_when_told(self):
        def end_by_closing(process):
            process.stdin.close()

        ends = {"SIGTERM": lambda process: process.send_signal(signal.SIGTERM),
                "SIGINT": lambda process: process.send_signal(signal.SIGINT), "stdin": end_by_closing}
        for name, end in ends.items():
            with self.subTest(name):
                process = subprocess.Popen([FERRETDB, "--folder", self.folder, "--until-stdin-closes"], text=True,
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.addCleanup(process.kill)
                self.assertRegex(process.stdout.readline(), r"\Alistening on 127\.0\.0\.1:\d+\n\Z")
                end(process)
                self.assertEqual((process.stdout.read(), process.stderr.read()), ("", ""))
                self.assertEqual(process.wait(), 0)
                process.stdout.close()
                process.stderr.close()
                if not process.stdin.closed:
                    process.stdin.close()

    def test_tls_is_spoken_and_nothing_else(self):
        cert, key = os.path.join(self.folder, "cert.pem"), os.path.join(self.folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        dump = self.dump([encode({"_id": 1})])
        with MongoServer(LOAD_DUMP, FERRETDB, "ferretdb", ["--tls-cert", cert, "--tls-key", key]) as server:
            plain = server.uri + "?serverSelectionTimeoutMS=2000"
            statuses = {}
            for name, uri in {"trusted": plain + "&tls=true&tlsCAFile=" + cert, "untrusted": plain + "&tls=true",
                              "plain": plain}.items():
                statuses[name] = subprocess.run([LOAD_DUMP, dump, uri, "--drop"], capture_output=True).returncode
        self.assertEqual(statuses, {"trusted": 0, "untrusted": 1, "plain": 1})

    def test_what_cannot_start_is_an_error(self):
        with self.assertRaisesRegex(RuntimeError, "ferretdb does not start"):
            MongoServer(LOAD_DUMP, "/bin/false", "ferretdb").__enter__()
        for arguments in ([], ["--folder", "/nonesuch"], ["--folder", self.folder, "--tls-cert", "only"]):
            with self.subTest(arguments):
                result = subprocess.run([FERRETDB, *arguments], capture_output=True, text=True)
                self.assertIn(result.returncode, (1, 2))
                self.assertEqual(result.stdout, "")
                self.assertIn("ferretdb-server:", result.stderr)

    def test_the_fixture_stops_its_server_when_the_test_fails(self):
        with self.assertRaises(ZeroDivisionError):
            with MongoServer(LOAD_DUMP, FERRETDB, "ferretdb") as server:
                process, folder = server.process, server.folder
                self.assertIsNone(process.poll())
                1 / 0
        self.assertIsNotNone(process.poll())
        self.assertFalse(os.path.exists(folder))

    def test_a_server_that_is_not_there(self):
        result = subprocess.run([LOAD_DUMP, self.dump([encode({"_id": 1})]),
                                 "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"], capture_output=True, text=True)
        self.assertEqual(result.returncode, 1)
        self.assertIn("load-dump: no server:", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
