// Every method answers the same over every surface, for good and for bad parameters.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { start } from './support/daemon.mjs';
import { Sshd } from './support/sshd.mjs';
import { spec } from './support/suite.mjs';
import { bindings, file_routes, method_list, same_shape, surfaces } from './support/surfaces.mjs';
import { Viewer } from './support/viewer.mjs';
import { until } from '../e2e/support/wait.mjs';

const admin = ['read', 'type', 'exec', 'files', 'ssh', 'ai', 'admin'];
const invalid = (params) => ({ params, code: 'invalid_params' });
const nowhere = (params = {}) => ({ params: { terminal_id: 'nowhere', ...params }, code: 'terminal_not_found' });
const no_job = () => ({ params: { job_id: 'nowhere' }, code: 'not_found' });
let serial = 0;
const unique = (word) => `${word}-${(serial += 1)}`;

async function provider() {
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'model-one', object: 'model' }] }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/v1`, stop: () => server.close() };
}

/** The id of a fresh overlay or panel. */
async function drawn(server, terminal, kind, more = {}) {
  return (await server.api('POST', `/api/agent/terminals/${terminal}/${kind}s`, { id: unique(kind), ttl_seconds: 30, spans: [{ id: 'a', text: 'text' }], ...more })).id;
}

function element_rows(kind, { server, id }) {
  const place = kind === 'panel' ? { position: 'top', height: 1 } : { x: -10, y: 2, width: 9 };
  const wrong = kind === 'panel' ? { position: 'left' } : { width: 0 };
  const fresh = async () => ({ ...id, id: await drawn(server, id.terminal_id, kind) });
  const absent = (params = {}) => ({ params: { ...id, id: 'nothing', ...params }, code: 'not_found' });
  return {
    [`${kind}.create`]: { good: () => ({ ...id, ...place, z: 1, background: 'blue', ttl_seconds: 30, spans: [{ text: 'hello', fg: 12, bold: true }] }), bad: [nowhere(), invalid({ ...id, ...wrong }), invalid({ ...id, id: 'a b' }), invalid({ ...id, spans: [{ text: 'x', fg: 'mauve' }] }), invalid({ ...id, unknown_field: 1 })] },
    [`${kind}.list`]: { good: async () => (await fresh(), id), bad: [nowhere(), invalid({ ...id, unknown_field: 1 })] },
    [`${kind}.get`]: { good: fresh, bad: [nowhere({ id: 'x' }), absent()] },
    [`${kind}.update`]: { good: async () => ({ ...(await fresh()), ...place, spans: [{ text: 'new' }] }), bad: [nowhere({ id: 'x' }), absent(), invalid({ ...id, id: 'x', ...wrong })] },
    [`${kind}.delete`]: { good: fresh, bad: [nowhere({ id: 'x' }), absent()] },
    [`${kind}.clear`]: { good: () => id, bad: [nowhere(), invalid({ ...id, unknown_field: 1 })] },
    [`${kind}.spans`]: { good: async () => ({ ...(await fresh()), spans: [{ id: 'a', text: 'b' }] }), bad: [nowhere({ id: 'x', spans: [] }), absent({ spans: [] }), invalid({ ...id, id: 'x' })] },
    [`${kind}.write`]: { good: async () => ({ ...(await fresh()), writes: [{ row: 0, col: 1, text: 'x' }] }), bad: [nowhere({ id: 'x', writes: [] }), absent({ writes: [] }), invalid({ ...id, id: 'x', writes: [{ row: -1, col: 0, text: '' }] })] },
    [`${kind}.batch`]: { good: () => ({ ...id, operations: [{ op: 'clear' }] }), bad: [nowhere({ operations: [] }), invalid(id), invalid({ ...id, operations: [{ op: 'explode' }] })] },
  };
}

/**
 * What each method is called with. `good` makes the parameters of one call; `bad` lists calls that fail and with what
 * code; `plain` takes nothing and ignores what it does not know; `own_server` ends or restarts the server; `owner` is not
 * for tokens; `first` compares only the first item of a stream that has no end.
 */
function rows({ server, shell, ended, models, sshd }) {
  const id = { terminal_id: shell };
  const cat = async () => (await server.create({ command: ['/bin/cat'] })).id;
  const viewer_of = async (terminal) => {
    const viewer = await Viewer.open(server.tcp, terminal, { role: 'viewer' });
    return (await viewer.next((frame) => frame.type === 'hello', 'hello')).viewer;
  };
  /** A request that waits, the others decided so that there is room. */
  const asked = async () => {
    for (const { request_id } of (await server.api('GET', '/api/access')).requests) await server.api('POST', `/api/access/${request_id}`, { allow: false });
    return server.api('POST', '/api/agent/access', { name: unique('visitor'), scopes: ['read'] });
  };
  /** A terminal that is being recorded. */
  const recorded = async () => {
    const terminal_id = await cat();
    const { recording_id } = await server.api('POST', `/api/agent/terminals/${terminal_id}/record`, {});
    return { terminal_id, recording_id };
  };
  const no_recording = (params = {}) => ({ params: { recording_id: 'nowhere', ...params }, code: 'not_found' });
  const connection = async () => (await server.api('POST', '/api/agent/ssh/connections', { title: unique('host'), host: 'parity.example.org', username: 'me' })).id;
  // Nothing listens at its port.
  const nobody = (params = {}) => ({ params: { conn_id: 'parity-away', ...params }, code: 'unreachable' });
  const no_connection = (params = {}) => ({ params: { conn_id: 'nowhere', ...params }, code: 'not_found' });
  /** A file of the host. */
  const there = async () => {
    const path = `${sshd.folder}/${unique('there')}`;
    await writeFile(path, 'parity');
    return path;
  };
  /** A connection that waits for the passphrase of its key. */
  const asking = async () => {
    const { id: conn_id } = await server.api('POST', '/api/agent/ssh/connections', { ...sshd.connection({ title: unique('asks') }), auth_type: 'key', private_key_path: await sshd.key('ed25519', { passphrase: 'sesame' }), host_key_policy: 'accept_new' });
    return server.api('POST', `/api/agent/ssh/${conn_id}/connect`, {});
  };
  const file = async () => {
    const path = `~/${unique('file')}`;
    await server.api('POST', '/api/files/write', { path, text: 'parity' });
    return path;
  };
  const no_file = (params = {}) => ({ params: { path: '~/nothing', ...params }, code: 'not_found' });
  const far = (params = {}) => ({ params: { path: '~', connection_id: 'x', ...params }, code: 'not_found' });
  const outside = (params = {}) => ({ params: { path: '/etc/hostname', ...params }, code: 'denied' });
  /** A transfer that is over. */
  const transferred = async () => {
    const { transfer_id } = await server.api('POST', '/api/transfers', { from: { path: await file() }, to: { path: `~/${unique('copy')}` } });
    await server.api('POST', `/api/transfers/${transfer_id}/wait`, {});
    return transfer_id;
  };
  const no_transfer = () => ({ params: { transfer_id: 'nowhere' }, code: 'not_found' });
  const plain = { good: () => ({}), plain: true };
  return {
    'terminal.create': { good: () => ({ name: unique('made'), cols: 90, rows: 30, command: ['/bin/cat'], tags: ['t'] }), bad: [invalid({ cols: 0 }), invalid({ rows: 1001 }), invalid({ name: 7 }), invalid({ type: 'vnc' }), invalid({ type: 'ssh' }), { params: { connection_id: 'x' }, code: 'not_found' }, { params: { connection_id: 'parity-away' }, code: 'unreachable' }] },
    'terminal.list': plain,
    'terminal.get': { good: () => id, bad: [nowhere()] },
    'terminal.update': { good: () => ({ ...id, tags: ['b'], ttl_seconds: 3600 }), bad: [nowhere(), invalid({ ...id, size_policy: 'biggest' }), invalid({ ...id, unknown_field: 1 }), invalid({ ...id, tags: 'b' })] },
    'terminal.delete': { good: async () => ({ terminal_id: await cat(), signal: 'TERM' }), bad: [nowhere(), invalid({ ...id, signal: 'NOPE' }), invalid({ ...id, grace_ms: -1 })] },
    'terminal.delete_many': { good: async () => ({ terminal_ids: [await cat(), 'nowhere'] }), bad: [invalid({}), invalid({ all: true, unknown_field: 1 }), invalid({ terminal_ids: 'x' })] },
    'terminal.stats': { good: () => ({ ...id, measure_ms: 10 }), bad: [nowhere(), invalid({ ...id, measure_ms: -1 }), invalid({ ...id, unknown_field: 1 })] },
    'terminal.resize': { good: () => ({ ...id, cols: 100, rows: 30 }), bad: [nowhere({ cols: 80, rows: 24 }), invalid({ ...id, cols: -1, rows: 24 }), invalid({ ...id, cols: 80 })] },
    'terminal.signal': { good: () => ({ ...id, signal: 'WINCH' }), bad: [nowhere({ signal: 'INT' }), invalid({ ...id, signal: 'NOPE' }), invalid({ ...id, signal: 'INT', to: 'all' })] },
    'terminal.input': { good: () => ({ ...id, data: 'true', wait: true, idle: 0.1, timeout: 5 }), bad: [nowhere({ data: 'x' }), invalid({ ...id, keys: ['hyper+q'] }), invalid({ ...id, data_b64: '%%%' }), invalid({ ...id, enter: 'maybe' })] },
    'terminal.exec': { good: async () => (await server.at_prompt(shell), { ...id, command: 'echo parity' }), bad: [nowhere({ command: 'true' }), invalid({ ...id, command: 'true', on_timeout: 'explode' }), invalid({ ...id, command: 'true', timeout: -1 }), invalid({ ...id, command: 'true', stdin_b64: '%%%' }), invalid({ ...id, command: 'true', queue: 'perhaps' }), invalid({ ...id, command: 'true', background_after: -1 }), invalid({ ...id, command: 'true', isolated: 3 })] },
    'job.list': { good: () => ({ ...id, limit: 1 }), bad: [invalid({ limit: 0 }), invalid({ status: 'odd' }), invalid({ unknown_field: 1 })] },
    'job.get': { good: () => ({ job_id: `${shell}:1` }), bad: [no_job(), invalid({ job_id: `${shell}:1`, unknown_field: 1 })] },
    'job.wait': { good: () => ({ job_id: `${shell}:1`, max_wait_ms: 10 }), bad: [no_job(), invalid({ job_id: `${shell}:1`, max_wait_ms: -1 })] },
    'job.output': { good: () => ({ job_id: `${shell}:1`, since: 2 }), bad: [no_job(), invalid({ job_id: `${shell}:1`, since: -1 }), invalid({ job_id: `${shell}:1`, limit: 0 })] },
    'job.cancel': { good: () => ({ job_id: `${shell}:1`, signal: 'TERM' }), bad: [no_job(), invalid({ job_id: `${shell}:1`, signal: 'WINCH' })] },
    'terminal.snapshot': { good: () => ({ ...id, pattern: 'parity', context: 1 }), bad: [nowhere(), invalid({ ...id, pattern: '(' }), invalid({ ...id, context: 21 }), invalid({ ...id, since: 'yesterday' })] },
    'terminal.screen': { good: () => ({ ...id, format: 'ansi' }), bad: [nowhere(), invalid({ ...id, format: 'pdf' }), invalid({ ...id, unknown_field: 1 })] },
    'terminal.scrollback': { good: () => ({ ...id, offset: -5, limit: 5, format: 'styled' }), bad: [nowhere(), invalid({ ...id, limit: 0 }), invalid({ ...id, line: -1 }), invalid({ ...id, format: 'pdf' })] },
    'terminal.search': { good: () => ({ ...id, pattern: 'parity', context: 1 }), bad: [nowhere({ pattern: 'x' }), invalid({ ...id, pattern: '(' }), invalid(id), invalid({ ...id, pattern: 'x', limit: 1001 })] },
    'terminal.commands': { good: () => ({ ...id, q: 'echo parity', limit: 1 }), bad: [nowhere(), invalid({ ...id, limit: 0 }), invalid({ ...id, status: 'odd' }), invalid({ ...id, unknown_field: 1 })] },
    'commands.search': { good: () => ({ q: 'echo parity', limit: 1 }), bad: [invalid({ limit: 501 }), invalid({ in: 'nowhere' }), invalid({ since: 'monday' }), invalid({ unknown_field: 1 })] },
    'commands.delete': { good: () => ({ q: 'never was there' }), bad: [invalid({}), invalid({ output_ref: 'x' }), invalid({ all: true, unknown_field: 1 })] },
    'terminal.output': { good: () => ({ ...id, seq: 1, tail: 1 }), bad: [nowhere(), invalid({}), invalid({ output_ref: 'nowhere' }), { params: { output_ref: 'nowhere:1' }, code: 'not_found' }, invalid({ ...id, pattern: '(' }), invalid({ ...id, limit: 0 })] },
    'terminal.read': { good: () => ({ ...id, mode: 'tail', lines: 5, reduce: 'off' }), bad: [nowhere(), invalid({ ...id, mode: 'sideways' }), invalid({ ...id, reduce: 'nothing' }), invalid({ ...id, mode: 'since' }), invalid({ ...id, max_chars: 1 }), invalid({ ...id, unknown_field: 1 })] },
    'terminal.wait': { good: () => ({ ...id, idle_ms: 10, max_wait_ms: 5000 }), bad: [nowhere({ idle_ms: 1 }), invalid(id), invalid({ ...id, pattern: '[' }), invalid({ ...id, idle_ms: -5 })] },
    'wait_any': { good: () => ({ terminal_ids: [shell], idle_ms: 10, max_wait_ms: 5000 }), bad: [{ params: { terminal_ids: ['nowhere'], idle_ms: 1 }, code: 'terminal_not_found' }, invalid({ idle_ms: 1 }), invalid({ tag: 'no such tag', idle_ms: 1 }), invalid({ terminal_ids: [shell] }), invalid({ terminal_ids: [shell], pattern: '(' }), invalid({ terminal_ids: [shell], idle_ms: 1, since: 3 })] },
    'terminal.idle': { good: () => ({ ...id, idle_ms: 10 }), bad: [nowhere(), invalid({ ...id, idle_ms: -1 }), invalid({ ...id, format: 'pdf' })] },
    'terminal.stream': { good: () => ({ terminal_id: ended }), bad: [nowhere(), invalid({ terminal_id: ended, since: -1 })] },
    'terminal.attach': { duplex: '/ws/terminal/{terminal_id}' },
    'mcp.attach': { duplex: '/ws/mcp' },
    'terminal.viewers': { good: () => id, bad: [nowhere(), invalid({ ...id, unknown_field: 1 })] },
    'terminal.kick': { good: async () => ({ ...id, viewer: await viewer_of(id.terminal_id) }), bad: [nowhere({ viewer: 'x' }), invalid(id), { params: { ...id, viewer: 'nobody' }, code: 'not_found' }] },
    ...element_rows('overlay', { server, id }),
    ...element_rows('panel', { server, id }),
    'screen_ui': { good: () => ({ ...id, operations: [{ op: 'overlay.clear' }, { op: 'overlay.create', spans: [{ text: 'x' }] }] }), bad: [nowhere({ operations: [] }), invalid(id), invalid({ ...id, operations: [{}] }), invalid({ ...id, operations: [{ op: 'overlay.explode' }] }), { params: { ...id, operations: [{ op: 'panel.delete', id: 'nothing' }] }, code: 'not_found' }] },
    'screen_mode.get': { good: () => id, bad: [nowhere(), invalid({ ...id, unknown_field: 1 })] },
    'screen_mode.enter_alt': { good: async () => ({ terminal_id: await cat() }), bad: [nowhere(), invalid({ ...id, unknown_field: 1 })] },
    'screen_mode.exit_alt': { good: async () => { const terminal = await cat(); await server.api('POST', `/api/agent/terminals/${terminal}/screen_mode/enter_alt`); return { terminal_id: terminal }; }, bad: [nowhere(), { params: id, code: 'conflict' }, invalid({ ...id, unknown_field: 1 })] },
    'input.capture': { good: () => id, first: true, bad: [nowhere(), invalid({ ...id, unknown_field: 1 }), { params: { ...id, focus: 'nothing' }, code: 'not_found' }] },
    'input.read': { good: () => ({ ...id, keys: ['y'], max_wait_ms: 5 }), bad: [nowhere(), invalid({ ...id, max_wait_ms: 0 }), invalid({ ...id, line: true, span: 'x' }), { params: { ...id, focus: 'nothing' }, code: 'not_found' }] },
    'input.release': { good: () => id, bad: [nowhere(), { params: { ...id, capture: 'nothing' }, code: 'not_found' }, invalid({ ...id, unknown_field: 1 })] },
    'input.mode': { good: () => id, bad: [nowhere(), invalid({ ...id, unknown_field: 1 })] },
    'input.focus': { good: async () => ({ ...id, id: await drawn(server, id.terminal_id, 'overlay', { focusable: true }) }), bad: [nowhere({ id: 'x' }), invalid(id), { params: { ...id, id: 'nothing' }, code: 'not_found' }] },
    'input.unfocus': { good: () => id, bad: [nowhere(), invalid({ ...id, unknown_field: 1 })] },
    'events.recent': { good: () => ({ limit: 3 }), bad: [invalid({ limit: 501 }), invalid({ limit: 0 }), invalid({ epoch: 'x'.repeat(65) })] },
    'events.stream': { good: () => ({ since_id: 0 }), first: true, bad: [invalid({ since_id: -1 })] },
    'record.start': { good: async () => ({ terminal_id: await cat(), title: 'parity', max_bytes: 9000 }), bad: [nowhere(), invalid({ ...id, max_bytes: 1 }), invalid({ ...id, title: 'x'.repeat(201) }), invalid({ ...id, unknown_field: 1 })] },
    'record.stop': { good: async () => ({ terminal_id: (await recorded()).terminal_id }), bad: [nowhere(), { params: id, code: 'not_found' }, invalid({ ...id, unknown_field: 1 })] },
    'record.list': { good: () => ({ terminal_id: 'nowhere' }), bad: [invalid({ unknown_field: 1 })] },
    'record.get': { good: async () => ({ recording_id: (await recorded()).recording_id, limit: 100 }), bad: [no_recording(), invalid({ recording_id: 'x', limit: 0 }), invalid({ recording_id: 'x', offset: -1 })] },
    'record.delete': { good: async () => ({ recording_id: (await recorded()).recording_id }), bad: [no_recording(), invalid({ recording_id: 'x', unknown_field: 1 })] },
    'record.history': { good: () => id, bad: [nowhere(), invalid({ ...id, unknown_field: 1 })] },
    sessions: plain,
    'sessions.stream': { good: () => ({}), first: true, bad: [] },
    'sessions.close': { good: async () => ({ session_id: await cat() }), bad: [{ params: { session_id: 'nowhere' }, code: 'terminal_not_found' }] },
    'settings.get': plain,
    'settings.set': { good: () => ({ theme: 'dark' }), bad: [invalid({ theme: 'pink' }), invalid({ base_url: 'ftp://x' }), invalid({ web_access_key: 'short' }), invalid({ models: 'all' })] },
    'settings.export': plain,
    'settings.reveal_token': plain,
    'tokens.list': { good: () => ({}), bad: [invalid({ unknown_field: 1 })] },
    'tokens.create': { good: () => ({ name: unique('token'), scopes: ['read'] }), bad: [invalid({ name: 'x' }), invalid({ name: 'x', scopes: ['fly'] }), invalid({ name: 'a/b', scopes: ['read'] }), invalid({ name: 'x', scopes: ['read'], unknown_field: 1 }), { params: { name: 'parity', scopes: ['read'] }, code: 'conflict' }] },
    'tokens.delete': { good: async () => { const name = unique('gone'); await server.token(name, ['read']); return { token_id: name }; }, bad: [{ params: { token_id: 'nowhere' }, code: 'not_found' }] },
    'models.fetch': { good: () => ({ api_format: 'openai', base_url: models, api_key: 'k' }), bad: [invalid({ api_format: 'fax', base_url: models, api_key: 'k' })] },
    'ssh.connections.list': { ...plain },
    'ssh.connections.create': { good: () => ({ title: unique('host'), host: 'parity.example.org', username: 'me', password: 'x' }), bad: [invalid({ username: 'me' }), invalid({ host: '-x', username: 'me' }), invalid({ host: 'h', username: 'me', port: 0 }), invalid({ host: 'h', username: 'me', proxy_jump: 'a b' })] },
    'ssh.connections.get': { good: async () => ({ conn_id: await connection() }), bad: [no_connection()] },
    'ssh.connections.update': { good: async () => ({ conn_id: await connection(), port: 2222 }), bad: [no_connection(), invalid({ conn_id: 'x', auth_type: 'magic' })] },
    'ssh.connections.delete': { good: async () => ({ conn_id: await connection() }), bad: [no_connection()] },
    'ssh.connections.import': { good: () => ({ format: 'ssh_config', text: 'Host parity\n User me\n', dry_run: true }), bad: [invalid({}), invalid({ format: 'putty' }), invalid({ format: 'electerm', text: '{' }), invalid({ format: 'ssh_config', unknown_field: 1 }), { params: { format: 'ssh_config', text: '', names: ['x'] }, code: 'not_found' }] },
    'ssh.import_electerm': { good: () => ({ bookmarks: [{ host: `${unique('b')}.example.org`, username: 'me' }] }), bad: [invalid({}), invalid({ bookmarks: [] })] },
    'ssh.run': { good: async () => ({ conn_id: 'parity-ssh', command: 'true' }), bad: [no_connection({ command: 'true' }), invalid({ conn_id: 'parity-ssh', command: '' }), nobody({ command: 'true' })] },
    'ssh.run_async': { good: async () => ({ conn_id: 'parity-ssh', command: 'true' }), bad: [no_connection({ command: 'true' }), invalid({ conn_id: 'parity-ssh', command: '' }), nobody({ command: 'true' })] },
    'ssh.files.list': { good: () => ({ conn_id: 'parity-ssh', path: '/usr' }), bad: [no_connection(), nobody(), { params: { conn_id: 'parity-ssh', path: '/nothing' }, code: 'not_found' }, invalid({ conn_id: 'parity-ssh', path: '/etc/passwd' })] },
    'ssh.files.read': { good: async () => ({ conn_id: 'parity-ssh', path: await there() }), bad: [no_connection({ path: '/x' }), { params: { conn_id: 'parity-ssh', path: '/nothing' }, code: 'not_found' }, invalid({ conn_id: 'parity-ssh', path: '/usr' }), invalid({ conn_id: 'parity-ssh' })] },
    'ssh.files.write': { good: async () => ({ conn_id: 'parity-ssh', path: await there(), content: 'grüße' }), bad: [no_connection({ path: '/x', content: '' }), invalid({ conn_id: 'parity-ssh', path: '/usr', content: '' }), invalid({ conn_id: 'parity-ssh', path: '/x', content: '', encoding: 'ebcdic' })] },
    'ssh.upload': { good: async () => ({ conn_id: 'parity-ssh', local_path: await file(), remote_path: `${sshd.folder}/${unique('up')}` }), bad: [invalid({ conn_id: 'parity-ssh', local_path: '~/nothing', remote_path: '/x' }), { params: { conn_id: 'parity-ssh', local_path: '/etc/hostname', remote_path: '/x' }, code: 'denied' }] },
    'ssh.download': { good: async () => ({ conn_id: 'parity-ssh', remote_path: await there(), local_path: `~/${unique('down')}/file` }), bad: [{ params: { conn_id: 'parity-ssh', remote_path: '/nothing', local_path: '~/x' }, code: 'not_found' }, invalid({ conn_id: 'parity-ssh', remote_path: '/usr', local_path: '~/x' })] },
    'ssh.mkdir': { good: () => ({ conn_id: 'parity-ssh', path: `${sshd.folder}/${unique('folder')}` }), bad: [no_connection({ path: '/x' }), { params: { conn_id: 'parity-ssh', path: '/usr' }, code: 'conflict' }] },
    'ssh.delete_paths': { good: async () => ({ conn_id: 'parity-ssh', paths: [await there()] }), bad: [no_connection({ paths: ['/x'] }), { params: { conn_id: 'parity-ssh', paths: ['/nothing'] }, code: 'not_found' }, invalid({ conn_id: 'parity-ssh', paths: [] })] },
    'ssh.connect': { good: () => ({ conn_id: 'parity-ssh', wait_ms: 30_000 }), bad: [no_connection(), nobody(), invalid({ conn_id: 'parity-ssh', wait_ms: -1 })] },
    'ssh.answer': { good: async () => { const { connection_id, questions } = await asking(); return { conn_id: connection_id, round: questions.round, answers: ['sesame'] }; }, bad: [no_connection({ round: 1, answers: [] }), { params: { conn_id: 'parity-ssh', round: 1, answers: ['x'] }, code: 'conflict' }, invalid({ conn_id: 'parity-ssh', round: 1 })] },
    'ssh.connections.test': { good: () => ({ conn_id: 'parity-ssh' }), bad: [no_connection(), invalid({ conn_id: 'x', unknown_field: 1 })] },
    'ssh.host_keys.show': { good: () => ({ conn_id: 'parity-ssh' }), bad: [no_connection(), nobody(), invalid({ conn_id: 'x', unknown_field: 1 })] },
    'ssh.host_keys.accept': { good: () => ({ conn_id: 'parity-ssh', fingerprint: sshd.fingerprint() }), bad: [no_connection({ fingerprint: 'SHA256:x' }), invalid({ conn_id: 'x' }), nobody({ fingerprint: 'SHA256:x' })] },
    'ssh.hang_up': { good: async () => ({ conn_id: await connection() }), bad: [no_connection(), invalid({ conn_id: 'x', unknown_field: 1 })] },
    'ssh.forwards.open': { good: () => ({ connection_id: 'parity-ssh', kind: 'local', target_host: 'localhost', target_port: 9 }), bad: [{ params: { connection_id: 'nowhere', kind: 'dynamic' }, code: 'not_found' }, invalid({ connection_id: 'parity-ssh', kind: 'local' }), invalid({ connection_id: 'parity-ssh', kind: 'dynamic', port: -1 }), { params: { connection_id: 'parity-away', kind: 'dynamic' }, code: 'unreachable' }] },
    'ssh.forwards.list': { good: () => ({ connection_id: 'parity-ssh' }), bad: [{ params: { connection_id: 'nowhere' }, code: 'not_found' }] },
    'ssh.forwards.close': { good: async () => ({ id: (await server.api('POST', '/api/agent/ssh/forwards', { connection_id: 'parity-ssh', kind: 'dynamic' })).id }), bad: [{ params: { id: 'nothing' }, code: 'not_found' }] },
    'ssh.runbook.get': { good: async () => ({ conn_id: await connection() }), bad: [no_connection(), invalid({ conn_id: 'x', unknown_field: 1 })] },
    'ssh.runbook.set': { good: async () => ({ conn_id: await connection(), text: '# Notes' }), bad: [no_connection({ text: 'x' }), invalid({ conn_id: 'x' }), invalid({ conn_id: 'x', text: 'x', unknown_field: 1 })] },
    'files.roots': { good: () => ({}), bad: [{ params: { connection_id: 'x' }, code: 'not_found' }, invalid({ unknown_field: 1 })] },
    'files.list': { good: async () => (await file(), { path: '~', hidden: false, limit: 1 }), bad: [no_file(), far(), outside(), invalid({ path: 'x' }), invalid({ path: '~', limit: 0 }), invalid({ path: '~', unknown_field: 1 })] },
    'files.stat': { good: async () => ({ path: await file() }), bad: [no_file(), far(), outside(), invalid({}), invalid({ path: '~', unknown_field: 1 })] },
    'files.read': { good: async () => ({ path: await file(), offset: 1, length: 3 }), bad: [no_file(), far(), outside(), invalid({ path: '~' }), invalid({ path: '~/x', encoding: 'ebcdic' }), invalid({ path: '~/x', length: 0 })] },
    'files.write': { good: async () => ({ path: await file(), text: 'more', encoding: 'latin-1' }), bad: [no_file({ path: '~/no/where', text: 'x' }), far({ text: 'x' }), outside({ text: 'x' }), invalid({ path: '~/x' }), invalid({ path: '~/x', data_b64: '%' }), { params: { path: '~/x', text: 'x', if_match: 'old' }, code: 'conflict' }] },
    'files.upload': { good: () => ({ path: `~/${unique('up')}`, upload_id: 'parity-upload', data_b64: 'eA==', last: true }), bad: [far({ upload_id: 'parity-upload' }), outside({ upload_id: 'parity-upload' }), invalid({ path: '~/x' }), invalid({ path: '~/x', upload_id: 'short' }), { params: { path: '~/x', upload_id: 'parity-none', offset: 5 }, code: 'conflict' }] },
    'files.mkdir': { good: () => ({ path: `~/${unique('folder')}` }), bad: [far(), outside(), no_file({ path: '~/no/where' }), invalid({ path: '~/x', unknown_field: 1 })] },
    'files.rename': { good: async () => ({ path: await file(), to: `~/${unique('moved')}` }), bad: [no_file({ to: '~/x' }), far({ to: '~/x' }), outside({ to: '~/x' }), invalid({ path: '~/x' })] },
    'files.remove': { good: async () => ({ path: await file() }), bad: [no_file(), far(), outside(), invalid({ path: '~/x', recursive: 'perhaps' })] },
    'transfer.start': { good: async () => ({ from: { path: await file() }, to: { path: `~/${unique('copy')}` }, conflict: 'overwrite', checksum: true }), bad: [invalid({ from: { path: '~/x' } }), invalid({ from: { path: '~' }, to: { path: '~/x' } }), invalid({ from: { path: '~' }, to: { path: '~/x' }, conflict: 'perhaps' }), { params: { from: { path: '~/nothing' }, to: { path: '~/x' } }, code: 'not_found' }, { params: { from: { path: '/etc/hostname' }, to: { path: '~/x' } }, code: 'denied' }, { params: { from: { path: '~', connection_id: 'x' }, to: { path: '~/x' } }, code: 'not_found' }] },
    'transfer.list': { good: async () => (await transferred(), { state: 'done', limit: 1 }), bad: [invalid({ limit: 0 }), invalid({ state: 'odd' }), invalid({ unknown_field: 1 })] },
    'transfer.get': { good: async () => ({ transfer_id: await transferred() }), bad: [no_transfer(), invalid({ transfer_id: 'x', unknown_field: 1 })] },
    'transfer.wait': { good: async () => ({ transfer_id: await transferred(), max_wait_ms: 10 }), bad: [no_transfer(), invalid({ transfer_id: 'x', max_wait_ms: -1 })] },
    'transfer.cancel': { good: async () => ({ transfer_id: await transferred() }), bad: [no_transfer(), invalid({ transfer_id: 'x', unknown_field: 1 })] },
    'audit.list': { good: () => ({ method: 'tokens.', limit: 2 }), bad: [invalid({ limit: 0 }), invalid({ kind: 'ghost' }), invalid({ since: 'monday' }), invalid({ unknown_field: 1 })] },
    'audit.export': { good: () => ({ method: 'tokens.create' }), bad: [invalid({ kind: 'ghost' }), invalid({ unknown_field: 1 })] },
    'activity.stream': { good: () => ({}), first: true, bad: [invalid({ unknown_field: 1 })] },
    'access.request': { good: async () => (await asked(), { name: unique('asks'), scopes: ['read'] }), bad: [invalid({}), invalid({ name: 'x', scopes: ['admin'] }), invalid({ name: 'a b', scopes: ['read'] }), invalid({ name: 'x', scopes: ['read'], unknown_field: 1 })] },
    'access.claim': { good: async () => { const { request_id, claim_secret } = await asked(); return { request_id, claim_secret }; }, bad: [invalid({ request_id: 'x' }), { params: { request_id: 'nowhere', claim_secret: 'x' }, code: 'not_found' }, invalid({ request_id: 'x', claim_secret: 'x', wait: 56 })] },
    'access.list': { good: () => ({}), bad: [invalid({ unknown_field: 1 })] },
    'access.decide': { good: async () => ({ request_id: (await asked()).request_id, allow: false }), bad: [{ params: { request_id: 'nowhere', allow: true }, code: 'not_found' }, invalid({ request_id: 'nowhere' }), invalid({ request_id: 'nowhere', allow: true, expires_in_seconds: 1 })] },
    'server.metrics': { good: () => ({}), bad: [invalid({ unknown_field: 1 })] },
    metrics: { good: () => ({}), bad: [] },
    'server.info': { good: () => ({}), bad: [invalid({ unknown_field: 1 })] },
    'server.health': plain,
    health: plain,
    'server.restart': { good: () => ({}), own_server: 'restart', bad: [invalid({ unknown_field: 1 })] },
    'server.stop': { good: () => ({}), own_server: 'stop', bad: [invalid({ unknown_field: 1 })] },
    handshake: { ...plain, owner: true },
    'server.openapi': plain,
    'skill.md': plain,
    'guides.list': plain,
    'guides.get': { good: () => ({ name: 'watch' }), bad: [{ params: { name: 'nothing' }, code: 'not_found' }] },
    'http.md': plain,
    'install.md': plain,
  };
}

async function compare(name, row, binding, table) {
  let expected = null;
  for (const [surface, { call, stream }] of Object.entries(table)) {
    if (row.stream && !stream) continue;
    const place = `${name}, ${surface}`;
    const good = row.stream ? await stream(binding, await row.good(), { name, first: row.first }) : await call(binding, await row.good(), name);
    assert.equal(good.error, undefined, place);
    if (row.stream) {
      for (const item of good.items) if (item.event === 'output') delete item.size;
      good.items = good.items.map((item) => ({ event: item.event, fields: Object.keys(item).filter((key) => key !== 'size').sort(), ...(row.first ? {} : { text: item.text }) }));
    }
    if (expected === null) expected = good;
    else if (row.stream && !row.first) assert.deepEqual(merged(good.items), merged(expected.items), place);
    else if (row.stream) assert.deepEqual(row.name === 'events.stream' ? good.items[0].event : good.items, row.name === 'events.stream' ? expected.items[0].event : expected.items, place);
    else same_shape(good.result, expected.result, place);
    for (const { params, code } of row.bad ?? []) {
      const bad = row.stream ? await stream(binding, params, { name, first: true }) : await call(binding, params, name);
      assert.deepEqual(bad, { error: code }, `${place} with ${JSON.stringify(params)}`);
    }
    if (row.plain) assert.equal((await call(binding, { unknown_field: '1' }, name)).error, undefined, `${place}, unknown fields are ignored`);
  }
}

/** Output comes in any number of pieces; only the whole counts. */
function merged(items) {
  const output = items.filter((item) => item.event === 'output');
  return { output: output.map((item) => item.text).join(''), fields: output[0]?.fields, rest: items.filter((item) => !['output', 'heartbeat'].includes(item.event)) };
}

async function life_cycle(name, what, binding) {
  const server = await start();
  try {
    const token = await server.token('parity', admin);
    for (const surface of Object.keys(surfaces(server, token))) {
      const target = what === 'stop' ? await start() : server;
      const identity = what === 'stop' ? await target.token('parity', admin) : token;
      const before = (await target.info()).worker_pid;
      const answer = await surfaces(target, identity)[surface].call(binding, {}, name);
      assert.deepEqual(answer, { result: { success: true } }, `${name}, ${surface}`);
      if (what === 'stop') assert.equal(await target.ended, 0, `${name}, ${surface}`);
      else await until(() => target.info().then((info) => info.worker_pid !== before, () => false), `a new worker after ${surface}`);
      await (what === 'stop' ? target.stop() : undefined);
    }
  } finally {
    await server.stop();
  }
}

let prepared = null;
function fixture() {
  prepared ??= (async () => {
    const server = await start();
    const models = await provider();
    const shell = (await server.shell({ name: 'parity-shell' })).id;
    await server.exec(shell, 'echo parity');
    const ended = (await server.create({ command: ['/bin/sh', '-c', 'printf "one\\ntwo\\n"'] })).id;
    await until(async () => !(await server.get(ended)).alive, 'a program to end');
    const sshd = await Sshd.start();
    const hosts = [sshd.connection({ title: 'parity-ssh', auth_type: 'key', private_key_path: await sshd.key(), host_key_policy: 'accept_new' }), { ...sshd.connection({ title: 'parity-away' }), host: '127.0.0.2', port: 1 }];
    for (const host of hosts) await server.api('POST', '/api/agent/ssh/connections', host);
    const token = await server.token('parity', admin);
    const table = rows({ server, shell, ended, models: models.url, sshd });
    const document = await server.api('GET', '/api/openapi.json');
    return { server, models, sshd, token, table, listed: await method_list(server), bound: bindings(document) };
  })();
  return prepared;
}

const names = Object.keys(rows({}));

spec('every method has a row here, and every row is a method', async () => {
  const { listed, bound, table } = await fixture();
  assert.deepEqual(listed.map((method) => method.name).sort(), names.slice().sort());
  assert.deepEqual([...bound.keys()].sort(), [...file_routes, ...names.filter((name) => !table[name].duplex)].sort());
  for (const method of listed) {
    if (!table[method.name].duplex) assert.equal(bound.get(method.name).stream, method.stream, method.name);
  }
});

for (const name of names) {
  spec(`${name} is the same on every surface`, async () => {
    const { server, token, table, bound } = await fixture();
    const row = { ...table[name], name, stream: bound.get(name)?.stream };
    const binding = bound.get(name);
    if (row.duplex) {
      const all = surfaces(server, token);
      const path = { verb: 'GET', path: row.duplex, media: 'application/json' };
      for (const surface of Object.keys(all)) {
        assert.deepEqual(await all[surface].call(path, { terminal_id: 'parity-shell' }, name), { error: 'invalid_params' }, surface);
      }
      return;
    }
    if (!row.own_server) return compare(name, row, binding, surfaces(server, row.owner ? null : token));
    for (const [surface, { call }] of Object.entries(surfaces(server, token))) {
      for (const { params, code } of row.bad) assert.deepEqual(await call(binding, params, name), { error: code }, surface);
    }
    await life_cycle(name, row.own_server, binding);
  });
}

spec('an unknown method and broken JSON fail alike', async () => {
  const { server, token } = await fixture();
  const all = surfaces(server, token);
  for (const surface of ['WebSocket over TCP', 'WebSocket over the Unix socket', 'command line']) {
    assert.deepEqual(await all[surface].call(null, {}, 'terminal.nothing'), { error: 'method_not_found' }, surface);
  }
  const cli = await server.cli(['--json', 'call', 'terminal.list', '{"a":']);
  assert.equal(JSON.parse(cli.stderr).error.code, 'invalid_json');
  const { models, sshd } = await fixture();
  models.stop();
  await sshd.stop();
  await server.stop();
});
