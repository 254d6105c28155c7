// The files of a host behind an SSH connection: the same methods and the same stream as for the server's own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { Sshd } from './support/sshd.mjs';
import { spec } from './support/suite.mjs';

const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function with_host(body) {
  const sshd = await Sshd.start();
  const server = await start();
  const token = await server.token('files-spec', ['ssh', 'files', 'admin']);
  const headers = { Authorization: `Bearer ${token}` };
  const made = await ask(server.tcp, { method: 'POST', path: '/api/agent/ssh/connections', headers, body: { ...sshd.connection(), title: 'box', auth_type: 'key', private_key_path: await sshd.key(), host_key_policy: 'accept_new' } });
  assert.equal(made.status, 200, made.text);
  const folder = join(sshd.folder, 'files');
  await mkdir(folder);
  const call = (name, params, more = {}) => {
    const posts = !['list', 'stat', 'read', 'roots'].includes(name);
    const all = { connection_id: made.json.id, ...params };
    const path = `/api/files/${name}${posts ? '' : `?${new URLSearchParams(all)}`}`;
    return ask(server.tcp, { method: posts ? 'POST' : 'GET', path, headers: { ...headers, ...more }, ...(posts ? { body: all } : {}) });
  };
  const good = async (name, params) => {
    const answer = await call(name, params);
    assert.equal(answer.status, 200, `${name}: ${answer.text}`);
    return answer.json;
  };
  try {
    await body({ sshd, server, id: made.json.id, folder, call, good, headers });
  } finally {
    await server.stop();
    await sshd.stop();
  }
}

/** A whole file by GET, as bytes. */
async function download(s, path, headers = {}) {
  const answer = await fetch(`${s.server.url}/api/files/content?${new URLSearchParams({ connection_id: s.id, path })}`, { headers: { ...s.headers, ...headers } });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
}

const upload = (s, path, body, more = {}) =>
  fetch(`${s.server.url}/api/files/content?${new URLSearchParams({ connection_id: s.id, path, ...more })}`, { method: 'PUT', headers: { ...s.headers, 'Content-Type': 'application/octet-stream', 'X-Duotty': '1' }, body });

spec('files of a host: listed, read, written, renamed and removed as there', () => with_host(async (s) => {
  await writeFile(join(s.folder, 'notes.txt'), 'grüße\n', { mode: 0o640 });
  await symlink('notes.txt', join(s.folder, 'way'));
  await mkdir(join(s.folder, 'sub'));
  assert.equal((await s.good('roots', {})).via, 'sftp');
  const { entries } = await s.good('list', { path: s.folder });
  assert.deepEqual(entries.map(({ name, kind }) => [name, kind]).sort(), [['notes.txt', 'file'], ['sub', 'folder'], ['way', 'link']]);
  const read = await s.good('read', { path: join(s.folder, 'way') });
  assert.equal(read.text, 'grüße\n');
  await s.good('write', { path: join(s.folder, 'notes.txt'), text: 'other\n', conflict: 'overwrite', if_match: read.etag });
  assert.equal(await readFile(join(s.folder, 'notes.txt'), 'utf8'), 'other\n');
  assert.equal((await stat(join(s.folder, 'notes.txt'))).mode & 0o777, 0o640);
  const stale = await s.call('write', { path: join(s.folder, 'notes.txt'), text: 'late\n', conflict: 'overwrite', if_match: read.etag });
  assert.deepEqual([stale.status, stale.code], [409, 'conflict']);
  await s.good('mkdir', { path: join(s.folder, 'made') });
  await s.good('rename', { path: join(s.folder, 'notes.txt'), to: join(s.folder, 'made/notes.txt') });
  // A link in a folder that is removed is removed, and what it leads to is not.
  await writeFile(join(s.sshd.folder, 'kept'), 'kept');
  await symlink(s.sshd.folder, join(s.folder, 'made/out'));
  const removed = await s.good('remove', { path: join(s.folder, 'made'), recursive: true });
  assert.deepEqual([removed.removed, removed.failed], [3, 0], JSON.stringify(removed));
  assert.equal(await readFile(join(s.sshd.folder, 'kept'), 'utf8'), 'kept');
  const missing = await s.call('read', { path: join(s.folder, 'nothing') });
  assert.deepEqual([missing.status, missing.code], [404, 'not_found']);
}));

