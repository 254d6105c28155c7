// Copies of files and folders as jobs between the server's machine and hosts, and folders as archives.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { environment_of, start } from './support/daemon.mjs';
import { cutting_line, slow_line } from './support/emulator.mjs';
import { ask } from './support/http.mjs';
import { Sshd } from './support/sshd.mjs';
import { spec } from './support/suite.mjs';

const MIB = 1 << 20;
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A server, and when wanted a host behind it. */
async function with_server(body, { host = true } = {}) {
  const sshd = host ? await Sshd.start() : undefined;
  const server = await start();
  try {
    let id;
    if (sshd) {
      await mkdir(join(sshd.folder, 'files'));
      ({ id } = await server.api('POST', '/api/agent/ssh/connections', { ...sshd.connection(), title: 'box', auth_type: 'key', private_key_path: await sshd.key(), host_key_policy: 'accept_new' }));
    }
    const begin = (from, to, more = {}, headers = {}) => ask(server.unix, { method: 'POST', path: '/api/transfers', headers, body: { from, to, ...more } });
    const wait = async (transfer_id) => {
      for (;;) {
        const one = await server.api('POST', `/api/transfers/${transfer_id}/wait`, {});
        if (!['waiting', 'running'].includes(one.state)) return one;
      }
    };
    const copy = async (from, to, more) => {
      const begun = await begin(from, to, more);
      assert.equal(begun.status, 200, begun.text);
      return wait(begun.json.transfer_id);
    };
    const here = (path) => ({ path });
    const there = (path) => ({ connection_id: id, path: join(sshd.folder, 'files', path) });
    await body({ server, sshd, id, begin, wait, copy, here, there, far: sshd && join(sshd.folder, 'files') });
  } finally {
    await server.stop();
    await sshd?.stop();
  }
}

spec('a file goes to a host, back, and from host to host, with permissions and time', () => with_server(async (s) => {
  const bytes = randomBytes(5 * MIB + 3);
  const path = join(s.server.home, 'a.bin');
  await writeFile(path, bytes);
  await chmod(path, 0o640);
  await utimes(path, 1_600_000_000, 1_600_000_000);
  const up = await s.copy(s.here('~/a.bin'), s.there('a.bin'), { checksum: true });
  assert.equal(up.state, 'done', JSON.stringify(up));
  assert.deepEqual([up.files, up.bytes, up.bytes_total, up.failed], [1, bytes.length, bytes.length, 0]);
  const info = await stat(join(s.far, 'a.bin'));
  assert.deepEqual([info.mode & 0o777, info.mtimeMs], [0o640, 1_600_000_000_000]);
  assert.equal((await s.copy(s.there('a.bin'), s.there('b.bin'))).state, 'done');
  assert.equal((await s.copy(s.there('b.bin'), s.here('~/b.bin'), { checksum: true })).state, 'done');
  assert.equal(sha(await readFile(join(s.server.home, 'b.bin'))), sha(bytes));
  const into = await s.copy(s.here('~/a.bin'), { ...s.there(''), path: `${s.far}/` }, { conflict: 'rename' });
  assert.equal(into.to.path, join(s.far, 'a (1).bin'));
  const listed = await s.server.api('GET', '/api/transfers');
  assert.equal(listed.transfers.length, 4);
  assert.equal(listed.transfers[0].transfer_id, into.transfer_id);
  const { events } = await s.server.api('GET', '/api/agent/events/recent');
  const told = events.filter((event) => event.action === 'transfer' && event.transfer_id === up.transfer_id).map((event) => event.state);
  assert.deepEqual(told, ['waiting', 'running', 'done']);
}));

