// WinkTerm's methods about the files of a host, by both its transports.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { start } from './support/daemon.mjs';
import { EventStream } from './support/http.mjs';
import { Sshd } from './support/sshd.mjs';
import { spec } from './support/suite.mjs';
import { winkterm } from './support/winkterm.mjs';

async function with_host(body) {
  const sshd = await Sshd.start();
  const server = await start();
  const { id: conn_id } = await server.api('POST', '/api/agent/ssh/connections', { ...sshd.connection(), title: 'box', auth_type: 'key', private_key_path: await sshd.key(), host_key_policy: 'accept_new' });
  const client = await winkterm(server);
  const there = join(sshd.folder, 'files');
  await mkdir(there);
  try {
    for (const transport of ['http', 'ws']) {
      const call = (method, params) => client.call(transport, method, { conn_id, ...params });
      const good = async (method, params) => {
        const answer = await call(method, params);
        assert.equal(answer.status, 200, `${transport} ${method}: ${answer.message}`);
        return answer.data;
      };
      const fails = async (status, method, params) => {
        const answer = await call(method, params);
        assert.equal(answer.status, status, `${transport} ${method}: ${JSON.stringify(answer)}`);
        return answer;
      };
      await body({ sshd, server, conn_id, there, transport, call, good, fails });
    }
  } finally {
    await server.stop();
    await sshd.stop();
  }
}

/** As Python writes the local time of a file. */
const local = (seconds) => {
  const at = new Date(seconds * 1000);
  const two = (number) => String(number).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
};

spec('ssh files as WinkTerm has them: lists, reads and writes', () => with_host(async ({ there, transport, good, fails }) => {
  const folder = join(there, transport);
  await mkdir(join(folder, 'zoo'), { recursive: true, mode: 0o755 });
  await writeFile(join(folder, 'Beta'), '12345', { mode: 0o640 });
  await writeFile(join(folder, 'alpha'), '', { mode: 0o644 });
  await chmod(join(folder, 'alpha'), 0o4755);
  await utimes(join(folder, 'Beta'), 1_700_000_000, 1_700_000_000);
  await symlink('zoo', join(folder, 'link'));
  const listed = await good('ssh.files.list', { path: join(folder, 'zoo/..') });
  assert.deepEqual(Object.keys(listed), ['items', 'parent_path', 'path']);
  assert.deepEqual([listed.path, listed.parent_path], [folder, there]);
  assert.deepEqual(listed.items.map((item) => [item.name, item.is_dir, item.size, item.permissions]), [['zoo', true, null, 'drwxr-xr-x'], ['alpha', false, 0, '-rwsr-xr-x'], ['Beta', false, 5, '-rw-r-----'], ['link', false, 3, 'lrwxrwxrwx']]);
  assert.deepEqual(listed.items[2], { name: 'Beta', path: join(folder, 'Beta'), is_dir: false, size: 5, modified_at: local(1_700_000_000), permissions: '-rw-r-----' });
  const root = await good('ssh.files.list', { path: '/' });
  assert.deepEqual([root.path, root.parent_path], ['/', null]);
  assert.ok((await good('ssh.files.list', {})).path.startsWith('/'), 'the home without a path');
  await fails(404, 'ssh.files.list', { path: join(folder, 'nothing') });
  await fails(400, 'ssh.files.list', { path: join(folder, 'Beta') });

  const path = join(folder, 'text');
  assert.deepEqual(await good('ssh.files.write', { path, content: 'grüße\n' }), { path, encoding: 'utf-8', size: 8 });
  assert.deepEqual(await good('ssh.files.read', { path }), { path, encoding: 'utf-8', content: 'grüße\n', size: 8 });
  assert.deepEqual(await good('ssh.files.write', { path, content: 'x', encoding: 'utf-8-sig' }), { path, encoding: 'utf-8-sig', size: 4 });
  assert.deepEqual(await good('ssh.files.read', { path }), { path, encoding: 'utf-8', content: '\ufeffx', size: 4 });
  assert.equal((await good('ssh.files.write', { path, content: '你好', encoding: 'gb18030' })).size, 4);
  assert.deepEqual(await good('ssh.files.read', { path }), { path, encoding: 'gb18030', content: '你好', size: 4 });
  await writeFile(path, Buffer.from([1, 2, 3, 0, 255]));
  await fails(400, 'ssh.files.read', { path });
  await writeFile(path, 'x'.repeat((1 << 20) + 1));
  await fails(400, 'ssh.files.read', { path });
  await fails(400, 'ssh.files.read', { path: folder });
  await fails(404, 'ssh.files.read', { path: join(folder, 'nothing') });
  await fails(400, 'ssh.files.write', { path: `${folder}/`, content: 'x' });
  await fails(400, 'ssh.files.write', { path, content: 'x', encoding: 'latin-1' });
  await fails(404, 'ssh.files.list', { conn_id: 'nowhere', path });
}));

