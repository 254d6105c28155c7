// Files through the API: what is granted and nothing else, whole or not at all, of any size.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { quarantine_kib, start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

const MIB = 1 << 20;

/** GET of a method's path with these parameters: {status, json, code}. */
function look(s, verb, params, headers = {}) {
  return ask(s.unix, { path: `/api/files/${verb}?${new URLSearchParams(params)}`, headers });
}
function change(s, verb, body, headers = {}) {
  return ask(s.unix, { method: 'POST', path: `/api/files/${verb}`, body, headers });
}

/** A request to the path of contents; `feed` writes the body. Answers {status, headers, bytes, hash, body}. */
function content(s, { method = 'GET', query = {}, headers = {}, feed } = {}) {
  return new Promise((resolve, reject) => {
    const going = request({ ...s.unix, method, path: `/api/files/content?${new URLSearchParams(query)}`, headers: { 'X-Duotty': '1', ...headers } });
    going.on('error', reject);
    going.on('response', (response) => {
      const hash = createHash('sha256');
      const kept = [];
      let bytes = 0;
      response.on('data', (data) => {
        hash.update(data);
        bytes += data.length;
        if (bytes <= MIB) kept.push(data);
      });
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(kept);
        const json = /json/.test(response.headers['content-type'] ?? '') ? JSON.parse(body) : undefined;
        resolve({ status: response.statusCode, headers: response.headers, bytes, hash: hash.digest('hex'), body, json });
      });
    });
    Promise.resolve(feed?.(going)).then(() => feed ?? going.end(), reject);
  });
}
const put = (s, query, body, headers = {}) => content(s, { method: 'PUT', query, headers, feed: (going) => going.end(body) });

async function outside_folder() {
  const folder = await mkdtemp(join(tmpdir(), 'duotty-outside-'));
  await writeFile(join(folder, 'secret'), 'secret');
  await mkdir(join(folder, 'deep'));
  await writeFile(join(folder, 'deep', 'secret'), 'secret');
  return folder;
}

spec('files are listed, read, written, moved and removed', async () => {
  const s = await start();
  const { roots } = await s.api('GET', '/api/files/roots');
  assert.deepEqual(roots, [s.home]);
  assert.equal((await change(s, 'mkdir', { path: '~/notes' })).json.path, join(s.home, 'notes'));
  const written = (await change(s, 'write', { path: '~/notes/a.txt', text: 'hello\n' })).json;
  assert.equal(written.created, true);
  assert.equal(written.size, 6);
  await chmod(join(s.home, 'notes', 'a.txt'), 0o640);
  assert.equal((await change(s, 'write', { path: '~/notes/a.txt', text: 'hello again\n' })).json.created, false);
  const info = (await look(s, 'stat', { path: '~/notes/a.txt' })).json;
  assert.equal(info.info.mode, '0640');
  assert.equal(info.info.size, 12);
  const read = (await look(s, 'read', { path: '~/notes/a.txt' })).json;
  assert.equal(read.text, 'hello again\n');
  assert.equal(read.etag, info.etag);
  assert.equal((await change(s, 'rename', { path: '~/notes/a.txt', to: '~/notes/b.txt' })).status, 200);
  await symlink('b.txt', join(s.home, 'notes', 'c'));
  const list = (await look(s, 'list', { path: '~/notes' })).json;
  assert.deepEqual(list.entries.map(({ name, kind }) => [name, kind]), [['b.txt', 'file'], ['c', 'link']]);
  const link = (await look(s, 'stat', { path: '~/notes/c' })).json.info;
  assert.deepEqual([link.target, link.target_kind], ['b.txt', 'file']);
  assert.equal((await change(s, 'remove', { path: '~/notes' })).code, 'conflict');
  const gone = (await change(s, 'remove', { path: '~/notes', recursive: true })).json;
  assert.deepEqual([gone.removed, gone.failed], [3, 0]);
  assert.equal((await look(s, 'list', { path: '~/notes' })).code, 'not_found');
  await s.stop();
});