spec('what cannot go well is said before anything is copied', () => with_server(async (s) => {
  await mkdir(join(s.server.home, 'tree/sub'), { recursive: true });
  await writeFile(join(s.server.home, 'file'), 'x');
  await writeFile(join(s.server.home, 'other'), 'y');
  const refused = async (from, to, more) => {
    const { code, json } = await s.begin(from, to, more);
    return [code, json.error?.field];
  };
  assert.deepEqual(await refused(s.here('~/none'), s.here('~/x')), ['not_found', 'from']);
  assert.deepEqual(await refused(s.here('~/tree'), s.here('~/x')), ['invalid_params', 'recursive']);
  assert.deepEqual(await refused(s.here('~/tree'), s.here('~/tree/sub/x'), { recursive: true }), ['invalid_params', 'to']);
  assert.deepEqual(await refused(s.here('~/tree'), s.here('~/tree'), { recursive: true }), ['invalid_params', 'to']);
  assert.deepEqual(await refused(s.here('~/tree'), s.here('~/file'), { recursive: true }), ['conflict', 'to']);
  assert.deepEqual(await refused(s.here('~/file'), s.here('~/tree')), ['invalid_params', 'to']);
  assert.deepEqual(await refused(s.here('~/file'), s.here('~/none/x')), ['not_found', 'to']);
  assert.deepEqual(await refused(s.here('~/file'), s.here('~/other')), ['conflict', 'to']);
  assert.deepEqual(await refused(s.here('~/file'), s.here('~/file'), { conflict: 'overwrite' }), ['invalid_params', 'to']);
  assert.deepEqual(await refused(s.here('/etc/hostname'), s.here('~/x')), ['denied', 'from']);
  assert.deepEqual(await refused(s.here('~/file'), s.here('/etc/x')), ['denied', 'to']);
  assert.deepEqual((await s.server.api('GET', '/api/transfers')).transfers, []);
}, { host: false }));

spec('transfers need the scopes of both ends, and a label sees its own', () => with_server(async (s) => {
  await writeFile(join(s.server.home, 'file'), 'x');
  const only_files = { Authorization: `Bearer ${await s.server.token('only-files', ['files'])}` };
  const far = await s.begin(s.here('~/file'), s.there('file'), {}, only_files);
  assert.deepEqual([far.status, far.code], [403, 'denied']);
  const reader = { Authorization: `Bearer ${await s.server.token('reader', ['read', 'ssh'])}` };
  assert.equal((await s.begin(s.here('~/file'), s.here('~/x'), {}, reader)).code, 'denied');
  const made = await s.server.api('POST', '/api/tokens', { name: 'labelled', scopes: ['files'], owner: 'team' });
  const labelled = { Authorization: `Bearer ${made.token}` };
  const mine = await s.begin(s.here('~/file'), s.here('~/mine'), {}, labelled);
  assert.equal(mine.status, 200, mine.text);
  const ours = await s.copy(s.here('~/file'), s.here('~/ours'));
  const seen = await ask(s.server.unix, { path: '/api/transfers', headers: labelled });
  assert.deepEqual(seen.json.transfers.map((one) => one.transfer_id), [mine.json.transfer_id]);
  assert.equal((await ask(s.server.unix, { path: `/api/transfers/${ours.transfer_id}`, headers: labelled })).code, 'not_found');
  assert.equal((await s.server.api('GET', '/api/transfers')).transfers.length, 2);
}));

