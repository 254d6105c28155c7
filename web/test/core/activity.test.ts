import { describe, expect, it } from 'vitest';
import { AgentSocket } from '../../src/core/agent-socket';
import { ActivityFeed, by_program, with_activity } from '../../src/core/activity-feed';
import type { Activity } from '../../src/core/api-types';
import { audit_query } from '../../src/core/rpc-client';
import { FakeClock, FakeSocket } from './fakes';

const activity = (change: Partial<Activity>): Activity => ({
  id: 1, running: false, time: 0, kind: 'token', who: 'token:ci', surface: 'http', client: 'curl/8', method: 'terminal.exec',
  what: 'make', terminal_id: 't', terminal_name: null, outcome: 'ok', status: null, exit_code: null, duration_ms: 0, ...change,
});

/** A feed on sockets that the test plays the server of. */
async function feed() {
  const clock = new FakeClock();
  const sockets: FakeSocket[] = [];
  const tickets: string[] = [];
  let refuse = false;
  const socket = new AgentSocket({
    clock,
    random: () => 0.5,
    ticket: () => {
      if (refuse) return Promise.reject(new Error('no'));
      tickets.push(`ticket-${tickets.length + 1}`);
      return Promise.resolve(tickets.at(-1) ?? '');
    },
    open_socket: (path) => {
      const socket = new FakeSocket(path);
      sockets.push(socket);
      return socket;
    },
  });
  const made = new ActivityFeed(socket);
  const settle = async (): Promise<void> => { for (let turn = 0; turn < 8; turn++) await Promise.resolve(); };
  socket.start();
  await settle();
  const say = (data: unknown): void => sockets.at(-1)?.onmessage?.({ data: typeof data === 'string' ? data : JSON.stringify(data) });
  const asked = (): string => sockets.at(-1)?.texts().find((frame) => frame.method === 'activity.stream')?.id as string;
  const item = (data: unknown): void => say({ id: asked(), type: 'progress', data });
  return { clock, sockets, socket, made, asked, settle, say, item, refuse: (on: boolean) => { refuse = on; } };
}

describe('the feed of what agents do', () => {
  it('asks with a fresh ticket and shows the newest first', async () => {
    const { sockets, made, item } = await feed();
    expect(sockets[0]?.path).toBe('/ws/agent?ticket=ticket-1');
    sockets[0]?.onopen?.();
    expect(JSON.parse(sockets[0]?.sent[0] as string)).toMatchObject({ method: 'activity.stream' });
    item({ event: 'snapshot', activities: [activity({ id: 1 }), activity({ id: 2 })] });
    expect(made.activities.value.map((one) => one.id)).toEqual([2, 1]);
    item({ event: 'activity', ...activity({ id: 3, running: true }) });
    item({ event: 'activity', ...activity({ id: 3, outcome: 'denied' }) });
    expect(made.activities.value.map((one) => one.id)).toEqual([3, 2, 1]);
    expect(made.activities.value[0]).toMatchObject({ running: false, outcome: 'denied' });
    item({ event: 'access', requests: [{ request_id: 'r' }, { request_id: 's' }] });
    made.decided('r');
    expect(made.requests.value.map((one) => one.request_id)).toEqual(['s']);
  });

  it('answers pings and survives what is no JSON', async () => {
    const { sockets, say } = await feed();
    say({ type: 'ping' });
    say('{');
    expect(sockets[0]?.sent).toContain('{"type":"pong"}');
  });

  it('comes back after a loss, a refusal, silence and a ticket that was not given', async () => {
    const { clock, sockets, socket, settle, say, asked, refuse } = await feed();
    const again = async (): Promise<void> => { clock.advance(60_000); await settle(); };
    sockets[0]?.onclose?.({ code: 1006, reason: '' });
    await again();
    expect(sockets).toHaveLength(2);
    sockets[1]?.onopen?.();
    say({ id: asked(), type: 'error', error: { code: 403, name: 'denied', message: 'no' } });
    await settle();
    expect(sockets[1]?.closed).toBe(true);
    refuse(true);
    await again();
    refuse(false);
    socket.nudge();
    await settle();
    expect(sockets).toHaveLength(3);
    await again();
    expect(sockets[2]?.closed).toBe(true);
    socket.stop();
    await again();
    expect(clock.pending).toBe(0);
  });

  it('keeps a bounded list', () => {
    let list: readonly Activity[] = [];
    for (let id = 1; id <= 700; id++) list = with_activity(list, activity({ id }));
    expect(list).toHaveLength(500);
    expect(list[0]?.id).toBe(700);
  });

  it('tells programs from people, whatever people use', () => {
    expect(by_program(activity({}))).toBe(true);
    expect(by_program(activity({ kind: 'owner', client: 'curl/8' }))).toBe(false);
    expect(by_program(activity({ kind: 'owner', client: 'Mozilla/5.0' }))).toBe(false);
    expect(by_program(activity({ kind: 'session', client: 'Mozilla/5.0' }))).toBe(false);
    expect(by_program(activity({ kind: 'token', client: 'Mozilla/5.0' }))).toBe(true);
    expect(by_program(activity({ kind: 'agent', client: '' }))).toBe(true);
    expect(by_program(activity({ kind: 'ai', client: '' }))).toBe(true);
  });
});

describe('the filter of the audit', () => {
  it('sends only what is set', () => {
    expect(audit_query({ who: ' ', method: '', terminal_id: '', failed: false })).toEqual({});
    expect(audit_query({ who: ' agent ', method: 'tokens.', terminal_id: 'x', failed: true })).toEqual({
      who: 'agent', method: 'tokens.', terminal_id: 'x', outcome: 'failed',
    });
  });
});
