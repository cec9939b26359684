"""Who runs: this build, the tight loop, and rivals on the same data and server."""
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile

from . import places
from .places import PerfError


class Scene:
    """What a series reads, as the words that a rival's command line may use."""

    def __init__(self, workload, source, deployments, uris=(), port=None, users=0):
        self.workload = workload
        self.source = source
        self.deployments = deployments
        self.uris = list(uris)
        self.port = port
        self.users = users  # of a register
        self.job_file = self._write_job() if len(deployments) > 1 else None

    def _source_of(self, index):
        return ("mongodump", self.deployments[index].dump) if self.source == "dump" else ("mongo-uri", self.uris[index])

    def _write_job(self):
        cores = {"co%d" % (i + 1): {"config": each.config, "users-path": each.users, **dict([self._source_of(i)])}
                 for i, each in enumerate(self.deployments)}
        with tempfile.NamedTemporaryFile("w", prefix="perf-job-", suffix=".yml", delete=False) as file:
            json.dump({"cores": cores}, file)  # JSON is YAML
        return file.name

    def close(self):
        if self.job_file:
            os.unlink(self.job_file)

    def arguments(self, output):
        """pryv-export's own, without the program."""
        quiet = ["--progress", "none", "--quiet"]
        if self.source == "redis":
            return ["register", output, "--redis-port", str(self.port), "--quiet"]
        if self.job_file:
            return ["run", self.job_file, "--output", output, *quiet]
        name, value = self._source_of(0)
        first = self.deployments[0]
        return ["core", first.config, output, "--" + name, value, "--users-path", first.users, *quiet]

    def words(self, output):
        first = self.deployments[0] if self.deployments else None
        return {"program": places.PROGRAM, "output": output, "uri": self.uris[0] if self.uris else "",
                "port": str(self.port or ""), "job": self.job_file or "", "dump": first.dump if first else "",
                "config": first.config if first else "", "users": first.users if first else "",
                "deployment": first.folder if first else ""}


class Contestant:
    def __init__(self, name, command, is_export=True):
        self.name = name
        self.command = command      # words with {placeholders}; "{arguments}" alone stands for several
        self.is_export = is_export  # writes an archive that can be checked

    def argv(self, scene, output):
        argv = []
        words = scene.words(output)
        for word in self.command:
            if word == "{arguments}":
                argv += scene.arguments(output)
            else:
                for name, value in words.items():
                    word = word.replace("{%s}" % name, value)
                argv.append(word)
        return argv

    def fits(self, scene):
        """False when its command line wants something that this series has not."""
        words = scene.words("")
        return all(words[name] or name == "output" for name in words if any("{%s}" % name in word for word in self.command))


def this_build(extra=()):
    return Contestant("this build", [places.PROGRAM, "{arguments}", *extra])


def parse_rival(text):
    """A build folder, a pryv-export, or a command line; NAME= before it names it."""
    name, value = _split_name(text)
    for program in (value, os.path.join(value, "pryv-export")):
        if os.path.isfile(program) and os.access(program, os.X_OK):
            return Contestant(name or value, [os.path.abspath(program), "{arguments}"])
    words = shlex.split(value)
    if not words or not (words[0] == "{program}" or shutil.which(words[0])):
        raise PerfError("--compare %s: neither a build folder, nor a program, nor a command line" % text)
    return Contestant(name or os.path.basename(words[0]), words, "{arguments}" in words)


def _split_name(text):
    head, equals, tail = text.partition("=")
    return (head, tail) if equals and re.fullmatch(r"[\w.-]+", head) else (None, text)


def knows_trace(command):
    """Whether this build has `--trace FILE` for a command: "core", "run", "register"."""
    return "--trace" in subprocess.run([places.PROGRAM, command, "--help"], capture_output=True, text=True, check=False).stdout


class TightLoop:
    """The limit: the same conversion, hashes and compression without all else."""
    name = "limit"

    def measure(self, scene, work):
        command = [places.TIGHT_LOOP, *(each.folder for each in scene.deployments), "--work", work]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        shutil.rmtree(work, ignore_errors=True)
        if done.returncode != 0:
            raise PerfError("the limit cannot be measured: " + done.stderr.strip())
        return json.loads(done.stdout)


class RedisLoop:
    """The limit of a register: as many HGETALL as there are keys, 500 in flight, of a client that looks at nothing."""
    name = "limit"

    def __init__(self, keys):
        self.keys = keys

    def measure(self, scene, work):
        return self.of_benchmark(scene.port, self.keys, 500)

    @staticmethod
    def of_benchmark(port, keys, in_flight):
        from .measure import run
        cost = run(["redis-benchmark", "-p", str(port), "-c", "1", "-P", str(in_flight), "-n", str(keys), "-q", "HGETALL",
                    "user000001:users"])
        if cost.status != 0:
            raise PerfError("redis-benchmark failed: " + cost.error)
        return {"threads": 1, "wall": cost.wall, "cpu": cost.cpu, "records": keys, "bytesIn": 0, "bytesOut": 0}