spec('texts keep their encoding, and ranges never cut a character', async () => {
  const s = await start();
  for (const [encoding, text] of [['utf-8', 'naïve 你好\n'], ['latin-1', 'naïve\n'], ['utf-16', 'naïve 你好\n'], ['gb18030', '你好\n']]) {
    await change(s, 'write', { path: '~/t', text, encoding });
    assert.equal((await look(s, 'read', { path: '~/t', encoding })).json.text, text, encoding);
  }
  assert.deepEqual(readFileSync(join(s.home, 't')), Buffer.from([0xc4, 0xe3, 0xba, 0xc3, 0x0a]));
  assert.equal((await look(s, 'read', { path: '~/t' })).json.encoding, 'base64');
  assert.equal((await look(s, 'read', { path: '~/t', encoding: 'utf-8' })).code, 'invalid_params');
  assert.equal((await change(s, 'write', { path: '~/t', text: '你', encoding: 'latin-1' })).code, 'invalid_params');
  await writeFile(join(s.home, 'u'), '你好你好');
  let got = '';
  for (let offset = 0, more = true; more;) {
    const { json } = await look(s, 'read', { path: '~/u', offset, length: 4 });
    got += json.text;
    offset = json.next_offset;
    more = json.has_more;
  }
  assert.equal(got, '你好你好');
  const bytes = Buffer.from([0, 1, 2, 255]);
  await change(s, 'write', { path: '~/b', data_b64: bytes.toString('base64') });
  assert.equal((await look(s, 'read', { path: '~/b' })).json.data_b64, bytes.toString('base64'));
  for (const bad of [{}, { text: 'x', data_b64: 'eA==' }, { data_b64: '%%' }, { text: 'x', encoding: 'ebcdic' }]) {
    assert.equal((await change(s, 'write', { path: '~/x', ...bad })).code, 'invalid_params');
  }
  await s.stop();
});

spec('nothing outside of what is granted can be reached, by no name and by no link', async () => {
  const s = await start();
  const outside = await outside_folder();
  await symlink(outside, join(s.home, 'folder'));
  await symlink(join(outside, 'secret'), join(s.home, 'link'));
  await symlink('/proc/self/root', join(s.home, 'magic'));
  await mkdir(join(s.home, 'inner'));
  await symlink('../folder/deep', join(s.home, 'inner', 'chain'));
  for (const path of [join(outside, 'secret'), '~/link', '~/folder/secret', '~/../..' + outside + '/secret', '/etc/passwd', '~/magic/etc/passwd', '~/inner/chain/secret']) {
    assert.equal((await look(s, 'read', { path })).code, 'denied', path);
    assert.equal((await content(s, { query: { path } })).status, 403, path);
    assert.equal((await put(s, { path, conflict: 'overwrite' }, 'changed')).status, 403, path);
    assert.equal((await change(s, 'write', { path, text: 'changed' })).code, 'denied', path);
  }
  for (const [verb, body] of [['mkdir', { path: '~/folder/new' }], ['remove', { path: '~/folder/secret' }], ['remove', { path: '~/folder/deep', recursive: true }], ['rename', { path: '~/folder/secret', to: '~/mine' }], ['rename', { path: '~/inner', to: '~/folder/inner' }]]) {
    assert.equal((await change(s, verb, body)).code, 'denied', JSON.stringify(body));
  }
  assert.equal((await change(s, 'remove', { path: '~/folder', recursive: true })).json.removed, 1);
  assert.equal((await change(s, 'remove', { path: '~/inner', recursive: true })).json.removed, 2);
  assert.deepEqual((await readdir(outside)).sort(), ['deep', 'secret']);
  assert.equal(readFileSync(join(outside, 'deep', 'secret'), 'utf8'), 'secret');
  await rm(outside, { recursive: true });
  await s.stop();
});

