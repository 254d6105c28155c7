import { describe, expect, it, vi } from 'vitest';
import type { FileEntry } from '../../src/core/files-api';
import { arranged, crumbs, format_mode, format_size, join_path, name_problem, next_sorting, parent_of } from '../../src/core/file-list';
import { read_lines, write_lines } from '../../src/core/line-ends';
import { ApiError } from '../../src/core/rpc-client';
import { TransferQueue, type Piece, type PieceAnswer, type QueueServices, type Source, type Transfer } from '../../src/core/transfers';
import { FakeClock } from './fakes';

const entry = (name: string, more: Partial<FileEntry> = {}): FileEntry => ({ name, kind: 'file', size: 1, mtime: 1, mode: '0644', uid: 0, gid: 0, ...more });

describe('a listing', () => {
  const entries = [entry('b10', { size: 5 }), entry('b2', { size: 5, mtime: 9 }), entry('.dot'), entry('Sub', { kind: 'folder', size: 4096 }), entry('A', { size: 1 })];
  const names = (key: 'name' | 'size' | 'time' | 'mode', down = false, hidden = false): string => arranged(entries, { key, down }, hidden).map((found) => found.name).join(' ');

  it('has folders first and numbers in their order', () => {
    expect(names('name')).toBe('Sub A b2 b10');
    expect(names('name', true)).toBe('Sub b10 b2 A');
    expect(names('size', true)).toBe('Sub b2 b10 A');
    expect(names('time', true)).toBe('Sub b2 A b10');
    expect(names('name', false, true)).toBe('Sub .dot A b2 b10');
  });

  it('is turned around by the same column', () => {
    expect(next_sorting({ key: 'name', down: false }, 'name')).toEqual({ key: 'name', down: true });
    expect(next_sorting({ key: 'name', down: false }, 'time')).toEqual({ key: 'time', down: true });
    expect(next_sorting({ key: 'time', down: true }, 'mode')).toEqual({ key: 'mode', down: false });
  });
});

describe('paths', () => {
  it('are joined and cut', () => {
    expect([join_path('/', 'a'), join_path('/a', 'b'), parent_of('/a/b'), parent_of('/a'), parent_of('/')]).toEqual(['/a', '/a/b', '/a', '/', '/']);
  });

  it('lead from the root that may be used', () => {
    expect(crumbs('/home/me/x y', ['/home/me'])).toEqual([{ name: 'me', path: '/home/me' }, { name: 'x y', path: '/home/me/x y' }]);
    expect(crumbs('/srv/meat', ['/srv/me', '/'])).toEqual([{ name: '/', path: '/' }, { name: 'srv', path: '/srv' }, { name: 'meat', path: '/srv/meat' }]);
    expect(crumbs('/', ['/'])).toEqual([{ name: '/', path: '/' }]);
  });

  it.each([['', 'error.required'], [' ', 'error.required'], ['a/b', 'error.file_name'], ['..', 'error.file_name'], ['字'.repeat(86), 'error.file_name'], ['taken', 'error.file_taken'], ['new.txt', null]])('the name %j', (name, problem) => {
    expect(name_problem(name, ['taken'])).toBe(problem);
  });
});

it('sizes and modes are written for people', () => {
  expect([0, 999, 1000, 1449, 99_949, 123_456, 999_499, 999_500, 5e12].map(format_size)).toEqual(['0 B', '999 B', '1.0 kB', '1.4 kB', '100 kB', '123 kB', '999 kB', '1.0 MB', '5.0 TB']);
  expect(['0755', '0640', '4755', '1777', '2644', 'odd'].map(format_mode)).toEqual(['rwxr-xr-x', 'rw-r-----', 'rwsr-xr-x', 'rwxrwxrwt', 'rw-r-Sr--', 'odd']);
});

it('the ends of lines come back as they were', () => {
  for (const text of ['a\r\nb\r\n', 'a\nb', 'a\rb', '']) {
    const lines = read_lines(text);
    expect(lines.text).not.toContain('\r');
    expect(lines.mixed).toBe(false);
    expect(write_lines(lines.text, lines.end)).toBe(text);
  }
  expect(read_lines('a\r\nb\r\nc\n')).toEqual({ text: 'a\nb\nc\n', end: '\r\n', mixed: true });
});