spec('5000 files go to a host and back; their folder is removed there, and links in it lead nowhere', () => with_server(async (s) => {
  const count = 5000;
  const tree = join(s.server.home, 'tree');
  for (let folder = 0; folder < 50; folder += 1) {
    await mkdir(join(tree, `${folder}/in`), { recursive: true });
    await Promise.all(Array.from({ length: count / 50 }, (_, i) => writeFile(join(tree, `${folder}/in/${i}\nline`), `${folder} ${i}`)));
  }
  await symlink('/etc', join(tree, '0/etc'));
  const up = await s.copy(s.here('~/tree'), s.there('tree'), { recursive: true });
  assert.deepEqual([up.state, up.files, up.folders, up.left_out, up.failed], ['done', count, 101, 1, 0], JSON.stringify(up));
  assert.equal(up.left_out_paths[0].path, join(tree, '0/etc'));
  const again = await s.copy(s.here('~/tree'), s.there('tree'), { recursive: true, conflict: 'resume' });
  assert.deepEqual([again.state, again.files, again.skipped, again.bytes], ['done', 0, count, 0]);
  const back = await s.copy(s.there('tree'), s.here('~/back'), { recursive: true });
  assert.deepEqual([back.state, back.files], ['done', count]);
  assert.equal(readFileSync(join(s.server.home, 'back/49/in/99\nline'), 'utf8'), '49 99');
  const listed = await s.server.api('GET', `/api/files/list?${new URLSearchParams({ connection_id: s.id, path: join(s.far, 'tree/7/in') })}`);
  assert.equal(listed.entries.length, count / 50);
  await mkdir(join(s.sshd.folder, 'kept'));
  await writeFile(join(s.sshd.folder, 'kept/file'), 'kept');
  await symlink(join(s.sshd.folder, 'kept'), join(s.far, 'tree/7/in/trap'));
  const removed = await s.server.api('POST', '/api/files/remove', { connection_id: s.id, path: join(s.far, 'tree'), recursive: true });
  assert.deepEqual([removed.removed, removed.failed], [count + 101 + 1, 0]);
  assert.equal(readFileSync(join(s.sshd.folder, 'kept/file'), 'utf8'), 'kept');
}), { timeout: 400_000 });

spec('a transfer whose connection is lost says so, and one that resumes goes on', () => with_server(async (s) => {
  const bytes = randomBytes(64 * MIB);
  await writeFile(join(s.server.home, 'large'), bytes);
  const shell = (await s.server.api('POST', `/api/agent/ssh/${s.id}/run`, { command: 'echo $PPID' })).stdout.trim();
  const { json: begun } = await s.begin(s.here('~/large'), s.there('large'));
  await until(async () => (await s.server.api('GET', `/api/transfers/${begun.transfer_id}`)).bytes > 8 * MIB, 'some of it to be there');
  process.kill(Number(shell), 'SIGKILL');
  const lost = await s.wait(begun.transfer_id);
  assert.deepEqual([lost.state, lost.error?.code], ['failed', 'unreachable'], JSON.stringify(lost));
  assert.ok(!existsSync(join(s.far, 'large')));
  const again = await s.copy(s.here('~/large'), s.there('large'), { conflict: 'resume', checksum: true });
  assert.equal(again.state, 'done', JSON.stringify(again));
  assert.equal(sha(await readFile(join(s.far, 'large'))), sha(bytes));
  assert.deepEqual(await readdir(s.far), ['large']);
}));

spec('a worker that is killed takes no transfer with it', () => with_server(async (s) => {
  const bytes = randomBytes(48 * MIB);
  await mkdir(join(s.server.home, 'tree'));
  await writeFile(join(s.server.home, 'tree/large'), bytes);
  for (let i = 0; i < 30; i += 1) await writeFile(join(s.server.home, `tree/${i}`), `file ${i}`);
  const small = await s.copy(s.here('~/tree/7'), s.there('seven'));
  const { json: begun } = await s.begin(s.here('~/tree'), s.there('tree'), { recursive: true, checksum: true });
  const state = () => s.server.api('GET', `/api/transfers/${begun.transfer_id}`);
  await until(async () => (await state()).bytes > 8 * MIB, 'some of it to be there');
  await s.server.kill_worker();
  await s.server.back();
  const done = await s.wait(begun.transfer_id);
  assert.equal(done.state, 'done', JSON.stringify(done));
  assert.deepEqual([done.files, done.skipped, done.failed, done.by], [31, 0, 0, begun.by]);
  assert.equal(sha(await readFile(join(s.far, 'tree/large'))), sha(bytes));
  assert.equal((await readdir(join(s.far, 'tree'))).length, 31, 'no part is left');
  const { transfers } = await s.server.api('GET', '/api/transfers');
  assert.deepEqual(transfers.map((one) => [one.transfer_id, one.state]), [[begun.transfer_id, 'done'], [small.transfer_id, 'done']]);
  assert.equal(transfers[1].ended_at, small.ended_at);
}));

