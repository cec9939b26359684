#!/usr/bin/env python3
"""The wire server against a client of its own: answers, matching, and every fault on order.

Usage: run.py WIRE_SERVER MAKE_SAMPLE [CASE...]
"""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True  # nothing is left in the source folder

from mongo_wire import (Client, Date, Int64, MaxKey, MinKey, ObjectId, Regex, ServerError, Timestamp, Uuid, decode,
                        documents, encode)

PROGRAM, SAMPLE = sys.argv[1:3]
DB = "pryv-node"
BY_USER = {"userId": 1, "_id": 1}

# One value per document, by _id; in the order of values as the server must see it.
ODD = [
    ("min", {"v": MinKey}), ("missing", {}), ("null", {"v": None}), ("nan", {"v": float("nan")}),
    ("-1", {"v": -1}), ("2", {"v": Int64(2)}), ("2.5", {"v": 2.5}), ("big", {"v": Int64((1 << 53) + 1)}),
    ("empty", {"v": ""}), ("a", {"v": "a"}), ("ab", {"v": "ab"}), ("é", {"v": "é"}),
    ("object", {"v": {"x": 1, "y": [{"z": 7}]}}), ("binary", {"v": b"\1\2"}), ("oid", {"v": ObjectId(b"\7" * 12)}),
    ("false", {"v": False}), ("true", {"v": True}), ("date", {"v": Date(-5)}), ("stamp", {"v": Timestamp(9)}),
    ("regex", {"v": Regex("a")}), ("max", {"v": MaxKey}),
]
LISTS = [("list", {"v": [1, "b", 30]}), ("none", {"v": []})]


def sort_key(document, *fields):
    """Strings before ObjectIds, as there is nothing else in the sample."""
    return [(isinstance(document.get(f), ObjectId), document.get(f)) for f in fields]


class Server:
    def __init__(self, dump, *options):
        self.process = subprocess.Popen([PROGRAM, dump, *options], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), line
        self.address = line.split()[-1]

    def client(self, **options):
        return Client(self.address, **options)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        status = self.process.wait(60)
        # Where sanitizers put what they find at the end.
        assert status == 0, f"the server ended with {status}"
        return status


class Case(unittest.TestCase):
    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(DUMP, *cls.OPTIONS)
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.client = self.connect()
        self.client.command("admin", {"wireFault": "none"})

    def connect(self, **options):
        client = self.server.client(**options)
        self.addCleanup(client.socket.close)
        return client

    def other_server(self, *options):
        server = Server(DUMP, *options)
        self.addCleanup(server.stop)
        client = server.client()
        self.addCleanup(client.socket.close)
        return client

    def fails(self, code, command, database=DB, client=None):
        with self.assertRaises(ServerError) as caught:
            (client or self.client).command(database, command)
        self.assertEqual(caught.exception.code, code)
        return caught.exception

    def stats(self):
        return self.client.command("admin", {"wireStats": 1})

    def open_cursor(self, **rest):
        command = {"find": "events", "filter": {}, "batchSize": 2, **rest}
        return Int64(self.client.command(DB, command)["cursor"]["id"])


