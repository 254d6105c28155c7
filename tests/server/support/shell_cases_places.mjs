// Directories, variables and input of one command, what stays for the next one, and what waits for somebody.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../e2e/support/wait.mjs';
import { honest } from './shell_cases.mjs';

const five = { posix: '(exit 5)', fish: "sh -c 'exit 5'" };

const here = [
  ...[['blanks', 'a  b'], ['a newline', 'a\nb'], ['quotes', `a'b"c`], ['signs', 'a;b$HOME%41\\x'], ['letters', '世界 é'], ['a dash', '-n'], ['a colon', 'a:b']].map(([what, name]) => ({
    name: `a directory with ${what}`, run: { all: '' },
    play: async (t) => {
      const path = join(t.home, 'dirs', name);
      await mkdir(path, { recursive: true });
      assert.equal((await t.exec('pwd', { cwd: path })).stdout, `${path}\n`);
      const quoted = t.shell.family === 'fish' ? `'${path.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : `'${path.replaceAll("'", "'\\''")}'`;
      assert.equal((await t.exec(`cd ${quoted}`)).cwd, path);
      assert.equal((await t.done('pwd', `${path}\n`)).cwd, path);
    },
  })),
  {
    name: 'a directory whose name is no text', run: { bash: '', zsh: '', dash: '', ash: '' },
    play: async (t) => {
      const result = await t.exec('d=$(/usr/bin/printf "x\\377y"); mkdir -p "$d"; cd "$d"; (exit 5)');
      assert.deepEqual([result.status, result.exit_code], ['completed', 5], JSON.stringify(result));
      await t.done('ls -a | wc -l', '2\n');
    },
  },
  {
    name: 'a directory that is gone', run: { all: '' },
    play: async (t) => {
      await t.done('mkdir gone; cd gone; rmdir ../gone', undefined, 0);
      await t.done(`echo here; ${t.words(five)}`, /here\n/, 5);
      await t.done('cd /; pwd', /\/\n$/);
    },
  },
  {
    name: 'a directory for one command', run: { all: '' },
    play: async (t) => {
      const home = (await t.exec('pwd')).stdout;
      await t.done(`pwd; ${t.words(five)}`, '/usr\n', 5, { cwd: '/usr' });
      await t.done('cd /etc; pwd', '/etc\n', 0, { cwd: '/usr' });
      await t.done('pwd', home);
      const missing = await t.exec('touch made', { cwd: '/no/such/folder' });
      assert.ok(!missing.ok || missing.exit_code > 0, JSON.stringify(missing));
      await t.done('ls made', undefined, 2);
    },
  },
  {
    name: 'variables for one command', run: { all: '' },
    play: async (t) => {
      const value = `it's "here" $HOME \\ 世界`;
      await t.done(`printenv WORD; ${t.words(five)}`, `${value}\n`, 5, { env: { WORD: value } });
      await t.done('printenv WORD', '', 1);
      await t.done('printenv A B', '1\n2 3\n', 0, { env: { A: '1', B: '2 3' } });
    },
  },
  {
    name: 'standard input for one command', run: { all: '' },
    play: async (t) => {
      await t.done(`cat; ${t.words(five)}`, 'one\ntwo', 5, { stdin_b64: Buffer.from('one\ntwo').toString('base64') });
      await t.done('wc -c', '300000\n', 0, { stdin_b64: Buffer.alloc(300_000, 'x').toString('base64') });
    },
  },
  {
    name: 'cd, CDPATH and back', run: { posix: '' },
    play: async (t) => {
      await t.done('CDPATH=/usr:/; export CDPATH', '');
      await t.done('cd bin; pwd', /\/bin\n$/);
      await t.done('pwd', '/usr\n', 0, { cwd: '/usr' });
      await t.done('cd / && cd /etc && cd - >/dev/null && pwd', '/\n');
    },
  },
  {
    name: 'pushd and popd', run: { bash: '', zsh: '', fish: '' },
    play: async (t) => {
      assert.equal((await t.done('pushd /usr', undefined, 0)).cwd, '/usr');
      assert.equal((await t.done('popd', undefined, 0)).cwd, t.home);
    },
  },
  {
    name: 'the next command sees the code of the last', run: { all: '' },
    play: async (t) => {
      const see = t.words({ posix: 'echo $?', fish: 'echo $status' });
      await t.done(t.words({ posix: '(exit 42)', fish: "sh -c 'exit 42'" }), '', 42);
      await t.done(see, '42\n');
      await t.done(see, '0\n');
      await t.done('false', '', 1);
      await t.done(t.words({ posix: 'echo $?; echo $?', fish: 'echo $status; echo $status' }), '1\n0\n');
    },
  },
  {
    name: 'the next command sees the last word of the one before', run: { bash: '', zsh: '' },
    play: async (t) => {
      await t.done('echo a b last', 'a b last\n');
      await t.done('echo $_', 'last\n');
    },
  },
  {
    name: 'variables, functions and aliases stay', run: { all: '' },
    play: async (t) => {
      await t.done(t.words({ posix: "v='a b'\nf() { echo \"f $1\"; return 4; }\nalias hi='echo hello'", fish: "set -g v 'a b'\nfunction f; echo f $argv[1]; return 4; end\nalias hi='echo hello'" }), '');
      await t.done('echo "$v"', 'a b\n');
      await t.done('f x', 'f x\n', 4);
      await t.done('hi you', 'hello you\n');
    },
  },
  {
    name: 'history has the commands once, in their order', run: { bash: '' }, params: { env: { HISTFILE: '/dev/null' } },
    play: async (t) => {
      await t.done('echo first', 'first\n');
      await t.done('for i in 1 2\ndo echo $i\ndone', '1\n2\n');
      await t.done("cat <<'E'\nx\nE", 'x\n');
      const { stdout } = await t.done('history', undefined, 0);
      assert.match(stdout, /^ +1 +echo first\n +2 +for i in 1 2; do echo \$i; done\n +3 +cat <<'E'\nx\nE\n\n? +4 +history\n$/);
    },
  },
  {
    name: 'nothing of ours is seen in variables', run: { bash: 'set', zsh: 'set', dash: 'set', ash: 'set', mksh: 'set' },
    play: async (t) => {
      const { stdout } = await t.done('env', undefined, 0);
      assert.ok(!/^(__duotty|PROMPT_COMMAND|PS0)/m.test(stdout), stdout);
      await t.done('trap', '');
    },
  },
];

const waits = [
  {
    name: 'a program that reads a line', run: { all: '' },
    play: async (t) => {
      const result = await t.late(`sh -c 'printf "Name? "; read n; echo "got $n"; exit 4'`, { status: 'awaiting_input', exit_code: null, 'awaiting.kind': 'line', 'awaiting.echo': true });
      assert.match(result.awaiting.prompt_text, /Name\?/);
      await t.type('Ada');
      await t.prompt();
      assert.match((await t.rows()).join('\n'), /got Ada/);
    },
  },
  {
    name: 'the shell itself reads a line', run: { posix: '' },
    play: async (t) => {
      // busybox polls before it reads, which does not look like reading.
      const [status, kind] = t.shell.name === 'ash' ? ['timeout', null] : ['awaiting_input', 'line'];
      await t.late('printf "Name? "; read n; echo "got $n"', { status, exit_code: null, 'awaiting.kind': kind, stdout: 'Name? ' });
      await t.type('Ada');
      await t.prompt();
      await t.done('echo "$n"', 'Ada\n');
    },
  },
  {
    name: 'a password', run: { all: '' },
    play: async (t) => {
      const result = await t.late(`sh -c 'stty -echo; printf "[sudo] password for me: "; read p; stty echo; exit 6'`, { status: 'awaiting_input', 'awaiting.kind': 'password', 'awaiting.echo': false });
      assert.match(result.awaiting.prompt_text, /password for me:/);
      await t.type('secret');
      await t.prompt();
      assert.ok(!(await t.rows()).join('\n').includes('secret'));
    },
  },
  {
    name: 'cat without a file', run: { all: '' },
    play: async (t) => {
      await t.late('cat', { status: 'awaiting_input', foreground: 'cat', 'awaiting.kind': 'line' });
      await t.keys('ctrl+d');
      await t.prompt();
    },
  },
  {
    name: 'a program with a line editor', run: { all: '' },
    play: async (t) => {
      // Node's own works as those do that poll; it is what runs these tests.
      const node = `${process.execPath} -e "require('repl').start('ask> ')"`;
      await t.late(node, { status: 'awaiting_input', 'awaiting.kind': 'line', 'awaiting.prompt_text': 'ask>' }, { leave: async () => {
        await t.keys('ctrl+d');
        await t.prompt();
      } });
      await t.keys('ctrl+d');
      await t.prompt();
    },
  },
  ...[['less', 'less /etc/passwd', { data: 'q' }], ['vim', 'vim -u NONE', { data: ':q!\r' }], ['nano', 'nano', { data: '\x18' }], ['top', 'top', { data: 'q' }]].map(([program, command, leave]) => ({
    name: `a full screen: ${program}`, run: { all: '' },
    play: async (t) => {
      if ((await t.exec(`command -v ${program} >/dev/null`)).exit_code !== 0) return;
      // What comes before a program has made its settings is thrown away by them: again until it is gone.
      const left = async () => {
        for (let tries = 0; (await t.get()).state !== 'prompt'; tries += 1) {
          if (tries % 50 === 0) await t.server.input(t.id, { ...leave, enter: false, raw: true });
          assert.ok(tries < 1000, `${program} does not end`);
          await new Promise((resolve) => setTimeout(resolve, 40));
        }
        await t.keys('ctrl+c');
        await t.prompt();
      };
      await t.late(command, { status: 'awaiting_input', exit_code: null, 'awaiting.kind': 'tui', foreground: program }, { leave: left });
      await left();
    },
  })),
  {
    name: 'a program that waits for something else', run: { all: '' },
    play: async (t) => {
      await t.late('sleep 60', { status: 'timeout', awaiting: null, 'process.name': 'sleep', 'process.reads': false });
      await t.keys('ctrl+c');
      await t.prompt();
    },
  },
  ...[['raw', 'stty raw; echo x'], ['without echo', 'stty -echo'], ['without signals', 'stty -isig'], ['without carriage returns', 'stty -onlcr'], ['sane', 'stty sane'], ['without everything', 'stty -icanon -echo -isig min 0 time 0']].map(([what, command]) => ({
    name: `a terminal left ${what}`, run: { all: '' },
    play: async (t) => {
      honest(await t.exec(`${command}; ${t.words(five)}`), 5);
      const next = await t.exec(`echo next; ${t.words(five)}`, { timeout: 5 }).catch((error) => ({ status: error.message, ok: false, exit_code: null }));
      honest(next, 5);
      // A shell without a line editor takes a read that comes back empty for the end.
      if (what === 'without everything' && t.shell.name === 'dash') return 'over';
      assert.equal(next.status, 'completed', JSON.stringify(next));
      await t.exec('stty sane');
      return undefined;
    },
  })),
  {
    name: 'a terminal that is resized while a command runs', run: { all: '' },
    play: async (t) => {
      const running = t.exec("sh -c 'sleep 0.7; stty size; exit 3'");
      await until(async () => (await t.get()).state === 'running', 'the command');
      await t.server.api('POST', `/api/agent/terminals/${t.id}/resize`, { cols: 101, rows: 31 });
      const result = await running;
      assert.deepEqual([result.status, result.exit_code, result.stdout], ['completed', 3, '31 101\n'], JSON.stringify(result));
    },
  },
];

const unfinished = [
  ['a double quote', 'echo "never closed'], ['a single quote', "echo 'never closed"], ['an if', { posix: 'if true', fish: 'if true' }], ['a loop', { posix: 'for i in 1 2; do', fish: 'for i in 1 2' }],
  ['a here document', { posix: 'cat <<END\nno end' }], ['a substitution', { posix: 'echo $(', fish: 'echo (' }], ['a group', { posix: '{ echo a', fish: 'begin; echo a' }], ['a pipe', 'echo a |'], ['an and', { posix: 'true &&' }], ['a backslash', 'echo a\\'],
].map(([what, command]) => ({
  name: `unfinished: ${what}`,
  run: command,
  play: async (t) => {
    const result = await t.exec(t.words(command), { timeout: 4 });
    const described = JSON.stringify(result);
    if (result.status === 'incomplete') assert.deepEqual([result.ok, result.exit_code], [false, null], described);
    else assert.ok(result.status === 'completed' && result.exit_source === 'mark', described);
    if (t.shell.hooks && t.shell.name !== 'fish' && !['a here document', 'a backslash'].includes(what)) assert.equal(result.status, 'incomplete', described);
    await t.prompt();
  },
}));

export const places = [...here, ...waits, ...unfinished];