spec('files of a host: large ones both ways on one connection, while a command runs there', () => with_host(async (s) => {
  const bytes = randomBytes(24 << 20);
  const path = join(s.folder, 'large');
  const run = ask(s.server.tcp, { method: 'POST', path: `/api/agent/ssh/${s.id}/run`, headers: s.headers, body: { command: 'echo meanwhile' } });
  const [up, ran] = await Promise.all([upload(s, path, bytes), run]);
  assert.equal(up.status, 201, await up.text());
  assert.equal(ran.json.stdout, 'meanwhile\n');
  assert.equal(sha(await readFile(path)), sha(bytes));
  const [one, two, part] = await Promise.all([download(s, path), download(s, path), download(s, path, { Range: 'bytes=1000000-1000099' })]);
  assert.deepEqual([sha(one.bytes), sha(two.bytes)], [sha(bytes), sha(bytes)]);
  assert.deepEqual([part.status, part.bytes.equals(bytes.subarray(1_000_000, 1_000_100))], [206, true]);
  assert.equal((await upload(s, path, 'x')).status, 409, 'nothing is replaced unasked');
  assert.equal(s.sshd.log.match(/Accepted publickey/g).length, 1, 'one sign-in for all of it');
}));

spec('files of a host: a connection that is lost is made again; who may not, may not', () => with_host(async (s) => {
  await writeFile(join(s.folder, 'a'), 'a');
  await s.good('stat', { path: join(s.folder, 'a') });
  const served = (await ask(s.server.tcp, { method: 'POST', path: `/api/agent/ssh/${s.id}/run`, headers: s.headers, body: { command: 'echo $PPID' } })).json.stdout.trim();
  process.kill(Number(served), 'SIGKILL');
  // The first call after it may still meet the connection that was.
  let again;
  for (let i = 0; i < 3 && again?.status !== 200; i += 1) again = await s.call('stat', { path: join(s.folder, 'a') });
  assert.equal(again.status, 200, again.text);
  await s.server.kill_worker();
  await s.server.back();
  assert.equal((await s.good('read', { path: join(s.folder, 'a') })).text, 'a');
  const only_files = await s.server.token('only-files', ['files']);
  const denied = await s.call('stat', { path: join(s.folder, 'a') }, { Authorization: `Bearer ${only_files}` });
  assert.deepEqual([denied.status, denied.code], [403, 'denied']);
  const nowhere = await s.call('stat', { connection_id: 'nowhere', path: '/' });
  assert.equal(nowhere.status, 404, nowhere.text);
}));

/** Puts links to another folder in the place of each, again and again, until its input ends. */
const kSwap = `
const fs = require('fs');
const [folder, other] = process.argv.slice(1);
const names = fs.readdirSync(folder);
process.chdir(folder);
process.stdin.on('end', () => process.exit()).resume();
const round = () => {
  for (const name of names) {
    try { fs.renameSync(name, 'x' + name); fs.symlinkSync(other, name); fs.unlinkSync(name); fs.renameSync('x' + name, name); } catch {}
  }
  setImmediate(round);
};
console.log('began');
round();
`;

spec('files of a host: links that are swapped in while a tree is removed lead nowhere', () => with_host(async (s) => {
  const [trap, other] = ['trap', 'other'].map((name) => join(s.folder, name));
  await mkdir(other);
  const kept = Array.from({ length: 100 }, (_, i) => `f${i}`);
  for (const name of kept) await writeFile(join(other, name), name);
  for (let round = 0; round < 2; round += 1) {
    for (let i = 0; i < 8; i += 1) {
      await mkdir(join(trap, `d${i}`), { recursive: true });
      for (const name of kept) await writeFile(join(trap, `d${i}`, name), '');
    }
    const swapper = spawn(process.execPath, ['-e', kSwap, trap, other], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => swapper.once('close', resolve));
    await new Promise((resolve) => swapper.stdout.once('data', resolve));
    await s.good('remove', { path: trap, recursive: true });
    swapper.stdin.end();
    await ended;
    assert.deepEqual((await readdir(other)).sort(), [...kept].sort());
    await rm(trap, { recursive: true, force: true });
  }
  assert.deepEqual(await readdir(s.folder), ['other']);
}));

spec('files of a host: what is too long is said, the home stays, a tree of any depth goes', () => with_host(async (s) => {
  const long = await s.call('mkdir', { path: join(s.folder, 'n'.repeat(256)) });
  assert.deepEqual([long.status, long.code], [400, 'invalid_params'], long.text);
  assert.match(long.text, /too long/);
  const home = await s.call('remove', { path: '~', recursive: true });
  assert.deepEqual([home.status, home.code], [403, 'denied'], home.text);
  await mkdir(join(s.folder, 'deep', 'd/'.repeat(1500)), { recursive: true });
  assert.equal((await s.good('remove', { path: join(s.folder, 'deep'), recursive: true })).removed, 1501);
  assert.deepEqual(await readdir(s.folder), []);
}));
