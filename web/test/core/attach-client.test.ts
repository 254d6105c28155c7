import { beforeEach, describe, expect, it } from 'vitest';
import { AttachClient } from '../../src/core/attach-client';
import { ApiError } from '../../src/core/rpc-client';
import { FakeClock, FakeSink, FakeSocket, settle } from './fakes';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

let clock: FakeClock;
let sink: FakeSink;
let sockets: FakeSocket[];
let client: AttachClient;
let ticket: () => Promise<string>;

const latest = (): FakeSocket => {
  const socket = sockets.at(-1);
  if (!socket) throw new Error('nothing was opened');
  return socket;
};

beforeEach(() => {
  clock = new FakeClock();
  sink = new FakeSink();
  sockets = [];
  ticket = () => Promise.resolve(`ticket${sockets.length + 1}`);
  const deps = {
    clock,
    random: () => 0.5,
    viewer_name: 'Firefox',
    ticket: () => ticket(),
    open_socket: (path: string) => {
      const socket = new FakeSocket(path);
      sockets.push(socket);
      return socket;
    },
  };
  client = new AttachClient('t1', 'token', sink, deps, { cols: 80, rows: 24 });
});

async function go_live(): Promise<FakeSocket> {
  client.start();
  await settle();
  latest().hello();
  return latest();
}

async function reconnect(): Promise<FakeSocket> {
  latest().drop();
  clock.advance(6000);
  await settle();
  return latest();
}

describe('connecting', () => {
  it('asks for a ticket first and presents it with its size', async () => {
    await go_live();
    expect(latest().query('ticket')).toBe('ticket1');
    expect(latest().query('cols')).toBe('80');
    expect(latest().query('epoch')).toBeNull();
    expect(client.state.phase).toBe('live');
  });

  it('is live only after the hello', async () => {
    client.start();
    await settle();
    expect(client.state.phase).toBe('connecting');
  });

  it('backs off longer each time and starts over once it was stable', async () => {
    ticket = () => Promise.reject(new ApiError(0, 'unreachable', ''));
    client.start();
    const delays: number[] = [];
    for (let n = 0; n < 8; n++) {
      await settle();
      const before = clock.now();
      while (client.state.phase === 'waiting') clock.advance(10);
      delays.push(clock.now() - before);
    }
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);

    ticket = () => Promise.resolve('good');
    await settle();
    clock.advance(5000);
    await settle();
    latest().hello();
    clock.advance(4000);
    latest().drop();
    clock.advance(100);
    await settle();
    expect(sockets).toHaveLength(2);
  });

  it('tries at once when nudged', async () => {
    await go_live();
    latest().drop();
    expect(client.state.phase).toBe('waiting');
    client.nudge();
    await settle();
    expect(sockets).toHaveLength(2);
  });

  it('gives up a connection attempt that hangs', async () => {
    client.start();
    await settle();
    clock.advance(10_000);
    expect(client.state.phase).toBe('waiting');
    expect(sockets[0]?.closed).toBe(true);
  });

  it.each([
    [4401, 'signed_out'],
    [4403, 'denied'],
    [4404, 'gone'],
  ])('ends on close code %i', async (code, reason) => {
    await go_live();
    latest().drop(code);
    expect(client.state).toEqual({ phase: 'ended', reason });
    clock.advance(60_000);
    expect(sockets).toHaveLength(1);
  });

  it('tells a viewer that was sent away from one that was never let in, and attaches again only when asked', async () => {
    await go_live();
    latest().drop(4403, 'removed');
    expect(client.state).toEqual({ phase: 'ended', reason: 'removed' });
    clock.advance(60_000);
    expect(sockets).toHaveLength(1);
    await go_live();
    expect(sockets).toHaveLength(2);
  });

  it('ends when no ticket is given and can start again after signing in', async () => {
    ticket = () => Promise.reject(new ApiError(401, 'unauthorized', ''));
    client.start();
    await settle();
    expect(client.state).toEqual({ phase: 'ended', reason: 'signed_out' });
    ticket = () => Promise.resolve('good');
    await go_live();
    expect(client.state.phase).toBe('live');
  });

  it('ends when the terminal was closed', async () => {
    await go_live();
    latest().text({ type: 'closed' });
    expect(client.state).toEqual({ phase: 'ended', reason: 'closed' });
  });

  it('leaves no timer behind when stopped', async () => {
    await go_live();
    client.stop();
    expect(clock.pending).toBe(0);
    expect(latest().closed).toBe(true);
  });

  it('ignores a ticket that arrives after it was stopped', async () => {
    client.start();
    client.stop();
    await settle();
    expect(sockets).toHaveLength(0);
  });
});