spec('ssh files as WinkTerm has them: copies files up and down', () => with_host(async ({ server, there, transport, good, fails, conn_id }) => {
  const events = await EventStream.open(server.unix, { path: '/api/agent/events/stream' });
  const bytes = randomBytes(3_000_001);
  await writeFile(join(server.home, 'large'), bytes);
  const folder = join(there, transport);
  await mkdir(folder);
  const remote_path = join(folder, 'large');
  assert.deepEqual(await good('ssh.upload', { local_path: '~/large', remote_path: folder }), { success: true, local_path: '~/large', remote_path });
  assert.ok((await readFile(remote_path)).equals(bytes));
  const told = await events.next((item) => item.json?.action === 'ssh_file_upload' && item.json.remote_path === remote_path, 'the event');
  assert.equal(told.json.connection_id, conn_id);
  events.close();
  const there_already = await fails(409, 'ssh.upload', { local_path: '~/large', remote_path });
  assert.match(there_already.message, /overwrite/);
  await writeFile(join(server.home, 'large'), 'new');
  await good('ssh.upload', { local_path: '~/large', remote_path, overwrite: true });
  assert.equal(await readFile(remote_path, 'utf8'), 'new');
  await good('ssh.upload', { local_path: '~/large', remote_path: `${folder}/.//` , overwrite: true });
  await fails(400, 'ssh.upload', { local_path: '~/nothing', remote_path });
  await fails(403, 'ssh.upload', { local_path: '/etc/hostname', remote_path });
  await fails(404, 'ssh.upload', { local_path: '~/large', remote_path: join(folder, 'no/where') });

  const local_path = `~/down-${transport}/deep/file`;
  await writeFile(remote_path, bytes);
  assert.deepEqual(await good('ssh.download', { remote_path, local_path }), { success: true, remote_path, local_path });
  assert.ok((await readFile(join(server.home, `down-${transport}/deep/file`))).equals(bytes));
  await writeFile(remote_path, 'other');
  await good('ssh.download', { remote_path, local_path });
  assert.equal(await readFile(join(server.home, `down-${transport}/deep/file`), 'utf8'), 'other');
  await fails(404, 'ssh.download', { remote_path: join(folder, 'nothing'), local_path });
  await fails(400, 'ssh.download', { remote_path: folder, local_path });
  await fails(403, 'ssh.download', { remote_path, local_path: '/etc/duotty-must-not-be' });
  await fails(400, 'ssh.download', { remote_path, local_path: 'relative' });
}));

spec('ssh files as WinkTerm has them: makes and deletes', () => with_host(async ({ server, there, transport, good, fails, conn_id }) => {
  const path = join(there, transport);
  assert.deepEqual(await good('ssh.mkdir', { path }), { success: true, path });
  await fails(409, 'ssh.mkdir', { path });
  await fails(404, 'ssh.mkdir', { path: join(path, 'no/where') });
  await mkdir(join(path, 'tree/inner'), { recursive: true });
  await writeFile(join(path, 'tree/inner/file'), 'x');
  await writeFile(join(path, 'kept'), 'kept');
  await symlink(join(path, 'kept'), join(path, 'tree/link'));
  await symlink(path, join(path, 'tree/inner/up'));
  assert.deepEqual(await good('ssh.delete_paths', { paths: [join(path, 'tree')] }), { success: true, deleted_paths: [join(path, 'tree')] });
  assert.equal(await readFile(join(path, 'kept'), 'utf8'), 'kept', 'no link was followed');
  await fails(400, 'ssh.delete_paths', { paths: [] });
  await fails(403, 'ssh.delete_paths', { paths: ['/'] });
  const partly = await fails(404, 'ssh.delete_paths', { paths: [join(path, 'kept'), join(path, 'nothing')] });
  assert.match(partly.message, /nothing/);
  await assert.rejects(stat(join(path, 'kept')));
  const narrow = await server.token(`narrow-${transport}`, ['ssh']);
  const denied = await fetch(`${server.url}/api/agent/ssh/${conn_id}/files`, { headers: { Authorization: `Bearer ${narrow}` } });
  assert.equal(denied.status, 403);
}));
