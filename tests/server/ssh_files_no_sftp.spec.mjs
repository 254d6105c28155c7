// The files of hosts that offer no SFTP: by the shell, through the same methods, streams and transfers.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { Sshd } from './support/sshd.mjs';
import { spec } from './support/suite.mjs';

const MIB = 1 << 20;
const kNone = 'Subsystem nothing /bin/false';
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function with_host(body, { lines = [kNone], password } = {}) {
  const sshd = await Sshd.start({ lines, password });
  const server = await start();
  try {
    const token = await server.token('files-spec', ['ssh', 'files', 'admin']);
    const headers = { Authorization: `Bearer ${token}` };
    const { id } = await server.api('POST', '/api/agent/ssh/connections', { ...sshd.connection(), title: 'box', auth_type: 'key', private_key_path: await sshd.key(), host_key_policy: 'accept_new' });
    const folder = join(sshd.folder, 'files');
    await mkdir(folder);
    const call = (name, params) => {
      const posts = !['list', 'stat', 'read', 'roots'].includes(name);
      const all = { connection_id: id, ...params };
      const path = `/api/files/${name}${posts ? '' : `?${new URLSearchParams(all)}`}`;
      return ask(server.tcp, { method: posts ? 'POST' : 'GET', path, headers, ...(posts ? { body: all } : {}) });
    };
    const good = async (name, params) => {
      const answer = await call(name, params);
      assert.equal(answer.status, 200, `${name}: ${answer.text}`);
      return answer.json;
    };
    const fails = async (code, name, params) => {
      const answer = await call(name, params);
      assert.equal(answer.code, code, `${name}: ${answer.text}`);
      return answer;
    };
    const content = (path, more = {}, options = {}) => fetch(`${server.url}/api/files/content?${new URLSearchParams({ connection_id: id, path, ...more })}`, { ...options, headers: { ...headers, ...options.headers } });
    const upload = (path, bytes, more = {}) => content(path, more, { method: 'PUT', headers: { 'Content-Type': 'application/octet-stream', 'X-Duotty': '1' }, body: bytes });
    const download = async (path, more = {}) => {
      const answer = await content(path, {}, { headers: more });
      return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
    };
    const run = async (command) => (await server.api('POST', `/api/agent/ssh/${id}/run`, { command })).stdout;
    const settled = async (transfer_id) => {
      for (;;) {
        const now = await server.api('POST', `/api/transfers/${transfer_id}/wait`, {});
        if (!['waiting', 'running'].includes(now.state)) return now;
      }
    };
    const transfer = async (from, to, more = {}) => settled((await server.api('POST', '/api/transfers', { from, to, ...more })).transfer_id);
    await body({ sshd, server, id, folder, call, good, fails, upload, download, run, transfer, settled, there: (path) => ({ connection_id: id, path: join(folder, path) }) });
  } finally {
    await server.stop();
    await sshd.stop();
  }
}