describe('output', () => {
  it('hands on a snapshot and the bytes after it', async () => {
    const socket = await go_live();
    socket.snapshot(100, 80, 24, 'screen');
    socket.output(100, 'more');
    expect(sink.shown).toEqual(['[80x24]screen', 'more']);
  });

  it('continues where it stopped, without a byte lost or doubled', async () => {
    const socket = await go_live();
    socket.snapshot(100, 80, 24, '');
    socket.output(100, 'abc');
    const next = await reconnect();
    expect(next.query('epoch')).toBe('e1');
    expect(next.query('offset')).toBe('103');
    next.hello();
    next.output(101, 'bcde');
    next.output(90, 'old');
    expect(sink.shown).toEqual(['[80x24]', 'abc', 'de']);
  });

  it('reconnects instead of showing output with a gap', async () => {
    const socket = await go_live();
    socket.snapshot(10, 80, 24, '');
    socket.output(12, 'xx');
    expect(sink.shown).toEqual(['[80x24]']);
    expect(client.state.phase).toBe('waiting');
    clock.advance(200);
    await settle();
    expect(latest().query('offset')).toBe('10');
  });

  it('reconnects after a frame that makes no sense', async () => {
    const socket = await go_live();
    socket.onmessage?.({ data: new ArrayBuffer(2) });
    expect(client.state.phase).toBe('waiting');
  });

  it('starts over in a new epoch', async () => {
    const socket = await go_live();
    socket.snapshot(100, 80, 24, '');
    const next = await reconnect();
    next.hello({ epoch: 'e2' });
    next.snapshot(0, 80, 24, 'new');
    next.output(0, 'x');
    expect(sink.shown.at(-1)).toBe('x');
  });
});

describe('flow control', () => {
  it('acknowledges a snapshot when it is drawn', async () => {
    const socket = await go_live();
    socket.snapshot(500, 80, 24, 'x');
    expect(socket.acks()).toEqual([]);
    sink.draw();
    expect(socket.acks()).toEqual([500]);
  });

  it('acknowledges at most once per 64 KiB during a flood', async () => {
    const socket = await go_live();
    const piece = 'x'.repeat(16 * 1024);
    for (let n = 0; n < 16; n++) socket.output(n * piece.length, piece);
    for (let n = 0; n < 16; n++) sink.draw();
    expect(socket.acks()).toEqual([1, 2, 3, 4].map((n) => n * 64 * 1024));
  });

  it('acknowledges the rest when things go quiet', async () => {
    const socket = await go_live();
    socket.output(0, 'ab');
    socket.output(2, 'cd');
    sink.draw();
    sink.draw();
    expect(socket.acks()).toEqual([]);
    clock.advance(30);
    expect(socket.acks()).toEqual([4]);
  });

  it('does not acknowledge what was drawn for an older epoch', async () => {
    const socket = await go_live();
    socket.output(0, 'x'.repeat(70_000));
    const next = await reconnect();
    next.hello({ epoch: 'e2' });
    sink.draw();
    clock.advance(100);
    expect(next.acks()).toEqual([]);
  });
});

