"""libvterm's t/*.test, as far as they are about what a terminal shows and answers: cursor, pen, rows, cells, wrapped rows,
replies, glyphs, titles, visibility, scrollback. A case is one such expectation. Left out are the library's own inside
(parser and decoder callbacks, damage, how a scroll is split into moves, encoded keys, selections) and whatever a file asks
while its character encoding is not UTF-8."""

import pathlib
import re

TITLE = "expectations of libvterm's tests"
INSIDE = {"02parser.test", "03encoding_utf8.test", "17state_mouse.test", "25state_input.test", "29state_fallback.test",
          "40state_selection.test", "62screen_damage.test"}
# Not of a terminal but of how the file has set up the library: no reflow; colours that follow bold.
SETTINGS = {"16state_resize": {36}, "30state_pen": {111, 114}}
PALETTE = [(0, 0, 0), (224, 0, 0), (0, 224, 0), (224, 224, 0), (0, 0, 224), (224, 0, 224), (0, 224, 224), (224, 224, 224)]
ESCAPES = {"e": 27, "n": 10, "r": 13, "t": 9, "a": 7, "b": 8, "f": 12, "0": 0}


def string(expression):
    """A Perl string expression: literals, `.` and `x COUNT`, as characters."""
    out, piece, at = "", "", 0
    while at < len(expression):
        c = expression[at]
        if c == '"':
            piece, at = literal(expression, at + 1)
        elif c == "x":
            count = re.match(r"x\s*(\d+)", expression[at:])
            piece *= int(count.group(1))
            at += count.end()
        elif c == ".":
            out, piece, at = out + piece, "", at + 1
        elif c == "#":
            break
        else:
            at += 1
    return out + piece


def literal(text, at):
    out = ""
    while text[at] != '"':
        if text[at] != "\\":
            out += text[at]
            at += 1
            continue
        code = re.match(r"x\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{1,2})", text[at + 1:])
        if code:
            out += chr(int(code.group(1) or code.group(2), 16))
            at += 1 + code.end()
        else:
            out += chr(ESCAPES[text[at + 1]]) if text[at + 1] in ESCAPES else text[at + 1]
            at += 2
    return out, at + 1


def raw(expression):
    text = string(expression)
    return text.encode("latin-1") if all(ord(c) < 256 for c in text) else text.encode()


def wanted_color(text, ground):
    if "is_default" in text or text == ("rgb(240,240,240)" if ground == "fg" else "rgb(0,0,0)"):
        return ""
    numbers = tuple(map(int, re.findall(r"\d+", text)))
    if text.startswith("idx"):
        return str(numbers[0])
    return str(PALETTE.index(numbers)) if numbers in PALETTE else "#%02x%02x%02x" % numbers