spec('files without SFTP: listed, read, written, renamed and removed as there', () => with_host(async (s) => {
  const at = (name) => join(s.folder, name);
  assert.equal((await s.good('roots', {})).via, 'shell');
  const names = ['two\nlines', "it's", '$(touch x)', '-rf', ' blank ', '*', 'grüße', '.hidden', 'back\\slash', '#!"'];
  for (const name of names) {
    assert.equal((await s.good('write', { path: at(name), text: `${name}\0%s\\n'` })).created, true, name);
    assert.equal(await readFile(at(name), 'utf8'), `${name}\0%s\\n'`);
  }
  await writeFile(Buffer.concat([Buffer.from(`${s.folder}/`), Buffer.from([0x81, 0xff, 0x88])]), 'raw');
  await symlink('grüße', at('way'));
  const { entries } = await s.good('list', { path: s.folder, hidden: true });
  assert.deepEqual(new Set(entries.map(({ name, name_b64 }) => name_b64 ?? name)), new Set([...names, 'gf+I', 'way']));
  for (const name of names) {
    assert.equal((await s.good('read', { path: at(name), encoding: 'latin-1' })).size, Buffer.byteLength(name) + 6);
    await s.good('rename', { path: at(name), to: at('moved') });
    await s.good('rename', { path: at('moved'), to: at(name) });
  }
  const info = await s.good('stat', { path: at('way') });
  assert.deepEqual([info.info.target, info.info.target_kind], ['grüße', 'file']);

  await writeFile(at('notes'), 'one\n', { mode: 0o640 });
  const read = await s.good('read', { path: at('notes') });
  await s.good('write', { path: at('notes'), text: 'two\n', conflict: 'overwrite', if_match: read.etag });
  assert.deepEqual([await readFile(at('notes'), 'utf8'), (await stat(at('notes'))).mode & 0o777], ['two\n', 0o640]);
  await utimes(at('notes'), 1_600_000_000, 1_600_000_000);
  await s.fails('conflict', 'write', { path: at('notes'), text: 'late\n', conflict: 'overwrite', if_match: read.etag });
  await s.fails('conflict', 'write', { path: at('notes'), text: 'late\n', conflict: 'fail' });
  assert.equal((await s.good('write', { path: at('notes'), text: 'kept', conflict: 'rename' })).path, at('notes (1)'));
  await s.fails('conflict', 'rename', { path: at('notes'), to: at('notes (1)') });
  await s.good('rename', { path: at('notes'), to: at('notes (1)'), overwrite: true });
  assert.equal(await readFile(at('notes (1)'), 'utf8'), 'two\n');
  await s.fails('not_found', 'read', { path: at('nothing') });
  await s.fails('invalid_params', 'read', { path: s.folder });
  await s.fails('conflict', 'mkdir', { path: at('way') });
  await s.fails('not_found', 'mkdir', { path: at('none/sub') });

  await s.good('mkdir', { path: at('made') });
  await writeFile(at('made/file'), 'x');
  await s.fails('conflict', 'remove', { path: at('made') });
  await writeFile(join(s.sshd.folder, 'kept'), 'kept');
  await symlink(s.sshd.folder, at('made/out'));
  const removed = await s.good('remove', { path: at('made'), recursive: true });
  assert.deepEqual([removed.removed, removed.failed], [3, 0], JSON.stringify(removed));
  assert.equal(await readFile(join(s.sshd.folder, 'kept'), 'utf8'), 'kept');
  assert.deepEqual((await readdir(s.folder)).filter((name) => name.startsWith('.duotty')), []);
}));

spec('files without SFTP: 50 MB both ways on one connection, ranges, and an upload that goes on', () => with_host(async (s) => {
  const bytes = randomBytes(50 * MIB + 7);
  const path = join(s.folder, 'large');
  const [up, said] = await Promise.all([s.upload(path, bytes), s.run('echo meanwhile')]);
  assert.equal(up.status, 201, await up.text());
  assert.equal(said, 'meanwhile\n');
  assert.equal(sha(await readFile(path)), sha(bytes));
  const [one, two, middle, end] = await Promise.all([s.download(path), s.download(path), s.download(path, { Range: 'bytes=1000000-1000099' }), s.download(path, { Range: 'bytes=-300007' })]);
  assert.deepEqual([sha(one.bytes), sha(two.bytes)], [sha(bytes), sha(bytes)]);
  assert.deepEqual([middle.status, middle.bytes.equals(bytes.subarray(1_000_000, 1_000_100))], [206, true]);
  assert.deepEqual([end.status, end.bytes.equals(bytes.subarray(-300_007))], [206, true]);
  assert.equal((await s.upload(path, 'x')).status, 409, 'nothing is replaced unasked');
  const half = 20 * MIB + 11;
  const more = { upload_id: 'an-upload', size: bytes.length };
  const part = await s.upload(join(s.folder, 'again'), bytes.subarray(0, half), more);
  assert.deepEqual([part.status, (await part.json()).offset], [202, half]);
  const wrong = await s.upload(join(s.folder, 'again'), bytes.subarray(5), { ...more, offset: 5 });
  assert.deepEqual([wrong.status, (await wrong.json()).error.details.offset], [409, half]);
  const rest = await s.upload(join(s.folder, 'again'), bytes.subarray(half), { ...more, offset: half });
  assert.equal(rest.status, 201, await rest.text());
  assert.equal(sha(await readFile(join(s.folder, 'again'))), sha(bytes));
  assert.equal(s.sshd.log.match(/Accepted publickey/g).length, 1, 'one sign-in for all of it');
}));

