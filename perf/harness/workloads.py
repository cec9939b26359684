"""The workloads: what data, in which size, from where."""
from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Workload:
    name: str
    about: str
    sources: tuple                  # of "dump", "wire", "redis"
    deployments: Callable           # scale -> one list of make-sample's options per deployment
    estimate: Callable              # scale -> bytes on disk, all deployments together
    register_users: Callable = None  # scale -> users of a register in Redis


def _sized(number, scale, least=1):
    return str(max(least, round(number * scale)))


def _core(*options):
    return ["--seed", "1", "--no-wal", *options]


PLAIN = ["--attachments-per-user", "0", "--audit-per-user", "0"]
EVENT_BYTES = 500
EMPTY_USER_BYTES = 110_000  # two SQLite files


def _huge_user(scale):
    return [_core("--users", "1", "--events", _sized(10_000_000, scale), *PLAIN)]


def _heavy_tail(scale):
    return [_core("--users", _sized(1_000, scale, 20), "--events", _sized(10_000_000, scale), "--one-big-user", "0.5",
                  "--attachments-per-user", "0", "--audit-per-user", "20")]


def _tiny_users(scale):
    return [_core("--users", _sized(100_000, scale, 100), "--events", _sized(500_000, scale), "--distribution", "even",
                  "--attachments-per-user", "0", "--audit-per-user", "2", "--streams-per-user", "3", "--accesses-per-user", "2")]


def _attachments(scale):
    return [_core("--users", "20", "--events", _sized(40_000, scale, 400), "--distribution", "even", "--attachments-per-user",
                  str(1_000 * scale), "--attachment-bytes", "20000", "--large-attachments", "20", "--large-attachment-bytes",
                  _sized(200_000_000, scale), "--audit-per-user", "0")]


def _audit(scale):
    return [_core("--users", "20", "--events", _sized(20_000, scale, 200), "--attachments-per-user", "0", "--audit-per-user",
                  str(250_000 * scale))]


def _three_cores(scale):
    return [["--seed", str(seed), "--no-wal", "--users", _sized(1_000, scale, 10), "--events", _sized(2_000_000, scale),
             "--attachments-per-user", "0", "--audit-per-user", "20"] for seed in (1, 2, 3)]


def _events(number, users=0):
    return lambda scale: int(number * scale * EVENT_BYTES * 1.1 + max(users * scale, 20) * EMPTY_USER_BYTES)


ALL = {each.name: each for each in (
    Workload("huge-user", "one user with 10,000,000 events", ("dump", "wire"), _huge_user, _events(10_000_000)),
    Workload("heavy-tail", "1,000 users, 10,000,000 events, one user has half of them", ("dump", "wire"), _heavy_tail,
             _events(10_000_000, 1_000)),
    Workload("tiny-users", "100,000 users with 5 events each", ("dump", "wire"), _tiny_users, _events(1_200_000, 100_000)),
    Workload("attachments", "20,000 small attachments (20 KB) and 20 large ones (200 MB)", ("dump",), _attachments,
             lambda scale: int(20_000 * scale * 24_000 + 20 * 200_000_000 * scale + 10_000_000)),
    Workload("audit", "20 users with 250,000 audit rows each", ("dump",), _audit,
             lambda scale: int(5_000_000 * scale * 700 + 10_000_000)),
    Workload("three-cores", "three cores with 2,000,000 events each, exported as one job", ("dump", "wire"), _three_cores,
             _events(6_000_000, 3_000)),
    Workload("register", "a register of 200,000 users in Redis", ("redis",), lambda scale: [], lambda scale: 0,
             lambda scale: max(1_000, round(200_000 * scale))),
)}
