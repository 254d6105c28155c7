"""Recordings of Alacritty with the grid they end in: text, colours, underlines, flags and widths of every cell, with the
scrollback that the recording was made with."""

import json
import pathlib

TITLE = "reference tests of Alacritty"

NAMED = {name: str(number) for number, name in enumerate(
    ["Black", "Red", "Green", "Yellow", "Blue", "Magenta", "Cyan", "White"])}
NAMED |= {"Bright" + name: str(8 + number) for number, name in enumerate(list(NAMED))}
FLAGS = {"BOLD": "bold", "DIM": "faint", "ITALIC": "italic", "INVERSE": "inverse", "HIDDEN": "invisible",
         "STRIKEOUT": "strike"}
FLAG_BITS = {"INVERSE": 1, "BOLD": 2, "ITALIC": 4, "UNDERLINE": 8, "WRAPLINE": 16, "WIDE_CHAR": 32,
             "WIDE_CHAR_SPACER": 64, "DIM": 128, "HIDDEN": 256, "STRIKEOUT": 512, "LEADING_WIDE_CHAR_SPACER": 1024,
             "DOUBLE_UNDERLINE": 2048, "UNDERCURL": 4096, "DOTTED_UNDERLINE": 8192, "DASHED_UNDERLINE": 16384}
UNDERLINES = ["UNDERLINE", "DOUBLE_UNDERLINE", "UNDERCURL", "DOTTED_UNDERLINE", "DASHED_UNDERLINE"]


def color(value):
    kind, content = next(iter(value.items()))
    if kind == "Indexed":
        return str(content)
    if kind == "Spec":
        return "#%02x%02x%02x" % (content["r"], content["g"], content["b"])
    return NAMED.get(content, "")


def flag_set(value):
    if isinstance(value, dict):
        value = value["bits"]
    if isinstance(value, int):
        return {name for name, bit in FLAG_BITS.items() if value & bit}
    return {name.strip() for name in value.split("|") if name.strip()}


def wanted_cell(cell):
    flags = flag_set(cell["flags"])
    extra = cell.get("extra") or {}
    tail = "WIDE_CHAR_SPACER" in flags
    text = "" if tail else cell["c"].replace("\t", " ") + "".join(extra.get("zerowidth") or [])
    under = extra.get("underline_color")
    link = extra.get("hyperlink")
    return {"text": text, "width": 0 if tail else 2 if "WIDE_CHAR" in flags else 1,
            "fg": color(cell["fg"]), "bg": color(cell["bg"]), "ul": color(under) if under else "",
            "underline": next((i + 1 for i, name in enumerate(UNDERLINES) if name in flags), 0),
            "flags": " ".join(word for name, word in FLAGS.items() if name in flags),
            "link": link["inner"]["uri"] if link else ""}


def shown_cell(cell, looks):
    text, width, number = cell
    look = dict(looks[number])
    # Alacritty keeps no blinking, overlined or guarded cells.
    look["flags"] = " ".join(w for w in look["flags"].split() if w not in ("blink", "overline", "guarded"))
    return {"text": text, "width": width, **look}


def blank(cell):
    return cell["c"] == " " and cell["bg"] == {"Named": "Background"} and not flag_set(cell["flags"])


def compare(wanted, shown, looks):
    if len(wanted) != len(shown):
        return f"{len(shown)} rows, not {len(wanted)}"
    wrong = []
    for y, (row, line) in enumerate(zip(wanted, shown)):
        for x, cell in enumerate(row):
            expected, actual = wanted_cell(cell), shown_cell(line["cells"][x], looks)
            for key, value in expected.items():
                if actual[key] != value:
                    wrong.append(f"row {y} column {x}: {key} {actual[key]!r}, not {value!r}")
    return f"{len(wrong)} differences, first {wrong[0]}" if wrong else None


def run(emulator, folder):
    results = []
    for case in sorted(pathlib.Path(folder, "alacritty_terminal/tests/ref").iterdir()):
        if not (case / "grid.json").exists():
            continue
        size = json.loads((case / "size.json").read_text())
        rows = size["screen_lines"]
        limit = json.loads((case / "config.json").read_text())["history_size"]
        storage = json.loads((case / "grid.json").read_text())["raw"]
        # The rows are a ring; the newest is the first.
        ring = storage["inner"][:storage["len"]]
        ring = ring[storage["zero"]:] + ring[:storage["zero"]]
        wanted = [row["inner"] for row in reversed(ring)]
        emulator.reset(size["columns"], rows, limit)
        emulator.feed((case / "alacritty.recording").read_bytes())
        screen = emulator.dump()
        # Alacritty also keeps rows above the screen that were never written to.
        shown = screen.scrollback + screen.lines
        while len(wanted) > len(shown) and all(blank(cell) for cell in wanted[0]):
            wanted = wanted[1:]
        results.append((case.name, compare(wanted, shown, screen.looks)))
    return results