/** A source whose requests are answered by hand. */
class FakeSource implements Source {
  readonly calls: { piece: Piece; probe: boolean; answer: (answer: Partial<PieceAnswer>) => void; fail: (error: Error) => void }[] = [];
  cancelled = 0;

  constructor(readonly size: number) {}

  send(piece: Piece, probe: boolean) {
    const call = { piece, probe, answer: (_: Partial<PieceAnswer>) => undefined as void, fail: (_: Error) => undefined as void };
    const done = new Promise<PieceAnswer>((resolve, reject) => {
      call.answer = (answer) => resolve({ complete: true, skipped: false, offset: this.size, path: piece.path, ...answer });
      call.fail = reject;
    });
    this.calls.push(call);
    return { done, cancel: () => { this.cancelled += 1; call.fail(new Error('aborted')); } };
  }

  async call(index: number) {
    await vi.waitFor(() => expect(this.calls.length).toBeGreaterThan(index));
    const call = this.calls[index];
    if (!call) throw new Error('no such call');
    return call;
  }
}

function queue_of(more: Partial<QueueServices> = {}) {
  const clock = new FakeClock();
  let next = 1;
  const arrived: string[] = [];
  const queue = new TransferQueue({
    clock, new_id: () => `upload-${next++}`, ask: () => Promise.resolve(null), attempt: (_, work) => work(),
    arrived: (transfer) => arrived.push(transfer.path), ...more,
  });
  return { clock, queue, arrived };
}

const lost = (): ApiError => new ApiError(0, 'unreachable', 'no answer');
const taken = (): ApiError => new ApiError(409, 'conflict', 'is there', 'path');
const wrong_offset = (offset: number): ApiError => new ApiError(409, 'conflict', 'elsewhere', 'offset', undefined, { offset });
const state = (transfer: Transfer, wanted: string) => vi.waitFor(() => expect(transfer.state.value).toBe(wanted));

