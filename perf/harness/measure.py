"""Runs one command and says what it cost."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

from .places import PerfError

LONGEST_RUN_S = 3600
LAUNCHER = os.path.join(os.path.dirname(os.path.realpath(__file__)), "launch.py")
EVENTS = "/sys/kernel/tracing/events/syscalls/sys_enter_"
NOTABLE = ("openat", "read", "pread64", "preadv", "write", "pwrite64", "writev", "fsync", "fdatasync", "syncfs", "rename",
           "renameat2", "mkdir", "mkdirat", "unlink", "unlinkat", "newfstatat", "copy_file_range", "recvmsg", "recvfrom",
           "sendmsg", "epoll_wait", "poll", "futex", "mmap", "munmap")


@dataclass
class Cost:
    """Of one run; of the process and its threads and children, not of the server or the harness."""
    wall: float
    user: float
    system: float
    peak_bytes: int
    status: int
    error: str = field(default="", repr=False)
    output: str = field(default="", repr=False)

    @property
    def cpu(self):
        return self.user + self.system


def run(command, timeout=LONGEST_RUN_S):
    """Cost of a command. Its stdin and stdout are not the terminal's; its last words are in `error`."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.NamedTemporaryFile("r") as report:
        process = subprocess.Popen([sys.executable, "-I", "-S", LAUNCHER, report.name, *command], stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=err, start_new_session=True)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise PerfError("%s was ended after %g seconds" % (command[0], timeout)) from error
        finally:
            _end_session(process)
        words = report.read().split()
        if words[:1] == ["error"]:
            raise PerfError("%s cannot be run: %s" % (command[0], os.strerror(int(words[1]))))
        wall, user, system = map(float, words[:3])
        return Cost(wall, user, system, int(words[3]) * 1024, os.waitstatus_to_exitcode(int(words[4])), _tail(err), _tail(out))


def _end_session(process):
    """Whatever the command has left behind."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _tail(file, most=65536):
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - most))
    return file.read().decode(errors="replace").strip()


def count(command, timeout=LONGEST_RUN_S):
    """One more run, counted: (cost, {"syscalls": …, "instructions": …}); what the machine does not allow is left out."""
    for counter in (_with_perf, _with_strace):
        counted = counter(command, timeout)
        if counted:
            return counted
    return run(command, timeout), {}


def _with_perf(command, timeout):
    known = [name for name in NOTABLE if os.path.isdir(EVENTS + name)]
    if not shutil.which("perf") or not known:
        return None
    events = ["raw_syscalls:sys_enter", *("syscalls:sys_enter_" + name for name in known), "instructions:u"]
    with tempfile.NamedTemporaryFile("r") as report:
        cost = run(["perf", "stat", "-x", ";", "-o", report.name, "-e", ",".join(events), "--", *command], timeout)
        counts = parse_perf(report.read())
    return (cost, counts) if counts else None


def parse_perf(text):
    """Counts of `perf stat -x ';'`; a line is value;unit;event;…"""
    counts = {}
    for line in text.splitlines():
        fields = line.split(";")
        if len(fields) < 3 or not fields[0].isdigit():
            continue
        value, event = int(fields[0]), fields[2]
        if event.startswith("instructions"):
            counts["instructions"] = value
        elif event.startswith("raw_syscalls:"):
            counts.setdefault("syscalls", {})["all"] = value
        elif value:
            counts.setdefault("syscalls", {})[event.rpartition("sys_enter_")[2]] = value
    return counts


def _with_strace(command, timeout):
    if not shutil.which("strace"):
        return None
    with tempfile.NamedTemporaryFile("r") as report:
        cost = run(["strace", "-f", "-c", "-o", report.name, *command], timeout)
        counts = parse_strace(report.read())
    return (cost, {"syscalls": counts}) if counts else None


def parse_strace(text):
    """Calls by name of `strace -c`."""
    counts = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 5 and words[0].replace(".", "").isdigit() and words[3].isdigit():
            name = "all" if words[-1] == "total" else words[-1]
            if name == "all" or name in NOTABLE:
                counts[name] = int(words[3])
    return counts
