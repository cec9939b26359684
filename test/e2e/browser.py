"""Headless Chromium for tests: what a page looks like after its scripts, what it says, and pictures of it."""
import html
import os
import re
import shutil
import struct
import subprocess
import tempfile
import zlib


class Browser:
    """One profile in a folder of its own; removed by close()."""

    def __init__(self):
        self.program = os.environ.get("CHROMIUM") or shutil.which("chromium")
        if not self.program:
            raise RuntimeError("chromium is missing: tools/install-packages test")
        self.folder = tempfile.mkdtemp(prefix="browser-")

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *options):
        """stdout and stderr. Time is virtual: timers and frames do not wait for the clock."""
        command = [self.program, "--headless=new", "--disable-gpu", "--no-sandbox", "--disable-dev-shm-usage",
                   "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-extensions",
                   "--hide-scrollbars", "--user-data-dir=" + os.path.join(self.folder, "profile"),
                   "--virtual-time-budget=5000", "--enable-logging=stderr", "--v=0", *options]
        environment = {**os.environ, "HOME": self.folder}
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, timeout=120)
        if done.returncode != 0:
            raise AssertionError(f"chromium ended with {done.returncode}: {done.stderr}")
        return done.stdout, done.stderr

    def load(self, path, fragment="", *options):
        return Page(*self.run(*options, "--dump-dom", "file://" + path + fragment))

    def picture(self, path, width, height, *options):
        file = os.path.join(self.folder, "picture.png")
        self.run(*options, f"--window-size={width},{height}", "--screenshot=" + file, "file://" + path)
        return Picture(file)


class Page:
    def __init__(self, dom, log):
        self.dom = dom
        self.complaints = [line for line in log.splitlines() if ":CONSOLE" in line]

    def texts(self, pattern):
        """Inside of what matches, without tags."""
        return [html.unescape(re.sub(r"<[^>]*>", "", found)) for found in re.findall(pattern, self.dom, re.S)]

    def users(self):
        """The cells of each row of the table of users."""
        rows = re.findall(r'<tr class="user[^"]*">(.*?)</tr>', self.dom, re.S)
        return [[html.unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)] for row in rows]

    def status(self):
        return self.texts(r'<p id="users-status".*?</p>')[0]


class Picture:
    """A PNG with 8 bits a channel, as Chromium writes it."""

    def __init__(self, file):
        with open(file, "rb") as stream:
            data = stream.read()
        self.width, self.height, _, colour = struct.unpack(">IIBB", data[16:26])
        self.channels = {2: 3, 6: 4}[colour]
        packed, at = b"", 8
        while at < len(data):
            size, name = struct.unpack(">I4s", data[at:at + 8])
            if name == b"IDAT":
                packed += data[at + 8:at + 8 + size]
            at += size + 12
        self.lines = zlib.decompress(packed)

    def corner(self):
        """The first pixel: whatever the filter of the first line is, it stands as it is."""
        return tuple(self.lines[1:4])

    def drawn(self):
        """Share of lines that are not all one colour: a filtered line of one colour is all zeros after its first
        pixel."""
        step = 1 + self.width * self.channels
        used = sum(1 for line in range(self.height)
                   if any(self.lines[line * step + 1 + self.channels:(line + 1) * step]))
        return used / self.height