describe('input', () => {
  it('numbers each piece from 1', async () => {
    const socket = await go_live();
    client.send(encode('l'));
    client.send(encode('s'));
    expect(socket.inputs()).toEqual([[1, 'l'], [2, 's']]);
  });

  it('resends what was not acknowledged under the same numbers and token, once', async () => {
    const socket = await go_live();
    client.send(encode('a'));
    client.send(encode('b'));
    socket.text({ type: 'input_ack', sequence: 1 });
    socket.drop();
    client.send(encode('c'));
    clock.advance(200);
    await settle();
    const next = latest();
    expect(next.query('input_token')).toBe(socket.query('input_token'));
    expect(next.inputs()).toEqual([]);
    next.hello();
    expect(next.inputs()).toEqual([[2, 'b'], [3, 'c']]);
  });

  it('sends a long paste in pieces and waits for acknowledgements', async () => {
    const socket = await go_live();
    client.send(encode('x'.repeat(300 * 1024)));
    expect(socket.inputs()).toHaveLength(8);
    socket.text({ type: 'input_ack', sequence: 8 });
    const all = socket.inputs();
    expect(all.map(([sequence]) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(all.reduce((sum, [, text]) => sum + text.length, 0)).toBe(300 * 1024);
  });

  it('drops keys typed long before the connection came back, and says so', async () => {
    const socket = await go_live();
    const lost: number[] = [];
    client.on_input_lost.on((count) => lost.push(count));
    socket.drop();
    client.send(encode('rm'));
    ticket = () => Promise.reject(new ApiError(0, 'unreachable', ''));
    for (let n = 0; n < 10; n++) {
      clock.advance(6000);
      await settle();
    }
    ticket = () => Promise.resolve('t');
    clock.advance(6000);
    await settle();
    latest().hello();
    expect(latest().inputs()).toEqual([]);
    expect(lost).toEqual([2]);
  });

  it('never types into another life of the terminal', async () => {
    await go_live();
    client.send(encode('secret'));
    const next = await reconnect();
    next.hello({ epoch: 'e2' });
    expect(next.inputs()).toEqual([]);
  });

  it('forgets a refused piece and reports it', async () => {
    const socket = await go_live();
    const seen: string[] = [];
    client.on_message.on((message) => seen.push(message.type));
    client.send(encode('x'));
    socket.text({ type: 'input_refused', sequence: 1, code: 'denied', message: 'no' });
    expect(seen).toContain('input_refused');
    const next = await reconnect();
    next.hello();
    expect(next.inputs()).toEqual([]);
  });
});

describe('size, visibility and life signs', () => {
  it('sends a new size once and the wanted one after a reconnect', async () => {
    const socket = await go_live();
    client.resize(80, 24);
    client.resize(100, 30);
    expect(socket.texts()).toEqual([{ type: 'resize', cols: 100, rows: 30 }]);
    const next = await reconnect();
    expect(next.query('cols')).toBe('100');
    client.resize(90, 20);
    next.hello();
    expect(next.texts()).toEqual([{ type: 'resize', cols: 90, rows: 20 }]);
  });

  it('stays hidden over a reconnect', async () => {
    const socket = await go_live();
    client.set_visible(false);
    expect(socket.texts()).toEqual([{ type: 'visible', visible: false }]);
    const next = await reconnect();
    next.hello();
    expect(next.texts()).toEqual([{ type: 'visible', visible: false }]);
  });

  it('answers a ping', async () => {
    const socket = await go_live();
    socket.text({ type: 'ping' });
    expect(socket.texts()).toEqual([{ type: 'pong' }]);
  });

  it('drops a connection that went silent', async () => {
    await go_live();
    clock.advance(46_000);
    expect(sockets[0]?.closed).toBe(true);
  });

  it('asks a suspiciously quiet connection for a sign of life when nudged', async () => {
    const socket = await go_live();
    clock.advance(18_000);
    client.nudge();
    expect(socket.texts()).toEqual([{ type: 'ping' }]);
    clock.advance(4000);
    expect(client.state.phase).toBe('waiting');
  });

  it('keeps a connection that answers the question', async () => {
    const socket = await go_live();
    clock.advance(18_000);
    client.nudge();
    socket.text({ type: 'pong' });
    clock.advance(4000);
    expect(client.state.phase).toBe('live');
  });
});
