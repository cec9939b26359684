#!/usr/bin/env python3
"""The page of --report FILE.html, from all commands that make one, looked at by a real browser.

Usage: page.py PRYV_EXPORT MAKE_SAMPLE [CASE...]
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

from browser import Browser
from redis_server import RedisServer, command

PROGRAM, SAMPLE = sys.argv[1:3]
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
EPOCH.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
HOSTILE = ["</script><script>document.title='x'</script>", "<!--<script>", "a\u2028b\u202ec", "\"'&<b>bold</b>",
           "<img src=x onerror=\"document.title='x'\">"]


def run(*words, status=0):
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, errors="replace", env=EPOCH)
    if done.returncode != status:
        raise AssertionError(f"{words}: exit status {done.returncode}: {done.stdout} {done.stderr}")
    return done


def export(source, output, *options, status=0):
    return run("core", source + "/configs/api.yml", output, "--mongodump", source + "/dump", "--progress", "none", *options,
               status=status)


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp(prefix="page-")
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.clean, cls.dirty = cls.shared + "/clean", cls.shared + "/dirty"
        for folder, options in ((cls.clean, ["--users", "6", "--events", "900"]),
                                (cls.dirty, ["--users", "6", "--events", "900", "--dirty"])):
            subprocess.run([SAMPLE, folder, "--seed", "5", *options], check=True, stdout=subprocess.DEVNULL)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="page-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def load(self, path, *more):
        page = self.browser.load(path, *more)
        self.assertEqual(page.complaints, [])
        return page


class Commands(Case):
    def test_core_and_inspect_make_the_same_page_each_time(self):
        export(self.dirty, self.path("out"), "--report", self.path("a.HTML"), "--report", self.path("a.json"), status=3)
        run("inspect", self.path("out"), "--report", self.path("b.html"))
        self.assertEqual(text_of(self.path("a.HTML")), text_of(self.path("b.html")))
        self.assertEqual(text_of(self.path("a.json")), text_of(self.path("out/report.json")))
        report = json.loads(text_of(self.path("a.json")))
        page = self.load(self.path("b.html"))
        self.assertIn("Export finished, but not complete", page.dom)
        self.assertEqual(len(page.users()), len(report["users"]))
        self.assertEqual(page.dom.count('<g class="column">'), len(page.texts(r"<tr><th scope=\"row\">\d{4}-\d\d</th>")))
        for rule in report["findings"]:
            self.assertIn(f'<code>{rule["rule"]}</code>', page.dom)
        failed = [row for row in page.users() if row[-1] == "failed"]
        self.assertEqual(len(failed), len(report["usersFailed"]))

    def test_events_by_month_are_the_events_of_the_archive(self):
        export(self.clean, self.path("out"))
        report = json.loads(text_of(self.path("out/report.json")))
        whole = json.loads(run("inspect", self.path("out"), "--json").stdout)
        events = json.loads(run("inspect", self.path("out"), "--events", "--json").stdout)
        self.assertEqual(sum(report["eventsByMonth"].values()), events["events"])
        self.assertEqual((whole["firstTime"], whole["lastTime"]), (events["firstTime"], events["lastTime"]))
        self.assertIn("first event    " + whole["firstTime"], run("inspect", self.path("out")).stdout)

    def test_an_archive_of_another_maker_is_counted(self):
        export(self.clean, self.path("out"))
        before = run("inspect", self.path("out"), "--json").stdout
        os.remove(self.path("out/report.json"))
        manifest = json.loads(text_of(self.path("out/manifest.json")))
        del manifest["pryvExport"]
        with open(self.path("out/manifest.json"), "w") as file:
            json.dump(manifest, file)
        run("inspect", self.path("out"), "--report", self.path("x.html"), "--report", self.path("x.json"))
        page = self.load(self.path("x.html"))
        self.assertEqual(len(page.users()), 6)
        self.assertIn("What is in this archive", page.dom)
        self.assertNotIn("Set aside", page.dom)
        self.assertIn('<g class="column">', page.dom)
        counted = json.loads(text_of(self.path("x.json")))
        for name in ("firstTime", "lastTime", "events"):
            self.assertEqual(counted[name], json.loads(before)[name])

    def test_run_and_register_have_their_cores_and_keys(self):
        with RedisServer() as server:
            server.load([command("HSET", "anna:users", "username", "anna", "id", "a1"),
                         command("SET", "anna:server", "co1.example.com")])
            job = {"output": "out", "register": {"redis": {"host": "127.0.0.1", "port": server.port}},
                   "cores": {name: {"config": source + "/configs/api.yml", "mongodump": source + "/dump"}
                             for name, source in (("co1", self.clean), ("co2", self.dirty))}}
            for layout in ("per-core", "merged"):
                job["cores"]["co2"] = {**job["cores"]["co1"]} if layout == "merged" else job["cores"]["co2"]
                if layout == "merged":
                    del job["cores"]["co2"]
                with open(self.path("job.yml"), "w") as file:
                    json.dump(job, file)
                output, html = self.path(layout), self.path(layout + ".html")
                status = 0 if layout == "merged" else 3
                run("run", self.path("job.yml"), "--layout", layout, "--output", output, "--progress", "none", "--report",
                    html, status=status)
                page = self.load(html)
                self.assertIn("<h2>Cores</h2>", page.dom)
                self.assertIn("<h2>Register</h2>", page.dom)
                self.assertIn("co1", {row[2] for row in page.users()})
                if layout == "per-core":
                    self.assertEqual({row[2] for row in page.users()}, {"co1", "co2"})
                    only = self.load(html, "#sort=id&core=co1")
                    self.assertEqual(len(only.users()), 6)
                    self.assertIn(f"--restore {output}/co2 ", page.dom)
            run("register", self.path("alone"), "--redis-port", str(server.port), "--progress", "none", "--report",
                self.path("r.html"))
        page = self.load(self.path("r.html"))
        self.assertIn("Register export complete", page.dom)
        self.assertEqual(page.users(), [])

    def test_a_bad_place_for_a_report_is_told_before_anything_is_done(self):
        os.mkdir(self.path("folder"))
        for place in (self.path("none/x.html"), self.path("folder"), self.path("out/x.html"), self.path("out/users/x.json")):
            done = export(self.clean, self.path("out"), "--report", place, status=73)
            self.assertIn(place + ": ", done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertFalse(os.path.exists(self.path("out")))
        job = {"output": "out", "cores": {"co1": {"config": self.clean + "/configs/api.yml",
                                                  "mongodump": self.clean + "/dump"}}}
        with open(self.path("job.yml"), "w") as file:
            json.dump(job, file)
        for place in ("none/x.html", "out/co1/x.html", "out/report.json"):
            run("run", self.path("job.yml"), "--progress", "none", "--report", self.path(place), status=73)
            self.assertFalse(os.path.exists(self.path("out")))
        run("register", self.path("out"), "--report", self.path("none/x.html"), status=73)
        # A folder of archives may hold the report of all.
        run("run", self.path("job.yml"), "--progress", "none", "--report", self.path("out/report.html"))
        self.assertIn("co1", text_of(self.path("out/report.html")))
        run("inspect", self.path("out/co1"), "--report", self.path("none/x.html"), status=73)
        self.assertEqual(sorted(os.listdir(self.folder)), ["folder", "job.yml", "out"])

    def test_reports_of_a_part_of_an_archive_are_wrong_usage(self):
        for part in (["--user", "a"], ["--events"], ["--cat", "platform"]):
            run("inspect", self.path("out"), "--report", "x.html", *part, status=2)


class Browsing(Case):
    """10,000 users, some with hostile names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        archive = cls.shared + "/archive"
        export(cls.clean, archive)
        report = json.loads(text_of(archive + "/report.json"))
        like, dice = report["users"], random.Random(7)
        report["users"] = []
        for number in range(10_000):
            user = json.loads(json.dumps(dice.choice(like)))
            user.update(userId=f"c{number:05d}{dice.getrandbits(64):016x}", username=f"user-{number:05d}")
            user["counts"]["events"].update(written=dice.randrange(1, 90_000), changed=0, accountFields=0)
            report["users"].append(user)
        for user, name in zip(report["users"], HOSTILE):
            user["username"] = name
        report["users"][9].update(result="failed", error="user-00009: the disk says <b>no</b>")
        cls.users = report["users"]
        with open(archive + "/report.json", "w") as file:
            json.dump(report, file)
        cls.page = cls.shared + "/page.html"
        run("inspect", archive, "--report", cls.page)

    def names(self, page):
        return [row[1] for row in page.users()]

    def test_it_begins_with_the_users_of_most_events_a_hundred_at_a_time(self):
        page = self.load(self.page)
        most = sorted((user for user in self.users if user["result"] == "written"),
                      key=lambda user: -user["counts"]["events"]["written"])
        self.assertEqual([row[2] for row in page.users()], [f'{user["counts"]["events"]["written"]:,}' for user in most[:100]])
        self.assertEqual(page.status(), "1 to 100 of 10,000 users")
        self.assertEqual(page.texts(r"<title>.*?</title>")[0], "Export complete")
        self.assertEqual(page.texts(r'<th [^>]*aria-sort="descending".*?</th>'), ["events"])

    def test_it_sorts_filters_and_turns_pages(self):
        page = self.load(self.page, "#sort=name&order=asc&filter=USER-012&page=1")
        self.assertEqual(self.names(page), [f"user-{number:05d}" for number in range(1200, 1300)])
        self.assertEqual(page.status(), "1 to 100 of 100 that match, of 10,000 users")
        page = self.load(self.page, "#sort=id&order=desc&page=100")
        self.assertEqual(self.names(page)[-5:], HOSTILE[::-1])
        self.assertEqual(page.status(), "9,901 to 10,000 of 10,000 users")
        page = self.load(self.page, "#sort=nonsense&state=failed&page=99999")
        self.assertEqual(self.names(page), ["user-00009"])
        self.assertEqual(page.texts(r'<td class="why".*?</td>'), ["user-00009: the disk says <b>no</b>"])

    def test_hostile_names_are_texts(self):
        page = self.load(self.page, "#sort=id&order=asc")
        self.assertEqual(self.names(page)[:5], HOSTILE)
        self.assertEqual(page.texts(r"<title>.*?</title>")[0], "Export complete")
        self.assertNotIn("<img", page.dom)

    def test_buttons_sort_and_the_address_remembers(self):
        # A script of the test's own has to be let in by the page's policy, so the test takes the policy out of a copy.
        html = text_of(self.page)
        begin = html.index('<meta http-equiv="Content-Security-Policy"')
        html = html[:begin] + html[html.index("\n", begin):]
        clicks = ("document.querySelector('th[data-key=name] button').click();"
                  "const filter = document.getElementById('users-filter'); filter.value = 'user-00';"
                  "filter.dispatchEvent(new Event('input'));"
                  "document.getElementById('users-next').click(); document.title = location.hash;")
        with open(self.path("clicked.html"), "w", encoding="utf-8") as file:
            file.write(html.replace("</body>", f"<script>{clicks}</script></body>"))
        page = self.load(self.path("clicked.html"))
        self.assertEqual(page.texts(r"<title>.*?</title>")[0], "#sort=name&order=asc&filter=user-00&page=2")
        self.assertEqual(self.names(page)[0], "user-00105")

    def test_without_scripts_all_but_the_table_is_there(self):
        # Chromium needs scripts to say what it has made of a page, so the copy has none.
        html = text_of(self.page)
        with open(self.path("plain.html"), "w", encoding="utf-8") as file:
            file.write(html[:html.rindex("<script>")] + html[html.rindex("</script>") + len("</script>"):])
        page = self.load(self.path("plain.html"))
        self.assertEqual(page.users(), [])
        for text in ("Export complete", "What was counted", '<g class="column">', "Users by size", "Set aside",
                     "node bin/backup.js --restore"):
            self.assertIn(text, page.dom)
        self.assertNotIn('class="script"', page.dom)

    def test_it_is_drawn_on_desks_and_phones_in_light_and_dark(self):
        for width in (1280, 390):
            for scheme, ground in (("1", (255, 255, 255)), ("0", (20, 24, 28))):
                with self.subTest(width=width, scheme=scheme):
                    picture = self.browser.picture(self.page, width, 1600, "--blink-settings=preferredColorScheme=" + scheme)
                    self.assertEqual((picture.width, picture.height), (width, 1600))
                    self.assertEqual(picture.corner(), ground)
                    self.assertGreater(picture.drawn(), 0.3)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
