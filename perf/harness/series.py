"""One workload from one source: contestants take turns, so that a machine whose speed drifts treats all alike."""
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass, field

from . import checks, contestants, measure, servers, verdict
from .datasets import size_of
from .verdict import LOOKS


@dataclass
class Plan:
    runs: int = 5
    most_runs: int = LOOKS[-1]
    output_parent: str = "/dev/shm"
    rivals: list = field(default_factory=list)
    thorough: bool = False
    limit: bool = True
    trace_folder: str = ""
    min_effect: float = verdict.MIN_EFFECT
    say: callable = lambda text: None


class Series:
    def __init__(self, workload, source, deployments, plan, users=0):
        self.workload = workload
        self.source = source
        self.deployments = deployments
        self.plan = plan
        self.users = users
        self.servers, self.stopped = [], []
        self.redis = None

    def measure(self):
        """The result as JSON will have it."""
        for each in self.deployments:
            each.warm()
        with tempfile.TemporaryDirectory(prefix="pryv-export-perf-", dir=self.plan.output_parent) as self.folder:
            counts, size = self.with_servers(self._first_run)
            counts.update(servers.commands_of(self.stopped) if self.stopped else {})
            costs, limits = self.with_servers(self._rounds)
        base, *rivals = costs
        verdicts = {each: asdict(self._judge(costs, base, each)) for each in rivals}
        return {"workload": self.workload.name, "source": self.source, "size": size, "counts": counts,
                "contestants": {name: [_plain(cost) for cost in runs] for name, runs in costs.items()},
                "limit": limits, "verdicts": verdicts}

    def with_servers(self, action):
        """action(scene) between the start and the end of the servers."""
        self._start_servers()
        scene = None
        try:
            scene = contestants.Scene(self.workload, self.source, self.deployments, [each.uri for each in self.servers],
                                      self.redis.port if self.redis else None, self.users)
            return action(scene)
        finally:
            if scene:
                scene.close()
            self._stop_servers()

    def _start_servers(self):
        if self.source == "wire":
            self.servers = [servers.WireServer(each.dump) for each in self.deployments]
        if self.source == "redis":
            self.redis = servers.RegisterServer(self.users)
            self.redis.start_and_fill()

    def _stop_servers(self):
        for each in self.servers:
            each.stop()
        if self.redis:
            self.redis.stop()
        self.stopped, self.servers, self.redis = self.servers, [], None

    def _limit(self):
        if not self.plan.limit:
            return None
        return contestants.RedisLoop(self._keys()) if self.redis else contestants.TightLoop()

    def _keys(self):
        return int(self.redis.ask("DBSIZE"))

    def _first_run(self, scene):
        """Not timed: what it asks of the kernel and the server, and whether the archive is right."""
        base, output = contestants.this_build(), self._output()
        cost, counts = measure.count(base.argv(scene, output))
        checks.check_cost(base.name, cost)
        checks.check_counts(scene, output)
        checks.check_archive(scene, output, self.plan.thorough)
        size = {"bytesOut": size_of(output), **self._input_size()}
        self._remove(output)
        if self.redis:
            counts["commands"] = servers.redis_commands(self.redis)
        return counts, size

    def _input_size(self):
        if self.redis:
            return {"records": self._keys(), "users": self.users, "bytesIn": self.redis.bytes}
        totals = [each.expected() for each in self.deployments]
        kinds = ("passwords", "keyValues", "audit", "files")
        records = sum(sum(each[kind] for kind in kinds) for each, _ in totals)
        records += sum(documents.get(name, 0) for _, documents in totals
                       for name in ("events", "streams", "accesses", "profile", "webhooks", "followedSlices"))
        return {"records": records, "users": sum(each["users"] for each, _ in totals),
                "bytesIn": sum(each.source_bytes() for each in self.deployments)}

    def _rounds(self, scene):
        exports = [contestants.this_build(), *(each for each in self.plan.rivals if each.fits(scene))]
        limit = self._limit()
        costs, limits = {each.name: [] for each in exports}, []
        count, base, *open_rivals = 0, *exports
        while count < self.plan.runs or open_rivals:
            running = [base, *open_rivals]
            for each in running if count % 2 == 0 else reversed(running):
                costs[each.name].append(self._run(scene, each))
            if limit and count < max(self.plan.runs, 5):
                limits.append(limit.measure(scene, os.path.join(self.folder, "limit")))
            count += 1
            self.plan.say("%s from %s: run %d, %.2f s" % (self.workload.name, self.source, count, costs[base.name][-1].wall))
            open_rivals = self._undecided(costs, base, open_rivals, count)
        if self.plan.trace_folder:
            self._trace(scene)
        return costs, limits

    def _undecided(self, costs, base, rivals, count):
        """The rivals that run on."""
        if count < self.plan.runs:
            return rivals
        if count >= self.plan.most_runs:
            return []
        if count not in LOOKS:
            return rivals
        return [each for each in rivals if self._judge(costs, base.name, each.name).word == "cannot tell"]

    def _judge(self, costs, base, rival):
        return verdict.judge_pairs([each.cpu for each in costs[base]], [each.cpu for each in costs[rival]],
                                   self.plan.min_effect)

    def _run(self, scene, contestant):
        output = self._output()
        cost = measure.run(contestant.argv(scene, output))
        checks.check_cost(contestant.name, cost)
        if contestant.is_export:
            checks.check_counts(scene, output)
        self._remove(output)
        return cost

    def _trace(self, scene):
        command = scene.arguments("")[0]
        if not contestants.knows_trace(command):
            self.plan.say("this build has no --trace for %s" % command)
            return
        output = self._output()
        file = os.path.join(self.plan.trace_folder, "trace-%s-%s.json" % (self.workload.name, self.source))
        checks.check_cost("the traced run", measure.run(contestants.this_build(["--trace", file]).argv(scene, output)))
        self._remove(output)

    def _output(self):
        return os.path.join(self.folder, "output")

    @staticmethod
    def _remove(output):
        shutil.rmtree(output, ignore_errors=True)
        if os.path.isfile(output):
            os.unlink(output)


def _plain(cost):
    return {"wall": round(cost.wall, 4), "user": round(cost.user, 4), "system": round(cost.system, 4), "peakBytes": cost.peak_bytes}
