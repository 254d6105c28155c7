// Stored SSH connections: what goes in, what comes out, who may do what, and what is told of it.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

const key_text = '-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n-----END OPENSSH PRIVATE KEY-----\n';

/** Calls by HTTP as a token with these scopes; answers {status, data, message, code}. */
async function client(server, scopes) {
  const token = await server.token(`ssh-${scopes.join('-')}`, scopes);
  return async (method, path, body) => {
    const answer = await ask(server.tcp, { method, path: `/api/agent/ssh${path}`, headers: { Authorization: `Bearer ${token}` }, body });
    return { status: answer.status, data: answer.json, message: answer.json?.detail, code: answer.code };
  };
}

/** Every byte of every file below a folder. */
async function bytes_below(folder) {
  let all = '';
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) all += await readFile(join(entry.parentPath ?? entry.path, entry.name), 'latin1');
  }
  return all;
}

spec('ssh connections: secrets go in and do not come out', async () => {
  const server = await start();
  const agent = await client(server, ['ssh']);
  const admin = await client(server, ['ssh', 'admin']);
  const made = await agent('POST', '/connections', { title: 'web', host: 'web.example.org', username: 'deploy', password: 'a very secret word', private_key: key_text, passphrase: 'another one', tags: ['prod'], env: { LANG: 'C.UTF-8' } });
  assert.equal(made.status, 200, made.message);
  const { id } = made.data;
  const masked = '********';
  const one = (await agent('GET', `/connections/${id}`)).data.connection;
  assert.deepEqual([one.password, one.private_key, one.passphrase, one.auth_type, one.port], [masked, masked, masked, 'key', 22]);
  assert.deepEqual([one.tags, one.env, one.host_key_policy, one.agent_forwarding, one.last_connected], [['prod'], { LANG: 'C.UTF-8' }, 'ask', false, null]);

  for (const unchanged of [{ password: masked }, { password: '' }, { title: 'web2' }, { passphrase: null }]) assert.equal((await agent('PUT', `/connections/${id}`, unchanged)).status, 200);
  assert.deepEqual([(await agent('GET', '/connections/web2?secrets=true')).status, (await agent('GET', '/connections/web2?secrets=true')).code], [403, 'denied']);
  const revealed = (await admin('GET', '/connections/web2?secrets=true')).data.connection;
  assert.deepEqual([revealed.password, revealed.private_key, revealed.passphrase], ['a very secret word', key_text, 'another one']);
  assert.equal((await agent('PUT', '/connections/web2', { remove_secrets: ['passphrase'], password: 'changed' })).status, 200);
  const changed = (await admin('GET', '/connections/web2?secrets=true')).data.connection;
  assert.deepEqual([changed.password, changed.passphrase], ['changed', null]);

  const audit = (await server.api('GET', '/api/audit?method=ssh.&limit=100')).entries;
  const reveals = audit.filter((entry) => entry.method === 'ssh.connections.get');
  assert.deepEqual(reveals.map((entry) => entry.outcome).sort(), ['denied', 'denied', 'ok', 'ok']);
  assert.ok(audit.some((entry) => entry.method === 'ssh.connections.create'));
  const told = JSON.stringify([audit, (await server.api('GET', '/api/agent/events/recent?limit=500')).events]);
  assert.doesNotMatch(told, /secret word|PRIVATE KEY|another one/);
  const text = await bytes_below(server.home);
  assert.match(text, /web\.example\.org/);
  assert.doesNotMatch(text, /very secret word|BEGIN OPENSSH|another one/);
  await server.stop();
});

