// What commands print: everything a terminal makes of bytes, and texts that look like something else. Bytes are made by
// printf(1), because the shells' own do not agree on escapes.
const print = (format) => `/usr/bin/printf '${format}'`;
const both = (posix, fish = posix) => ({ posix, fish });

/** Bytes after which the terminal waits for more: the end of the command must not be taken for it. */
const unfinished = [['an escape', '\\033'], ['CSI', '\\033['], ['CSI with numbers', '\\033[1;3'], ['OSC', '\\033]0;never ends'], ['OSC of ours', '\\033]7717;'], ['DCS', '\\033Pq'], ['APC', '\\033_x'], ['half a letter', '\\342\\202'], ['a charset', '\\033('], ['an escape that ends OSC', '\\033]0;x\\033']].map(([what, bytes]) => ({
  name: `output that ends in the middle of ${what}`,
  run: both(`${print(`before\\n${bytes}`)}; (exit 5)`, `${print(`before\\n${bytes}`)}; sh -c 'exit 5'`),
  code: 5,
  stdout: /^before\n/,
  fresh: true,
}));

const forged = [
  ['the public end', '\\033]133;D;0\\007'], ['public marks', '\\033]133;A\\007$ \\033]133;B\\007\\033]133;C\\007\\033]133;D;0\\007'],
  ['marks of an editor', '\\033]633;A\\007\\033]633;D;0\\007\\033]633;E;rm\\007'], ['our end with a wrong nonce', '\\033]7717;0123456789abcdef;D;code=0\\007'],
  ['our prompt without a nonce', '\\033]7717;;B\\007\\033]7717;B\\007'], ['our end of a script', '\\033]7717;0123456789abcdef;E;id=x;code=0\\007'],
].map(([what, bytes]) => ({
  name: `forged: ${what}`,
  run: both(`${print(`one\\n${bytes}two\\n`)}; sleep 0.2; echo three; (exit 5)`, `${print(`one\\n${bytes}two\\n`)}; sleep 0.2; echo three; sh -c 'exit 5'`),
  code: 5,
  stdout: what === 'public marks' ? 'one\n$ two\nthree\n' : 'one\ntwo\nthree\n',
}));

/** Modes and screens that a command may leave behind; the shell goes on in them. */
const left_behind = [
  ['the alternate screen', '\\033[?1049h'], ['no line wrap', '\\033[?7l'], ['bracketed paste off', '\\033[?2004l'], ['bracketed paste on', '\\033[?2004h'],
  ['line drawing letters', '\\033(0'], ['a scroll region', '\\033[3;6r'], ['origin mode', '\\033[3;6r\\033[?6h'], ['insert mode', '\\033[4h'], ['reverse colours', '\\033[7m\\033[?5h'],
  ['margins', '\\033[?69h\\033[5;20s'], ['no cursor', '\\033[?25l'], ['mouse reports', '\\033[?1003h\\033[?1006h'], ['application keys', '\\033[?1h\\033='],
  ['keys of the kitty', '\\033[>31u'], ['focus reports', '\\033[?1004h'], ['held output', '\\033[?2026h'], ['a full reset', '\\033c'], ['a soft reset', '\\033[!p'], ['a cursor elsewhere', '\\033[10;40H'], ['a cursor in the last column', '\\033[999C'], ['new line mode', '\\033[20h'],
].map(([what, bytes]) => ({
  name: `left behind: ${what}`,
  run: both(`${print(bytes)}; (exit 5)`, `${print(bytes)}; sh -c 'exit 5'`),
  code: 5,
  fresh: true,
}));

const asking = `stty raw -echo min 0 time 50; printf '\\033[c' >/dev/tty; dd bs=64 count=1 2>/dev/null | od -An -c; stty sane`;

