"""As much BSON and MongoDB wire protocol as a test of a server needs, with the standard library alone."""
import base64
import hashlib
import hmac
import os
import socket
import struct


class Int64(int):
    pass


class ObjectId(bytes):
    pass


class Uuid(bytes):
    pass


class Date(int):
    pass


class Timestamp(int):
    pass


class Regex(str):
    pass


class MinKey:
    pass


class MaxKey:
    pass


def encode_value(value):
    """Type byte and bytes."""
    if value is None:
        return 0x0A, b""
    if isinstance(value, bool):
        return 0x08, bytes([value])
    if isinstance(value, float):
        return 0x01, struct.pack("<d", value)
    if isinstance(value, Regex):
        return 0x0B, value.encode() + b"\0\0"
    if isinstance(value, str):
        text = value.encode()
        return 0x02, struct.pack("<i", len(text) + 1) + text + b"\0"
    if isinstance(value, dict):
        return 0x03, encode(value)
    if isinstance(value, (list, tuple)):
        return 0x04, encode({str(i): item for i, item in enumerate(value)})
    if isinstance(value, ObjectId):
        return 0x07, bytes(value)
    if isinstance(value, bytes):
        return 0x05, struct.pack("<iB", len(value), 4 if isinstance(value, Uuid) else 0) + value
    if isinstance(value, Date):
        return 0x09, struct.pack("<q", value)
    if isinstance(value, Timestamp):
        return 0x11, struct.pack("<q", value)
    if isinstance(value, Int64) or not -(1 << 31) <= value < 1 << 31:
        return 0x12, struct.pack("<q", value)
    return 0x10, struct.pack("<i", value)


def encode(document):
    body = b""
    for key, value in document.items():
        if value is MinKey or value is MaxKey:
            kind, data = (0xFF if value is MinKey else 0x7F), b""
        else:
            kind, data = encode_value(value)
        body += bytes([kind]) + key.encode() + b"\0" + data
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def decode(data, at=0, as_list=False):
    """The document that begins there. Raises ValueError or struct.error on broken ones."""
    end = at + struct.unpack_from("<i", data, at)[0] - 1
    if end >= len(data) or end < at + 4 or data[end] != 0:
        raise ValueError("length or end of a document")
    found = {}
    at += 4
    while at < end:
        kind = data[at]
        nul = data.index(0, at + 1)
        key = data[at + 1:nul].decode()
        found[key], at = decode_value(kind, data, nul + 1, end)
    if at != end:
        raise ValueError("an element beyond its document")
    return list(found.values()) if as_list else found


def decode_value(kind, data, at, end):
    if kind in (0x06, 0x0A):
        return None, at
    if kind == 0x08:
        return data[at] == 1, at + 1
    fixed = {0x01: ("<d", float), 0x09: ("<q", Date), 0x10: ("<i", int), 0x11: ("<q", Timestamp), 0x12: ("<q", int)}
    if kind in fixed:
        form, kind_of = fixed[kind]
        return kind_of(struct.unpack_from(form, data, at)[0]), at + struct.calcsize(form)
    if kind == 0x07:
        return ObjectId(data[at:at + 12]), at + 12
    if kind in (0xFF, 0x7F):
        return MinKey if kind == 0xFF else MaxKey, at
    if kind == 0x0B:
        nul = data.index(0, at)
        return Regex(data[at:nul].decode()), data.index(0, nul + 1) + 1
    length = struct.unpack_from("<i", data, at)[0]
    if length < 0 or at + length > end:
        raise ValueError("length of a value")
    if kind in (0x03, 0x04):
        return decode(data, at, kind == 0x04), at + length
    if kind == 0x05:
        return bytes(data[at + 5:at + 5 + length]), at + 5 + length
    if kind in (0x02, 0x0D, 0x0E):
        return data[at + 4:at + 3 + length].decode(), at + 4 + length
    raise ValueError(f"type {kind:#x}")


def documents(path):
    with open(path, "rb") as file:
        data = file.read()
    at, found = 0, []
    while at < len(data):
        found.append(decode(data, at))
        at += struct.unpack_from("<i", data, at)[0]
    return found