spec('ssh connections: what lowers the guard, and where a stored secret goes, is for an administrator', async () => {
  const server = await start();
  const agent = await client(server, ['ssh']);
  const admin = await client(server, ['ssh', 'admin']);
  const address = { host: 'db.example.org', username: 'me' };
  for (const loose of [{ host_key_policy: 'accept_new' }, { agent_forwarding: true }]) {
    assert.equal((await agent('POST', '/connections', { ...address, ...loose })).status, 403);
    const made = await admin('POST', '/connections', { ...address, title: Object.keys(loose)[0], ...loose });
    assert.equal(made.status, 200, made.message);
    assert.equal((await agent('PUT', `/connections/${made.data.id}`, { keepalive_s: 5, ...loose })).status, 200, 'what an administrator has set stays settable');
  }
  const { id } = (await admin('POST', '/connections', { ...address, title: 'db', password: 'sesame' })).data;
  for (const move of [{ host: 'evil.example.org' }, { port: 2222 }, { proxy_jump: 'evil.example.org' }]) {
    const moved = await agent('PUT', `/connections/${id}`, move);
    assert.deepEqual([moved.status, moved.code], [403, 'denied'], JSON.stringify(move));
    assert.match(moved.message, /only to the host/);
    assert.equal((await agent('PUT', `/connections/${id}`, { ...move, password: '********' })).status, 403);
  }
  assert.equal((await agent('PUT', `/connections/${id}`, { host: 'other.example.org', password: 'new' })).status, 200);
  assert.equal((await admin('PUT', `/connections/${id}`, { host: 'third.example.org' })).status, 200);
  assert.equal((await agent('PUT', `/connections/${id}`, { host: 'fourth.example.org', remove_secrets: ['password'] })).status, 200);
  assert.equal((await agent('GET', `/connections/${id}`)).data.connection.password, null);
  await server.stop();
});

spec('ssh connections: bad names are refused with a sentence, and nothing is stored', async () => {
  const server = await start();
  const admin = await client(server, ['ssh', 'admin']);
  const good = { host: 'a.example.org', username: 'me' };
  const wrong = [
    { host: '-oProxyCommand=id' }, { host: 'a b' }, { host: 'a;id' }, { host: '' }, { host: 'x'.repeat(256) },
    { username: '-l' }, { username: 'a b' }, { port: 0 }, { port: 65536 }, { port: 'ssh' }, { title: 'a\u001b[2J' },
    { proxy_jump: '-oProxyCommand=id' }, { proxy_jump: 'a,,b' }, { auth_type: 'magic' }, { env: { '1X': 'y' } },
    { env: { X: 'a\u0000b' } }, { private_key: 'no key' }, { private_key_path: 'relative' }, { private_key_path: '/k.pub' },
    { start_directory: '/a\nb' }, { tags: [''] }, { tags: 'x' }, { remove_secrets: ['host'] }, { host_key_policy: 'off' }, { keepalive_s: -1 },
  ];
  for (const one of wrong) {
    const answer = await admin('POST', '/connections', { ...good, ...one });
    assert.deepEqual([answer.status, answer.code], [400, 'invalid_params'], JSON.stringify(one));
    assert.ok(answer.message.length > 10, answer.message);
  }
  assert.deepEqual((await admin('GET', '/connections')).data, { connections: [] });
  await server.stop();
});

spec('ssh connections: names, lists and runbooks', async () => {
  const server = await start();
  const agent = await client(server, ['ssh']);
  for (const [title, host, group, tags] of [['web', 'w.example.org', 'shop', ['prod', 'http']], ['db', 'd.example.org', 'shop', ['prod']], ['lab', 'l.example.org', '', []]]) {
    assert.equal((await agent('POST', '/connections', { title, host, username: 'me', group, tags, auth_type: 'agent' })).status, 200);
  }
  const titles = async (query) => (await agent('GET', `/connections${query}`)).data.connections.map((one) => one.title);
  assert.deepEqual(await titles(''), ['db', 'lab', 'web']);
  assert.deepEqual(await titles('?tag=prod'), ['db', 'web']);
  assert.deepEqual(await titles('?group=shop&q=HTTP'), ['web']);
  assert.equal((await agent('GET', '/connections/l.example.org')).data.connection.title, 'lab');
  await agent('POST', '/connections', { title: 'web', host: 'w2.example.org', username: 'me' });
  assert.deepEqual([(await agent('GET', '/connections/web')).status, (await agent('GET', '/connections/web')).code], [409, 'conflict']);

  assert.deepEqual((await agent('GET', '/connections/db/runbook')).data.text, '');
  assert.equal((await agent('PUT', '/connections/db/runbook', { text: '# Restore\n1. Ask.\n' })).status, 200);
  const book = (await agent('GET', '/connections/d.example.org/runbook')).data;
  assert.deepEqual([book.title, book.text], ['db', '# Restore\n1. Ask.\n']);
  assert.equal((await agent('GET', '/connections/db')).data.connection.has_runbook, true);
  assert.deepEqual((await agent('DELETE', '/connections/db')).data, { success: true });
  assert.equal((await agent('GET', '/connections/db/runbook')).status, 404);
  await server.stop();
});

