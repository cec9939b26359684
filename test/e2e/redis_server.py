"""A real redis-server for tests: on a free loopback port and a Unix socket, nothing on disk but its folder."""
import os
import shutil
import socket
import subprocess
import tempfile


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(*words):
    """A command as the server reads it."""
    out = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else str(word).encode()
        out.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(out)


class RedisServer:
    """Started by `with`; killed at its end, whatever happened in between."""

    def __init__(self, *options):
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="redis-")
        self.socket = os.path.join(self.folder, "redis.sock")
        self.process = None
        self.port = None

    def __enter__(self):
        # Another process may take the port between its choice and its use.
        for _ in range(5):
            self.port = free_port()
            if self.start():
                return self
        raise RuntimeError("redis-server does not start: " + self.log())

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        path = os.path.join(self.folder, "log")
        if not os.path.exists(path):
            return ""
        with open(path, errors="replace") as file:
            return file.read()

    def start(self):
        port = [] if "--tls-port" in self.options else ["--port", str(self.port)]
        options = [str(self.port) if option == "PORT" else option for option in self.options]
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--unixsocket", self.socket, "--unixsocketperm", "600", "--save", "",
             "--appendonly", "no", "--dir", self.folder, "--logfile", os.path.join(self.folder, "log")] + port + options,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while self.process.poll() is None:
            try:
                with self.connect() as probe:
                    probe.sendall(command("PING"))
                    return bool(probe.recv(64))
            except OSError:
                if "Ready to accept connections" in self.log():
                    return True
        return False

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(self.socket)
        except OSError:
            client.close()
            raise
        return client

    def load(self, commands, password=None):
        """Sends commands (bytes, an iterable) and waits until all are answered."""
        with self.connect() as client, client.makefile("rb") as file:
            if password:
                client.sendall(command("AUTH", password))
                file.readline()
            batch, count = [], 0

            def settle():
                nonlocal batch, count
                client.sendall(b"".join(batch))
                for _ in range(count):
                    answer = file.readline()
                    if answer[:1] == b"-":
                        raise RuntimeError(answer)
                    if answer[:1] == b"$" and int(answer[1:]) >= 0:
                        file.read(int(answer[1:]) + 2)
                batch, count = [], 0

            for each in commands:
                batch.append(each)
                count += 1
                if count == 1000:
                    settle()
            settle()

    def ask(self, *words, password=None):
        """The first line of the answer, without its type."""
        with self.connect() as client, client.makefile("rb") as file:
            if password:
                client.sendall(command("AUTH", password))
                file.readline()
            client.sendall(command(*words))
            return file.readline()[1:].strip().decode()