class Answers(Case):
    def test_hello(self):
        legacy = self.client.legacy_hello()
        self.assertTrue(legacy["ismaster"] and legacy["helloOk"])
        hello = self.client.command("admin", {"hello": 1}, flags=1 << 16)
        self.assertTrue(hello["isWritablePrimary"])
        self.assertEqual((hello["minWireVersion"], hello["maxWireVersion"]), (0, 17))
        self.assertEqual(hello["logicalSessionTimeoutMinutes"], 30)
        self.assertNotIn("setName", hello)
        self.assertNotIn("topologyVersion", hello)
        self.client.command("admin", {"ping": 1})
        self.assertEqual(self.client.command("admin", {"buildInfo": 1})["ok"], 1)

    def test_hello_by_options(self):
        client = self.other_server("--replica-set", "rs7", "--max-wire-version", "9", "--no-sessions")
        hello = client.command("admin", {"hello": 1})
        host, port = client.socket.getpeername()
        self.assertEqual((hello["setName"], hello["hosts"], hello["primary"]),
                         ("rs7", [f"{host}:{port}"], f"{host}:{port}"))
        self.assertEqual(hello["maxWireVersion"], 9)
        self.assertNotIn("logicalSessionTimeoutMinutes", hello)
        self.fails(72, {"find": "events", "readConcern": {"level": "snapshot"}}, client=client)

    def test_checksum_and_sequences_are_tolerated(self):
        section = struct.pack("<i", 4 + 4 + 5) + b"abc\0" + encode({})
        self.client.command("admin", {"ping": 1}, flags=1, extra=b"\1" + section, tail=b"\0\0\0\0")

    def test_broken_messages_close_the_connection(self):
        ping = encode({"ping": 1, "$db": "admin"})
        cases = {
            "length": struct.pack("<iiii", 15, 1, 0, 2013),
            "huge": struct.pack("<iiii", 1 << 30, 1, 0, 2013),
            "negative": struct.pack("<iiii", -1, 1, 0, 2013),
            "opcode": struct.pack("<iiii", 16, 1, 0, 2001),
            "no body": struct.pack("<iiiiI", 20, 1, 0, 2013, 0),
            "flags": struct.pack("<iiiiIB", 21 + len(ping), 1, 0, 2013, 4, 0) + ping,
            "kind": struct.pack("<iiiiIB", 21 + len(ping), 1, 0, 2013, 0, 2) + ping,
            "document": struct.pack("<iiiiIBi", 25, 1, 0, 2013, 0, 0, 400),
            "section": struct.pack("<iiiiIBi", 25, 1, 0, 2013, 0, 1, -4),
        }
        for name, message in cases.items():
            with self.subTest(name):
                client = self.connect()
                client.socket.sendall(message)
                with self.assertRaises((EOFError, ConnectionResetError)):
                    client.read(1)
        self.client.command("admin", {"ping": 1})

    def test_unknown_command(self):
        self.assertEqual(self.fails(59, {"mapReduce": "events"}).name, "CommandNotFound")

    def test_lists(self):
        names = [d["name"] for d in self.client.command("admin", {"listDatabases": 1, "nameOnly": True})["databases"]]
        self.assertEqual(names, ["odd", DB])
        listed = self.client.command(DB, {"listCollections": 1, "cursor": {}})["cursor"]
        self.assertEqual([c["name"] for c in listed["firstBatch"]], COLLECTIONS)
        indexes = self.client.command(DB, {"listIndexes": "events"})["cursor"]["firstBatch"]
        self.assertEqual([(i["name"], i["key"]) for i in indexes],
                         [("_id_", {"_id": 1}), ("userId_1__id_1", BY_USER), ("userId_1", {"userId": 1})])
        self.fails(26, {"listIndexes": "nothing"})
        client = self.other_server("--omit-index", "events.userId_1__id_1")
        indexes = client.command(DB, {"listIndexes": "events"})["cursor"]["firstBatch"]
        self.assertEqual([i["name"] for i in indexes], ["_id_", "userId_1"])
        self.fails(2, {"find": "events", "hint": "userId_1__id_1"}, client=client)

    def test_one_database_folder(self):
        server = Server(os.path.join(DUMP, DB))
        self.addCleanup(server.stop)
        with server.client() as client:
            self.assertEqual(len(client.find(DB, "events")[0]), len(EVENTS))

    def test_statistics(self):
        path = os.path.join(WORK, "stats.json")
        server = Server(DUMP, "--stats", path)
        with server.client() as client:
            client.command(DB, {"find": "events", "batchSize": 5})
            seen = client.command("admin", {"wireStats": 1})
        self.assertEqual((seen["documentsOut"], seen["openCursors"], seen["connections"]), (5, 1, 1))
        self.assertEqual(server.stop(), 0)
        with open(path) as file:
            written = json.load(file)
        self.assertEqual(written["commands"], {"find": 1, "wireStats": 1})
        self.assertGreater(written["bytesOut"], seen["bytesOut"])