spec('ssh connections: importing a configuration says what it would do, what it did and what it left out', async () => {
  const server = await start();
  const agent = await client(server, ['ssh']);
  const admin = await client(server, ['ssh', 'admin']);
  const text = 'Host web\n HostName web.example.org\n User deploy\n Port 2222\n IdentityFile ~/.ssh/web\n IdentityFile ~/.ssh/other\n SetEnv A=1\n ProxyJump gate\nHost gate *.example.org\n StrictHostKeyChecking no\n ForwardAgent yes\nHost old\n ProxyCommand nc %h %p\nMatch exec "touch /tmp/x"\n User evil\nInclude /etc/passwd\n';
  const dry = (await agent('POST', '/import', { format: 'ssh_config', text, dry_run: true })).data;
  assert.deepEqual([dry.dry_run, dry.imported, dry.connections.map((one) => [one.id, one.title, one.host, one.port, one.auth_type])], [true, 0, [[null, 'web', 'web.example.org', 2222, 'key'], [null, 'gate', 'gate', 22, 'agent'], [null, 'old', 'old', 22, 'agent']]]);
  assert.deepEqual((await agent('GET', '/connections')).data.connections, []);
  const notes = dry.notes.join('\n');
  for (const said of [/Match exec is never run/, /Include is not followed/, /old: its ProxyCommand/, /gate: StrictHostKeyChecking becomes "ask"/, /gate: ForwardAgent is not taken/, /web: only the first of its keys/]) assert.match(notes, said);

  const done = (await agent('POST', '/import', { format: 'ssh_config', text, names: ['web'], group: 'mine' })).data;
  assert.deepEqual([done.imported, done.connections.length, typeof done.connections[0].id], [1, 1, 'string']);
  const web = (await agent('GET', '/connections/web')).data.connection;
  assert.deepEqual([web.username, web.private_key_path, web.proxy_jump, web.env, web.group], ['deploy', '~/.ssh/web', 'gate', { A: '1' }, 'mine']);
  const again = (await admin('POST', '/import', { format: 'ssh_config', text })).data;
  assert.deepEqual([again.imported, again.skipped.map((one) => one.title)], [2, ['web']]);
  assert.match(again.skipped[0].reason, /deploy@web\.example\.org:2222 is there already, as "web"/);
  const gate = (await agent('GET', '/connections/gate')).data.connection;
  assert.deepEqual([gate.host_key_policy, gate.agent_forwarding], ['accept_new', true]);
  const renamed = (await agent('POST', '/import', { format: 'ssh_config', text: 'Host web\n HostName elsewhere.example.org\n User x\n' })).data;
  assert.match(renamed.skipped[0].reason, /Another connection has that name: deploy@web/);
  assert.equal((await agent('POST', '/import', { format: 'ssh_config', text, names: ['nobody'] })).status, 404);
  const odd = 'Host "a rack/7"\n HostName rack.example.org\n Port 2201\n User ops\n IdentityFile %d/.ssh/%r@%h-%p%%%n\nHost café\n IdentityFile ~/.ssh/%C\n';
  const taken = (await agent('POST', '/import', { format: 'ssh_config', text: odd })).data;
  assert.deepEqual(taken.connections.map((one) => one.title), ['a rack/7']);
  const rack = (await agent('GET', `/connections/${taken.connections[0].id}`)).data.connection;
  assert.equal(rack.private_key_path, '~/.ssh/ops@rack.example.org-2201%a rack/7');
  assert.match(taken.skipped.map((one) => `${one.title}: ${one.reason}`).join(), /café: "café" is no host/);
  await server.stop();
});

