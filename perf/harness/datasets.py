"""Deployments on disk, made once: a folder's name says which generator made it with which options."""
import fcntl
import hashlib
import json
import os
import shutil
import subprocess

from . import places
from .places import PerfError

COLLECTIONS = ("events", "streams", "accesses", "profile", "webhooks")


def generator_version(folder=places.GENERATOR_SOURCES):
    """A digest of the generator's sources: other sources, other data."""
    digest = hashlib.sha256()
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            digest.update(name.encode() + b"\0" + file.read())
    return digest.hexdigest()


def key_of(options, version):
    return hashlib.sha256(json.dumps([version, options]).encode()).hexdigest()[:12]


def size_of(folder):
    """Bytes of all files below a folder."""
    total = 0
    for parent, _, names in os.walk(folder):
        total += sum(os.lstat(os.path.join(parent, name)).st_size for name in names)
    return total


class Deployment:
    """One folder that make-sample wrote."""

    def __init__(self, folder):
        self.folder = folder
        self.dump = os.path.join(folder, "dump")
        self.config = os.path.join(folder, "configs", "api.yml")
        self.users = os.path.join(folder, "var-pryv", "users")
        self.expected_file = os.path.join(folder, "expected.json")

    def expected(self):
        """`totals` and `documents` of expected.json."""
        with open(self.expected_file, encoding="utf-8") as file:
            expected = json.load(file)
        return expected["totals"], expected["documents"]

    def source_bytes(self):
        """Bytes that an export has to read: documents, users' databases, attachments."""
        total = size_of(self.users)
        for name in COLLECTIONS:
            path = os.path.join(self.dump, "pryv-node", name + ".bson")
            total += os.path.getsize(path) if os.path.exists(path) else 0
        return total

    def warm(self):
        """Reads every file once, so that all runs find them in the page cache."""
        for parent, _, names in os.walk(self.folder):
            for name in names:
                with open(os.path.join(parent, name), "rb", buffering=0) as file:
                    while file.read(1 << 20):
                        pass


class Cache:
    """Deployments below one folder, which holds `most_bytes` at most."""

    def __init__(self, folder, most_bytes, generator=places.MAKE_SAMPLE, version=None, say=lambda text: None):
        self.folder = folder
        self.most_bytes = most_bytes
        self.generator = generator
        self.version = version or generator_version()
        self.say = say

    def get(self, name, options, estimate):
        """The deployment made with `options`, generated when it is not there."""
        os.makedirs(self.folder, exist_ok=True)
        folder = os.path.join(self.folder, "%s-%s" % (name, key_of(options, self.version)))
        with open(os.path.join(self.folder, ".lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(folder):
                self._check_space(name, estimate)
                self._generate(folder, options)
        return Deployment(folder)

    def entries(self):
        """(name, bytes) of what is there, parts of generations that were broken off included."""
        names = sorted(name for name in os.listdir(self.folder) if name != ".lock") if os.path.isdir(self.folder) else []
        return [(name, size_of(os.path.join(self.folder, name))) for name in names]

    def _check_space(self, name, estimate):
        used = sum(size for _, size in self.entries())
        free = shutil.disk_usage(self.folder).free
        if used + estimate > self.most_bytes:
            raise PerfError("data set %s needs about %s; %s already holds %s of the %s that --data-cap allows: give a smaller "
                            "--scale, remove folders there, or raise the cap"
                            % (name, _bytes(estimate), self.folder, _bytes(used), _bytes(self.most_bytes)))
        if estimate > free * 0.9:
            raise PerfError("data set %s needs about %s and %s has %s free: give a smaller --scale or another --data"
                            % (name, _bytes(estimate), self.folder, _bytes(free)))

    def _generate(self, folder, options):
        partial = folder + ".partial"
        shutil.rmtree(partial, ignore_errors=True)
        self.say("making %s" % os.path.basename(folder))
        made = subprocess.run([self.generator, partial, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True, check=False)
        if made.returncode != 0:
            shutil.rmtree(partial, ignore_errors=True)
            raise PerfError("make-sample failed: " + made.stderr.strip())
        os.rename(partial, folder)


def _bytes(number):
    return "%.1f GB" % (number / 1e9)