spec('a cancelled transfer leaves a part and nothing else; the line is listed', () => with_server(async (s) => {
  await writeFile(join(s.server.home, 'large'), randomBytes(64 * MIB));
  const begun = [];
  for (let i = 0; i < 5; i += 1) begun.push((await s.begin(s.here('~/large'), s.there(`copy${i}`))).json.transfer_id);
  const cancel = (id) => s.server.api('POST', `/api/transfers/${id}/cancel`, {});
  assert.equal((await cancel(begun[4])).transfer.state, 'cancelled');
  await until(async () => (await s.server.api('GET', `/api/transfers/${begun[0]}`)).bytes > 0, 'the first to begin');
  for (const id of begun.slice(0, 4)) assert.ok(['cancelled', 'done'].includes((await cancel(id)).transfer.state));
  const names = await readdir(s.far);
  assert.deepEqual(names.filter((name) => !/^copy\d$|^\.duotty-.*\.part$/.test(name)), []);
  assert.equal((await cancel(begun[4])).cancelled, false);
  assert.ok((await s.server.api('GET', '/api/transfers?state=cancelled')).transfers.length >= 1);
}));

/** The archive of these paths, as Python reads it. */
async function archive(s, query) {
  const answer = await fetch(`${s.server.url}/api/files/archive?${new URLSearchParams(query)}`, { headers: { Authorization: `Bearer ${s.token}` } });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200) return { status: answer.status, error: JSON.parse(bytes).error };
  const file = join(s.server.home, 'archive.zip');
  await writeFile(file, bytes);
  const program = 'import json, sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(json.dumps({i.filename: "" if i.is_dir() else z.read(i).decode() for i in z.infolist()}))';
  const read = spawnSync('python3', ['-c', program, file]);
  assert.equal(read.status, 0, String(read.stderr));
  return { status: 200, name: answer.headers.get('content-disposition'), type: answer.headers.get('content-type'), files: JSON.parse(read.stdout) };
}

spec('folders come as one archive, without links, under names that lead nowhere', () => with_server(async (s) => {
  s.token = await s.server.token('archives', ['files', 'ssh']);
  for (const [place, top] of [[{}, s.server.home], [{ connection_id: s.id }, s.far]]) {
    await mkdir(join(top, 'tree/sub'), { recursive: true });
    await writeFile(join(top, 'tree/a'), 'one');
    await writeFile(join(top, 'tree/sub/..\\up'), 'two');
    await writeFile(join(top, 'alone'), 'three');
    await symlink('/etc/passwd', join(top, 'tree/link'));
    const one = await archive(s, [...Object.entries(place), ['path', join(top, 'tree')]]);
    assert.deepEqual([one.type, /filename="tree\.zip"/.test(one.name)], ['application/zip', true]);
    assert.deepEqual(one.files, { 'tree/': '', 'tree/a': 'one', 'tree/sub/': '', 'tree/sub/.._up': 'two', '_left_out.txt': 'tree/link: It is a link.\n' });
    const several = await archive(s, [...Object.entries(place), ['path', join(top, 'tree/sub')], ['path', join(top, 'alone')], ['path', join(top, 'alone')]]);
    assert.deepEqual(Object.keys(several.files), ['sub/', 'sub/.._up', 'alone', 'alone (2)']);
  }
  assert.equal((await archive(s, [['path', '~/none']])).error.code, 'not_found');
  assert.equal((await archive(s, [['path', '/etc']])).error.code, 'denied');
  assert.equal((await archive(s, [])).error.code, 'invalid_params');
  s.token = await s.server.token('no-files', ['read']);
  assert.equal((await archive(s, [['path', '~/tree']])).status, 403);
}));

