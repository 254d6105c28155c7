import { describe, expect, it, vi } from 'vitest';
import { Declined, Links, trouble_in } from '../../src/core/links';
import { ApiError } from '../../src/core/rpc-client';
import type { Connection, HostKey, SshApi } from '../../src/core/ssh-api';
import { check_connection, connection_change, connection_form, empty_connection, parse_env, split_tags } from '../../src/core/ssh-form';
import { check_forward, empty_forward, forward_request, leading_to, listening_at } from '../../src/core/ssh-forwards';
import { import_request } from '../../src/core/ssh-import';
import { all_tags, css_color, grouped } from '../../src/core/ssh-list';
import { format_target, parse_target } from '../../src/core/ssh-target';

const stored: Connection = {
  id: 'a1', title: 'web', host: 'web.example.org', port: 22, username: 'deploy', auth_type: 'key', password: null, private_key: '********',
  passphrase: null, private_key_path: '', proxy_jump: '', keepalive_s: 30, agent_forwarding: false, host_key_policy: 'ask', env: { LANG: 'C' },
  start_directory: '', tags: ['prod'], group: 'shop', color: 'red', created_at: '', last_connected: null, has_runbook: false,
};

describe('a typed target', () => {
  it.each([
    ['me@host', 'me', 'host', 22],
    [' deploy@web.example.org:2222 ', 'deploy', 'web.example.org', 2222],
    ['ssh://me@host:22/', 'me', 'host', 22],
    ['ssh me@host -p 2200', 'me', 'host', 2200],
    ['ssh -p 2200 me@host', 'me', 'host', 2200],
    ['me@[fe80::1%eth0]:2222', 'me', 'fe80::1%eth0', 2222],
    ['me@::1', 'me', '::1', 22],
    ['me@corp@host', 'me@corp', 'host', 22],
  ])('%s', (text, username, host, port) => {
    expect(parse_target(text)).toEqual({ username, host, port });
  });

  it.each(['', 'web', 'web:22', '@host', 'me@', 'me@host:0', 'me@host:65536', 'me@host:x', 'me@-oProxyCommand=x', '-me@host', 'me@ho st', 'me@host;id', 'me@[::1'])('%j is none', (text) => {
    expect(parse_target(text)).toBeNull();
  });

  it.each(['me@host', 'me@host:2222', 'me@::1', 'me@[::1]:2222'])('%s is written as it is read', (text) => {
    const target = parse_target(text);
    expect(target && format_target(target)).toBe(text);
  });
});

describe('the form of a connection', () => {
  it('wants a host and a user, and says what is wrong with the rest', () => {
    expect(check_connection({ ...empty_connection, port: '0', keepalive_s: '-1', private_key_path: 'id_rsa', env: '1A=x' })).toEqual({
      host: 'error.required', username: 'error.required', port: 'error.port', keepalive_s: 'error.keepalive', private_key_path: 'error.key_path', env: 'error.env',
    });
    expect(check_connection({ ...empty_connection, host: '-o', username: 'a b' })).toEqual({ host: 'error.ssh_host', username: 'error.ssh_user' });
    expect(check_connection({ ...empty_connection, port: '1e3', host: 'h', username: 'u' })).toEqual({ port: 'error.port' });
    expect(check_connection(connection_form(stored))).toEqual({});
  });

  it('sends only what changed, and secrets only when they were typed', () => {
    const form = connection_form(stored);
    expect(connection_change(form, stored)).toEqual({});
    expect(connection_change({ ...form, port: '2222', tags: 'prod, eu', passphrase: 'word' }, stored)).toEqual({ port: 2222, tags: ['prod', 'eu'], passphrase: 'word' });
    expect(connection_change({ ...form, remove_secrets: ['private_key'] }, stored)).toEqual({ remove_secrets: ['private_key'] });
    expect(connection_change({ ...form, remove_secrets: ['private_key'], private_key: 'new' }, stored)).toEqual({ private_key: 'new' });
  });

  it('sends everything of a new one, and leaves an empty name to the server', () => {
    const sent = connection_change({ ...empty_connection, host: 'h', username: 'u' }, null);
    expect(sent).toMatchObject({ host: 'h', username: 'u', port: 22, auth_type: 'key', tags: [], env: {} });
    expect(sent).not.toHaveProperty('title');
    expect(sent).not.toHaveProperty('password');
  });

  it('reads variables and tags', () => {
    expect(parse_env('A=1\n\n B_2=x=y \n')).toEqual({ A: '1', B_2: 'x=y ' });
    expect(parse_env('A')).toBeNull();
    expect(split_tags(' a,b ，a,, ')).toEqual(['a', 'b']);
  });
});