spec('links that are swapped in while a tree is removed lead nowhere', async () => {
  const s = await start();
  const outside = await outside_folder();
  const { id } = await s.shell({});
  await s.exec(id, 'mkdir -p tree/{1..200}/deep && touch tree/{1..200}/deep/file');
  await s.exec(id, `(while [ ! -e stop ]; do for i in {200..1}; do mv -T tree/$i tree/x$i; ln -sT ${outside} tree/$i; done; done) >/dev/null 2>&1 &`);
  for (let i = 0; i < 5; i += 1) await change(s, 'remove', { path: '~/tree', recursive: true });
  await writeFile(join(s.home, 'stop'), '');
  await until(async () => (await change(s, 'remove', { path: '~/tree', recursive: true })).status === 404, 'the tree to be gone');
  assert.deepEqual((await readdir(outside)).sort(), ['deep', 'secret']);
  assert.ok(existsSync(join(outside, 'deep', 'secret')));
  await rm(outside, { recursive: true });
  await s.stop();
});

spec('files need the scope, and the server keeps its own to itself', async () => {
  const s = await start();
  await writeFile(join(s.home, 'a'), 'a');
  const reader = { Authorization: `Bearer ${await s.token('reader', ['read', 'type', 'exec'])}` };
  const files = { Authorization: `Bearer ${await s.token('files', ['files'])}` };
  const via = (headers) => ({ look: (verb, params) => ask(s.tcp, { path: `/api/files/${verb}?${new URLSearchParams(params)}`, headers }) });
  assert.equal((await via(reader).look('read', { path: '~/a' })).code, 'denied');
  assert.equal((await via(files).look('read', { path: '~/a' })).json.text, 'a');
  const over_tcp = { unix: s.tcp };
  assert.equal((await content(over_tcp, { query: { path: '~/a' }, headers: reader })).status, 403);
  assert.equal((await put(over_tcp, { path: '~/b' }, 'b', reader)).status, 403);
  assert.equal((await content(over_tcp, { query: { path: '~/a' }, headers: { Authorization: 'Bearer wrong' } })).status, 401);
  assert.equal((await put(over_tcp, { path: '~/b' }, 'b', files)).status, 201);
  assert.ok(!existsSync(join(s.home, 'duotty', 'b')));
  const config = join(s.home, 'duotty', 'config.json');
  await s.api('POST', '/api/settings', { theme: 'dark' });
  for (const path of [config, join(s.home, 'duotty', 'state')]) {
    assert.equal((await look(s, 'read', { path })).code, 'denied', path);
  }
  assert.equal((await change(s, 'rename', { path: '~/duotty', to: '~/open' })).code, 'denied');
  assert.equal((await change(s, 'remove', { path: '~/duotty', recursive: true })).code, 'denied');
  assert.ok(existsSync(config));
  assert.equal((await look(s, 'read', { path: '/a', connection_id: 'x' })).code, 'not_found');
  const no_header = await content(s, { method: 'PUT', query: { path: '~/c' }, headers: { 'X-Duotty': [] }, feed: (going) => { going.removeHeader('X-Duotty'); going.end('c'); } });
  assert.equal(no_header.status, 415);
  await s.stop();
});

spec('the settings say which folders are granted', async () => {
  const s = await start();
  const other = await outside_folder();
  await s.cli(['call', 'settings.set', JSON.stringify({ file_roots: [other] })]);
  assert.deepEqual((await s.api('GET', '/api/files/roots')).roots, [other]);
  assert.equal((await look(s, 'read', { path: '~/secret' })).json.text, 'secret');
  assert.equal((await look(s, 'list', { path: s.home })).code, 'denied');
  await s.cli(['call', 'settings.set', JSON.stringify({ file_roots: [] })]);
  assert.equal((await look(s, 'read', { path: join(other, 'secret') })).code, 'denied');
  await rm(other, { recursive: true });
  await s.stop();
});

spec('what somebody else has written meanwhile is not lost', async () => {
  const s = await start();
  await change(s, 'write', { path: '~/a', text: 'one' });
  const { etag } = (await look(s, 'read', { path: '~/a' })).json;
  await writeFile(join(s.home, 'a'), 'theirs');
  const refused = await change(s, 'write', { path: '~/a', text: 'two', if_match: etag });
  assert.equal(refused.status, 409);
  assert.match(refused.json.detail, /has changed/);
  assert.equal(readFileSync(join(s.home, 'a'), 'utf8'), 'theirs');
  assert.equal((await put(s, { path: '~/a' }, 'x')).status, 409);
  assert.equal((await put(s, { path: '~/a', conflict: 'skip' }, 'x')).json.skipped, true);
  assert.equal((await put(s, { path: '~/a', conflict: 'rename' }, 'x')).json.path, join(s.home, 'a (1)'));
  assert.equal((await put(s, { path: '~/a', conflict: 'overwrite' }, 'x')).status, 200);
  assert.equal((await put(s, { path: '~/a', conflict: 'perhaps' }, 'x')).status, 400);
  assert.equal((await put(s, {}, 'x')).status, 400);
  assert.equal((await put(s, { path: '~/none/a' }, 'x')).status, 404);
  assert.deepEqual((await readdir(s.home)).filter((name) => name.endsWith('.part')), []);
  await s.stop();
});