spec('ssh connections: the user\'s own configuration with what it includes, and electerm\'s export', async () => {
  const server = await start();
  const admin = await client(server, ['ssh', 'admin']);
  const home = server.environment.HOME;
  assert.equal((await admin('POST', '/import', { format: 'ssh_config' })).status, 404, 'there is no file yet');
  await mkdir(join(home, '.ssh/conf.d'), { recursive: true });
  await writeFile(join(home, '.ssh/config'), 'Include conf.d/*\nHost two\n User b\n');
  await writeFile(join(home, '.ssh/conf.d/one'), 'Host one\n User a\n');
  const done = (await admin('POST', '/import', { format: 'ssh_config' })).data;
  assert.deepEqual(done.connections.map((one) => [one.title, one.username]), [['one', 'a'], ['two', 'b']]);

  const bookmarks = [
    { id: 'b1', title: 'shop', host: 'shop.example.org', port: 2200, username: 'me', authType: 'password', password: 'electric' },
    { id: 'b2', host: 'k.example.org', username: 'me', authType: 'privateKeys', privateKey: key_text, passphrase: 'zz', passphraseEncrypted: true },
    { id: 'b3', title: 'serial', type: 'serial', host: 'x' },
    { id: 'b4', title: 'bad', host: 'a b', username: 'me' },
  ];
  const exported = { bookmarks, bookmarkGroups: [{ title: 'Shops', bookmarkIds: ['b1'] }] };
  const taken = (await admin('POST', '/import', { format: 'electerm', text: JSON.stringify(exported) })).data;
  assert.deepEqual([taken.imported, taken.skipped.map((one) => one.title)], [2, ['serial', 'bad']]);
  assert.match(taken.notes.join('\n'), /passphrase is encrypted there/);
  const shop = (await admin('GET', '/connections/shop?secrets=true')).data.connection;
  assert.deepEqual([shop.group, shop.password, shop.port], ['Shops', 'electric', 2200]);
  assert.deepEqual((await admin('POST', '/import/electerm', { bookmarks })).data, { success: true, imported: 0 });
  assert.deepEqual((await admin('POST', '/import/electerm', { bookmarks: [{ host: '192.0.2.9', username: 'root' }] })).data, { success: true, imported: 1 });
  for (const [body, code] of [[{ format: 'electerm', text: '{' }, 'invalid_params'], [{ format: 'electerm' }, 'invalid_params'], [{ format: 'electerm', bookmarks: [] }, 'invalid_params'], [{ format: 'ssh_config', bookmarks }, 'invalid_params'], [{ format: 'putty' }, 'invalid_params']]) {
    assert.equal((await admin('POST', '/import', body)).code, code, JSON.stringify(body));
  }
  const audit = JSON.stringify((await server.api('GET', '/api/audit?method=ssh.&limit=100')).entries);
  assert.doesNotMatch(audit, /electric/);
  await server.stop();
});

