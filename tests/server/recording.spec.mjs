// Recordings of terminals as asciicast files: what is in them, over restarts, and what is refused.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { environment_of, start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

let shared = null;
function server() {
  shared ??= start();
  return shared;
}

/** Reads an asciicast as a player would; throws at whatever is none. */
export function parse_cast(text) {
  assert.ok(text.endsWith('\n'), 'the last line has no end');
  const [head, ...lines] = text.slice(0, -1).split('\n').map((line) => JSON.parse(line));
  assert.equal(head.version, 2);
  let before = 0;
  for (const [time, kind, data] of lines) {
    assert.ok(time >= before && 'orm'.includes(kind) && typeof data === 'string', JSON.stringify([time, kind, data]));
    before = time;
  }
  const of = (kind) => lines.filter((line) => line[1] === kind).map((line) => line[2]);
  return { head, lines, output: of('o').join(''), sizes: of('r'), markers: of('m') };
}

const record = (s, id, body = {}) => s.api('POST', `/api/agent/terminals/${id}/record`, body);
const stop = (s, id) => s.api('POST', `/api/agent/terminals/${id}/record/stop`, {});
const text_of = async (s, recording, query = '') => (await ask(s.unix, { path: `/api/agent/recordings/${recording}${query}` })).text;
const cast = async (s, recording) => parse_cast(await text_of(s, recording));