/** Writes `size` bytes of which no two places are alike, at the reader's pace; the hash of all. */
async function feed_noise(going, size, from = 0) {
  const hash = createHash('sha256');
  const block = Buffer.alloc(MIB);
  for (let at = 0; at < size; at += MIB) {
    block.fill(`${at} `);
    const piece = Buffer.from(block.subarray(0, Math.min(MIB, size - at)));
    hash.update(piece);
    if (at < from) continue;
    if (!going.write(piece)) await new Promise((resolve) => going.once('drain', resolve));
  }
  going.end();
  return hash.digest('hex');
}

function peak_memory(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

spec('300 MB go up and down without being kept in memory', async () => {
  const s = await start();
  const size = 300 * MIB;
  const { worker_pid } = await s.info();
  await put(s, { path: '~/small' }, 'small');
  const before = peak_memory(worker_pid);
  let sent;
  const up = await content(s, { method: 'PUT', query: { path: '~/large' }, headers: { 'Content-Length': size }, feed: async (going) => { sent = await feed_noise(going, size); } });
  assert.equal(up.status, 201);
  assert.equal(up.json.size, size);
  const chunked = await content(s, { method: 'PUT', query: { path: '~/chunked' }, feed: (going) => feed_noise(going, 20 * MIB) });
  assert.equal(chunked.json.size, 20 * MIB);
  const down = await content(s, { query: { path: '~/large' } });
  assert.equal(down.headers['content-length'], String(size));
  assert.equal(down.bytes, size);
  assert.equal(down.hash, sent);
  const more = peak_memory(worker_pid) - before;
  assert.ok(more < 48 * MIB + quarantine_kib(worker_pid) * 1024, `the worker grew by ${more} bytes`);
  await s.stop();
});

spec('an upload that broke off goes on where it was', async () => {
  const s = await start();
  const size = 20 * MIB;
  const query = { path: '~/large', upload_id: 'my-upload', size };
  const broken = content(s, { method: 'PUT', query, headers: { 'Content-Length': size }, feed: (going) => new Promise((resolve) => {
    going.write(Buffer.alloc(3 * MIB, 'x'), () => { going.destroy(); resolve(); });
  }) });
  await assert.rejects(broken);
  const probe = async () => (await put(s, { ...query, offset: 99 * MIB }, '')).json;
  const { error } = await until(async () => { const json = await probe(); return json.error?.details && json; }, 'the part');
  assert.equal(error.code, 'conflict');
  assert.ok(error.details.offset <= 3 * MIB);
  assert.ok(!existsSync(join(s.home, 'large')));
  let hash;
  const begun = await content(s, { method: 'PUT', query: { ...query, offset: 0 }, feed: (going) => { going.end(Buffer.alloc(MIB, '0 ').subarray(0, MIB)); } });
  assert.equal(begun.status, 202);
  assert.equal(begun.json.offset, MIB);
  const done = await content(s, { method: 'PUT', query: { ...query, offset: MIB }, feed: async (going) => { hash = await feed_noise(going, size, MIB); } });
  assert.equal(done.status, 201);
  assert.equal((await content(s, { query: { path: '~/large' } })).hash, hash);
  const short = await put(s, { path: '~/short', size: 10 }, 'abc');
  assert.equal(short.status, 400);
  const long = await put(s, { path: '~/long', size: 2 }, 'abc');
  assert.equal(long.status, 409);
  assert.deepEqual((await readdir(s.home)).filter((name) => name.endsWith('.part')), []);
  await s.stop();
});

spec('contents answer ranges, etags and heads, and never as a page', async () => {
  const s = await start();
  const name = 'a "b" <ü>.html';
  await writeFile(join(s.home, name), '0123456789');
  const query = { path: `~/${name}` };
  const whole = await content(s, { query });
  assert.equal(String(whole.body), '0123456789');
  assert.equal(whole.headers['content-type'], 'application/octet-stream');
  assert.match(whole.headers['content-disposition'], /^attachment; filename="a _b_ <__>\.html"; filename\*=UTF-8''a%20%22b%22%20%3C%C3%BC%3E\.html$/);
  const part = await content(s, { query, headers: { Range: 'bytes=2-4' } });
  assert.deepEqual([part.status, String(part.body), part.headers['content-range']], [206, '234', 'bytes 2-4/10']);
  const tail = await content(s, { query, headers: { Range: 'bytes=-3', 'If-Range': whole.headers.etag } });
  assert.equal(String(tail.body), '789');
  const stale = await content(s, { query, headers: { Range: 'bytes=-3', 'If-Range': '"old"' } });
  assert.equal(stale.status, 200);
  assert.equal((await content(s, { query, headers: { Range: 'bytes=10-' } })).status, 416);
  assert.equal((await content(s, { query, headers: { 'If-None-Match': whole.headers.etag } })).status, 304);
  const head = await content(s, { method: 'HEAD', query });
  assert.deepEqual([head.status, head.headers['content-length'], head.bytes], [200, '10', 0]);
  assert.equal((await content(s, { method: 'DELETE', query })).status, 405);
  assert.equal((await content(s, { query: { path: '~' } })).status, 400);
  assert.equal((await content(s, { query: { path: '~/none' } })).status, 404);
  await s.stop();
});

spec('an upload in pieces takes its place with the last one', async () => {
  const s = await start();
  const piece = (offset, text, more = {}) => change(s, 'upload', { path: '~/up', upload_id: 'pieces-1', offset, data_b64: Buffer.from(text).toString('base64'), ...more });
  assert.equal((await piece(0, 'abc')).json.complete, false);
  const wrong = await piece(7, 'x');
  assert.equal(wrong.code, 'conflict');
  assert.equal(wrong.json.error.details.offset, 3);
  assert.ok(!existsSync(join(s.home, 'up')));
  const done = (await piece(3, 'def', { last: true })).json;
  assert.deepEqual([done.complete, done.size, done.created], [true, 6, true]);
  assert.equal(readFileSync(join(s.home, 'up'), 'utf8'), 'abcdef');
  assert.equal((await piece(0, 'again', { last: true })).code, 'conflict');
  await s.stop();
});

spec('the command line puts, lists, shows, gets and removes files', async () => {
  const s = await start();
  const here = await mkdtemp(join(tmpdir(), 'duotty-here-'));
  const bytes = Buffer.alloc(5 * MIB + 7, 'some bytes ');
  await writeFile(join(here, 'large'), bytes);
  const run = async (args) => {
    const done = await s.cli(['files', ...args], { cwd: here });
    return { ...done, out: done.stdout };
  };
  assert.equal((await run(['put', 'large', '~/there'])).code, 0);
  assert.ok(readFileSync(join(s.home, 'there')).equals(bytes));
  const again = await run(['put', 'large', '~/there']);
  assert.notEqual(again.code, 0);
  assert.match(again.stderr, /exists already/);
  assert.equal((await run(['put', '--force', 'large', '~/there'])).code, 0);
  assert.match((await run(['ls', '~'])).out, /there/);
  assert.equal((await run(['get', '~/there', 'back'])).code, 0);
  assert.ok(readFileSync(join(here, 'back')).equals(bytes));
  assert.notEqual((await run(['get', '~/there', 'back'])).code, 0);
  await writeFile(join(here, 'note'), 'a note\n');
  assert.equal((await run(['put', 'note', '~/'])).code, 0);
  assert.equal((await run(['cat', '~/note'])).out, 'a note\n');
  assert.equal((await run(['rm', '~/note'])).code, 0);
  assert.notEqual((await run(['cat', '~/note'])).code, 0);
  const listed = JSON.parse((await run(['ls', '~', '--json'])).out);
  assert.ok(listed.entries.some(({ name }) => name === 'there'));
  assert.equal((await stat(join(here, 'back'))).size, bytes.length);
  await rm(here, { recursive: true });
  await s.stop();
});

spec('what is stored gets the time and permissions that its sender says', async () => {
  const s = await start();
  const made = await put(s, { path: '~/kept', mtime: '1600000000', mode: '0640' }, 'text');
  assert.equal(made.status, 201);
  const info = await stat(join(s.home, 'kept'));
  assert.deepEqual([info.mode & 0o7777, info.mtimeMs], [0o640, 1_600_000_000_000]);
  for (const bad of [{ mode: '99' }, { mode: 'rw' }, { mtime: 'now' }, { offset: '-1' }, { upload_id: 'short' }, { nothing: '1' }]) {
    const refused = await put(s, { path: '~/bad', ...bad }, 'text');
    assert.deepEqual([refused.status, refused.json.error.code, refused.json.error.field], [400, 'invalid_params', Object.keys(bad)[0]], JSON.stringify(bad));
  }
  assert.ok(!existsSync(join(s.home, 'bad')));
  await s.stop();
});

spec('the command line copies files of every length, with time and permissions, and none that changes meanwhile', async () => {
  const s = await start();
  const here = await mkdtemp(join(tmpdir(), 'duotty-here-'));
  const run = (...args) => s.cli(['files', ...args], { cwd: here });
  await mkdir(join(here, 'tree'));
  const sizes = [0, 1, MIB / 2 - 1, MIB / 2, MIB / 2 + 1, 3 * MIB + 5];
  for (const size of sizes) {
    await writeFile(join(here, 'tree', String(size)), Buffer.alloc(size, `${size} `));
    await utimes(join(here, 'tree', String(size)), 1_500_000_000, 1_500_000_000 + size);
    await chmod(join(here, 'tree', String(size)), 0o604);
  }
  for (const args of [['sync', 'tree', ':~/far'], ['sync', ':~/far', 'near']]) {
    const done = await run(...args);
    assert.equal(done.code, 0, done.stderr);
  }
  for (const folder of [join(s.home, 'far'), join(here, 'near')]) {
    for (const size of sizes) {
      const info = await stat(join(folder, String(size)));
      assert.deepEqual([info.mode & 0o777, info.mtimeMs / 1000], [0o604, 1_500_000_000 + size], `${folder} ${size}`);
      assert.ok(readFileSync(join(folder, String(size))).equals(Buffer.alloc(size, `${size} `)), `${folder} ${size}`);
    }
  }
  // One that goes on growing: what comes after the first piece is no longer the same file.
  await writeFile(join(s.home, 'log'), Buffer.alloc(64 * MIB));
  const { id } = await s.shell({});
  await s.exec(id, '(while [ ! -e stop ]; do echo more >> log; done) &');
  const changed = await run('get', '~/log', 'log');
  await writeFile(join(s.home, 'stop'), '');
  assert.notEqual(changed.code, 0);
  assert.match(changed.stderr, /was changed while it was read/);
  assert.ok(!existsSync(join(here, 'log')));
  assert.deepEqual((await readdir(here)).sort(), ['near', 'tree']);
  await rm(here, { recursive: true });
  await s.stop();
});

spec('a transfer ends when its token is revoked', async () => {
  const s = await start();
  const headers = { Authorization: `Bearer ${await s.token('leaving', ['files'])}` };
  let revoked;
  const going = content({ unix: s.tcp }, { method: 'PUT', query: { path: '~/up' }, headers, feed: async (request) => {
    request.write(Buffer.alloc(MIB));
    await until(async () => (await readdir(s.home)).some((name) => name.endsWith('.part')), 'the part');
    revoked = await ask(s.unix, { method: 'DELETE', path: '/api/tokens/leaving' });
    request.end(Buffer.alloc(MIB));
  } });
  assert.equal((await going).status, 401);
  assert.equal(revoked.status, 200);
  assert.deepEqual((await readdir(s.home)).filter((name) => !name.startsWith('.') && name !== 'duotty'), []);
  await s.stop();
});