describe('the list', () => {
  const make = (title: string, more: Partial<Connection> = {}): Connection => ({ ...stored, id: title, title, group: '', tags: [], ...more });
  const list = [make('web 10', { group: 'shop', tags: ['prod'] }), make('web 2', { group: 'shop' }), make('alone', { last_connected: '2026-01-02' }), make('db', { group: 'base', host: 'db.local', last_connected: '2026-01-03' })];
  const titles = (words: string, tag: string | null = null, order: 'name' | 'used' = 'name') =>
    grouped(list, { words, tag, order }).map((group) => [group.name, group.connections.map((connection) => connection.title)]);

  it('has groups, each by name, the ones without first', () => {
    expect(titles('')).toEqual([['', ['alone']], ['base', ['db']], ['shop', ['web 2', 'web 10']]]);
  });

  it('finds every word somewhere', () => {
    expect(titles('WEB shop')).toEqual([['shop', ['web 2', 'web 10']]]);
    expect(titles('deploy@db')).toEqual([['base', ['db']]]);
    expect(titles('deploy@web.example.org')).toHaveLength(2);
    expect(titles('', 'prod')).toEqual([['shop', ['web 10']]]);
    expect(titles('nothing')).toEqual([]);
  });

  it('by use is one list, the last one first', () => {
    expect(titles('', null, 'used')).toEqual([['', ['db', 'alone', 'web 2', 'web 10']]]);
  });

  it('knows the tags, and shows only what is a colour', () => {
    expect(all_tags(list)).toEqual(['prod']);
    expect([css_color('Red'), css_color('#a0B1c2'), css_color('url(x)'), css_color('')]).toEqual(['var(--mark-red)', '#a0b1c2', null, null]);
  });
});

it('what is pasted for an import is told apart', () => {
  expect(import_request(null)).toEqual({ format: 'ssh_config', dry_run: true });
  expect(import_request('Host a\n')).toEqual({ format: 'ssh_config', text: 'Host a\n', dry_run: true });
  expect(import_request(' [{"host":"x"}]')).toEqual({ format: 'electerm', bookmarks: [{ host: 'x' }], dry_run: true });
  expect(import_request('{"ssh_connections":[]}')).toEqual({ format: 'duotty', text: '{"ssh_connections":[]}', dry_run: true });
  expect(import_request('{broken')).toEqual({ format: 'electerm', text: '{broken', dry_run: true });
});

