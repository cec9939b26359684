"""Runs programs under valgrind's callgrind and reads what it wrote (https://valgrind.org/docs/manual/cl-format.html)."""
import glob
import os
import re
import shutil
import subprocess
from collections import defaultdict

from .places import PerfError

NAME = re.compile(r"\((\d+)\)(?: (.*))?")


class Profile:
    """Instructions of one dump: `own` of each (object, function), `calls` with what they cost in all."""

    def __init__(self, lines):
        self.trigger = ""
        self.own = defaultdict(int)
        self.calls = defaultdict(lambda: defaultdict(int))
        self._names = {}
        self._read(lines)

    def _name(self, kind, text):
        match = NAME.fullmatch(text)
        if not match:
            return text
        if match[2] is not None:
            self._names[kind, match[1]] = match[2]
        return self._names[kind, match[1]]

    def _read(self, lines):
        state = {"ob": "", "fn": "", "cob": None, "cfn": ""}
        is_call = False
        for line in lines:
            line = line.rstrip("\n")
            key, equals, text = line.partition("=")
            if equals and key in ("ob", "fn", "cob", "cfn"):
                state[key] = self._name(key[-2:], text)
            elif equals and key == "calls":
                is_call = True
            elif line.startswith("desc: Trigger: Client Request: "):
                self.trigger = line.rpartition(": ")[2]
            elif line[:1].isdigit() or line[:1] in "+-*" and line:
                self._add(state, int(line.split()[-1]), is_call)
                is_call = False

    def _add(self, state, cost, is_call):
        function = (state["ob"], state["fn"])
        if not is_call:
            self.own[function] += cost
            return
        self.calls[function][state["cob"] or state["ob"], state["cfn"]] += cost
        state["cob"] = None

    def total(self, without=()):
        """Instructions outside the objects whose names begin with one of `without`."""
        return sum(cost for (where, _), cost in self.own.items() if not os.path.basename(where).startswith(tuple(without) or ("\0",)))


def run(command, folder, *options):
    """Profiles of a command, one per dump. The folder is for callgrind's files. Needs valgrind."""
    if not shutil.which("valgrind"):
        raise PerfError("valgrind is missing: tools/install-packages perf")
    file = os.path.join(folder, "callgrind.out")
    done = subprocess.run(["valgrind", "--quiet", "--tool=callgrind", "--callgrind-out-file=" + file, *options, *command],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PerfError("%s under callgrind ended with status %d: %s" % (os.path.basename(command[0]), done.returncode, done.stderr.strip()[-500:]))
    profiles = []
    for name in sorted(glob.glob(glob.escape(file) + "*")):
        with open(name, encoding="utf-8", errors="replace") as lines:
            profiles.append(Profile(lines))
        os.unlink(name)
    return profiles, done.stdout
