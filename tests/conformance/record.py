#!/usr/bin/env python3
"""Records real programs for conformance_recordings: tests/conformance/record.py [name...] (as root, on Linux).

Each program runs on a PTY in namespaces of its own, as `user` on `host` in /home/user/project, and is driven by the script
below. What it wrote and the sizes it was given are kept without the time between them. The form is described in
recordings/README.md.
"""
import ctypes
import fcntl
import gzip
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(ROOT, "tests/conformance/recordings")
HOME = "/home/user"
PROJECT = HOME + "/project"
ESC = b"\x1b"
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWPID = 0x20000, 0x20000000


class Recorder:
    """One program on a PTY; what it writes becomes the record."""

    def __init__(self, argv, cols=80, rows=24, env=None, user=True, root=None):
        self.events = []
        self.size = (cols, rows)
        self.seen = b""
        self.asked = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Processes of its own: lists of them do not show the recorder.
            LIBC.unshare(CLONE_NEWPID | CLONE_NEWNS)
            if os.fork() != 0:
                os.wait()
                os._exit(0)
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 1)
            mount("-t", "proc", "proc", f"{root or ''}/proc")
            if root:
                os.chroot(root)
            os.chdir(PROJECT)
            if user:
                os.setgroups([])
                os.setgid(1000)
                os.setuid(1000)
            name = "user" if user else "root"
            variables = {"HOME": HOME, "USER": name, "LOGNAME": name, "HOSTNAME": "host", "TERM": "xterm-256color",
                         "COLORTERM": "truecolor", "LANG": "C.UTF-8", "SHELL": "/bin/bash", "TZ": "UTC",
                         "PATH": "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin", "PS1": r"\u@\h:\w\$ ", **(env or {})}
            os.execvpe("bash", ["bash", "-c", '"$@"; exit', "bash", *argv], variables)
        self.first = self.size
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def take(self, patience):
        """One piece of output within so many seconds; False when none came."""
        if not select.select([self.fd], [], [], patience)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        if not data:
            return False
        if self.events and self.events[-1][0] == "o":
            self.events[-1][1] += data
        else:
            self.events.append(["o", bytearray(data)])
        self.seen += data
        self.answer()
        return True

    def answer(self):
        """As a terminal would: programs draw more once they know what they are on."""
        answers = {rb"\x1b\[0?c": b"\x1b[?62;22c", rb"\x1b\[>0?c": b"\x1b[>41;354;0c", rb"\x1b\[6n": b"\x1b[1;2R"}
        for found in re.finditer(rb"\x1b\[(?:0?c|>0?c|6n)", self.seen[self.asked:]):
            for query, reply in answers.items():
                if re.fullmatch(query, found.group()):
                    os.write(self.fd, reply)
        self.asked = max(self.asked, len(self.seen) - 3)

    def quiet(self, patience=0.25):
        """Until nothing came for so long; programs that never rest are left after a while."""
        end = time.monotonic() + 6
        while time.monotonic() < end and self.take(patience):
            pass
        return self

    def some(self, count):
        """At least so many bytes more."""
        want = len(self.seen) + count
        while len(self.seen) < want and self.take(2):
            pass
        return self

    def send(self, *keys, patience=0.25):
        for key in keys:
            os.write(self.fd, key if isinstance(key, bytes) else key.encode())
            self.quiet(patience)
        return self

    def resize(self, cols, rows, patience=0.25):
        self.events.append(["r", cols, rows])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        if patience:
            self.quiet(patience)
        return self

    def finish(self):
        self.quiet(0.5)
        os.close(self.fd)
        os.waitpid(self.pid, 0)  # its terminal is gone
        return self

    def save(self, name):
        out = bytearray(b"duotty-recording 1 %d %d\n" % self.first)
        for event in self.events:
            if event[0] == "r":
                out += b"r %d %d\n" % (event[1], event[2])
            else:
                out += b"o %d\n" % len(event[1]) + event[1]
        with open(f"{OUT}/{name}.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
            packed.write(out)
        sizes = sum(1 for event in self.events if event[0] == "r")
        print(f"{name:10} {len(self.seen):8} bytes, {sizes} sizes, {os.path.getsize(f'{OUT}/{name}.gz'):7} packed")


UP, DOWN, RIGHT, LEFT = (ESC + b"[" + key for key in (b"A", b"B", b"C", b"D"))
PGUP, PGDN = ESC + b"[5~", ESC + b"[6~"


def vim():
    r = Recorder(["vim", "-u", "NONE", "-N", "-c", "syntax on | set number hlsearch ruler wildmenu mouse=a laststatus=2 "
                  "showcmd noswapfile viminfo= title", "text.cpp"])
    r.quiet(0.5).send("}}jj", PGDN, PGDN, "G", "gg", "/std::\r", "nnN")
    r.send("ggOnew text, 你好 and e\u0301\x1b", "yy5p", "u", "\x12", "V5j", "d", "u", ":split\r", ":vsplit error.hpp\r")
    r.resize(100, 30).send("\x17w", PGDN, "\x17w", ":set wrap! list\r", "\x17=")
    r.send(":terminal\r", patience=0.5).send("ls --color\r", "seq 200\r", "\x17N", PGUP, "i", "exit\r", patience=0.4)
    r.resize(61, 17).send(":only\r", "qa3ddq", "3@a", ":%s/e/E/gc\r", "yyyna")
    r.send("ggzfG", "zo", ":set background=dark termguicolors\r", ":colorscheme desert\r", PGDN, "ix\x0e\x0e\x0e\x1b")
    r.resize(80, 24).send(":set nonumber\r", "\x16" + "5j$", "A;\x1b", ":help\r", ":q\r", ":q!\r", ":qa!\r")
    return r.finish()


def less():
    r = Recorder(["less", "-R", "architecture.md"])
    r.quiet(0.5).send(*"    bb", "/keeper\r", "nnN", "&module\r", "&\r", "G", "g", "50%", "-N\r", "jjjkkk")
    r.resize(50, 12).send(*"  d", "-S\r", RIGHT, LEFT, "F", "\x03", "ma", "G", "'a").resize(120, 40)
    return r.send("?fold\r", "h", "q", "v", "\x1b:q!\r", "q").finish()


def htop():
    r = Recorder(["htop", "-d", "5"])
    r.quiet(0.4).send(DOWN, DOWN, UP, "t", "t", "M", "P", "\\sh\r", "/h\r", "H", "K", patience=0.1)
    r.send(ESC + b"OQ", DOWN, RIGHT, DOWN, RIGHT, ESC, patience=0.2).resize(100, 40).send("u", ESC, " ", "U", "l", "q")
    return r.resize(61, 14).send("h", ESC, ESC + b"OR", "top", ESC, patience=0.2).resize(80, 24).some(8000).send("q").finish()


def top():
    r = Recorder(["top", "-d", "0.3"])
    return r.some(5000).send("1", "z", "x", "c", "V").resize(110, 30).some(5000).send("m", "t", "A").resize(60, 12).some(4000).send("q").finish()


def tmux():
    r = Recorder(["tmux", "-f", "/dev/null", "-L", "one", "new-session", "bash --norc"])
    r.quiet(0.8)
    pre = "\x02"
    r.send("seq 100\r", pre + "%", "ls -la --color\r", pre + '"', "less architecture.md\r", "  ", patience=0.4)
    r.send(pre + "[", PGUP, PGUP, UP, UP, " ", DOWN, DOWN, "\r", pre + "o", pre + "]", "\x15", patience=0.3)
    r.resize(120, 36).send(pre + " ", pre + " ", pre + "z", pre + "z", pre + "c", "vim -u NONE text.cpp\r", patience=0.5)
    r.send(PGDN, pre + "w", ESC + b"[B", "q", pre + "p", pre + "t", "q", pre + ":set -g status-position top\r", patience=0.4)
    r.resize(70, 20).send(pre + ":set -g mouse on\r", pre + "q", pre + "x", "y", pre + "?", "q", "yes abc | head -3000\r", patience=0.4)
    return r.resize(80, 24).send(pre + ":kill-server\r", patience=0.5).finish()


def build():
    r = Recorder(["bash", "--norc"], cols=90, rows=20)
    r.send("cd build\r", "ninja -j1\r", patience=3).resize(70, 20).send("rm -f *.o; ninja -j1 -k0 -v | cat\r", patience=3)
    r.send("make -C .. all\r", patience=3).send("touch ../a.cpp; ninja -j1 ok\r", patience=3).resize(100, 30)
    return r.send("exit\r").finish()


def progress():
    r = Recorder(["bash", "--norc"], user=False, root="/tmp/packages")
    r.send("export TERM=xterm-256color\r").send("apt-get -o Dpkg::Progress-Fancy=1 -y install ./words.deb\r", patience=2.5)
    r.resize(66, 16).send("apt-get -o Dpkg::Progress-Fancy=1 -y remove words\r", patience=2.5)
    r.send("for i in $(seq 1 60); do printf '\\r%3d%% [%-60s] %d kB/s' $((i*100/60)) $(printf '#%.0s' $(seq $i)) $i; done; echo\r")
    r.send("for i in 1 2 3 4; do printf '\\033[%dG\\033[2K⠋ step %d' 1 $i; printf '\\n\\033[32m✔\\033[0m done %d\\033[A\\r' $i; done; echo\r")
    r.send("npm install --offline --no-audit --no-fund ./words\r", patience=2.5)
    return r.send("exit\r").finish()


def nano():
    r = Recorder(["nano", "--ignorercfiles", "--linenumbers", "text.cpp"])
    r.quiet(0.5).send(PGDN, "\x17std\r", "new words\r", "\x0b\x0b", "\x15\x15", ESC + b"A", DOWN, DOWN, ESC + b"6", PGDN, "\x15")
    r.resize(60, 15).send("\x07", PGDN, "\x18", "\x1f20\r").resize(100, 30)
    return r.send("\x1c" + "std\rSTD\r", "yyn\x03", "\x18", "n").finish()


def mc():
    r = Recorder(["mc", "--nosubshell", "-x"])
    r.quiet(0.8).send("\t", DOWN, DOWN, "\r", DOWN, "\r", ESC + b"3", PGDN, ESC + b"0", ESC + b"9", RIGHT, DOWN, ESC, patience=0.6)
    r.resize(100, 32).send(ESC + b"7", "new", ESC, "\x0f", "\x0f", patience=0.6).resize(60, 18)
    return r.send(ESC + b"0", "\r", patience=0.6).finish()


def shell():
    r = Recorder(["bash", "--norc", "-i"])
    r.send("echo a long line that goes on and on $(seq -s ' ' 60)\r", "ls -la --color --hyperlink=always\r", "cat unicode.txt\r")
    r.send("\x12seq", "\x05", "\x01", "\x0b", "ls te\t\t", "\x15", "for i in 1 2; do\r", "echo $i; done\r").resize(40, 12)
    r.send("echo this line is longer than forty columns are, so that it wraps", "\x01", ESC + b"f", ESC + b"d", "\x19", "\r")
    r.send("grep --color=always -n include *.cpp *.hpp\r", "printf '\\033]0;a title\\007\\033]7;file://host/home/user\\033\\\\'\r").resize(100, 30)
    r.send("printf '\\033[38;5;%dm%3d\\033[m' $(seq 0 255 | awk '{print $1, $1}')\r", "git log --graph --oneline --color --decorate | cat\r", "python3 -q\r", patience=0.5)
    r.send("print('\\u4f60\\u597d ' * 30)\r", "import this_is_missing\r", "\x04").resize(57, 24).send("printf '\\033[2 q\\033(0lqqk\\033(B\\033#8'; clear\r", "git diff --color --stat\r", "tput smcup; seq 50; tput rmcup\r")
    return r.send("stty -echo; read -r x; stty echo\r", "hidden\r", "exit\r").finish()


def flood():
    r = Recorder(["bash", "--norc"], cols=100, rows=30)
    r.send("awk 'BEGIN { for (i = 1; i <= 9000; i++) printf \"\\033[%dm%d\\033[m line of %s\\n\", 31 + i % 7, i, i % 9 ? \"output\" : \"output that is so long that it does not fit into the window and goes on in the next row, once or twice\" }'\r", patience=1)
    r.resize(64, 20).send("seq 1 4000\r", patience=1).resize(120, 40).send("seq -f 'row %.0f' 1 500\r", "printf '\\033[3J'; seq 1 700\r", "exit\r", patience=0.6)
    return r.finish()


SCRIPTS = {script.__name__: script for script in (vim, less, htop, top, tmux, build, progress, nano, mc, shell, flood)}


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def make_project():
    """A folder of our own files, and a build with warnings and an error in it."""
    for name in ("src/base/text.cpp", "include/duotty/base/error.hpp", "docs/architecture.md"):
        write(f"/tmp/new{PROJECT}/{os.path.basename(name)}", open(os.path.join(ROOT, name)).read())
    folder = f"/tmp/new{PROJECT}"
    write(f"{folder}/unicode.txt", "中文字符 かな 한글 😀👩‍🚀🇺🇳 é e\u0301 ﷽ \u200bx ½ ─┼─ ▄▀ ア\n" * 6)
    for i in range(12):
        write(f"{folder}/unit{i}.cpp", f"int unit{i}(int x) {{ int unused; return x * {i}; }}\n")
    write(f"{folder}/a.cpp", "#include <vector>\nint main() { std::vector<int> v; return v.sizes() + 'ab'; }\n")
    write(f"{folder}/ok.cpp", "int main() { return 0; }\n")
    ninja = "rule cc\n  command = g++ -fdiagnostics-color=always -Wall -c $in -o $out\n  description = CC $out of the project\n"
    for i in range(12):
        ninja += f"build unit{i}.o: cc ../unit{i}.cpp\n"
    ninja += "build a.o: cc ../a.cpp\nbuild ok: cc ../ok.cpp\n"
    write(f"{folder}/build/build.ninja", ninja)
    write(f"{folder}/Makefile", "all: $(patsubst %.cpp,%.o,$(wildcard unit*.cpp)) a.o\n%.o: %.cpp\n\tg++ -fdiagnostics-color=always -Wextra -c $< -o $@\n")
    write(f"{folder}/words/package.json", '{"name": "words", "version": "1.0.0", "description": "words"}\n')
    package = "/tmp/deb"
    write(f"{package}/DEBIAN/control", "Package: words\nVersion: 1.0\nArchitecture: all\nMaintainer: user <user@host>\nDescription: words\n")
    write(f"{package}/usr/share/words/words.txt", "words\n")
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", package, f"{folder}/words.deb"], check=True, stdout=subprocess.DEVNULL)
    git = ["git", "-C", folder, "-c", "user.name=user", "-c", "user.email=user@host", "-c", "init.defaultBranch=main"]
    for args in (["init", "-q"], ["add", "text.cpp"], ["commit", "-qm", "text: begin"], ["checkout", "-qb", "side"],
                 ["add", "a.cpp"], ["commit", "-qm", "a: begin"], ["checkout", "-q", "main"], ["add", "ok.cpp"],
                 ["commit", "-qm", "ok: begin"], ["merge", "-q", "-m", "merge", "side"]):
        subprocess.run(git + args, check=True, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"})
    with open(f"{folder}/text.cpp", "a") as file:
        file.write("// one more line\n")
    subprocess.run(["chown", "-R", "1000:1000", f"/tmp/new{HOME}"], check=True)


def mount(*args):
    subprocess.run(["mount", *args], check=True)


def inside(names):
    """In namespaces of our own: another host name, home, /tmp, accounts and processes."""
    keep = tempfile.mkdtemp(dir="/tmp")
    mount("--make-rprivate", "/")
    mount("-t", "tmpfs", "none", keep)
    os.makedirs(f"{keep}/tree")
    mount("--bind", ROOT, f"{keep}/tree")
    globals()["ROOT"], globals()["OUT"] = "/tmp/.tree", "/tmp/.tree/tests/conformance/recordings"
    mount("-t", "tmpfs", "none", "/home")
    os.makedirs("/tmp/.tree", exist_ok=True)
    fresh = f"{keep}/fresh"
    os.makedirs(f"{fresh}/.tree")
    mount("--bind", f"{keep}/tree", f"{fresh}/.tree")
    mount("--rbind", fresh, "/tmp")
    os.chmod("/tmp", 0o1777)
    write("/tmp/passwd", "root:x:0:0::/root:/bin/bash\nuser:x:1000:1000::/home/user:/bin/bash\n_apt:x:42:65534::/:/bin/false\n")
    write("/tmp/group", "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n")
    write("/tmp/hosts", "127.0.0.1 localhost host\n")
    for name in ("passwd", "group", "hosts"):
        mount("--bind", f"/tmp/{name}", f"/etc/{name}")
    make_project()
    shutil.copytree(f"/tmp/new{HOME}", HOME, dirs_exist_ok=True)
    subprocess.run(["chown", "-R", "1000:1000", HOME], check=True)
    os.makedirs("/tmp/packages")
    os.makedirs("/tmp/overlay")
    mount("-t", "tmpfs", "none", "/tmp/overlay")
    for part in ("upper", "work"):
        os.makedirs(f"/tmp/overlay/{part}")
    mount("-t", "overlay", "none", "-o", "lowerdir=/,upperdir=/tmp/overlay/upper,workdir=/tmp/overlay/work", "/tmp/packages")
    shutil.copytree(f"/tmp/new{HOME}", f"/tmp/packages{HOME}", dirs_exist_ok=True)
    for name in ("proc", "dev"):
        mount("--rbind", f"/{name}", f"/tmp/packages/{name}")
    LIBC.sethostname(b"host", 4)
    for name in names:
        SCRIPTS[name]().save(name)


if __name__ == "__main__":
    chosen = sys.argv[1:] or list(SCRIPTS)
    if os.environ.get("DUOTTY_RECORDING") != "1":
        os.execvpe("unshare", ["unshare", "--mount", "--uts", "--ipc", sys.executable, os.path.abspath(__file__), *chosen], {**os.environ, "DUOTTY_RECORDING": "1"})
    inside(chosen)