describe('the queue of transfers', () => {
  it('sends three at a time, and each says when it has arrived', async () => {
    const { queue, arrived } = queue_of();
    const sources = [1, 2, 3, 4].map((size) => new FakeSource(size));
    const transfers = sources.map((source, index) => queue.add(null, `/f${index}`, source));
    expect(queue.running.value).toBe(3);
    expect(sources.map((source) => source.calls.length)).toEqual([1, 1, 1, 0]);
    (await sources[0]?.call(0))?.answer({});
    (await sources[3]?.call(0))?.answer({ path: '/f3 (1)' });
    (await sources[1]?.call(0))?.answer({ skipped: true });
    (await sources[2]?.call(0))?.answer({});
    await vi.waitFor(() => expect(queue.running.value).toBe(0));
    expect(transfers.map((transfer) => transfer.state.value)).toEqual(['done', 'skipped', 'done', 'done']);
    expect(arrived.sort()).toEqual(['/f0', '/f2', '/f3 (1)']);
    queue.clear();
    expect(queue.list.value).toEqual([]);
  });

  it('tells how far it is, how fast and how long', async () => {
    const { queue, clock } = queue_of();
    const source = new FakeSource(1000);
    const transfer = queue.add('a', '/f', source);
    const { piece, answer } = await source.call(0);
    piece.on_progress(0);
    expect(transfer.eta()).toBeNull();
    clock.advance(1000);
    piece.on_progress(200);
    expect([transfer.sent.value, transfer.rate.value, transfer.eta()]).toEqual([200, 200, 4]);
    // A body has a few bytes around it.
    piece.on_progress(1010);
    expect(transfer.sent.value).toBe(1000);
    answer({});
    await state(transfer, 'done');
    expect(transfer.eta()).toBeNull();
  });

  it('asks the server before much is sent, and goes on where it was after a break', async () => {
    const { queue, clock } = queue_of();
    const source = new FakeSource(5_000_000);
    const transfer = queue.add(null, '/big', source);
    const first = await source.call(0);
    expect([first.probe, first.piece.offset]).toEqual([true, 1]);
    first.fail(wrong_offset(0));
    const second = await source.call(1);
    expect([second.probe, second.piece.offset, second.piece.upload_id]).toEqual([false, 0, first.piece.upload_id]);
    second.piece.on_progress(3_000_000);
    second.fail(lost());
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    clock.advance(500);
    const third = await source.call(2);
    expect([third.probe, third.piece.offset]).toEqual([true, 3_000_000]);
    third.fail(wrong_offset(2_500_000));
    const fourth = await source.call(3);
    expect([fourth.probe, fourth.piece.offset]).toEqual([false, 2_500_000]);
    fourth.answer({});
    await state(transfer, 'done');
  });

  it('a probe that finds everything there is the end', async () => {
    const { queue } = queue_of();
    const source = new FakeSource(5_000_000);
    const transfer = queue.add(null, '/big', source);
    (await source.call(0)).answer({ complete: true });
    await state(transfer, 'done');
    expect(source.calls.length).toBe(1);
  });

  it('gives up after some tries, and goes on when it is told to', async () => {
    const { queue, clock } = queue_of();
    const source = new FakeSource(10);
    const transfer = queue.add(null, '/f', source);
    for (let tries = 0; tries < 5; tries++) {
      (await source.call(tries)).fail(lost());
      if (tries < 4) await vi.waitFor(() => expect(clock.pending).toBe(1));
      clock.advance(10_000);
    }
    await state(transfer, 'failed');
    expect(transfer.problem.value).toBe('no answer');
    queue.retry(transfer);
    (await source.call(5)).fail(wrong_offset(0));
    (await source.call(6)).answer({});
    await state(transfer, 'done');
  });

  it('another failure is not tried again by itself', async () => {
    const { queue } = queue_of();
    const source = new FakeSource(10);
    const transfer = queue.add(null, '/f', source);
    (await source.call(0)).fail(new ApiError(403, 'denied', 'not yours'));
    await state(transfer, 'failed');
    expect([source.calls.length, transfer.problem.value]).toEqual([1, 'not yours']);
  });

  it('what was cancelled stays so, and the next one begins', async () => {
    const { queue } = queue_of();
    const sources = [1, 2, 3, 4].map((size) => new FakeSource(size));
    const transfers = sources.map((source, index) => queue.add(null, `/f${index}`, source));
    const [first, , , last] = transfers;
    if (!first || !last) throw new Error('no transfers');
    queue.cancel(first);
    expect(sources[0]?.cancelled).toBe(1);
    await state(last, 'running');
    expect(first.state.value).toBe('cancelled');
    queue.cancel_all();
    await vi.waitFor(() => expect(queue.running.value).toBe(0));
    expect(transfers.map((transfer) => transfer.state.value)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
  });

  it('asks what to do with what is there, one at a time and once for all', async () => {
    const asked: { name: string; others: number; answer: (choice: Awaited<ReturnType<QueueServices['ask']>>) => void }[] = [];
    const { queue } = queue_of({ ask: (transfer, others) => new Promise((answer) => asked.push({ name: transfer.name, others, answer })) });
    const sources = [1, 2, 3].map((size) => new FakeSource(size));
    const transfers = sources.map((source, index) => queue.add(null, `/f${index}`, source));
    for (const source of sources) (await source.call(0)).fail(taken());
    await vi.waitFor(() => expect(asked.length).toBe(1));
    expect([asked[0]?.name, asked[0]?.others]).toEqual(['f0', 2]);
    asked[0]?.answer({ choice: 'skip', all: false });
    await vi.waitFor(() => expect(asked.length).toBe(2));
    asked[1]?.answer({ choice: 'rename', all: true });
    for (const source of sources.slice(1)) {
      const again = await source.call(1);
      expect(again.piece.conflict).toBe('rename');
      again.answer({});
    }
    await vi.waitFor(() => expect(queue.running.value).toBe(0));
    expect(transfers.map((transfer) => transfer.state.value)).toEqual(['skipped', 'done', 'done']);
    expect(asked.length).toBe(2);
  });

  it('no answer to that question cancels the file', async () => {
    const { queue } = queue_of();
    const source = new FakeSource(1);
    const transfer = queue.add(null, '/f', source);
    (await source.call(0)).fail(taken());
    await state(transfer, 'cancelled');
  });
});
