import { describe, expect, it } from 'vitest';
import { AgentSocket } from '../../src/core/agent-socket';
import { conflict_to_go_on, Copies, may_go_on } from '../../src/core/copies';
import { list_letter, list_step } from '../../src/core/list-keys';
import type { Copy, TransfersApi } from '../../src/core/transfers-api';
import { FakeClock, FakeSocket, FakeStorage } from './fakes';

const copy = (transfer_id: string, change: Partial<Copy> = {}): Copy => ({
  transfer_id, state: 'running', from: { connection_id: '', path: '/a' }, to: { connection_id: 'box', path: '/b' }, folder: false, conflict: 'fail', checksum: false,
  by: 'agent', created_at: '', counting: false, checking: false, files: 0, files_total: 1, skipped: 0, bytes: 0, bytes_total: 9, rate: 0, failed: 0, failures: [],
  left_out: 0, left_out_paths: [], ...change,
});

const settle = async (): Promise<void> => { for (let turn = 0; turn < 12; turn++) await Promise.resolve(); };

/** Copies on sockets that the test plays the server of. */
function made(storage = new FakeStorage()) {
  const clock = new FakeClock();
  const sockets: FakeSocket[] = [];
  const socket = new AgentSocket({
    clock,
    random: () => 0.5,
    ticket: () => Promise.resolve('t'),
    open_socket: (path) => {
      const opened = new FakeSocket(path);
      sockets.push(opened);
      return opened;
    },
  });
  const cancelled: string[] = [];
  const api = { cancel: (id: string) => (cancelled.push(id), Promise.resolve(copy(id, { state: 'cancelled' }))) } as unknown as TransfersApi;
  const copies = new Copies(socket, api, storage);
  const over: string[] = [];
  copies.on_over.on((one) => over.push(`${one.transfer_id} ${one.state}`));
  const calls = (method: string) => (sockets.at(-1)?.texts() ?? []).filter((frame) => frame.method === method);
  const frame = async (type: string, method: string, data: unknown, at = -1): Promise<void> => {
    sockets.at(-1)?.text({ id: calls(method).at(at)?.id, type, data });
    await settle();
  };
  const answer = (method: string, data: unknown): Promise<void> => frame('result', method, data);
  const event = (data: Record<string, unknown>): Promise<void> => frame('progress', 'events.stream', { event: 'agent_event', action: 'transfer', ...data });
  /** Opens a connection with these on the list. */
  const open = async (...transfers: Copy[]): Promise<void> => {
    clock.advance(60_000);
    await settle();
    sockets.at(-1)?.onopen?.();
    await settle();
    await answer('events.recent', { last_id: 41, epoch: 'e' });
    await answer('transfer.list', { transfers });
  };
  const states = (): string[] => copies.list.value.map((one) => `${one.transfer_id} ${one.state}`);
  socket.start();
  return { clock, sockets, socket, copies, cancelled, over, calls, frame, answer, event, open, states, storage };
}

