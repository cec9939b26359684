"""As much of MongoDB's protocol as it takes to see the stored bytes, independent of any driver."""
import itertools
import socket
import struct

OP_MSG = 2013


def text(value):
    raw = value.encode()
    return struct.pack("<i", len(raw) + 1) + raw + b"\0"


def element(name, value):
    name = name.encode() + b"\0"
    if isinstance(value, str):
        return b"\x02" + name + text(value)
    if isinstance(value, float):
        return b"\x01" + name + struct.pack("<d", value)
    if isinstance(value, int):
        return b"\x12" + name + struct.pack("<q", value)
    if isinstance(value, dict):
        return b"\x03" + name + encode(value)
    if isinstance(value, list):
        return b"\x04" + name + encode({str(place): item for place, item in enumerate(value)})
    raise TypeError(value)


def encode(members):
    body = b"".join(element(name, value) for name, value in members.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


SIZES = {0x01: 8, 0x06: 0, 0x07: 12, 0x08: 1, 0x09: 8, 0x0A: 0, 0x10: 4, 0x11: 8, 0x12: 8, 0x13: 16}


def elements(document):
    """(name, type, bytes of the value) of one level."""
    at = 4
    while document[at] != 0:
        kind = document[at]
        end = document.index(0, at + 1)
        name, at = document[at + 1:end].decode(), end + 1
        if kind in (0x03, 0x04):
            size = struct.unpack_from("<i", document, at)[0]
        elif kind == 0x02:
            size = struct.unpack_from("<i", document, at)[0] + 4
        elif kind == 0x05:
            size = struct.unpack_from("<i", document, at)[0] + 5
        else:
            size = SIZES[kind]
        yield name, kind, document[at:at + size]
        at += size


def members(document):
    return {name: value for name, _, value in elements(document)}


class Connection:
    """To a server at mongodb://HOST:PORT/, without credentials."""

    def __init__(self, uri):
        host, port = uri.removeprefix("mongodb://").split("/")[0].rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), 60)
        self.ids = itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def command(self, database, members_):
        body = b"\0\0\0\0\0" + encode({**members_, "$db": database})
        self.socket.sendall(struct.pack("<4i", 16 + len(body), next(self.ids), 0, OP_MSG) + body)
        size = struct.unpack("<i", self._receive(16)[:4])[0] - 16
        reply = members(self._receive(size)[5:])
        if "errmsg" in reply:
            raise RuntimeError(reply["errmsg"][4:-1].decode())
        return reply

    def cursor(self, database, collection, members_):
        """All documents of a command that opens a cursor, as they came."""
        reply = members(self.command(database, members_)["cursor"])
        while True:
            for _, _, document in elements(reply.get("firstBatch") or reply["nextBatch"]):
                yield document
            cursor = struct.unpack("<q", reply["id"])[0]
            if cursor == 0:
                return
            reply = members(self.command(database, {"getMore": cursor, "collection": collection})["cursor"])

    def documents(self, database, collection):
        return self.cursor(database, collection, {"find": collection})

    def indexes(self, database, collection):
        for index in self.cursor(database, collection, {"listIndexes": collection}):
            yield members(index)["name"][4:-1].decode()

    def _receive(self, size):
        parts = bytearray()
        while len(parts) < size:
            part = self.socket.recv(size - len(parts))
            if not part:
                raise ConnectionError("the server closed the connection")
            parts += part
        return bytes(parts)