class Run:
    def __init__(self, emulator, path):
        self.emulator = emulator
        self.path = path
        self.results = []
        self.size = (80, 25)
        self.utf8 = False
        self.screen = None
        self.replies = b""
        self.glyphs = []
        self.pushed = 0
        self.silent = False
        # Rows that go up are lost in this file, so none can come back.
        self.scrollback = 0 if path.name == "69screen_reflow.test" else 1000
        emulator.reset(*self.size, self.scrollback)

    def note(self, number, what, reason):
        if number not in SETTINGS.get(self.path.stem, ()):
            self.results.append((f"{self.path.stem}:{number}:{what}", reason))

    def look(self):
        if self.screen is None:
            self.screen = self.emulator.dump()
        return self.screen

    def changed(self):
        self.screen = None

    def settle(self):
        """Glyphs of one PUSH: of those for the same place only the last one can still be seen."""
        last = {place: (number, text, width) for number, text, width, place in self.glyphs}
        for (row, col), (number, text, width) in last.items():
            shown, cells, look = self.look().cell(row, col)
            shown = (shown, (cells, "double" in look["flags"].split()))
            good = shown == (text, width)
            self.note(number, "glyph", None if good else f"{shown!r} at {row},{col}, not {(text, width)!r}")
        self.glyphs = []

    def file(self):
        lines = self.path.read_text(encoding="utf-8").split("\n")
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if line == "__END__":
                break
            if line and not line.startswith(("#", "!")):
                self.line(number, line)
        self.settle()
        return self.results

    def line(self, number, line):
        loop = re.match(r"\$SEQ\s+(\d+)\s+(\d+):\s*(.*)", line)
        if loop:
            for value in range(int(loop.group(1)), int(loop.group(2)) + 1):
                self.line(number, loop.group(3).replace("\\#", str(value)))
            return
        loop = re.match(r"\$REP\s+(\d+):\s*(.*)", line)
        if loop:
            for _ in range(int(loop.group(1))):
                self.line(number, loop.group(2))
            return
        if line[0].isupper():
            self.settle()
            self.replies = b""
            self.command(line)
        elif self.utf8 and not self.silent:
            self.expect(number, line)

    def command(self, line):
        name, _, rest = line.partition(" ")
        self.silent = name in ("INKEY", "INCHAR", "MOUSEBTN", "MOUSEMOVE", "FOCUS", "PASTE", "SELECTION", "SETDEFAULTCOL")
        if name == "PUSH":
            self.pushed = len(self.look().scrollback)
            self.replies = self.emulator.feed(raw(rest))
        elif name == "RESIZE":
            rows, cols = map(int, rest.split(","))
            self.pushed = len(self.look().scrollback)
            self.size = (cols, rows)
            self.emulator.resize(cols, rows)
        elif name in ("RESET", "INIT"):
            self.emulator.reset(*self.size, self.scrollback)
            self.pushed = 0
        elif name == "UTF8":
            self.utf8 = rest.strip() == "1"
        elif name == "WANTSTATE" and self.path.name not in ("14state_encoding.test",):
            # Files that never say so work on ASCII.
            self.utf8 = True
        elif name == "WANTSCREEN":
            self.utf8 = True
        self.changed()

    def expect(self, number, line):
        if line.startswith("?"):
            what, _, wanted = line[1:].partition("=")
            self.ask(number, what.split(), wanted.strip())
            return
        name, _, rest = line.partition(" ")
        if name == "output":
            wanted = raw(rest)
            good = self.replies.startswith(wanted)
            reason = None if good else f"answer {self.replies!r}, not {wanted!r}"
            self.replies = self.replies[len(wanted):] if good else self.replies
            self.note(number, "output", reason)
        elif name == "putglyph":
            glyph, width, place, *looks = rest.split()
            self.glyphs.append((number, codes(glyph, 16), (int(width), "dwl" in looks), tuple(map(int, place.split(",")))))
        elif name == "settermprop":
            self.property(number, *rest.split(" ", 1))
        elif name == "sb_popline":
            # The library's harness makes up the row that comes back.
            self.silent = True
        elif name == "sb_pushline":
            wanted = "".join(chr(int(code, 16)) for code in rest.partition("=")[2].split()).rstrip()
            above = [self.look().line_text(line).rstrip() for line in self.look().scrollback]
            shown = above[self.pushed] if self.pushed < len(above) else None
            self.pushed += 1
            self.note(number, "scrollback", None if shown == wanted else f"{shown!r} above the screen, not {wanted!r}")

    def property(self, number, prop, value):
        if prop in ("1", "3"):
            shown = self.look().visible if prop == "1" else self.look().alternate
            good = shown == (value == "true")
            self.note(number, "property", None if good else f"property {prop} is {shown}")
        elif prop == "4" and value.endswith("]"):
            end = value.strip('[]"')
            good = self.look().title.endswith(end)
            self.note(number, "property", None if good else f"title {self.look().title!r}")

    def ask(self, number, what, wanted):
        screen = self.look()
        name = what[0]
        if name == "cursor":
            shown = f"{screen.cursor[1]},{screen.cursor[0]}"
        elif name == "screen_row":
            wanted = string(wanted) if wanted.startswith('"') else codes(wanted, 16)
            shown = screen.text(int(what[1])).rstrip()
            wanted = wanted.rstrip()
        elif name in ("screen_chars", "screen_text"):
            wanted = string(wanted) if wanted.startswith('"') else codes(wanted, 16)
            if name == "screen_text":
                wanted = wanted.encode("latin-1").decode()
            top, left, bottom, right = map(int, what[1].split(",")) if "," in what[1] else (int(what[1]), 0,
                                                                                         int(what[1]) + 1, self.size[0])
            rows = ["".join(screen.cell(row, col)[0] for col in range(left, right)).rstrip() for row in range(top, bottom)]
            shown, wanted = "\n".join(rows).rstrip(), wanted.rstrip()
        elif name == "screen_eol":
            row, col = map(int, what[1].split(","))
            shown = "1" if not screen.text(row)[col:].strip() else "0"
        elif name == "lineinfo":
            row = int(what[1])
            shown = "cont" if row > 0 and screen.lines[row - 1]["wrapped"] else ""
        elif name == "pen":
            shown, wanted = self.pen(what[1], wanted)
        elif name == "screen_cell":
            shown, wanted = self.cell(what[1], wanted)
        else:
            return
        self.note(number, name, None if shown == wanted else f"{shown!r}, not {wanted!r}")

    def pen(self, what, wanted):
        aside = self.emulator.aside(b"\x1b[HX")
        self.changed()
        look = aside.cell(aside.cursor[1], aside.cursor[0] - 1)[2]
        if what in ("foreground", "background"):
            key = "fg" if what == "foreground" else "bg"
            return look[key], wanted_color(wanted, key)
        if what == "underline":
            return str(look["underline"]), wanted
        flags = look["flags"].split()
        if what == "baseline":
            return next((name for name in flags if name in ("raise", "lower")), "normal"), wanted
        if what == "font":
            return next((name[4:] for name in flags if name.startswith("font")), "0"), wanted
        name = {"reverse": "inverse"}.get(what, what)
        return ("on" if name in flags else "off"), wanted

    def cell(self, place, wanted):
        row, col = map(int, place.split(","))
        text, width, look = self.look().cell(row, col)
        letters = {"bold": "B", "italic": "I", "blink": "K", "inverse": "R"}
        flags = look["flags"].split()
        shown = "B" * ("bold" in flags) + (f"U{look['underline']}" if look["underline"] else "")
        inverse = ("inverse" in flags) != self.look().reversed
        shown += "".join(letters[name] for name in ("italic", "blink") if name in flags) + "R" * inverse
        shown += "".join(name.replace("font", "F") for name in flags if name.startswith("font"))
        shown += "S" * ("small" in flags) + "^" * ("raise" in flags) + "_" * ("lower" in flags)
        shown += "dwl " * ("double" in flags)
        match = re.match(r"\{(.*?)\} width=(\d) attrs=\{(.*?)\} (dwl )?(?:dhl-\w+ )?fg=(\S+) bg=(\S+)", wanted)
        chars, wide, attrs, double, fg, bg = match.groups()
        expected = ("".join(chr(int(c, 16)) for c in chars.split(",") if c) or " ", int(wide), attrs + (double or ""),
                    wanted_color(fg, "fg"), wanted_color(bg, "bg"))
        return (text, width, shown, look["fg"], look["bg"]), expected


def codes(text, base=0):
    return "".join(chr(int(code, base)) for code in text.split(",") if code.strip())


def run(emulator, folder):
    results = []
    for path in sorted(pathlib.Path(folder, "t").glob("*.test")):
        if path.name not in INSIDE:
            results += Run(emulator, path).file()
    return results