spec('files without SFTP: transfers, with permissions, times, checksums and what breaks off', () => with_host(async (s) => {
  const bytes = randomBytes(64 * MIB);
  await writeFile(join(s.server.home, 'large'), bytes);
  await chmod(join(s.server.home, 'large'), 0o640);
  await utimes(join(s.server.home, 'large'), 1_600_000_000, 1_600_000_000);
  const shell = (await s.run('echo $PPID')).trim();
  const begun = await s.server.api('POST', '/api/transfers', { from: { path: '~/large' }, to: s.there('large') });
  await until(async () => (await s.server.api('GET', `/api/transfers/${begun.transfer_id}`)).bytes > 8 * MIB, 'some of it to be there');
  process.kill(Number(shell), 'SIGKILL');
  const lost = await s.settled(begun.transfer_id);
  assert.deepEqual([lost.state, lost.error?.code], ['failed', 'unreachable'], JSON.stringify(lost));
  assert.ok(!existsSync(join(s.folder, 'large')));
  const again = await s.transfer({ path: '~/large' }, s.there('large'), { conflict: 'resume', checksum: true });
  assert.equal(again.state, 'done', JSON.stringify(again));
  assert.equal(sha(await readFile(join(s.folder, 'large'))), sha(bytes));
  const info = await stat(join(s.folder, 'large'));
  assert.deepEqual([info.mode & 0o777, info.mtimeMs], [0o640, 1_600_000_000_000]);
  assert.equal((await s.transfer(s.there('large'), s.there('copy'))).state, 'done');
  assert.equal((await s.transfer(s.there('copy'), { path: '~/back' }, { checksum: true })).state, 'done');
  assert.equal(sha(await readFile(join(s.server.home, 'back'))), sha(bytes));

  const tree = join(s.server.home, 'tree');
  for (let folder = 0; folder < 10; folder += 1) {
    await mkdir(join(tree, `${folder}/in`), { recursive: true });
    await Promise.all(Array.from({ length: 20 }, (_, i) => writeFile(join(tree, `${folder}/in/${i}\n'line`), `${folder} ${i}`)));
  }
  await symlink('/etc', join(tree, '0/etc'));
  const up = await s.transfer({ path: '~/tree' }, s.there('tree'), { recursive: true });
  assert.deepEqual([up.state, up.files, up.folders, up.left_out, up.failed], ['done', 200, 21, 1, 0], JSON.stringify(up));
  const same = await s.transfer({ path: '~/tree' }, s.there('tree'), { recursive: true, conflict: 'resume' });
  assert.deepEqual([same.state, same.files, same.skipped], ['done', 0, 200]);
  const back = await s.transfer(s.there('tree'), { path: '~/tree2' }, { recursive: true });
  assert.deepEqual([back.state, back.files], ['done', 200]);
  assert.equal(await readFile(join(s.server.home, "tree2/9/in/19\n'line"), 'utf8'), '9 19');
  const removed = await s.good('remove', { path: join(s.folder, 'tree'), recursive: true });
  assert.deepEqual([removed.removed, removed.failed], [221, 0]);
  assert.deepEqual((await readdir(s.folder)).sort(), ['copy', 'large']);
}));

spec('files without SFTP: who may not, may not, and it is said what stays', () => with_host(async (s) => {
  await chown(s.folder, 4711, 4711);
  await mkdir(join(s.folder, 'closed'), { mode: 0o700 });
  await mkdir(join(s.folder, 'tree/theirs'), { recursive: true });
  for (const name of ['closed/file', 'secret', 'tree/mine', 'tree/theirs/file']) await writeFile(join(s.folder, name), 'x', { mode: 0o600 });
  await chown(join(s.folder, 'tree'), 4711, 4711);
  await s.good('write', { path: join(s.folder, 'own'), text: 'own' });
  assert.equal((await stat(join(s.folder, 'own'))).uid, 4711);
  await s.fails('denied', 'read', { path: join(s.folder, 'secret') });
  await s.fails('denied', 'list', { path: join(s.folder, 'closed') });
  await s.fails('denied', 'stat', { path: join(s.folder, 'closed/file') });
  await s.fails('denied', 'write', { path: join(s.folder, 'tree/theirs/new'), text: 'x' });
  await s.fails('denied', 'rename', { path: join(s.folder, 'tree/theirs/file'), to: join(s.folder, 'got') });
  const removed = await s.good('remove', { path: join(s.folder, 'tree'), recursive: true });
  assert.deepEqual([removed.removed, removed.failed], [1, 3], JSON.stringify(removed));
  assert.match(removed.failures.find(({ path }) => path.endsWith('theirs/file')).reason, /does not let this user/);
}, { password: 'x' }));

