"""An emulator behind a pipe. Every driver speaks the protocol of tests/conformance/vt_dump.cpp."""

import json
import subprocess

PLAIN = {"fg": "", "bg": "", "ul": "", "underline": 0, "flags": "", "link": ""}


class Screen:
    """One answer to `dump`."""

    def __init__(self, data):
        self.cols = data["cols"]
        self.row_count = data["rows"]
        self.cursor = tuple(data["cursor"])
        self.visible = data["visible"]
        self.alternate = data["alternate"]
        self.reversed = data.get("reversed", False)
        self.title = data["title"]
        self.lines = data["screen"]
        self.scrollback = data["scrollback"]
        self.looks = data["looks"]

    def cell(self, row, col):
        """(text, width, look) of a visible cell; blanks are a space."""
        text, width, look = self.lines[row]["cells"][col]
        return text, width, self.looks[look]

    def line_text(self, line):
        return "".join(text for text, width, look in line["cells"] if width != 0)

    def text(self, row):
        return self.line_text(self.lines[row])


class Emulator:
    """A driver process. Keeps what it was fed, so that a question that needs a further character can be asked aside."""

    def __init__(self, name, command):
        self.name = name
        self.command = command
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.history = []
        self.begin = (80, 24, 1000)

    def ask(self, line, payload=b""):
        self.process.stdin.write(line.encode() + b"\n" + payload)
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} ended at: {line} {payload[:200]!r}")
        return json.loads(answer)

    def reset(self, cols, rows, scrollback=1000):
        self.begin = (cols, rows, scrollback)
        self.history = []
        self.ask(f"reset {cols} {rows} {scrollback}")

    def feed(self, data):
        self.history.append(data)
        return bytes.fromhex(self.ask(f"feed {len(data)}", data)["reply"])

    def resize(self, cols, rows):
        self.history.append((cols, rows))
        self.ask(f"resize {cols} {rows}")

    def dump(self):
        return Screen(self.ask("dump"))

    def replay(self):
        history = self.history
        self.reset(*self.begin)
        for step in history:
            self.feed(step) if isinstance(step, bytes) else self.resize(*step)

    def aside(self, data):
        """The screen as it would be after more input; the emulator itself stays where it is."""
        self.ask(f"feed {len(data)}", data)
        screen = self.dump()
        self.replay()
        return screen

    def close(self):
        self.process.stdin.close()
        self.process.wait()