spec('an archive that breaks off does not look whole', () => with_server(async (s) => {
  await mkdir(join(s.far, 'tree'));
  for (let i = 0; i < 8; i += 1) await writeFile(join(s.far, `tree/${i}`), randomBytes(16 * MIB));
  const token = await s.server.token('archives', ['files', 'ssh']);
  const shell = (await s.server.api('POST', `/api/agent/ssh/${s.id}/run`, { command: 'echo $PPID' })).stdout.trim();
  const answer = await fetch(`${s.server.url}/api/files/archive?${new URLSearchParams({ connection_id: s.id, path: join(s.far, 'tree') })}`, { headers: { Authorization: `Bearer ${token}` } });
  const reader = answer.body.getReader();
  await reader.read();
  process.kill(Number(shell), 'SIGKILL');
  await assert.rejects(async () => { while (!(await reader.read()).done); });
}));

spec('over a slow line a copy arrives whole, and a command on the same connection need not wait for it', () => with_server(async (s) => {
  const line = await slow_line(s.sshd.port, MIB);
  const made = await s.server.api('POST', '/api/agent/ssh/connections', { ...s.sshd.connection({ port: line.port }), title: 'slow', auth_type: 'key', private_key_path: await s.sshd.key(), host_key_policy: 'accept_new' });
  try {
    const bytes = randomBytes(10 * MIB);
    await writeFile(join(s.far, 'large'), bytes);
    const begun = await s.begin({ connection_id: made.id, path: join(s.far, 'large') }, s.here('~/large'), { checksum: true });
    assert.equal(begun.status, 200, begun.text);
    const state = () => s.server.api('GET', `/api/transfers/${begun.json.transfer_id}`);
    await until(async () => (await state()).bytes > 0, 'the first bytes');
    const ran = await s.server.api('POST', `/api/agent/ssh/${made.id}/run`, { command: 'echo meanwhile' });
    const then = await state();
    assert.deepEqual([ran.stdout, then.state], ['meanwhile\n', 'running'], JSON.stringify(then));
    const done = await s.wait(begun.json.transfer_id);
    assert.equal(done.state, 'done', JSON.stringify(done));
    assert.equal(sha(await readFile(join(s.server.home, 'large'))), sha(bytes));
  } finally {
    line.stop();
  }
}));

spec('the command line goes on where a line was cut', () => with_server(async (s) => {
  const bytes = randomBytes(12 * MIB);
  await writeFile(join(s.server.home, 'here.bin'), bytes);
  const env = { ...environment_of(s.server.home), DUOTTY_TOKEN: await s.server.token('copies', ['read', 'files']) };
  for (const words of [['put', 'here.bin', '~/there.bin'], ['get', '~/there.bin', 'back.bin']]) {
    const line = await cutting_line(s.server.port, 4 * MIB, 2);
    const attempt = () => s.server.cli(['files', ...words, '--url', `http://127.0.0.1:${line.port}`], { env });
    try {
      for (let tries = 1; tries <= 2; tries += 1) {
        const broken = await attempt();
        assert.notEqual(broken.code, 0);
        assert.match(broken.stderr, /What has arrived is kept: the same command goes on with it\./);
      }
      const before = line.carried();
      const last = await attempt();
      assert.equal(last.code, 0, last.stderr);
      assert.ok(line.carried() - before < 8 * MIB, `it went on: ${line.carried() - before}`);
    } finally {
      await line.stop();
    }
  }
  assert.equal(sha(await readFile(join(s.server.home, 'back.bin'))), sha(bytes));
  // A part of any length is gone on with: here, one that ends within what comes first.
  const line = await cutting_line(s.server.port, 4 * MIB, 1);
  const get = () => s.server.cli(['files', 'get', '~/there.bin', 'short.bin', '--url', `http://127.0.0.1:${line.port}`], { env });
  try {
    assert.notEqual((await get()).code, 0);
    await truncate(join(s.server.home, (await readdir(s.server.home)).find((name) => name.endsWith('.part'))), 1000);
    assert.equal((await get()).code, 0);
  } finally {
    await line.stop();
  }
  assert.equal(sha(await readFile(join(s.server.home, 'short.bin'))), sha(bytes));
  assert.deepEqual((await readdir(s.server.home)).filter((name) => name.includes('.part')), []);
}, { host: false }));

