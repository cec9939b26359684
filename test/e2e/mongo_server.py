"""A MongoDB server for tests, filled from dumps: MONGODB_URI, or mongod, or ferretdb-server.

    with MongoServer(LOAD_DUMP, FERRETDB_SERVER) as server:
        counts = server.load("v1/dump")
        ... server.uri ...
"""
import os
import shutil
import socket
import subprocess
import tempfile
import threading

LISTENING = "listening on "


class MongoServer:
    """`kind` says which one it is: "uri", "mongod" or "ferretdb"; given as an argument, it must be that one.

    Databases that a dump holds are dropped and filled anew, on a server named by MONGODB_URI too.
    """

    def __init__(self, load_dump, ferretdb_server, kind=None, options=()):
        self.load_dump, self.ferretdb_server = load_dump, ferretdb_server
        if kind is None:
            kind = "uri" if os.environ.get("MONGODB_URI") else "mongod" if shutil.which("mongod") else "ferretdb"
        self.kind, self.options = kind, options
        self.uri = self.process = self.folder = self.log = None

    def __enter__(self):
        try:
            if self.kind == "uri":
                self.uri = os.environ["MONGODB_URI"]
                return self
            self.folder = tempfile.mkdtemp()
            self.log = tempfile.TemporaryFile("w+")
            self.uri = "mongodb://%s/" % (self._mongod() if self.kind == "mongod" else self._ferretdb())
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def load(self, dump):
        """Drops the dump's databases, loads them; documents by "database.collection"."""
        return self._counts(dump, "--drop")

    def count(self, dump):
        """What the server says it has of the dump's collections."""
        return self._counts(dump, "--count")

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None
        if self.log:
            self.log.close()
            self.log = None
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def _counts(self, dump, option):
        result = subprocess.run([self.load_dump, dump, self.uri, option], capture_output=True, text=True)
        if result.returncode != 0:
            raise RuntimeError(result.stderr)
        return {name: int(count) for name, count in (line.rsplit(" ", 1) for line in result.stdout.splitlines())}

    def _start(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)

    def _fail(self, said):
        self.process.kill()
        self.process.wait()
        self.log.seek(0)
        raise RuntimeError("%s does not start: %s%s" % (self.kind, said, self.log.read()[-2000:]))

    def _ferretdb(self):
        # The server ends with us, however we end.
        self._start(self.ferretdb_server, "--folder", self.folder, "--until-stdin-closes", *self.options)
        line = self.process.stdout.readline()
        if not line.startswith(LISTENING):
            self._fail(line)
        return line[len(LISTENING):].strip()

    def _mongod(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._start("mongod", "--dbpath", self.folder, "--bind_ip", "127.0.0.1", "--port", str(port), *self.options)
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "Waiting for connections" in line:
                # Its log goes on; a full pipe would stop it.
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return "127.0.0.1:%d" % port
        self._fail("".join(said[-5:]))