spec('recording: output, sizes and commands, with times; a file of its owner alone', async () => {
  const s = await server();
  const { id } = await s.shell({ name: 'show', cols: 90, rows: 30 });
  await s.exec(id, 'echo before');
  const began = await record(s, id, { title: 'a title' });
  assert.deepEqual([began.state, began.terminal_id, began.cols, began.rows], ['running', id, 90, 30]);
  await s.exec(id, "printf 'caf\\303\\251 \\344\\275'; sleep 0.4; printf '\\240\\n'");
  await s.api('POST', `/api/agent/terminals/${id}/resize`, { cols: 100, rows: 31 });
  await s.exec(id, 'echo after the resize');
  await s.exec(id, ' echo a private command');
  const again = await ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/record`, body: {} });
  assert.deepEqual([again.status, again.code], [409, 'conflict']);
  const ended = await stop(s, id);
  assert.deepEqual([ended.state, ended.cols, ended.recording_id], ['stopped', 100, began.recording_id]);
  const { head, lines, output, sizes, markers } = await cast(s, ended.recording_id);
  assert.deepEqual([head.width, head.height, head.title], [90, 30, 'a title']);
  assert.ok(lines[0][2].includes('before'), 'the screen at the beginning');
  assert.ok(output.includes('café 你') && output.includes('after the resize'), output);
  assert.deepEqual(sizes, ['100x31']);
  assert.deepEqual([markers.length, markers[1]], [2, 'echo after the resize']);
  const time = (word) => lines.find((line) => line[1] === 'o' && line[2].includes(word))[0];
  assert.ok(time('你') - time('café') >= 0.35, `${time('café')} ${time('你')}`);
  const folder = join(s.home, 'duotty', 'state', 'recordings');
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  assert.equal(readFileSync(join(folder, `${ended.recording_id}.cast`)).length, ended.bytes);
  await s.close(id);
});

spec('recording: a secret typed without echo is not in it', async () => {
  const s = await server();
  const { id } = await s.shell();
  const { recording_id } = await record(s, id);
  await s.input(id, { data: 'read -s -r word && echo "length ${#word}"' });
  await until(async () => (await s.get(id)).state === 'running', 'read to wait');
  await s.input(id, { data: 'correct horse' });
  await until(async () => (await s.screen(id)).join('\n').includes('length 13'), 'the answer');
  await stop(s, id);
  const text = await text_of(s, recording_id);
  assert.ok(text.includes('length 13') && !text.includes('correct horse'));
  await s.close(id);
});

spec('recording: it goes on when the worker is killed, every byte once', async () => {
  const s = await start();
  const { id } = await s.create({ command: ['/bin/sh', '-c', 'stty -echo; i=0; while read -r x; do for j in 1 2 3 4 5 6 7 8 9 10; do i=$((i+1)); echo "line $i"; done; done'] });
  const { recording_id } = await record(s, id);
  let lines = 0;
  const more = async () => {
    await s.input(id, { data: 'go' });
    lines += 10;
    await until(async () => (await s.screen(id)).some((line) => line.trim() === `line ${lines}`), `line ${lines}`);
  };
  for (let turn = 0; turn < 3; turn += 1) {
    await more();
    await more();
    await s.kill_worker();
    await s.back();
    assert.equal((await s.api('GET', '/api/agent/recordings')).recordings[0].state, 'running');
  }
  await more();
  await s.close(id);
  const ended = await until(async () => {
    const [one] = (await s.api('GET', '/api/agent/recordings')).recordings;
    return one.state === 'ended' && one;
  }, 'the end of the recording');
  const { output, markers } = await cast(s, recording_id);
  const seen = [...output.matchAll(/line (\d+)\r\n/g)].map((found) => Number(found[1]));
  assert.deepEqual(seen, Array.from({ length: lines }, (_, at) => at + 1));
  assert.deepEqual(markers, []);
  assert.equal(ended.recording_id, recording_id);
  await s.stop();
  const again = await start({ home: s.home });
  assert.equal((await again.api('GET', '/api/agent/recordings')).recordings[0].state, 'ended');
  assert.equal((await cast(again, recording_id)).output, output);
  await again.stop();
});

spec('recording: it ends at its limit with a whole line', async () => {
  const s = await server();
  const { id } = await s.shell();
  const { recording_id } = await record(s, id, { max_bytes: 20_000 });
  await s.exec(id, 'i=0; while [ $i -lt 900 ]; do i=$((i+1)); echo "a line of some length, number $i"; [ $((i % 50)) = 0 ] && sleep 0.05; done');
  const full = await until(async () => {
    const one = (await s.api('GET', `/api/agent/recordings?terminal_id=${id}`)).recordings[0];
    return one.state === 'full' && one;
  }, 'the limit');
  assert.ok(full.bytes <= 20_000 && full.bytes > 5_000, String(full.bytes));
  parse_cast(await text_of(s, recording_id));
  const another = await record(s, id);
  await stop(s, id);
  await s.api('DELETE', `/api/agent/recordings/${another.recording_id}`);
  await s.close(id);
});

spec('recording: read in parts of whole lines, removed, and only by those who may see its terminal', async () => {
  const s = await server();
  const token = await s.token('theirs', ['read', 'type', 'exec'], { owner: 'team' });
  const as = (method, path, body) => ask(s.tcp, { method, path, body, headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' } });
  const { id } = await s.shell();
  const { recording_id } = await record(s, id);
  await s.exec(id, 'seq 500');
  const { bytes } = await stop(s, id);
  const whole = await text_of(s, recording_id);
  let text = '';
  for (;;) {
    const part = await text_of(s, recording_id, `?offset=${Buffer.byteLength(text)}&limit=300`);
    if (part === '') break;
    assert.ok(part.endsWith('\n'));
    text += part;
  }
  assert.deepEqual([text, Buffer.byteLength(whole)], [whole, bytes]);
  const mine = (await as('POST', '/api/agent/terminals', { command: ['/bin/cat'] })).json;
  assert.equal((await as('POST', `/api/agent/terminals/${mine.id}/record`, {})).status, 200);
  assert.deepEqual((await as('GET', '/api/agent/recordings')).json.recordings.map((one) => one.terminal_id), [mine.id]);
  for (const [method, path] of [['GET', `/api/agent/recordings/${recording_id}`], ['DELETE', `/api/agent/recordings/${recording_id}`]]) {
    assert.equal((await as(method, path)).code, 'not_found', path);
  }
  assert.equal((await as('GET', '/api/agent/recordings/..%2Fevent_id')).status >= 400, true);
  const running = (await as('GET', '/api/agent/recordings')).json.recordings[0];
  assert.equal((await as('DELETE', `/api/agent/recordings/${running.recording_id}`)).status, 200);
  await s.api('DELETE', `/api/agent/recordings/${recording_id}`);
  assert.equal((await ask(s.unix, { path: `/api/agent/recordings/${recording_id}` })).code, 'not_found');
  assert.ok(!readdirSync(join(s.home, 'duotty', 'state', 'recordings')).some((name) => name.startsWith(recording_id)));
  await s.close(id);
  await s.close(mine.id);
});

spec('recording: what is kept of a terminal, as a cast; nothing on disk without history', async () => {
  const s = await start({ args: ['--no-history'] });
  const { id } = await s.shell({ cols: 80 });
  await s.exec(id, 'echo first');
  await s.exec(id, 'echo second');
  const { output, markers, head } = parse_cast((await ask(s.unix, { path: `/api/agent/terminals/${id}/cast` })).text);
  assert.ok(output.includes('first') && output.includes('second'));
  assert.deepEqual([markers, head.width], [['echo first', 'echo second'], 80]);
  const refused = await ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/record`, body: {} });
  assert.equal(refused.code, 'unsupported', refused.text);
  await s.stop();
});