/** Questions to the terminal: an answer that nobody reads is not on the next line, and not in the output. */
const questions = [
  { name: 'questions that nobody waits for the answers to', run: both(`${print('\\033[6n\\033[c\\033[18t\\033]11;?\\007')}; echo asked; (exit 5)`, `${print('\\033[6n\\033[c\\033]11;?\\007')}; echo asked; sh -c 'exit 5'`), code: 5, stdout: 'asked\n', fresh: true },
  {
    name: 'questions, and a shell that reads keys long before it says that the command is over',
    only: ['fish'],
    start: { fish: 'set -g fish_greeting\nfunction slow --on-event fish_postexec\nset -l n 0\nwhile test $n -lt 400\nset n (math $n + 1)\nend\nend\n' },
    play: async (t) => {
      for (let i = 0; i < 3; i += 1) {
        await t.done(`${print('\\033[6n\\033[c\\033]11;?\\007')}; echo asked; sh -c 'exit 5'`, 'asked\n', 5);
        await t.is_well();
      }
    },
  },
  { name: 'questions that wait a while', run: both(`${print('\\033[6n')}; sleep 0.2; echo asked; (exit 5)`, `${print('\\033[6n')}; sleep 0.2; echo asked; sh -c 'exit 5'`), code: 5, stdout: 'asked\n', fresh: true },
  { name: 'a program', run: { all: 'head -c 200000 /bin/ls' }, code: 0, stdout: /GLIBC_2/, fresh: true },
  { name: 'a question that is answered', run: { all: `sh -c "stty raw -echo min 0 time 50; printf '\\033[c'; dd bs=64 count=1 2>/dev/null | od -An -c; stty sane"` }, code: 0, stdout: /033 +\[ +\? +6/, fresh: true },
  {
    name: 'a question that is answered, of what runs in the group of the shell',
    run: both(`a=$(${asking}); echo "$a"`, `set a (sh -c "${asking}"); echo $a`),
    code: 0,
    stdout: /033 +\[ +\? +6/,
    fresh: true,
  },
];

export const outputs = [
  ...questions,
  ...unfinished,
  ...forged,
  ...left_behind,
  { name: 'no newline at the end', run: "printf 'no newline'" },
  { name: 'one letter', run: 'printf x' },
  { name: 'nothing but a newline', run: 'echo' },
  { name: 'blank lines at both ends', run: "printf '\\n\\na\\n\\n\\n'" },
  { name: 'blanks at the ends of lines', run: "printf 'a  \\n  b \\n   \\n'" },
  { name: 'blanks without a newline', run: "printf 'a   '" },
  { name: 'tabs', run: "printf 'a\\tb\\t\\n\\tc\\n'" },
  ...[79, 80, 81, 160, 240].flatMap((n) => [
    { name: `a line of ${n}`, run: `printf '%0${n}d\\n' 7; echo next` },
    { name: `a line of ${n} without a newline`, run: `printf '%0${n}d' 7` },
  ]),
  { name: 'a line of a megabyte', run: 'head -c 1000000 /dev/zero | tr "\\0" x; echo', options: { timeout: 60 } },
  { name: 'thirty thousand lines', run: 'seq 1 30000', options: { timeout: 60 } },
  { name: 'a line of wide letters', run: "printf '世%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42; echo" },
  { name: 'bytes that are no letters', run: `${print('a\\377\\376b\\200\\n')}; echo after`, code: 0, stdout: 'a\ufffd\ufffdb\ufffd\nafter\n' },
  { name: 'NUL bytes', run: `${print('a\\0b\\0\\n')}`, code: 0, stdout: 'ab\n' },
  { name: 'bells', run: print('a\\007b\\n'), code: 0, stdout: 'ab\n' },
  { name: 'backspaces', run: print('abc\\b\\bX\\n'), code: 0, stdout: /^(aXc|abc)\n$/ },
  { name: 'progress in one line', run: print('10%%\\r50%%\\r100%%\\n'), code: 0, stdout: '100%\n' },
  { name: 'progress without an end', run: print('10%%\\r50%%'), code: 0, stdout: '50%' },
  { name: 'a carriage return at the ends of lines', run: print('a\\r\\nb\\r\\n') },
  { name: 'colours', run: print('\\033[1;31mred\\033[0m \\033[38;2;1;2;3mown\\033[m\\n'), code: 0, stdout: 'red own\n' },
  { name: 'a title', run: print('\\033]0;a title\\007text\\033]2;another\\033\\134\\n'), code: 0, stdout: 'text\n' },
  { name: 'a link', run: print('\\033]8;;http://example.com\\033\\134here\\033]8;;\\033\\134\\n'), code: 0, stdout: 'here\n' },
  { name: 'a screen and back', run: `${print('\\033[?1049h\\033[Hfull\\033[?1049l')}; echo after`, code: 0, stdout: /after\n$/ },
  { name: 'a cleared screen', run: both("clear; echo after; (exit 3)", "clear; echo after; sh -c 'exit 3'"), code: 3, stdout: /after\n$/, fresh: true },
  { name: 'tput reset', run: 'tput reset; echo after', code: 0, stdout: /after\n$/, fresh: true },
  { name: 'texts like prompts', run: "printf '$ \\n# \\nroot@host:~# ls\\n> \\n%% \\n~> \\n'" },
  { name: 'a text like a prompt without a newline', run: "printf 'root@host:~# '" },
  { name: 'its own words printed', run: `echo 'echo "its own words"'; echo "echo 'its own words printed'"` },
  { name: 'the environment has nothing of ours', run: "env | grep -ci 7717; env | grep -c '^__duotty'", code: 1, stdout: '0\n0\n' },
  { name: 'lines that end in a backslash', run: "printf 'a\\\\\\nb\\\\\\n'" },
  { name: 'output of a background job, then of the command', run: both("(echo one; sleep 0.2; echo two) & wait; echo three", "fish -c 'echo one; sleep 0.2; echo two' &; wait; echo three"), code: 0, stdout: /one\n[^]*two\n[^]*three\n(\[1\].* Done .*\n)?$/, fresh: true },
];