spec('files without SFTP: a connection that is lost is made again, and one with few places is shared', () => with_host(async (s) => {
  for (let i = 0; i < 6; i += 1) await writeFile(join(s.folder, `${i}`), String(i).repeat(3 * MIB));
  const all = await Promise.all([...Array(6).keys()].map((i) => s.download(join(s.folder, `${i}`))));
  assert.deepEqual(all.map(({ bytes }) => [bytes.length, bytes[0] - 48]), [...Array(6).keys()].map((i) => [3 * MIB, i]));
  process.kill(Number((await s.run('echo $PPID')).trim()), 'SIGKILL');
  // The first call after it may still meet the connection that was.
  let again;
  for (let i = 0; i < 3 && again?.status !== 200; i += 1) again = await s.call('stat', { path: join(s.folder, '0') });
  assert.equal(again.status, 200, again.text);
  await s.server.kill_worker();
  await s.server.back();
  assert.equal((await s.good('read', { path: join(s.folder, '5'), length: 3 })).text, '555');
}, { lines: [kNone, 'MaxSessions 4'] }));

const kShells = {
  'bash that says something first': `bash -c 'echo Welcome; echo -n "no end: "; echo oops >&2; eval "$SSH_ORIGINAL_COMMAND"'`,
  dash: 'dash -c "$SSH_ORIGINAL_COMMAND"',
  zsh: 'zsh -c "$SSH_ORIGINAL_COMMAND"',
  fish: 'fish -c "$SSH_ORIGINAL_COMMAND"',
  mksh: 'mksh -c "$SSH_ORIGINAL_COMMAND"',
};

spec('files without SFTP: whatever shell the account has', async () => {
  for (const [name, command] of Object.entries(kShells)) {
    await with_host(async (s) => {
      assert.equal((await s.good('roots', {})).via, 'shell', name);
      const bytes = randomBytes(MIB);
      assert.equal((await s.upload(join(s.folder, "a 'b\n"), bytes)).status, 201, name);
      assert.ok((await s.download(join(s.folder, "a 'b\n"))).bytes.equals(bytes), name);
    }, { lines: [kNone, `ForceCommand ${command}`] });
  }
});

const kApplets = ['cat', 'chmod', 'dd', 'find', 'head', 'ln', 'ls', 'mkdir', 'mv', 'readlink', 'rm', 'rmdir', 'stat', 'sync', 'touch'];

spec('files without SFTP: a host with nothing but busybox', async () => {
  const bin = await mkdtemp(join(tmpdir(), 'duotty-applets-'));
  for (const name of kApplets) await symlink('/bin/busybox', join(bin, name));
  await with_host(async (s) => {
    const bytes = randomBytes(3 * MIB);
    assert.equal((await s.upload(join(s.folder, 'large'), bytes)).status, 201);
    assert.ok((await s.download(join(s.folder, 'large'))).bytes.equals(bytes));
    await s.good('write', { path: join(s.folder, 'small'), text: 'small' });
    await s.good('rename', { path: join(s.folder, 'small'), to: join(s.folder, 'large'), overwrite: true });
    assert.deepEqual((await s.good('list', { path: s.folder })).entries.map(({ name, size, mode }) => [name, size, mode]), [['large', 5, '0644']]);
    const removed = await s.good('remove', { path: s.folder, recursive: true });
    assert.deepEqual([removed.removed, removed.failed], [2, 0]);
  }, { lines: [kNone, `ForceCommand env -i PATH=${bin} /bin/busybox sh`] });
  await rm(bin, { recursive: true });
});

spec('files of a host whose SFTP is none', async () => {
  for (const program of ['/bin/false', '/nowhere/sftp-server', '/bin/echo welcome to this host']) {
    await with_host(async (s) => {
      assert.equal((await s.good('roots', {})).via, 'shell', program);
      await s.good('write', { path: join(s.folder, 'file'), text: 'x' });
      assert.equal(s.sshd.log.match(/subsystem 'sftp'/g).length, 1, 'it is tried once');
    }, { lines: [`Subsystem sftp ${program}`] });
  }
  await with_host(async (s) => {
    assert.equal((await s.good('roots', {})).via, 'sftp');
  }, { lines: ['Subsystem sftp internal-sftp', 'ForceCommand internal-sftp'] });
});

spec('files of a host that offers none', () => with_host(async (s) => {
  const refused = await s.call('list', { path: '/' });
  assert.deepEqual([refused.status, refused.code], [502, 'upstream'], refused.text);
  assert.match(refused.text, /offers no files: by SFTP \(.*\), nor by a shell \(/);
}, { lines: [kNone, 'ForceCommand /usr/sbin/nologin'] }));