spec('recording: the command line records until Ctrl+C, and plays in a terminal', async () => {
  const s = await server();
  const { id } = await s.shell({ name: 'filmed', cols: 80, rows: 20 });
  const file = join(s.home, 'demo.cast');
  const child = spawn(process.env.DUOTTY_BIN, ['record', 'filmed', file, '--title', 'a demo'], { env: environment_of(s.home), cwd: s.home, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until(async () => (await s.api('GET', `/api/agent/recordings?terminal_id=${id}`)).recordings.length === 1, 'the recording to begin');
  await s.exec(id, 'echo filmed $((40 + 2))');
  child.kill('SIGINT');
  assert.equal(await ended, 0);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { head, output, markers } = parse_cast(readFileSync(file, 'utf8'));
  assert.deepEqual([head.title, output.includes('filmed 42'), markers], ['a demo', true, ['echo filmed $((40 + 2))']]);
  const again = await s.cli(['record', 'filmed', file]);
  assert.ok(again.code !== 0 && again.stderr.includes('--force'), again.stderr);
  const background = await s.cli(['record', 'filmed', '--background']);
  assert.match((await s.cli(['record'])).stdout, new RegExp(`${background.stdout.trim()} +filmed +running`));
  const stopped = await s.cli(['record', 'filmed', '-', '--stop']);
  assert.deepEqual([stopped.code, parse_cast(stopped.stdout).head.title], [0, 'filmed']);
  const kept = await s.cli(['record', 'filmed', join(s.home, 'kept.cast'), '--history']);
  assert.ok(kept.code === 0 && existsSync(join(s.home, 'kept.cast')), kept.stderr);
  const player = await s.create({ command: [process.env.DUOTTY_BIN, 'play', file, '--idle', '0.01'], cols: 80, rows: 24 });
  await until(async () => (await s.get(player.id)).alive === false, 'the end of the film');
  const played = await ask(s.unix, { path: `/api/agent/terminals/${player.id}/cast` });
  assert.ok(parse_cast(played.text).output.includes('filmed 42'), played.text);
  assert.equal((await s.get(player.id)).exit_code, 0);
  const long = join(s.home, 'long.cast');
  writeFileSync(long, '{"version": 2, "width": 80, "height": 24}\n[0, "o", "begins"]\n[100000, "o", "ends"]\n');
  const slow = await s.create({ command: [process.env.DUOTTY_BIN, 'play', long], cols: 80, rows: 24 });
  await until(async () => (await s.screen(slow.id)).join('').includes('begins'), 'the first picture');
  await s.input(slow.id, { data: ' ', enter: false });
  await s.input(slow.id, { data: 'q', enter: false });
  await until(async () => (await s.get(slow.id)).exit_code === 0, 'the player to leave');
  assert.notEqual((await s.cli(['play', file])).code, 0);
  await s.close(id);
});
