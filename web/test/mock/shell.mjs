// A shell of a few words: enough to see prompts, colours, running commands, questions to the AI and an exit.

const prompt_of = (cwd) => `\x1b[1;32mme@mock\x1b[0m:\x1b[1;34m${cwd}\x1b[0m$ `;

const files = ['\x1b[1;34msrc\x1b[0m', '\x1b[1;34mtests\x1b[0m', 'CMakeLists.txt', '\x1b[1;32mbuild.sh\x1b[0m', 'README.md'];

function palette() {
  const row = (codes) => codes.map((code) => `\x1b[${code}m ${String(code).padStart(3)} \x1b[0m`).join('');
  const normal = [30, 31, 32, 33, 34, 35, 36, 37];
  return [row(normal), row(normal.map((c) => c + 60)), row(normal.map((c) => c + 10)), '\x1b[1mbold\x1b[0m \x1b[2mdim\x1b[0m \x1b[3mitalic\x1b[0m \x1b[4munderline\x1b[0m \x1b[9mstruck\x1b[0m \x1b[7minverse\x1b[0m'].join('\n');
}

const box = ['┌──────────┬──────────┐', '│ job      │ state    │', '├──────────┼──────────┤', '│ build    │ ✓ passed │', '│ 测试     │ ✗ failed │', '└──────────┴──────────┘', '▁▂▃▄▅▆▇█ ⠋⠙⠹⠸ →←↑↓ ●○'].join('\n');

export class Shell {
  constructor(terminal) {
    this.terminal = terminal;
    this.line = '';
    this.cwd = '/home/me/project';
    this.running = null;
    this.last_exit = 0;
    this.started_at = 0;
    this.question = null;
    this.queue = [];
  }

  start() {
    this.prompt(null);
  }

  /** Bytes from a viewer. */
  input(text) {
    this.received = (this.received ?? '') + text;
    for (const char of text.replace(/\x1b\[20[01]~/g, '').replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')) this.key(char);
  }

  key(char) {
    if (char === '\x03') return this.interrupt();
    if (this.running) return;
    if (char === '\r' || char === '\n') {
      const line = this.line;
      this.line = '';
      this.write('\r\n');
      this.queue = line.split(';').map((part) => part.trim());
      this.run(this.queue.shift());
    } else if (char === '\x7f') {
      if (this.line !== '') {
        this.line = this.line.slice(0, -1);
        this.write('\b \b');
      }
    } else if (char >= ' ') {
      this.line += char;
      this.write(char);
    }
  }

  put_on_line(text) {
    this.line += text;
    this.write(text);
  }

  interrupt() {
    if (this.question) return this.cancel_question();
    this.write('^C\r\n');
    clearTimeout(this.running?.timer);
    this.running = null;
    this.line = '';
    this.prompt(130);
  }

  run(line) {
    const [name = '', ...rest] = line.split(/\s+/);
    const text = line.slice(name.length).trim();
    if (line === '') return this.prompt(null);
    if (name === '#') return this.ask(text);
    this.started_at = Date.now();
    this.terminal.send_all({ type: 'command', state: 'running', exit_code: null, duration_ms: null, cwd: this.cwd });
    this.terminal.changed({ last_command: line });
    switch (name) {
      case 'echo': return this.finish(text.replace(/^(['"])(.*)\1$/, '$2'));
      case 'ls': return this.finish(files.join('  '));
      case 'pwd': return this.finish(this.cwd);
      case 'seq': return this.finish(Array.from({ length: Number(rest[0]) }, (_, n) => n + 1).join('\n'));
      case 'clear': return this.finish('\x1b[H\x1b[2J', '');
      case 'palette': return this.finish(palette());
      case 'box': return this.finish(box);
      case 'bell': this.terminal.send_all({ type: 'bell' }); return this.finish('\x07', '');
      case 'title': this.terminal.changed({ title: text }); this.terminal.send_all({ type: 'title', title: text }); return this.finish('', '');
      case 'links': return this.finish('see https://example.com/docs or \x1b]8;;https://example.org/hidden\x1b\\this\x1b]8;;\x1b\\');
      case 'link': return this.finish(`\x1b]8;;${text}\x1b\\follow me\x1b]8;;\x1b\\`);
      case 'copy': return this.finish(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`, '');
      case 'query': return this.query();
      case 'false': return this.finish('', '', 1);
      case 'sleep': return this.wait(Number(rest[0]) * 1000);
      case 'exit': return this.terminal.end(Number(rest[0] ?? 0));
      default: return this.finish(`${name}: command not found`, '\n', 127);
    }
  }

  /** Asks the terminal what it is and shows what came back: nothing may. */
  query() {
    this.received = '';
    this.write('\x1b[c\x1b[>c\x1b[6n\x1b[?2026$p\x1b]11;?\x07\x1bP$qm\x1b\\\x1b[18t');
    this.running = { timer: setTimeout(() => {
      this.running = null;
      this.finish(this.received === '' ? 'no reply' : `reply ${JSON.stringify(this.received)}`);
    }, 300) };
  }

  wait(ms) {
    this.running = { timer: setTimeout(() => {
      this.running = null;
      this.finish('', '');
    }, ms) };
  }

  ask(text) {
    const answer = `Shows what listens on the network for "${text}".`;
    const words = answer.split(' ');
    this.terminal.send_all({ type: 'ask', state: 'thinking', prefill: null, message: null });
    const step = () => {
      const word = words.shift();
      if (word === undefined) {
        this.question = null;
        this.write('\x1b[0m\r\n');
        this.prompt(null);
        this.terminal.send_all({ type: 'ask', state: 'done', prefill: 'ss -tulpn | sort', message: null });
        return;
      }
      this.terminal.send_all({ type: 'ask', state: 'streaming', prefill: null, message: null });
      this.write(`\x1b[2m${word} `);
      this.question.timer = setTimeout(step, 120);
    };
    this.question = { timer: setTimeout(step, 400) };
  }

  cancel_question() {
    if (!this.question) return;
    clearTimeout(this.question.timer);
    this.question = null;
    this.write('\x1b[0m\r\n');
    this.prompt(null);
    this.terminal.send_all({ type: 'ask', state: 'cancelled', prefill: null, message: null });
  }

  finish(output, end = '\n', exit_code = 0) {
    this.write((output + (output === '' ? '' : end)).replace(/\n/g, '\r\n'));
    this.prompt(exit_code);
  }

  prompt(exit_code) {
    if (this.queue.length > 0 && exit_code !== 130) return this.run(this.queue.shift());
    this.queue = [];
    this.write(prompt_of(this.cwd.replace('/home/me', '~')));
    const duration_ms = exit_code === null ? null : Date.now() - this.started_at;
    this.terminal.send_all({ type: 'command', state: 'prompt', exit_code, duration_ms, cwd: this.cwd });
  }

  write(text) {
    this.terminal.output(text);
  }
}
