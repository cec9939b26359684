"""Servers that the workloads read from; each is started for one series and ends with it."""
import json
import os
import subprocess
import sys
import tempfile

from . import places
from .places import PerfError

sys.path.insert(0, os.path.join(places.ROOT, "test", "e2e"))
from redis_server import RedisServer, command  # noqa: E402


class WireServer:
    """tools/wire-server over a dump; `stats` when it has ended."""

    def __init__(self, dump):
        self.stats = {}
        self._stats_file = tempfile.NamedTemporaryFile("r")
        self._process = subprocess.Popen([places.WIRE_SERVER, dump, "--stats", self._stats_file.name],
                                         stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline()
        if not line:
            raise PerfError("wire-server does not start on " + dump)
        self.uri = "mongodb://%s/" % line.split()[-1]

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()
        text = self._stats_file.read()
        self.stats = json.loads(text) if text else {}
        self._stats_file.close()


def commands_of(servers):
    """What stopped wire servers counted together: commands by name, and their own CPU seconds."""
    commands, cpu = {}, 0.0
    for server in servers:
        cpu += server.stats.get("cpuSeconds", 0)
        for name, number in server.stats.get("commands", {}).items():
            commands[name] = commands.get(name, 0) + number
    return {"commands": commands, "serverCpu": cpu}


def register_commands(users):
    """A register as service-register keeps it."""
    for number in range(users):
        name = "user%06d" % number
        yield command("HSET", name + ":users", "username", name, "email", name + "@example.com", "language", "en", "id",
                      "ckabc%020d" % number, "invitationToken", "enjoy", "appId", "pryv-test", "referer", "hospital-A",
                      "registeredTimestamp", str(1625059369658 + number))
        yield command("SET", name + ":server", "co%d.example.com" % (number % 3))
        yield command("SET", name + "@example.com:email", name)
        if number % 10 == 0:
            yield command("HSET", "token%d:invitation" % number, "createdAt", "1597060326519", "createdBy", "admin")


def redis_commands(server):
    """Commands that a server got since the last call, by name."""
    with server.connect() as client, client.makefile("rb") as file:
        client.sendall(command("INFO", "commandstats"))
        text = file.read(int(file.readline()[1:])).decode()
        file.readline()
        client.sendall(command("CONFIG", "RESETSTAT"))
        file.readline()
    found = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":calls=")
        if rest:
            found[name[len("cmdstat_"):]] = int(rest.partition(",")[0])
    return {name: number for name, number in found.items() if name != "config|resetstat"}


class RegisterServer(RedisServer):
    """A redis-server with a register of so many users; `bytes` is what it was told."""

    def __init__(self, users):
        super().__init__()
        self.users = users
        self.bytes = 0

    def start_and_fill(self):
        self.__enter__()
        self.load(self._counted(register_commands(self.users)))
        redis_commands(self)

    def _counted(self, commands):
        for each in commands:
            self.bytes += len(each)
            yield each

    def stop(self):
        self.__exit__()
