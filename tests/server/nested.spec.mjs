// A shell inside the shell: an exec is refused with the reason `nested`, nothing is typed, and no exit code is made up.
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { main_server } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

const inner = [
  { name: 'bash', line: 'bash --norc', program: 'bash' },
  { name: 'zsh', line: 'zsh -f', program: 'zsh', file: '/usr/bin/zsh' },
  { name: 'fish', line: 'fish --no-config', program: 'fish', file: '/usr/bin/fish' },
  { name: 'dash', line: 'ENV= dash', program: 'dash', file: '/usr/bin/dash' },
  { name: 'ash', line: 'ENV= busybox ash', program: 'busybox', file: '/usr/bin/busybox' },
  { name: 'mksh', line: 'ENV= mksh', program: 'mksh', file: '/bin/mksh' },
  // A terminal of its own behind ours, as ssh, sudo and docker have.
  { name: 'a shell behind script', line: "SHELL=/bin/bash BASH_ENV= script -q -c 'bash --norc' /dev/null", program: 'script', file: '/usr/bin/script' },
];
if (process.getuid() === 0) inner.push({ name: 'a shell by su', line: 'su -s /bin/dash root', program: 'dash', file: '/usr/bin/dash' });

const refused = (s, id, more = {}) => ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, body: { command: 'echo never-typed', ...more } });
const type = (s, id, data) => s.input(id, { data, enter: true });

/** The error once the exec is refused because of a prompt inside. */
function nested(s, id) {
  return until(async () => {
    const answer = await refused(s, id);
    assert.equal(answer.code, 'busy', JSON.stringify(answer.json));
    return answer.json.error.details.reason === 'nested' && answer.json.error;
  }, 'the prompt inside to be seen');
}

async function leave(s, id) {
  await type(s, id, 'exit');
  await s.at_prompt(id);
  const result = await s.exec(id, "echo back; sh -c 'exit 3'");
  assert.deepEqual([result.status, result.exit_code, result.stdout], ['completed', 3, 'back\n']);
}

for (const one of inner.filter(({ file }) => !file || existsSync(file))) {
  spec(`nested: ${one.name} inside bash`, async () => {
    const s = await main_server();
    const { id } = await s.shell();
    await type(s, id, one.line);
    const { message, details } = await nested(s, id);
    assert.match(message, new RegExp(`is inside "${one.program}" \\(pid \\d+\\).*nothing was typed.*terminal\\.input.*isolated`));
    assert.deepEqual([details.process.name, details.process.nested, details.awaiting.kind], [one.program, true, 'line']);
    assert.deepEqual(details.next.map(({ method }) => method), ['terminal.input', 'terminal.exec', 'terminal.exec', 'terminal.wait']);
    assert.ok(!(await s.screen(id)).join('\n').includes('never-typed'));
    await leave(s, id);
    await s.close(id);
  });
}

for (const outer of ['/usr/bin/zsh', '/usr/bin/fish', '/usr/bin/dash', '/bin/mksh'].filter((file) => existsSync(file))) {
  spec(`nested: bash inside ${outer}`, async () => {
    const s = await main_server();
    const { id } = await s.shell({ shell: outer });
    await type(s, id, 'bash --norc');
    assert.equal((await nested(s, id)).details.process.name, 'bash');
    await leave(s, id);
    await s.close(id);
  });
}

spec('nested: what shows a container', async () => {
  const s = await main_server();
  const { id } = await s.shell();
  const program = join(s.home, 'docker');
  await writeFile(program, '#!/bin/bash\nexec -a docker /usr/bin/python3 -c \'import pty, sys; pty.spawn(sys.argv[1:])\' bash --norc\n');
  await chmod(program, 0o755);
  await type(s, id, program);
  assert.match((await nested(s, id)).message, /is inside "python3"/);
  await leave(s, id);
  await s.close(id);
});

spec('nested: the command line and a queued exec say so too', async () => {
  const s = await main_server();
  const { id } = await s.shell();
  await type(s, id, 'bash --norc');
  await nested(s, id);
  const json = await s.cli(['--json', 'exec', id, '--', 'true']);
  const { error } = JSON.parse(json.stderr);
  assert.deepEqual([json.code, json.stdout, error.code, error.details.reason, error.details.process.name], [75, '', 'busy', 'nested', 'bash']);
  const call = await s.cli(['--json', 'call', 'terminal.exec', '-p', `terminal_id=${id}`, '-p', 'command=true']);
  assert.equal(JSON.parse(call.stderr).error.details.reason, 'nested');
  const missing = await s.cli(['--json', 'exec', 'nowhere', '--', 'true']);
  assert.equal(JSON.parse(missing.stderr).error.details, undefined);
  const queued = (await refused(s, id, { queue: true, timeout: 2 })).json;
  assert.deepEqual([queued.status, queued.reason, queued.exit_code, queued.process.nested], ['not_started', 'nested', null, true]);
  const waited = await s.cli(['exec', '--queue', '--timeout', '2', id, '--', 'true']);
  assert.equal(waited.code, 75);
  assert.match(waited.stderr, /Not run: bash has a prompt of its own/);
  await leave(s, id);
  await s.close(id);
});

spec('nested: a command that opens a shell waits for input and has no code', async () => {
  const s = await main_server();
  const { id } = await s.shell();
  const opened = await until(async () => {
    const result = await s.exec(id, 'bash --norc', { timeout: 2 });
    if (result.process?.nested) return result;
    await type(s, id, 'exit');
    await s.at_prompt(id);
    return null;
  }, 'the prompt inside');
  assert.deepEqual([opened.status, opened.ok, opened.exit_code, opened.awaiting.kind], ['awaiting_input', false, null, 'line']);
  await leave(s, id);
  await s.close(id);
});

spec('nested: a script, a command inside, and `read` are no shells at a prompt', async () => {
  const s = await main_server();
  const { id } = await s.shell();
  const busy_with = async (line, program) => {
    await type(s, id, line);
    return until(async () => {
      const answer = await refused(s, id);
      const { details } = answer.json.error ?? {};
      return details?.process?.name === program && details;
    }, `${program} to be refused`);
  };
  assert.equal((await busy_with("bash -c 'sleep 61; true'", 'bash')).reason, undefined);
  await s.input(id, { keys: ['ctrl+c'] });
  await s.at_prompt(id);
  await type(s, id, 'bash --norc');
  await nested(s, id);
  assert.equal((await busy_with('sleep 61', 'sleep')).reason, undefined);
  await s.input(id, { keys: ['ctrl+c'] });
  await nested(s, id);
  await leave(s, id);
  const reads = await busy_with("read -rp 'name> ' name", 'bash');
  assert.deepEqual([reads.reason, reads.process.nested], [undefined, false]);
  await s.close(id);
});
