"""What a soak has done so far, in a file: sums over all its runs, also of several at once."""

import fcntl
import json
import time
from pathlib import Path


class Counts:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / "soak.json"

    def read(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {"kills": {}, "load": []}

    def forget(self):
        self.path.unlink(missing_ok=True)

    def change(self, how):
        """`how(value)` changes what the file has; nobody else does meanwhile."""
        with open(self.folder / "lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            value = self.read()
            how(value)
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(value, indent=1))
            fresh.rename(self.path)

    def add(self, counts):
        def how(value):
            for name, count in counts.items():
                value["kills"][name] = value["kills"].get(name, 0) + count

        self.change(how)

    def add_load(self, result):
        self.change(lambda value: value["load"].append(result))


def table(rows):
    width = max((len(name) for name, _ in rows), default=0)
    return "\n".join(f"{name.ljust(width)}  {f'{value:,}' if isinstance(value, int) else value:>12}" for name, value in rows)


class Line:
    """One line of progress, now and then; a terminal's is written over."""

    def __init__(self, out, every=10):
        self.out, self.every, self.last = out, every, 0
        self.over = out.isatty()

    def say(self, text):
        if time.monotonic() - self.last < (1 if self.over else self.every):
            return
        self.last = time.monotonic()
        self.out.write(f"\r\x1b[K{text}" if self.over else f"{text}\n")
        self.out.flush()

    def end(self):
        if self.over:
            self.out.write("\r\x1b[K")