spec('the command line copies folders, brings two of them into step, and edits', () => with_server(async (s) => {
  const here = join(s.server.home, 'here');
  await mkdir(join(here, 'site/sub'), { recursive: true });
  await writeFile(join(here, 'site/a'), 'one');
  await writeFile(join(here, 'site/sub/b'), 'two');
  await symlink('/etc', join(here, 'site/etc'));
  await writeFile(join(here, 'site/.duotty-0123456789abcdef.part'), 'of another copy');
  const run = async (args, env = {}) => s.server.cli(['files', ...args], { cwd: here, env: environment_of(s.server.home, env) });
  const json = async (args) => JSON.parse((await run([...args, '--json'])).stdout);
  const box = `box:${s.far}`;
  const dry = await run(['sync', '-n', 'site', `${box}/site`]);
  assert.match(dry.stdout, /copy +sub\/b/);
  assert.deepEqual(await readdir(s.far), []);
  const first = await json(['sync', 'site', `${box}/site`]);
  assert.deepEqual([first.copied, first.made, first.failed, first.left_out], [2, 2, 0, ['etc']]);
  assert.equal((await json(['sync', 'site', `${box}/site`])).copied, 0);
  await writeFile(join(s.far, 'site/more'), 'more');
  await writeFile(join(here, 'site/a'), 'changed');
  await writeFile(join(s.far, 'site/.duotty-fedcba9876543210.part'), 'of another copy');
  assert.deepEqual((({ copied, removed }) => [copied, removed])(await json(['sync', '--delete', 'site', `${box}/site`])), [1, 1]);
  assert.equal(await readFile(join(s.far, 'site/a'), 'utf8'), 'changed');
  assert.ok(!existsSync(join(s.far, 'site/more')));
  assert.ok(existsSync(join(s.far, 'site/.duotty-fedcba9876543210.part')), 'another copy is not disturbed');
  const down = await json(['sync', `${box}/site`, 'mirror']);
  assert.deepEqual([down.copied, await readFile(join(here, 'mirror/sub/b'), 'utf8')], [2, 'two']);
  assert.equal((await json(['sync', `${box}/site`, 'mirror'])).unchanged, 2);
  assert.equal((await run(['get', '-r', join(s.far, 'site'), 'got', '--on', 'box'])).code, 0);
  assert.equal(await readFile(join(here, 'got/sub/b'), 'utf8'), 'two');
  assert.notEqual((await run(['put', '-r', 'got', join(s.far, 'site'), '--on', 'box'])).code, undefined);
  assert.equal(await readFile(join(s.far, 'site/got/a'), 'utf8'), 'changed');
  const edit = (editor, path = `${box}/site/a`) => run(['edit', path], { EDITOR: editor, VISUAL: '', TMPDIR: s.server.home });
  assert.equal((await edit("sed -i s/changed/edited/")).code, 0);
  assert.equal(await readFile(join(s.far, 'site/a'), 'utf8'), 'edited');
  assert.match((await edit('true')).stdout, /Nothing was changed/);
  assert.equal((await edit('echo new >', `${box}/site/made`)).code, 0);
  assert.equal(await readFile(join(s.far, 'site/made'), 'utf8'), 'new\n');
  const lost = await edit(`echo theirs > ${join(s.far, 'site/a')}; echo mine >`);
  assert.notEqual(lost.code, 0);
  assert.equal(await readFile(join(s.far, 'site/a'), 'utf8'), 'theirs\n');
  const kept = /Your text is in (\S+)\./.exec(lost.stderr)[1];
  assert.equal(await readFile(kept, 'utf8'), 'mine\n');
}));