class ServerError(Exception):
    def __init__(self, reply):
        super().__init__(reply.get("errmsg"))
        self.code = reply.get("code")
        self.name = reply.get("codeName")


class Client:
    def __init__(self, address, tls=None, timeout=60):
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=timeout)
        if tls:
            self.socket = tls.wrap_socket(self.socket)
        self.last = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def read(self, size):
        parts, left = [], size
        while left:
            part = self.socket.recv(min(left, 1 << 20))
            if not part:
                raise EOFError(b"".join(parts))
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def send(self, document, flags=0, extra=b"", tail=b""):
        self.last += 1
        body = struct.pack("<IB", flags, 0) + encode(document) + extra + tail
        self.socket.sendall(struct.pack("<iiii", 16 + len(body), self.last, 0, 2013) + body)

    def message(self):
        """Header and what is behind it."""
        header = struct.unpack("<iiii", self.read(16))
        if not 16 <= header[0] <= 64 << 20:
            raise ValueError(f"a message of {header[0]} bytes")
        return header, self.read(header[0] - 16)

    def receive(self):
        header, rest = self.message()
        if header[2] != self.last or header[3] != 2013:
            raise ValueError("not an answer to this request")
        if rest[:5] != b"\0\0\0\0\0":
            raise ValueError("flags or kind of section")
        return decode(rest, 5)

    def command(self, database, document, **options):
        self.send({**document, "$db": database}, **options)
        reply = self.receive()
        if reply["ok"] != 1:
            raise ServerError(reply)
        return reply

    def legacy_hello(self, command="isMaster"):
        self.last += 1
        body = struct.pack("<i", 4) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1) + encode({command: 1})
        self.socket.sendall(struct.pack("<iiii", 16 + len(body), self.last, 0, 2004) + body)
        header, rest = self.message()
        assert header[2:] == (self.last, 1), header
        assert struct.unpack_from("<iqii", rest)[3] == 1
        return decode(rest, 20)

    def find(self, database, collection, filter=None, more=None, **rest):
        """All documents, and how many came in each batch."""
        reply = self.command(database, {"find": collection, "filter": filter or {}, **rest})["cursor"]
        found, sizes = reply["firstBatch"], [len(reply["firstBatch"])]
        while reply["id"]:
            reply = self.command(database, {"getMore": Int64(reply["id"]), "collection": collection,
                                            **(more or {})})["cursor"]
            found += reply["nextBatch"]
            sizes.append(len(reply["nextBatch"]))
        return found, sizes

    def scram(self, user, password, skip_empty=True):
        nonce = base64.b64encode(os.urandom(18)).decode()
        bare = f"n={user.replace('=', '=3D').replace(',', '=2C')},r={nonce}"
        start = {"saslStart": 1, "mechanism": "SCRAM-SHA-256", "payload": f"n,,{bare}".encode(),
                 "options": {"skipEmptyExchange": skip_empty}}
        first = self.command("admin", start)["payload"].decode()
        given = dict(part.split("=", 1) for part in first.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(given["s"]), int(given["i"]))
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        without_proof = f"c=biws,r={given['r']}"
        message = f"{bare},{first},{without_proof}".encode()
        signature = hmac.digest(hashlib.sha256(client_key).digest(), message, "sha256")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature))).decode()
        last = self.command("admin", {"saslContinue": 1, "conversationId": 1,
                                      "payload": f"{without_proof},p={proof}".encode()})
        server_key = hmac.digest(salted, b"Server Key", "sha256")
        expected = b"v=" + base64.b64encode(hmac.digest(server_key, message, "sha256"))
        assert last["payload"] == expected, last
        if not skip_empty:
            assert not last["done"]
            last = self.command("admin", {"saslContinue": 1, "conversationId": 1, "payload": b""})
        assert last["done"]

    def plain(self, user, password):
        return self.command("$external", {"saslStart": 1, "mechanism": "PLAIN",
                                          "payload": f"\0{user}\0{password}".encode()})
