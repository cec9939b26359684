"""What a figure depends on: machine, compiler, commit."""
import os
import platform
import re
import subprocess

from . import places


def describe():
    return {"cpu": _cpu(), "cores": os.cpu_count(), "memoryBytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "kernel": platform.release(), "compiler": compiler(), "load": round(os.getloadavg()[0], 1)}


def _cpu():
    found = {}
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            name, _, value = line.partition(":")
            found.setdefault(name.strip(), value.strip())
    model = found.get("model name", platform.machine())
    family = " (family %s, model %s)" % (found["cpu family"], found["model"]) if "cpu family" in found else ""
    return model + family


def compiler(build=places.BUILD):
    """Compiler and flags of the release build."""
    cache = {}
    try:
        with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as file:
            for line in file:
                match = re.match(r"([^:#]+):[^=]*=(.*)", line)
                if match:
                    cache[match[1]] = match[2].strip()
    except OSError:
        return "unknown"
    program = cache.get("CMAKE_CXX_COMPILER", "c++")
    version = subprocess.run([program, "-dumpfullversion", "-dumpversion"], capture_output=True, text=True, check=False).stdout.split()
    kind = cache.get("CMAKE_BUILD_TYPE", "")
    flags = " ".join((cache.get("CMAKE_CXX_FLAGS", "") + " " + cache.get("CMAKE_CXX_FLAGS_" + kind.upper(), "")).split())
    return "%s %s, %s" % (os.path.basename(program), version[0] if version else "", flags)


def commit():
    """Short hash, with + when the tree has changes that are not in it."""
    try:
        name = _git("rev-parse", "--short=10", "HEAD")
        return name + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def resolve(name):
    """The short hash of whatever git takes for a commit; `name` itself when git knows none."""
    try:
        return _git("rev-parse", "--short=10", "--verify", "--quiet", name.rstrip("+") + "^{commit}") + ("+" if name.endswith("+") else "")
    except (OSError, subprocess.CalledProcessError):
        return name


def _git(*arguments):
    return subprocess.run(["git", "-C", places.ROOT, *arguments], capture_output=True, text=True, check=True).stdout.strip()