spec('the command line names hosts in front of paths, takes several files, and standard input', () => with_server(async (s) => {
  const here = join(s.server.home, 'here');
  await mkdir(join(here, 'odd'), { recursive: true });
  const long = 'n'.repeat(255);
  const names = ['a b', '-rf', "q'u", long];
  for (const name of names) await writeFile(join(here, name), name);
  await writeFile(Buffer.concat([Buffer.from(join(here, 'odd/')), Buffer.from([0x61, 0xff])]), 'x');
  await writeFile(join(here, 'odd/old'), 'old');
  await utimes(join(here, 'odd/old'), -86_400, -86_400);
  await mkdir(join(s.far, 'dir'));
  const run = async (args, options = {}) => s.server.cli(['files', ...args], { cwd: here, env: environment_of(s.server.home), ...options });
  const good = async (args, options) => {
    const done = await run(args, options);
    assert.equal(done.code, 0, `${args.join(' ')}: ${done.stderr}`);
    return done.stdout;
  };
  const box = `box:${s.far}`;
  const bytes = randomBytes(MIB + 5);
  await good(['put', '-', `${box}/piped`], { stdin: bytes });
  assert.equal(sha(await readFile(join(s.far, 'piped'))), sha(bytes));
  const twice = await run(['put', '-', `${box}/piped`], { stdin: 'other' });
  assert.deepEqual([twice.code, sha(await readFile(join(s.far, 'piped')))], [75, sha(bytes)]);
  assert.match(twice.stderr, /--force replaces it/);
  assert.equal((await run(['put', '-', `${box}/`], { stdin: 'x' })).code, 64);
  await good(['put', 'a b', "q'u", long, `${box}/dir`]);
  assert.deepEqual((await readdir(join(s.far, 'dir'))).sort(), ['a b', "q'u", long].sort());
  assert.match(await good(['ls', `${box}/dir`]), /a b/);
  assert.equal(await good(['cat', `${box}/dir/a b`, `${box}/dir/q'u`]), "a bq'u");
  await mkdir(join(here, 'back'));
  await good(['get', `${box}/dir/${long}`, `${box}/dir/a b`, 'back']);
  assert.deepEqual((await readdir(join(here, 'back'))).sort(), ['a b', long].sort());
  assert.match((await run(['put', 'a b', `${box}/none/x`])).stderr, /There is no folder .*none\./);
  const odd = JSON.parse((await run(['put', '-r', 'odd', `${box}/odd`, '--json'])).stdout);
  assert.deepEqual([odd.copied, odd.failed, odd.failures[0].reason], [1, 1, 'Its name is no UTF-8.']);
  const begun = spawn(process.env.DUOTTY_BIN, ['files', 'put', '-', `${box}/broken`], { cwd: here, env: environment_of(s.server.home), stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => begun.once('close', (code) => resolve(code)));
  let said = '';
  begun.stderr.on('data', (data) => (said += data));
  begun.stdin.on('error', () => undefined);
  begun.stdin.write(bytes);
  await until(() => readdirSync(s.far).some((name) => name.endsWith('.part')), 'the first piece');
  begun.kill('SIGINT');
  assert.deepEqual([await ended, said, existsSync(join(s.far, 'broken'))], [130, '', false]);
  await good(['rm', `${box}/dir/a b`, `${box}/piped`]);
  assert.ok(!existsSync(join(s.far, 'piped')));
  assert.match((await run(['cat', 'nohost:/x'])).stderr, /no SSH connection "nohost"/);
}));

spec('what has no end is not copied', () => with_server(async (s) => {
  const copied = await s.copy({ connection_id: s.id, path: '/proc/self/status' }, s.here('~/status'));
  assert.deepEqual([copied.state, copied.bytes, copied.error.code], ['failed', 0, 'conflict'], JSON.stringify(copied));
  assert.deepEqual((await readdir(s.server.home)).filter((name) => name.includes('status') || name.includes('part')), []);
}));
