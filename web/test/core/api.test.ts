import { describe, expect, it } from 'vitest';
import { AuthStore } from '../../src/core/auth';
import { ApiError, RpcClient } from '../../src/core/rpc-client';
import { FakeHttp } from './fakes';

describe('calls', () => {
  it('carry the header that a foreign page cannot send', async () => {
    const http = new FakeHttp().answer(200, { terminals: [] });
    await new RpcClient(http.transport).terminals();
    expect(http.requests[0]?.headers['X-Duotty']).toBe('1');
    expect(http.requests[0]?.body).toBeUndefined();
  });

  it('create a terminal of the person without an end', async () => {
    const http = new FakeHttp().answer(200, { id: 'a' });
    await new RpcClient(http.transport).create_terminal({ cols: 80, rows: 24 });
    expect(JSON.parse(http.requests[0]?.body ?? '')).toEqual({
      type: 'local', created_by: 'user', ttl_seconds: 0, cols: 80, rows: 24,
    });
  });

  it('give the message of the server with its field', async () => {
    const http = new FakeHttp().answer(422, { error: { code: 'invalid', message: 'Too wide.', field: 'cols' }, detail: 'Too wide.' });
    const failure = await new RpcClient(http.transport).terminals().catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 422, code: 'invalid', message: 'Too wide.', field: 'cols' });
  });

  it('make sense of answers that are not ours', async () => {
    const http = new FakeHttp().answer(502, undefined).answer(404, { detail: 'Not Found' });
    const rpc = new RpcClient(http.transport);
    await expect(rpc.terminals()).rejects.toThrow('HTTP 502');
    await expect(rpc.terminals()).rejects.toThrow('Not Found');
  });

  it('say that the server is away', async () => {
    const rpc = new RpcClient(new FakeHttp().fail().transport);
    const failure = await rpc.terminals().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect((failure as ApiError).unreachable).toBe(true);
  });

  it('escape ids', async () => {
    const http = new FakeHttp().answer(200, {});
    await new RpcClient(http.transport).close_terminal('../x');
    expect(http.requests[0]?.path).toBe('/api/agent/terminals/..%2Fx');
  });
});

describe('signing in', () => {
  it('follows the status of the server', async () => {
    const http = new FakeHttp().answer(200, { local: true, configured: false, authenticated: true });
    const auth = new AuthStore(new RpcClient(http.transport));
    expect(await auth.check()).toBe(true);
    expect(auth.phase.value).toBe('in');
  });

  it('is needed after a 401 from anywhere', async () => {
    const http = new FakeHttp().answer(401, { error: { code: 'unauthorized', message: 'Sign in.' } });
    const rpc = new RpcClient(http.transport);
    const auth = new AuthStore(rpc);
    auth.phase.value = 'in';
    await expect(rpc.terminals()).rejects.toThrow();
    expect(auth.phase.value).toBe('out');
  });

  it('reports a wrong key and too many tries without leaving the page', async () => {
    const http = new FakeHttp()
      .answer(401, { error: { code: 'wrong_key', message: 'Wrong.' } })
      .answer(429, { error: { code: 'rate_limited', message: 'Slow down.' } }, 30);
    const auth = new AuthStore(new RpcClient(http.transport));
    await expect(auth.login('a')).rejects.toMatchObject({ status: 401 });
    await expect(auth.login('b')).rejects.toMatchObject({ status: 429, retry_after: 30 });
  });

  it('tells an absent server from a refusal', async () => {
    const auth = new AuthStore(new RpcClient(new FakeHttp().fail().transport));
    await expect(auth.check()).rejects.toThrow();
    expect(auth.phase.value).toBe('unreachable');
  });
});