describe('the copies of the server', () => {
  it('are listed at first, and followed to their ends', async () => {
    const { copies, over, calls, frame, answer, open, states } = made();
    await open(copy('b'), copy('a', { state: 'done' }));
    expect(states()).toEqual(['b running', 'a done']);
    expect(calls('events.stream')[0]?.params).toEqual({ since_id: 41, epoch: 'e' });
    expect(calls('transfer.wait').map((call) => (call.params as { transfer_id: string }).transfer_id)).toEqual(['b']);
    await frame('progress', 'transfer.wait', copy('b', { bytes: 5, rate: 7, eta_s: 1 }));
    expect(copies.list.value[0]).toMatchObject({ bytes: 5, rate: 7 });
    expect([copies.running.value, over]).toEqual([1, []]);
    await answer('transfer.wait', copy('b', { state: 'incomplete', failed: 1 }));
    expect(states()).toEqual(['b incomplete', 'a done']);
    expect([copies.running.value, over]).toEqual([0, ['b incomplete']]);
  });

  it('of others are heard of', async () => {
    const { calls, answer, event, open, states, over } = made();
    await open();
    await event({ transfer_id: 'x', state: 'waiting' });
    expect(calls('transfer.wait')).toEqual([]);
    await answer('transfer.get', copy('x', { state: 'waiting' }));
    await event({ transfer_id: 'x', state: 'running' });
    await event({ transfer_id: 'x', state: 'running' });
    expect(calls('transfer.wait')).toHaveLength(1);
    await event({ transfer_id: 'x', state: 'done' });
    expect(calls('transfer.get')).toHaveLength(1);
    await answer('transfer.wait', copy('x', { state: 'done' }));
    expect([states(), over]).toEqual([['x done'], ['x done']]);
    // One that was too quick to be followed.
    await event({ transfer_id: 'y', state: 'done' });
    await answer('transfer.get', copy('y', { state: 'done' }));
    expect([states(), over]).toEqual([['y done', 'x done'], ['x done', 'y done']]);
    await event({ action: 'terminal_close', transfer_id: 'z', state: 'running' });
    expect(calls('transfer.wait')).toHaveLength(1);
  });

  it('are listed again when events are missing', async () => {
    const { calls, frame, answer, open, states } = made();
    await open();
    await frame('progress', 'events.stream', { event: 'gap', gap: 4 });
    expect(calls('transfer.list')).toHaveLength(2);
    await answer('transfer.list', { transfers: [copy('late', { state: 'failed' })] });
    expect(states()).toEqual(['late failed']);
  });

  it('outlast the connection, and are said to be lost when the server knows them no more', async () => {
    const { sockets, copies, calls, open, states } = made();
    await open(copy('kept'), copy('lost'), copy('old', { state: 'done' }));
    sockets[0]?.onclose?.({ code: 1006, reason: '' });
    await settle();
    expect(states()).toEqual(['kept running', 'lost running', 'old done']);
    await open(copy('kept', { bytes: 3 }));
    expect(states()).toEqual(['kept running', 'lost failed', 'old done']);
    expect(copies.list.value[1]?.error?.code).toBe('lost');
    expect(calls('transfer.wait')).toHaveLength(1);
  });

  it('that are over go when they are cleared, also after a reload', async () => {
    const storage = new FakeStorage();
    const { copies, open, states } = made(storage);
    await open(copy('b'), copy('a', { state: 'done' }), copy('0', { state: 'cancelled' }));
    copies.clear();
    expect(states()).toEqual(['b running']);
    const again = made(storage);
    await again.open(copy('b'), copy('a', { state: 'done' }));
    expect(again.states()).toEqual(['b running']);
    // What the server has forgotten need not be remembered.
    expect(storage.get('duotty.transfers_cleared')).toBe('a');
  });

  it('are cancelled, and what comes late does not bring one back', async () => {
    const { copies, cancelled, frame, over, open, states } = made();
    await open(copy('b'));
    const [b] = copies.list.value;
    if (b) await copies.cancel(b);
    await frame('progress', 'transfer.wait', copy('b', { bytes: 8 }));
    expect([cancelled, states(), over]).toEqual([['b'], ['b cancelled'], ['b cancelled']]);
  });

  it('are gone on with so that nothing is written over that was to stay', () => {
    const how = (conflict: string) => conflict_to_go_on(copy('a', { conflict }));
    expect(['resume', 'overwrite', 'skip', 'fail', 'rename'].map(how)).toEqual(['resume', 'resume', 'skip', null, null]);
    expect(['failed', 'incomplete', 'cancelled', 'done', 'running'].map((state) => may_go_on(copy('a', { state })))).toEqual([true, true, true, false, false]);
  });
});

describe('the socket', () => {
  it('refuses calls while there is no connection, and tells refusals with their code', async () => {
    const { sockets, socket } = made();
    await expect(socket.call('a', {})).rejects.toMatchObject({ status: 0, code: 'unreachable' });
    await settle();
    const call = socket.call('a', { x: 1 });
    const [sent] = sockets[0]?.texts() ?? [];
    expect(sent).toMatchObject({ method: 'a', params: { x: 1 } });
    sockets[0]?.text({ id: sent?.id, type: 'error', error: { code: 404, name: 'not_found', message: 'No.' } });
    await expect(call).rejects.toMatchObject({ status: 404, code: 'not_found', message: 'No.' });
  });
});

it('keys lead through a list', () => {
  expect(['ArrowDown', 'ArrowUp', 'Home', 'End', 'PageDown', 'Enter'].map((key) => list_step(key, 0, 3))).toEqual([1, 0, 0, 2, 2, null]);
  expect([list_letter('b', 0, ['a', 'b1', 'B2']), list_letter('B', 1, ['a', 'b1', 'B2']), list_letter('b', 2, ['a', 'b1', 'B2']), list_letter('x', 0, ['a'])]).toEqual([1, 2, 1, null]);
});
