"""Results on disk: a folder per run, and one line per run in history.jsonl."""
import json
import os

from . import markdown, page, verdict
from .places import PerfError
from .summary import limit_ratios


class History:
    def __init__(self, folder):
        self.folder = folder
        self.file = os.path.join(folder, "history.jsonl")

    def all(self):
        if not os.path.exists(self.file):
            return []
        with open(self.file, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def add(self, result):
        """Writes result.json, report.md and report.html; gives their folder."""
        stamp = result["date"].replace(":", "").replace("-", "")[:15]
        folder = os.path.join(self.folder, "%s-%s" % (stamp, result["commit"].replace("+", "-changed")))
        os.makedirs(folder, exist_ok=True)
        with open(self.file, "a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        like = [each for each in self.all() if each["scale"] == result["scale"]]
        for name, text in (("result.json", json.dumps(result, indent=1) + "\n"), ("report.md", markdown.render(result)),
                           ("report.html", page.render(result, like))):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        return folder

    def of_commit(self, commit):
        """All that was measured of a commit at its last scale: {(workload, source): [series…]}."""
        found = [each for each in self.all() if each["commit"] == commit]
        if not found:
            known = ", ".join(dict.fromkeys(each["commit"] for each in self.all())) or "nothing"
            raise PerfError("no figures of %s in %s; there are those of %s" % (commit, self.file, known))
        series = {}
        for result in found:
            for each in result["series"]:
                series.setdefault((each["workload"], each["source"], result["scale"]), []).append(each)
        return series


def compare(first, second, min_effect=verdict.MIN_EFFECT):
    """Lines of verdicts on `second`, from two of History.of_commit. What was measured at different times is compared by its
    cost in units of the limit's, which the same machine paid in the same minute."""
    lines = []
    for key in first:
        if key not in second:
            continue
        base, other = _costs(first[key]), _costs(second[key])
        if base and other:
            lines.append(("%s, from %s" % key[:2], verdict.judge_samples(base, other, min_effect)))
    return lines


def _costs(measured):
    return [1 / ratio for each in measured for ratio in limit_ratios(next(iter(each["contestants"].values())), each["limit"] or [], "cpu")]