class Reads(Case):
    def expect(self, found, expected):
        self.assertEqual([encode(d) for d in found], [encode(d) for d in expected])

    def test_orders(self):
        by_user = sorted(EVENTS, key=lambda d: sort_key(d, "userId", "_id"))
        by_id = sorted(EVENTS, key=lambda d: sort_key(d, "_id"))
        self.expect(self.client.find(DB, "events", sort=BY_USER)[0], by_user)
        self.expect(self.client.find(DB, "events", sort={"userId": -1, "_id": -1})[0], by_user[::-1])
        self.expect(self.client.find(DB, "events", sort={"_id": 1})[0], by_id)
        self.expect(self.client.find(DB, "events", hint="userId_1__id_1")[0], by_user)
        self.expect(self.client.find(DB, "events", hint={"$natural": 1})[0], EVENTS)
        mixed = sorted(by_id[::-1], key=lambda d: sort_key(d, "userId"))
        self.expect(self.client.find(DB, "events", sort={"userId": 1, "_id": -1})[0], mixed)

    def test_bounds(self):
        users = sorted({d["userId"] for d in EVENTS})
        one, two = users[3], users[11]
        of_one = sorted((d for d in EVENTS if d["userId"] == one), key=lambda d: sort_key(d, "_id"))
        middle = of_one[len(of_one) // 3]["_id"]
        self.assertIsInstance(middle, str)
        cases = [
            ({"userId": one}, lambda d: d["userId"] == one),
            ({"userId": {"$gt": one, "$lte": two}}, lambda d: one < d["userId"] <= two),
            ({"userId": {"$gte": one}}, lambda d: d["userId"] >= one),
            ({"userId": {"$lt": two}}, lambda d: d["userId"] < two),
            ({"userId": {"$in": [two, one, one, "nobody"]}}, lambda d: d["userId"] in (one, two)),
            ({"userId": one, "_id": {"$gt": middle}},
             lambda d: d["userId"] == one and isinstance(d["_id"], str) and d["_id"] > middle),
            ({"userId": {"$gt": one}, "_id": {"$gt": middle}},
             lambda d: d["userId"] > one and isinstance(d["_id"], str) and d["_id"] > middle),
            ({"$and": [{"userId": {"$gte": one}}, {"userId": {"$lt": two}}], "type": {"$exists": True}},
             lambda d: one <= d["userId"] < two and "type" in d),
            ({"$or": [{"userId": one, "_id": {"$gt": middle}}, {"userId": {"$gt": one}}]},
             lambda d: (d["userId"] == one and isinstance(d["_id"], str) and d["_id"] > middle) or d["userId"] > one),
            ({"_id": middle}, lambda d: d["_id"] == middle),
            ({"userId": {"$gt": 5}}, lambda d: False),
        ]
        for filter, wanted in cases:
            for fields in (("userId", "_id"), ("_id",)):
                with self.subTest(filter=filter, sort=fields):
                    expected = sorted(filter_list(EVENTS, wanted), key=lambda d: sort_key(d, *fields))
                    found = self.client.find(DB, "events", filter, sort={f: 1 for f in fields})[0]
                    self.expect(found, expected)
                    n = self.client.command(DB, {"count": "events", "query": filter})["n"]
                    self.assertEqual(n, len(expected))

    def test_batches(self):
        self.assertEqual(self.client.find(DB, "events")[1], [101, len(EVENTS) - 101])
        self.assertEqual(self.client.find(DB, "events", more={"batchSize": 1000}, batchSize=0)[1][:2], [0, 1000])
        limited, sizes = self.client.find(DB, "events", more={"batchSize": 4}, batchSize=4, limit=10, skip=3)
        self.assertEqual(sizes, [4, 4, 2])
        self.expect(limited, EVENTS[3:13])
        once = self.client.command(DB, {"find": "events", "batchSize": 4, "singleBatch": True})["cursor"]
        self.assertEqual((len(once["firstBatch"]), once["id"]), (4, 0))
        self.assertEqual(self.client.find(DB, "nothing"), ([], [0]))
        self.fails(2, {"getMore": self.open_cursor(), "collection": "events", "batchSize": 0})

    def test_reply_size(self):
        client = self.other_server("--max-reply-bytes", "20000")
        found, sizes = client.find(DB, "events", sort={"_id": 1}, batchSize=100000)
        self.expect(found, sorted(EVENTS, key=lambda d: sort_key(d, "_id")))
        self.assertGreater(len(sizes), sum(len(encode(d)) for d in EVENTS) // 20000)

    def test_projection(self):
        found = self.client.find(DB, "events", projection={"userId": 1})[0]
        self.expect(found, [{k: v for k, v in d.items() if k in ("_id", "userId")} for d in EVENTS])
        found = self.client.find(DB, "events", projection={"userId": 1, "_id": 0})[0]
        self.expect(found, [{"userId": d["userId"]} for d in EVENTS])

    def test_hint(self):
        self.client.find(DB, "events", hint=BY_USER)
        self.fails(2, {"find": "events", "hint": "no_such"})
        self.fails(2, {"find": "events", "hint": {"time": 1}})

    def test_sessions(self):
        mine, other = {"id": Uuid(b"1" * 16)}, {"id": Uuid(b"2" * 16)}
        cursor = self.open_cursor(lsid=mine)
        more = {"getMore": cursor, "collection": "events", "batchSize": 2}
        self.fails(50738, {**more, "lsid": other})
        self.fails(50737, more)
        self.client.command(DB, {**more, "lsid": mine})
        self.client.command("admin", {"killSessions": [mine]})
        self.fails(43, {**more, "lsid": mine})
        self.fails(50736, {**more, "getMore": self.open_cursor(), "lsid": mine})
        self.client.command("admin", {"endSessions": [mine]})

    def test_cursors(self):
        cursor = self.open_cursor()
        more = {"getMore": cursor, "collection": "events", "batchSize": 2}
        self.fails(13, {**more, "collection": "streams"})
        before = self.stats()
        killed = self.client.command(DB, {"killCursors": "events", "cursors": [cursor, Int64(12345)]})
        self.assertEqual((killed["cursorsKilled"], killed["cursorsNotFound"]), ([cursor], [12345]))
        after = self.stats()
        self.assertEqual(after["openCursors"], before["openCursors"] - 1)
        self.assertEqual(after["killedCursors"], before["killedCursors"] + 1)
        self.assertEqual(self.fails(43, more).name, "CursorNotFound")

    def test_count_and_sizes(self):
        self.assertEqual(self.client.command(DB, {"count": "events"})["n"], len(EVENTS))
        self.assertEqual(self.client.command(DB, {"count": "events", "limit": 7, "skip": 1})["n"], 7)
        self.assertEqual(self.client.command(DB, {"count": "nothing"})["n"], 0)
        size = os.path.getsize(os.path.join(DUMP, DB, "events.bson"))
        stats = self.client.command(DB, {"collStats": "events"})
        self.assertEqual((stats["count"], stats["size"], stats["avgObjSize"]),
                         (len(EVENTS), size, size // len(EVENTS)))
        pipeline = [{"$collStats": {"storageStats": {}}}]
        row = self.client.command(DB, {"aggregate": "events", "pipeline": pipeline, "cursor": {}})
        self.assertEqual(row["cursor"]["firstBatch"][0]["storageStats"]["size"], size)

    def test_distinct(self):
        users = sorted({d["userId"] for d in EVENTS})
        self.assertEqual(self.client.command(DB, {"distinct": "events", "key": "userId"})["values"], users)
        found = self.client.command(DB, {"distinct": "events", "key": "userId", "query": {"userId": {"$gt": users[4]}}})
        self.assertEqual(found["values"], users[5:])
        types = {d["type"] for d in EVENTS if "type" in d}
        self.assertEqual(set(self.client.command(DB, {"distinct": "events", "key": "type"})["values"]), types)

    def test_distinct_too_big(self):
        folder = os.path.join(WORK, "wide", "db")
        os.makedirs(folder)
        with open(os.path.join(folder, "c.bson"), "wb") as file:
            for i in range(18):
                file.write(encode({"_id": i, "k": f"{i:02}" + "x" * (1 << 20)}))
        server = Server(os.path.dirname(folder))
        self.addCleanup(server.stop)
        with server.client() as client:
            self.fails(17217, {"distinct": "c", "key": "k"}, "db", client)
            found = client.command("db", {"distinct": "c", "key": "k", "query": {"_id": {"$lt": 10}}})
            self.assertEqual(len(found["values"]), 10)

    def test_aggregate(self):
        group = {"$group": {"_id": "$userId", "n": {"$sum": 1}, "last": {"$max": "$_id"}, "first": {"$min": "$_id"}}}
        match = {"$match": {"type": {"$exists": True}}}

        def ask(*pipeline, client=self.client, **cursor):
            reply = client.command(DB, {"aggregate": "events", "pipeline": list(pipeline), "cursor": cursor})
            return reply["cursor"]

        rows = {}
        for d in filter_list(EVENTS, lambda d: "type" in d):
            rows.setdefault(d["userId"], []).append(d["_id"])
        expected = []
        for user in sorted(rows):
            ids = sorted(rows[user], key=lambda i: (isinstance(i, ObjectId), i))
            expected.append({"_id": user, "n": len(ids), "last": ids[-1], "first": ids[0]})
        self.expect(ask(match, group, {"$sort": {"_id": 1}})["firstBatch"], expected)
        self.expect(ask(match, group, {"$sort": {"_id": -1}})["firstBatch"], expected[::-1])
        first = ask(match, group, {"$sort": {"_id": 1}}, batchSize=3)
        self.expect(first["firstBatch"], expected[:3])
        rest = self.client.command(DB, {"getMore": Int64(first["id"]), "collection": "events"})["cursor"]
        self.expect(rest["nextBatch"], expected[3:])
        self.assertEqual(ask(match, {"$count": "n"})["firstBatch"], [{"n": sum(map(len, rows.values()))}])
        self.fails(40324, {"aggregate": "events", "pipeline": [match, {"$lookup": {}}], "cursor": {}})
        client = self.other_server("--no-max")
        self.fails(15952, {"aggregate": "events", "pipeline": [group], "cursor": {}}, client=client)

    def test_snapshot(self):
        concern = {"level": "snapshot"}
        self.fails(123, {"find": "events", "readConcern": concern})
        client = self.other_server("--replica-set", "rs0")
        reply = client.command(DB, {"find": "events", "readConcern": concern})
        at = reply["cursor"]["atClusterTime"]
        self.assertEqual(len(reply["cursor"]["firstBatch"]), 101)
        again = {"find": "events", "readConcern": {**concern, "atClusterTime": at}}
        self.assertEqual(client.command(DB, again)["cursor"]["atClusterTime"], at)


class Matching(Case):
    def ids(self, filter):
        return {d["_id"] for d in self.client.find("odd", "values", filter)[0]}

    def test_order_of_values(self):
        found = self.client.find("odd", "values", {"_id": {"$nin": ["list", "none"]}}, sort={"v": 1})[0]
        # Missing and null are equal: they come in the order of the file.
        expected = [name for name, _ in ODD]
        self.assertEqual([d["_id"] for d in found if d["_id"] not in ("missing", "null")],
                         [name for name in expected if name not in ("missing", "null")])
        self.assertEqual({d["_id"] for d in found[1:3]}, {"missing", "null"})

    def test_filters(self):
        numbers = {"nan", "-1", "2", "2.5", "big"}
        all_ids = {name for name, _ in ODD + LISTS}
        for filter, expected in [
            ({"v": 2}, {"2"}),
            ({"v": 2.0}, {"2"}),
            ({"v": float(1 << 53)}, set()),
            ({"v": {"$gt": float(1 << 53)}}, {"big"}),
            ({"v": {"$eq": "a"}}, {"a"}),
            ({"v": "b"}, {"list"}),
            ({"v": [1, "b", 30]}, {"list"}),
            ({"v": {"$gt": "a"}}, {"ab", "é", "list"}),
            ({"v": {"$gte": "a"}}, {"a", "ab", "é", "list"}),
            ({"v": {"$lt": "ab"}}, {"empty", "a"}),
            ({"v": {"$lt": 2}}, {"-1", "list"}),
            ({"v": {"$lte": 2, "$gt": -1}}, {"2", "list"}),
            ({"v": float("nan")}, {"nan"}),
            ({"v": None}, {"null", "missing"}),
            ({"v": {"$ne": None}}, all_ids - {"null", "missing"}),
            ({"v": {"$gte": None}}, {"null", "missing"}),
            ({"v": {"$gt": None}}, set()),
            ({"v": {"$exists": False}}, {"missing"}),
            ({"v": {"$exists": True}}, all_ids - {"missing"}),
            ({"v": {"$in": ["a", 2, None]}}, {"a", "2", "null", "missing"}),
            ({"v": {"$nin": ["a", 2, None]}}, all_ids - {"a", "2", "null", "missing"}),
            ({"v": {"$not": {"$gt": 0}}}, all_ids - {"2", "2.5", "big", "list"}),
            ({"v": {"$type": "number"}}, numbers | {"list"}),
            ({"v": {"$type": "array"}}, {"list", "none"}),
            ({"v": {"$type": ["bool", 9, "objectId"]}}, {"true", "false", "date", "oid"}),
            ({"v": {"$type": "long"}}, {"2", "big"}),
            ({"v": {"$type": 10}}, {"null"}),
            ({"v": {"$type": -1}}, {"min"}),
            ({"v": {"$gt": MinKey}}, all_ids - {"min"}),
            ({"v.x": 1}, {"object"}),
            ({"v.y.z": 7}, {"object"}),
            ({"v.1": "b"}, {"list"}),
            ({"v": {"x": 1, "y": [{"z": 7}]}}, {"object"}),
            ({"v": b"\1\2"}, {"binary"}),
            ({"v": Date(-5)}, {"date"}),
            ({"v": {"$lt": True}}, {"false"}),
            ({"$or": [{"v": "a"}, {"v": True}]}, {"a", "true"}),
            ({"$and": [{"v": {"$gt": 0}}, {"v": {"$lt": 2.5}}]}, {"2", "list"}),
            ({"$nor": [{"v": {"$exists": True}}, {"_id": "x"}]}, {"missing"}),
            ({"_id": "a", "v": "a"}, {"a"}),
            ({"_id": {"$gte": "2", "$lt": "3"}}, {"2", "2.5"}),
            ({"_id": {"$in": ["a", "ab", "zz"]}, "v": {"$ne": "a"}}, {"ab"}),
        ]:
            with self.subTest(filter=filter):
                self.assertEqual(self.ids(filter), expected)
                n = self.client.command("odd", {"count": "values", "query": filter})["n"]
                self.assertEqual(n, len(expected))

    def test_refused(self):
        for filter in ({"v": {"$near": 1}}, {"$expr": 1}, {"$or": []}, {"v": Regex("a")}, {"v": {"$in": 1}},
                       {"v": {"$type": "thing"}}):
            with self.subTest(filter=filter):
                self.fails(2, {"find": "values", "filter": filter}, "odd")


class Rights(Case):
    OPTIONS = ("--user", "v1,=reader", "--password", "p w", "--deny", "profile")

    def test_asked_for(self):
        self.fails(13, {"find": "events"})
        self.client.command("admin", {"ping": 1})
        asked = {"hello": 1, "saslSupportedMechs": "admin.v1,=reader"}
        self.assertEqual(self.client.command("admin", asked)["saslSupportedMechs"], ["SCRAM-SHA-256"])

    def test_right_password(self):
        for skip in (True, False):
            client = self.connect()
            client.scram("v1,=reader", "p w", skip)
            self.assertEqual(len(client.find(DB, "events")[0]), len(EVENTS))
        client = self.connect()
        client.plain("v1,=reader", "p w")
        client.find(DB, "events")

    def test_wrong_password(self):
        for user, password in (("v1,=reader", "p"), ("other", "p w")):
            for login in (self.client.scram, self.client.plain):
                with self.subTest(user=user, login=login.__name__), self.assertRaises(ServerError) as caught:
                    login(user, password)
                self.assertEqual((caught.exception.code, caught.exception.name), (18, "AuthenticationFailed"))
        self.fails(13, {"find": "events"})

    def test_denied(self):
        self.client.scram("v1,=reader", "p w")
        for command in ({"find": "profile"}, {"count": "profile"}, {"listIndexes": "profile"},
                        {"distinct": "profile", "key": "userId"}, {"aggregate": "profile", "pipeline": []},
                        {"getMore": Int64(1), "collection": "profile"}):
            with self.subTest(command=command):
                self.assertEqual(self.fails(13, command).name, "Unauthorized")
        self.client.command(DB, {"find": "streams"})


class Tls(unittest.TestCase):
    @unittest.skipUnless(shutil.which("openssl"), "no openssl to make a certificate with")
    def test_reads(self):
        import ssl
        key, certificate = os.path.join(WORK, "key.pem"), os.path.join(WORK, "cert.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        server = Server(DUMP, "--tls-cert", certificate, "--tls-key", key)
        self.addCleanup(server.stop)
        context = ssl.create_default_context(cafile=certificate)
        context.check_hostname = False
        with server.client(tls=context) as client:
            self.assertEqual(len(client.find(DB, "events")[0]), len(EVENTS))
            client.command("admin", {"wireFault": "cut=100"})
            with self.assertRaises((EOFError, ssl.SSLError, ConnectionResetError)):
                client.find(DB, "events")


class Faults(Case):
    def order(self, spec):
        self.client.command("admin", {"wireFault": spec})

    def find(self, **rest):
        return self.client.command(DB, {"find": "events", "batchSize": 3, "sort": BY_USER, **rest})["cursor"]

    def more(self, cursor, **rest):
        return self.client.command(DB, {"getMore": Int64(cursor), "collection": "events", "batchSize": 3, **rest})

    def lost(self, client=None):
        """What came before the connection ended, by the fault or, for want of one, by our side."""
        client = client or self.client
        client.send({"find": "events", "batchSize": 3, "$db": DB})
        client.socket.shutdown(socket.SHUT_WR)
        with self.assertRaises(EOFError) as caught:
            client.read(1 << 20)
        return caught.exception.args[0]

    def test_specs(self):
        for spec in ("explode", "cut", "drop=3", "delay=x", "delay=-1", "drop#0", "dropx0", "error=abc", "deep=9000000", ""):
            with self.subTest(spec):
                self.fails(2, {"wireFault": spec}, "admin")
                bad = subprocess.run([PROGRAM, DUMP, "--fault", spec], capture_output=True, timeout=60)
                self.assertEqual(bad.returncode, 2)

    def test_at_start(self):
        client = self.other_server("--fault", "error=91@count#2", "--fault", "error=189@ping")
        self.fails(189, {"ping": 1}, client=client)
        client.command(DB, {"count": "events"})
        self.fails(91, {"count": "events"}, client=client)
        client.command(DB, {"count": "events"})

    def test_nth_and_count(self):
        self.order("error=11600@find#2x2")
        outcomes = []
        for _ in range(5):
            try:
                self.find()
                outcomes.append(0)
            except ServerError as e:
                outcomes.append(e.code)
        self.assertEqual(outcomes, [0, 11600, 11600, 0, 0])
        self.order("error=10107:NotWritablePrimary@findx*")
        for _ in range(3):
            self.assertEqual(self.fails(10107, {"find": "events"}).name, "NotWritablePrimary")
        self.order("none")
        self.find()

    def test_default_commands(self):
        self.order("error=91#2")
        self.client.command(DB, {"count": "events"})
        cursor = self.find()["id"]
        with self.assertRaises(ServerError) as caught:
            self.more(cursor)
        self.assertEqual(caught.exception.code, 91)
        self.assertEqual(len(self.more(cursor)["cursor"]["nextBatch"]), 3)

    def test_drop(self):
        self.order("drop")
        self.assertEqual(self.lost(), b"")
        self.client = self.connect()
        self.find()

    def test_reset(self):
        self.order("reset")
        self.client.send({"find": "events", "$db": DB})
        with self.assertRaises(ConnectionResetError):
            self.client.read(1)

    def test_cut(self):
        for size in (1, 16, 500):
            with self.subTest(size):
                client = self.connect()
                client.command("admin", {"wireFault": f"cut={size}"})
                self.assertEqual(len(self.lost(client)), size)

    def test_delay(self):
        self.order("delay=200")
        start = time.monotonic()
        self.assertEqual(len(self.find()["firstBatch"]), 3)
        self.assertGreaterEqual(time.monotonic() - start, 0.2)

    def test_slow(self):
        expected = self.find(batchSize=20)["firstBatch"]
        self.order("slow=50000")
        start = time.monotonic()
        found = self.find(batchSize=20)["firstBatch"]
        self.assertEqual(found, expected)
        size = sum(len(encode(d)) for d in found)
        self.assertGreaterEqual(time.monotonic() - start, (size - 2500) / 50000 * 0.9)

    def test_silent(self):
        self.order("silent")
        self.client.socket.settimeout(0.2)
        self.client.send({"find": "events", "$db": DB})
        with self.assertRaises(TimeoutError):
            self.client.read(1)
        self.client = self.connect()
        self.find()

    def test_error_43_drops_the_cursor(self):
        cursor = self.find()["id"]
        self.order("error=43@getMore")
        before = self.stats()["openCursors"]
        for _ in range(2):
            with self.assertRaises(ServerError) as caught:
                self.more(cursor)
            self.assertEqual((caught.exception.code, caught.exception.name), (43, "CursorNotFound"))
        self.assertEqual(self.stats()["openCursors"], before - 1)

    def test_kill_cursor(self):
        self.order("kill-cursor@getMore#2")
        cursor = self.find()["id"]
        self.more(cursor)
        self.assertEqual(self.more(cursor)["cursor"]["id"], cursor)
        with self.assertRaises(ServerError) as caught:
            self.more(cursor)
        self.assertEqual(caught.exception.code, 43)

    def test_garbage(self):
        replies = []
        for spec in ("none", "garbage", "garbage"):
            with self.server.client() as client:
                client.command("admin", {"wireFault": spec})
                client.send({"find": "streams", "$db": DB})
                replies.append(client.message())
        good, bad, again = replies
        self.assertEqual(good[0][0], bad[0][0])
        self.assertEqual(len(good[1]), len(bad[1]))
        self.assertNotEqual(good[1], bad[1])
        self.assertEqual(bad[1], again[1])

    def test_length(self):
        for length in (-1, 5, 100000000):
            with self.subTest(length), self.server.client() as client:
                client.command("admin", {"wireFault": f"length={length}"})
                client.send({"find": "streams", "$db": DB})
                self.assertEqual(struct.unpack("<i", client.read(4))[0], length)

    def test_response_to(self):
        self.order("response-to")
        self.client.send({"find": "streams", "$db": DB})
        header, _ = self.client.message()
        self.assertNotEqual(header[2], self.client.last)
        self.find()

    def test_bad_document(self):
        self.order("bad-document")
        self.client.send({"find": "events", "$db": DB})
        _, rest = self.client.message()
        with self.assertRaisesRegex(ValueError, "length of a value"):
            decode(rest, 5)
        self.find()

    def test_deep(self):
        plain = self.find()["firstBatch"]
        self.order("deep=300")
        found = self.find()["firstBatch"]
        self.assertEqual([found[0], *found[2:]], plain)
        self.assertEqual(found[1]["userId"], plain[0]["userId"])
        self.assertTrue(plain[0]["_id"] < found[1]["_id"] < plain[1]["_id"])
        at, levels = found[1]["deep"], 0
        while "a" in at:
            at, levels = at["a"], levels + 1
        self.assertEqual((at, levels), ({}, 300))

    def test_refuse(self):
        cursor = self.find()["id"]
        bystander = self.connect()
        bystander.command("admin", {"ping": 1})
        self.order("refuse@getMore")
        self.client.send({"getMore": Int64(cursor), "collection": "events", "$db": DB})
        for client in (self.client, bystander):
            with self.assertRaises((EOFError, ConnectionResetError)):
                client.read(1)
        while True:
            try:
                self.client = self.connect()
                self.client.command("admin", {"ping": 1})
                break
            except (ConnectionError, EOFError):
                continue
        with self.assertRaises(ServerError) as caught:
            self.more(cursor)
        self.assertEqual(caught.exception.code, 43)
        self.find()

    def test_hello(self):
        for ask in ("hello", "isMaster"):
            with self.server.client() as client:
                self.order(f"drop@{ask}")
                with self.assertRaises(EOFError):
                    client.legacy_hello()


def filter_list(items, wanted):
    return [item for item in items if wanted(item)]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as WORK:
        sample = os.path.join(WORK, "v1")
        subprocess.run([SAMPLE, sample, "--users", "20", "--events", "2000", "--seed", "3"], check=True,
                       stdout=subprocess.DEVNULL)
        DUMP = os.path.join(sample, "dump")
        EVENTS = documents(os.path.join(DUMP, DB, "events.bson"))
        COLLECTIONS = sorted(n[:-5] for n in os.listdir(os.path.join(DUMP, DB)) if n.endswith(".bson"))
        os.mkdir(os.path.join(DUMP, "odd"))
        with open(os.path.join(DUMP, "odd", "values.bson"), "wb") as odd:
            for name, fields in LISTS + ODD[::-1]:
                odd.write(encode({"_id": name, **fields}))
        unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
