"""esctest, which looks at a terminal through reports. Its modules are loaded here and write to the emulator and read from
it directly, so that a question without an answer needs no waiting. The screen it reads by asking for the checksum of one
cell at a time (DECRQCRA); no emulator here answers that as it wants it, so the window does, from the cells, as it does with
its size."""

import inspect
import os
import pathlib
import re
import sys
import tempfile

TITLE = "esctest, xterm at VT level 5"
SIZE = (80, 25)
QUESTION = re.compile(rb"\x1b\[([0-9;]*)(\*y|(?<=\[18)t|(?<=\[19)t)")
# About the checksum itself.
LEFT_OUT = {"DECSETTests.test_DECSET_DECOM_DECRQCRA"}


class Window:
    def __init__(self, emulator):
        self.emulator = emulator
        self.written = b""
        self.answers = b""
        self.screen = None

    def write(self, text, sideChannelOk=True):
        self.written += text.encode("latin-1")

    def flush(self):
        data, self.written = self.written, b""
        while data:
            found = QUESTION.search(data)
            plain = data[:found.start()] if found else data
            if plain:
                self.answers += self.emulator.feed(plain)
                self.emulator.history.clear()
                self.screen = None
            if found:
                self.answers += self.answer(found)
            data = data[found.end():] if found else b""

    def answer(self, question):
        if question.group(2) == b"t":
            return b"\x1b[%d;%d;%dt" % (int(question.group(1)) - 10, SIZE[1], SIZE[0])
        fields = [int(field or 0) for field in question.group(1).decode().split(";")]
        pid, page, top, left, bottom, right = (fields + [0] * 6)[:6]
        if self.screen is None:
            self.screen = self.emulator.dump()
        total = 0
        for row in range(max(top, 1), min(bottom or SIZE[1], SIZE[1]) + 1):
            for col in range(max(left, 1), min(right or SIZE[0], SIZE[0]) + 1):
                text = self.screen.cell(row - 1, col - 1)[0]
                total += ord(text[0]) if text else 0
        return b"\x1bP%d!~%04X\x1b\\" % (pid, total & 0xffff)


class Suite:
    """A fresh set of esctest's modules."""

    def __init__(self, folder, window, log):
        self.window = window
        self.forget(folder)
        sys.path.insert(0, str(folder))
        import escargs
        import escio
        import esctypes
        sys.argv = ["esctest", "--expected-terminal=xterm", "--max-vt-level=5", "--xterm-checksum=334",
                    "--xterm-reverse-wrap=383", f"--logfile={log}"]
        escargs.args = escargs.parser.parse_args()
        escio.Write = window.write

        def read(count):
            window.flush()
            if len(window.answers) < count:
                raise esctypes.InternalError("no answer")
            text, window.answers = window.answers[:count].decode("latin-1"), window.answers[count:]
            return text

        escio.read = read
        self.types = esctypes
        # The program without its last line, which runs it.
        source = (folder / "esctest.py").read_text().replace("\nmain()\n", "\n")
        self.program = {"__name__": "esctest"}
        exec(compile(source, "esctest.py", "exec"), self.program)
        import esc
        import escutil
        esc.vtLevel = 5
        self.utilities = escutil

    @staticmethod
    def forget(folder):
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]
        sys.path[:] = [entry for entry in sys.path if entry != str(folder)]

    def run_one(self, method):
        """None, or why it failed. A test that is marked as failing on xterm counts as every other one."""
        self.window.flush()
        self.window.answers = b""
        self.utilities.gHaveAsserted = False
        try:
            self.program["reset"]()
            method()
            self.window.flush()
            self.utilities.AssertAssertionAsserted()
            return None
        except self.types.InsufficientVTLevel:
            return ...
        except Exception as failure:
            text = str(failure)
            if "Should have failed" in text:
                return None
            lines = [line.strip() for line in text.split("\n") if line.strip()] or [type(failure).__name__]
            return next((line for line in lines[::-1] if "Test failed" in line or line.startswith("At ")), lines[0])[:200]


def run(emulator, folder):
    folder = pathlib.Path(folder, "esctest").resolve()
    wanted = re.compile(os.environ.get("ESCTEST_INCLUDE", ""))
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        emulator.reset(*SIZE)
        suite = Suite(folder, Window(emulator), pathlib.Path(scratch, "log"))
        import tests
        for kind in tests.tests:
            for name, method in inspect.getmembers(kind(), predicate=inspect.ismethod):
                full = f"{kind.__name__}.{name}"
                if not name.startswith("test_") or full in LEFT_OUT or not wanted.search(full):
                    continue
                reason = suite.run_one(method)
                if reason is not ...:
                    results.append((full, reason))
    return results
