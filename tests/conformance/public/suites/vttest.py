"""Pages of vttest. `python3 -m suites.vttest FOLDER COMMAND` walks through its menus on a referee (xterm) and keeps what
vttest wrote and what the referee showed at every page; the suite feeds the same output to other emulators."""

import json
import os
import pathlib
import pty
import select
import shlex
import signal
import sys
import termios

TITLE = "pages of vttest, against xterm"
# Paths through the menus: cursor movements, screen features, character sets, insertion and deletion, and the parts of the
# menu for later terminals that need no person to look or type.
PATHS = ["1", "2", "3 8", "3 9", "3 10", "3 11", "8", "11 1 2 *", "11 1 6", "11 2 2 *", "11 3 2 *", "11 3 3 *", "11 3 6 *",
         "11 4 2 *", "11 5 *", "11 6 4", "11 7 1 *", "11 7 2", "11 7 3", "11 7 4", "11 7 5", "11 7 6", "11 8 7 *"]
SIZE = (80, 24)
QUIET = 1
MOST_PAGES = 60


def main_menu(text):
    return "VT100 test program" in text and "Choose test type" in text


class Walk:
    def __init__(self, emulator, folder):
        self.emulator = emulator
        self.folder = folder
        self.pages = []
        self.output = b""
        self.emulator.reset(*SIZE)
        self.pid, self.line = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "vt100"
            os.execvp("vttest", ["vttest", "24x80.80"])
        termios.tcsetwinsize(self.line, (SIZE[1], SIZE[0]))

    def settle(self):
        """Feeds until vttest has been quiet; the text of the screen."""
        data = b"none yet"
        while data:
            data = b""
            # A referee must not be asked in the middle of a sequence.
            while select.select([self.line], [], [], QUIET)[0]:
                data += os.read(self.line, 65536)
            self.output += data
            answer = self.emulator.feed(data) if data else b""
            if answer:
                os.write(self.line, answer)
        screen = self.emulator.dump()
        return [screen.text(row).rstrip() for row in range(SIZE[1])]

    def type(self, text):
        os.write(self.line, text.encode() + b"\r")

    def path(self, items):
        for item in items:
            self.type(item)
            shown = self.settle()
        for page in range(MOST_PAGES):
            text = "\n".join(shown)
            if main_menu(text):
                return
            menu = "Enter choice number" in text
            if not menu:
                self.keep(" ".join(items), page, shown)
            self.type("0" if menu else "")
            shown = self.settle()
        raise SystemExit(f"no way back from {items}")

    def keep(self, name, page, shown):
        self.pages.append({"name": f"{name.replace(' ', '.')} page {page + 1}", "output": self.output.hex(), "text": shown})
        self.output = b""

    def run(self, paths):
        self.settle()
        for path in paths:
            # Each path begins as vttest does.
            self.path(path.split())
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "pages.json").write_text(json.dumps(self.pages, indent=1))


def run(emulator, folder):
    emulator.reset(*SIZE)
    results = []
    for page in json.loads(pathlib.Path(folder, "pages.json").read_text()):
        emulator.feed(bytes.fromhex(page["output"]))
        screen = emulator.dump()
        shown = [screen.text(row).rstrip() for row in range(SIZE[1])]
        wrong = [row for row in range(SIZE[1]) if shown[row] != page["text"][row]]
        reason = f"row {wrong[0]}: {shown[wrong[0]]!r}, not {page['text'][wrong[0]]!r}" if wrong else None
        results.append((page["name"], reason))
    return results


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
    from emulator import Emulator

    paths = sys.argv[3:] or PATHS
    Walk(Emulator("referee", shlex.split(sys.argv[2])), pathlib.Path(sys.argv[1])).run(paths)
