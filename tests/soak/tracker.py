"""The trackers of a soak, looked at from outside: a stand-in of GitLab whose wire fails, and a folder of tickets."""

import json
import re
import shutil
import subprocess
import urllib.request
from collections import Counter
from pathlib import Path

STAND_IN = Path(__file__).resolve().parents[1] / "trackers/gitlab.mjs"
FAULTS = 0.15


class GitLab:
    """Goes on while riskd is killed, so it knows what riskd did in all its lives."""

    def __init__(self, seed):
        self.process = subprocess.Popen(
            ["node", STAND_IN, "--port", "0", "--seed", str(seed % 2**31), "--faults", str(FAULTS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        self.url = f"http://127.0.0.1:{int(line.split()[1])}"

    @staticmethod
    def is_there():
        return shutil.which("node") is not None

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data=data), timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    def wire(self, faults):
        self.ask("/__wire", {"faults": faults})

    def faults(self):
        return sum(self.ask("/__faults").values())

    def tickets(self):
        return self.ask("/__tickets")

    def close_one(self, dice):
        """Somebody closes a ticket."""
        is_open = [each["key"] for each in self.tickets() if each["open"]]
        if is_open:
            self.ask("/__people", {"key": dice.choice(is_open), "close": "The gateway does it"})

    def check(self):
        """No ticket twice, and in none a comment or a link twice; how many tickets."""
        tickets = self.tickets()
        twice("tickets", (each["marker"] for each in tickets))
        for each in tickets:
            twice(f"comments of {each['key']}", each["marks"])
            twice(f"links of {each['key']}", each["links"])
        return {each["key"] for each in tickets}

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Folder:
    def __init__(self, path):
        self.path = path

    def files(self):
        return sorted(self.path.glob("*/*.md"))

    def edit_one(self, dice):
        """Somebody sets the status of a ticket, while riskd is not there."""
        files = self.files()
        if not files:
            return
        path = dice.choice(files)
        status = dice.choice(("To Do", "In Progress", "Done", "Done"))
        path.write_text(re.sub("(?m)^Status: .*", f"Status: {status}", path.read_text(), count=1))

    def check(self):
        texts = {path: path.read_text() for path in self.files()}
        markers = [mark for text in texts.values() for mark in re.findall("(?m)^Marker: (.*)$", text)]
        assert len(markers) == len(texts), f"{len(texts)} files, {len(markers)} markers"
        twice("tickets", markers)
        for path, text in texts.items():
            twice(f"comments of {path}", re.findall(r"<!-- riskd:effect.*?-->", text))
        return {f"{path.parent.name}/{path.stem}" for path in texts}


def twice(what, values):
    found = [value for value, count in Counter(values).items() if count > 1]
    assert not found, f"{what} twice: {found[:5]}"
