// `duotty attach` in a pane of a real tmux: tmux itself says what it has in its scrollback, how large the pane is and which
// modes are on.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { until } from '../e2e/support/wait.mjs';
import { environment_of, main_server, make_home } from './support/daemon.mjs';
import { spec } from './support/suite.mjs';

const run = promisify(execFile);
/** What tmux knows about the modes of a pane. */
const modes = '#{alternate_on} #{mouse_any_flag} #{mouse_sgr_flag} #{mouse_utf8_flag} #{cursor_flag} #{keypad_cursor_flag} #{keypad_flag} #{insert_flag} #{origin_flag} #{wrap_flag} #{scroll_region_upper}-#{scroll_region_lower}';
const plain = (rows) => `0 0 0 0 1 0 0 0 0 1 0-${rows - 1}`;

class Tmux {
  static async start(server, columns = 90, rows = 25) {
    const tmux = new Tmux();
    const home = await make_home();
    tmux.env = { ...environment_of(home), DUOTTY_HOME: server.environment.DUOTTY_HOME, TMUX_TMPDIR: home, DUOTTY: process.env.DUOTTY_BIN };
    await tmux.tell('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), "exec env PS1='pane$ ' bash --norc --noprofile");
    await tmux.shows(/pane\$ $/);
    return tmux;
  }

  async tell(...args) {
    return (await run('tmux', ['-L', 'duotty', ...args], { env: this.env })).stdout;
  }

  say(format) {
    return this.tell('display-message', '-p', format).then((text) => text.trimEnd());
  }

  /** Text and Enter. */
  async type(text) {
    await this.tell('send-keys', '-l', text);
    await this.tell('send-keys', 'Enter');
  }

  keys(...names) {
    return this.tell('send-keys', ...names);
  }

  /** The screen without its empty rows; with the scrollback when asked. */
  async text(history = false) {
    return (await this.tell('capture-pane', '-p', '-J', ...(history ? ['-S', '-'] : []))).replace(/\n+$/, '');
  }

  shows(pattern) {
    return until(async () => pattern.test(await this.text()), `${pattern} on the screen`).catch(async (error) => {
      throw new Error(`${error.message}\n${await this.text()}`);
    });
  }

  async attach(terminal, ...args) {
    await this.type(`"$DUOTTY" attach ${args.join(' ')} ${terminal}; echo "status=$?"`);
  }

  /** Ctrl+\ and what the shell of the pane says then. */
  async detach() {
    await this.keys('C-\\');
    await this.shows(/status=0\npane\$ ?$/);
  }

  async end() {
    await this.tell('kill-server').catch(() => undefined);
  }
}

function in_tmux(name, body) {
  spec(`attach in tmux: ${name}`, async () => {
    const server = await main_server();
    const { id } = await server.shell();
    await server.exec(id, "PS1='inner> '");
    const tmux = await Tmux.start(server);
    try {
      await body(tmux, server, id);
    } finally {
      await tmux.end();
      await server.close(id).catch(() => undefined);
    }
  });
}

in_tmux('what was printed before is in its scrollback, once and in order', async (tmux, server, id) => {
  await server.exec(id, 'seq -f line-%g 500');
  await tmux.attach(id);
  await tmux.shows(/line-500\ninner>/);
  const lines = [...(await tmux.text(true)).matchAll(/^line-(\d+)$/gm)].map(([, number]) => Number(number));
  assert.deepEqual(lines, Array.from({ length: 500 }, (_, i) => i + 1));
  await tmux.type('seq -f more-%g 100');
  await tmux.shows(/more-100\ninner>/);
  const text = await tmux.text(true);
  assert.deepEqual([...text.matchAll(/^more-(\d+)$/gm)].map(([, number]) => Number(number)), Array.from({ length: 100 }, (_, i) => i + 1));
  assert.equal(text.match(/^line-1$/gm).length, 1);
  await tmux.detach();
  // What was there stays; the terminal goes on.
  assert.match(await tmux.text(true), /^line-1$/m);
  assert.equal((await server.exec(id, 'echo alive')).stdout.trim(), 'alive');
});

in_tmux('the program has the size of the pane, also when that changes', async (tmux, server, id) => {
  await tmux.attach(id);
  await tmux.shows(/inner> ?$/);
  const size = async (columns, rows) => {
    await until(async () => {
      const { cols, rows: high } = await server.get(id);
      return cols === columns && high === rows;
    }, `${columns}x${rows}`);
    await tmux.type('clear; stty size');
    await tmux.shows(new RegExp(`^${rows} ${columns}\\ninner>`));
  };
  // tmux takes a row for its status line.
  const rows = Number(await tmux.say('#{pane_height}'));
  await size(90, rows);
  await tmux.tell('resize-window', '-x', '101', '-y', '31');
  await size(101, Number(await tmux.say('#{pane_height}')));
  await tmux.tell('split-window', '-d', '-h', 'exec sleep 1000');
  await size(Number(await tmux.say('#{pane_width}')), Number(await tmux.say('#{pane_height}')));
  await tmux.detach();
});

in_tmux('every mode that a program turned on is off after it', async (tmux, server, id) => {
  const rows = Number(await tmux.say('#{pane_height}'));
  assert.equal(await tmux.say(modes), plain(rows));
  await tmux.attach(id);
  await tmux.shows(/inner> ?$/);
  const on = '\\033[?1049h\\033[?1003;1006;2004;1004h\\033[?1h\\033=\\033[>1u\\033[=5u\\033[>4;2m\\033[?25l\\033[4h\\033[?6h\\033[?7l\\033[5;10r\\033[31;44;4mfull-screen';
  await tmux.type(`printf '${on}'; read -r x`);
  await until(async () => (await tmux.say(modes)) === `1 1 1 0 0 1 1 1 1 0 4-9`, 'the modes of the program').catch(async (error) => {
    throw new Error(`${error.message}: ${await tmux.say(modes)}`);
  });
  await tmux.detach();
  assert.equal(await tmux.say(modes), plain(rows));
  // Keys and pastes come as a shell expects them: no marks around the paste, no other keyboard protocol, no colours left.
  await tmux.type('clear; cat -v');
  await tmux.tell('set-buffer', 'pasted');
  await tmux.tell('paste-buffer', '-p');
  await tmux.keys('Enter', 'Up', 'C-b', 'M-x', 'C-i', 'Escape', 'Enter');
  await tmux.shows(/pasted\n\^\[\[A\^B\^\[x\s*\^\[$/);
  assert.doesNotMatch(await tmux.text(), /200~|201~|\^\[\[27;|\d+;\d+u/);
  await tmux.keys('C-c');
  assert.doesNotMatch((await tmux.tell('capture-pane', '-p', '-e')).replace(/\x1b\[(0|39|49)?m/g, ''), /\x1b\[/);
});

in_tmux('the keys that detach are as they were asked for, and a reader types nothing', async (tmux, server, id) => {
  await tmux.attach(id, '--detach-key', "'ctrl+] q'");
  await tmux.shows(/inner> ?$/);
  await tmux.type('echo by-$((40+2))');
  await tmux.shows(/^by-42$/m);
  await tmux.keys('C-]', 'q');
  await tmux.shows(/status=0\npane\$ ?$/);
  await tmux.type('clear');
  await tmux.attach(id, '--read-only');
  await tmux.shows(/inner> ?$/);
  await tmux.type('echo not-typed');
  await server.exec(id, 'echo seen');
  await tmux.shows(/^seen\ninner> ?$/m);
  assert.doesNotMatch((await server.screen(id)).join('\n'), /not-typed/);
  await tmux.detach();
});

in_tmux('it ends with the program, with its status and its modes off', async (tmux, server, id) => {
  await tmux.attach(id);
  await tmux.shows(/inner> ?$/);
  await tmux.type("printf '\\033[?1049h\\033[?1000;1006h\\033[?25l'; exit 7");
  await tmux.shows(/status=7\npane\$ ?$/);
  assert.equal(await tmux.say(modes), plain(Number(await tmux.say('#{pane_height}'))));
});