describe('what stands in the way', () => {
  const key: HostKey = { host: 'h', port: 22, type: 'ssh-ed25519', fingerprint: 'SHA256:x', state: 'unknown', stored: [] };
  const questions = { round: 1, name: '', instruction: '', prompts: [{ text: 'Password: ', hidden: true }] };
  const failure = (details?: Record<string, unknown>, code = 'conflict', field?: string) => new ApiError(409, code, 'no', field, undefined, details);
  const api = (more: Partial<Record<keyof SshApi, unknown>>) => more as unknown as SshApi;

  it('is read from the details, whatever they hold', () => {
    expect(trouble_in({ reason: 'host_key_unknown', host_key: key }, 'a')).toEqual({ kind: 'unknown_key', wanted: 'a', connection_id: 'a', key });
    expect(trouble_in({ questions, connection_id: 'gate' }, 'a')).toEqual({ kind: 'questions', wanted: 'a', connection_id: 'gate', questions });
    expect(trouble_in({ questions: { round: 2, prompts: [{ text: 5 }, 'x'] } }, 'a')).toEqual({ kind: 'questions', wanted: 'a', connection_id: 'a', questions: { round: 2, name: '', instruction: '', prompts: [{ text: '', hidden: true }] } });
    for (const other of [null, 'x', {}, { reason: 'refused', host_key: key }, { reason: 'host_key_unknown' }, { questions: { round: 'x', prompts: [] } }]) expect(trouble_in(other, 'a')).toBeNull();
  });

  it('is asked about, and then the call is made again', async () => {
    const links = new Links(api({}));
    const work = vi.fn().mockRejectedValueOnce(failure({ reason: 'host_key_unknown', host_key: key })).mockResolvedValueOnce('done');
    const answer = links.attempt('a', work);
    await vi.waitFor(() => expect(links.open.value).not.toBeNull());
    links.open.value?.done(true);
    expect(await answer).toBe('done');
    expect(links.open.value).toBeNull();
  });

  it('is asked once for several calls, and a no ends them all', async () => {
    const links = new Links(api({}));
    const work = () => Promise.reject(failure({ questions }, 'awaiting_auth'));
    const answers = [links.attempt('a', work), links.attempt('a', work)].map((answer) => answer.catch((error: unknown) => error));
    await vi.waitFor(() => expect(links.open.value).not.toBeNull());
    links.open.value?.done(false);
    for (const error of await Promise.all(answers)) expect(error).toBeInstanceOf(Declined);
  });

  it('is looked for when a conflict says nothing, but not when a file is meant or nothing is remote', async () => {
    const host_key = vi.fn().mockResolvedValue({ ...key, state: 'changed', stored: ['ssh-ed25519 SHA256:old'] });
    const links = new Links(api({ host_key }));
    const answer = links.attempt('a', () => Promise.reject(failure())).catch((error: unknown) => error);
    await vi.waitFor(() => expect(links.open.value?.trouble.kind).toBe('changed_key'));
    links.open.value?.done(false);
    expect(await answer).toBeInstanceOf(Declined);
    await expect(links.attempt('a', () => Promise.reject(failure(undefined, 'conflict', 'path')))).rejects.toBeInstanceOf(ApiError);
    await expect(links.attempt(null, () => Promise.reject(failure()))).rejects.toBeInstanceOf(ApiError);
    expect(host_key).toHaveBeenCalledTimes(1);
  });

  it('a key is accepted for the connection whose host it is', async () => {
    const accept_host_key = vi.fn().mockResolvedValue(undefined);
    const connections = vi.fn().mockResolvedValue([stored, { ...stored, id: 'gate', host: 'gate', port: 2222 }]);
    const links = new Links(api({ accept_host_key, connections }));
    await links.accept('a1', { ...key, host: 'gate', port: 2222 });
    await links.accept('a1', { ...key, host: stored.host, port: 22 });
    await links.accept('a1', { ...key, host: 'elsewhere', port: 22 });
    expect(accept_host_key.mock.calls.map(([id]) => id as string)).toEqual(['gate', 'a1', 'a1']);
  });

  it('answers lead to more questions or to the end', async () => {
    const answer = vi.fn().mockResolvedValueOnce({ state: 'awaiting_auth', connection_id: 'a', questions: { ...questions, round: 2 } }).mockResolvedValueOnce({ state: 'connecting', connection_id: 'a' });
    const connect = vi.fn().mockResolvedValueOnce({ state: 'connected', connection_id: 'a' });
    const links = new Links(api({ answer, connect }));
    expect((await links.answer('a', questions, ['x']))?.round).toBe(2);
    expect(await links.answer('a', { ...questions, round: 2 }, ['y'])).toBeNull();
    expect(answer.mock.calls).toEqual([['a', 1, ['x']], ['a', 2, ['y']]]);
  });
});

describe('a forward', () => {
  const forward = { id: 'f', connection_id: 'c', kind: 'local' as const, bind: '127.0.0.1', port: 8080, target_host: 'db', target_port: 5432, keep: false, state: 'listening' as const, connections: 0, connections_total: 0, bytes_to_host: 0, bytes_from_host: 0 };

  it('says where it listens and leads', () => {
    expect([listening_at(forward), leading_to(forward)]).toEqual(['127.0.0.1:8080', 'db:5432']);
    expect([listening_at({ ...forward, bind: '::1' }), leading_to({ ...forward, target_host: 'fe80::1' })]).toEqual(['[::1]:8080', '[fe80::1]:5432']);
    expect(leading_to({ ...forward, kind: 'dynamic' })).toBe('');
  });

  it('is checked before it is sent', () => {
    expect(check_forward(empty_forward)).toEqual({ target_port: 'needed' });
    expect(check_forward({ ...empty_forward, port: '70000', target_host: '-x', target_port: '0' })).toEqual({ port: 'port', target_host: 'host', target_port: 'port' });
    expect(check_forward({ ...empty_forward, target_host: ' ', target_port: '80' })).toEqual({ target_host: 'needed' });
    expect(check_forward({ ...empty_forward, kind: 'dynamic', target_host: '' })).toEqual({});
  });

  it('becomes a request', () => {
    expect(forward_request('c', { ...empty_forward, target_port: ' 80', keep: true })).toEqual({ connection_id: 'c', kind: 'local', bind: '', port: 0, target_host: 'localhost', target_port: 80, keep: true });
    expect(forward_request('c', { ...empty_forward, kind: 'dynamic', port: '1080' })).toEqual({ connection_id: 'c', kind: 'dynamic', bind: '', port: 1080, keep: false });
  });
});