spec('ssh connections: the command line', async () => {
  const server = await start();
  const cli = async (args, input) => server.cli(args, input === undefined ? {} : { stdin: input });
  const good = async (args, input) => {
    const { code, stdout, stderr } = await cli(args, input);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const id = (await good(['ssh', 'add', 'db', 'admin@[2001:db8::1]:2222', '--password', '--jump', 'gate', '--tag', 'a', '--tag', 'b', '--env', 'X=1'], 'sesame\n')).trim();
  const one = JSON.parse(await good(['--json', 'ssh', 'show', 'db'])).connection;
  assert.deepEqual([one.id, one.host, one.port, one.username, one.auth_type, one.password, one.tags, one.env], [id, '2001:db8::1', 2222, 'admin', 'password', '********', ['a', 'b'], { X: '1' }]);
  assert.match(await good(['ssh', 'show', 'db', '--secrets']), /password +sesame/);
  assert.match(await good(['ssh']), /db +admin@\[2001:db8::1\]:2222 +password +gate +a, b/);
  await good(['ssh', 'edit', 'db', '--forget', 'password', '--auth', 'agent', '--keepalive', '0']);
  const edited = JSON.parse(await good(['--json', 'ssh', 'show', id])).connection;
  assert.deepEqual([edited.password, edited.auth_type, edited.keepalive_s, edited.host], [null, 'agent', 0, '2001:db8::1']);
  await good(['ssh', 'runbook', 'db', '-'], '# Notes\n');
  assert.equal(await good(['ssh', 'runbook', 'db']), '# Notes\n');
  const config = join(server.environment.HOME, 'hosts');
  await writeFile(config, 'Host new\n HostName new.example.org\n');
  assert.match(await good(['ssh', 'import', config, '--dry-run']), /WOULD BE ADDED[^]*new +\w+@new\.example\.org/);
  assert.equal(JSON.parse(await good(['--json', 'ssh', 'import', config])).imported, 1);
  assert.match(await good(['ssh', 'import', config]), /Skipped new: .* is there already/);
  await good(['ssh', 'rm', 'db']);
  for (const [args, said] of [[['ssh', 'rm', 'db'], /no SSH connection "db"/], [['ssh', 'show'], /Say which/], [['ssh', 'edit', 'new'], /Say what is to change/], [['ssh', 'add', 'x'], /Say where/], [['ssh', 'add', 'x', 'h:0'], /no port/], [['ssh', 'add', 'x', 'a;b@h'], /is no user/], [['ssh', 'import', '/nowhere/x'], /Cannot read/]]) {
    const { code, stderr } = await cli(args);
    assert.ok(code !== 0 && said.test(stderr), `${args.join(' ')}: ${code} ${stderr}`);
  }
  const empty = await cli(['ssh', 'add', 'x', 'me@h', '--password'], '');
  assert.ok(empty.code !== 0 && /is empty/.test(empty.stderr), empty.stderr);
  await server.stop();
});

spec('ssh connections: an export has them, without secrets unless asked, and another server takes it', async () => {
  const [here, there] = [await start(), await start()];
  const agent = await client(here, ['ssh']);
  const wanted = { title: 'web', host: 'web.example.org', port: 2222, username: 'deploy', auth_type: 'key', proxy_jump: 'gate.example.org', tags: ['prod'], env: { LANG: 'C.UTF-8' }, group: 'shop', color: 'teal', keepalive_s: 15, host_key_policy: 'strict', start_directory: '/srv' };
  const made = await agent('POST', '/connections', { ...wanted, password: 'a very secret word', private_key: key_text });
  assert.equal((await agent('PUT', `/connections/${made.data.id}/runbook`, { text: '# Ask first\n' })).status, 200);
  assert.equal((await agent('POST', '/connections', { title: 'loose', host: 'loose.example.org', username: 'me', auth_type: 'agent' })).status, 200);
  const admin = await client(here, ['ssh', 'admin']);
  assert.equal((await admin('PUT', '/connections/loose', { agent_forwarding: true, host_key_policy: 'accept_new' })).status, 200);

  const bare = await here.api('GET', '/api/settings/export');
  assert.equal(bare.ssh_connections.length, 2);
  assert.doesNotMatch(JSON.stringify(bare.ssh_connections), /secret word|PRIVATE KEY/);
  const whole = JSON.stringify(await here.api('GET', '/api/settings/export?ssh_secrets=true'));
  assert.match(whole, /a very secret word/);
  const events = JSON.stringify((await here.api('GET', '/api/agent/events/recent?limit=500')).events);
  assert.match(events, /ssh_connections_reveal/);
  assert.doesNotMatch(events, /secret word/);

  const guest = await client(there, ['ssh']);
  const tried = await guest('POST', '/import', { format: 'duotty', text: whole, dry_run: true });
  assert.deepEqual([tried.status, tried.data.imported, tried.data.connections.length], [200, 0, 2], tried.message);
  assert.match(tried.data.notes.join('\n'), /loose: host_key_policy[^]*loose: agent_forwarding/);
  assert.equal((await guest('POST', '/import', { format: 'duotty', text: whole })).data.imported, 2);
  const owner = await client(there, ['ssh', 'admin']);
  const { connection } = (await owner('GET', '/connections/web?secrets=true')).data;
  for (const [name, value] of Object.entries(wanted)) assert.deepEqual(connection[name], value, name);
  assert.deepEqual([connection.password, connection.private_key, connection.passphrase], ['a very secret word', key_text, null]);
  assert.equal((await owner('GET', '/connections/web/runbook')).data.text, '# Ask first\n');
  const loose = (await owner('GET', '/connections/loose')).data.connection;
  assert.deepEqual([loose.host_key_policy, loose.agent_forwarding], ['ask', false]);
  const again = await guest('POST', '/import', { format: 'duotty', text: whole });
  assert.deepEqual([again.data.imported, again.data.skipped.length], [0, 2]);

  await writeFile(join(there.home, 'export.json'), JSON.stringify({ ssh_connections: [{ host: '-oops', username: 'me' }, { host: 'good.example.org', username: 'me', title: 'good', port: 70000 }, { host: 'fine.example.org', username: 'me' }] }));
  const cli = await there.cli(['ssh', 'import', 'export.json', '--json']);
  assert.equal(cli.code, 0, cli.stderr);
  const done = JSON.parse(cli.stdout);
  assert.deepEqual([done.imported, done.skipped.length, done.connections[0].title], [1, 2, 'fine.example.org']);
  for (const text of ['{', '{}', '[]', '{"ssh_connections": [1]}']) {
    const refused = await guest('POST', '/import', { format: 'duotty', text });
    assert.ok(refused.status === 400 || (refused.status === 200 && refused.data.imported === 0), text);
  }
  assert.doesNotMatch(JSON.stringify((await there.api('GET', '/api/audit?limit=100')).entries), /secret word|PRIVATE KEY/);
  await Promise.all([here.stop(), there.stop()]);
});
