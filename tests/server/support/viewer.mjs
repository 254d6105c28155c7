// A viewer of a terminal (docs/terminal-websocket.md) that checks the order of what it is sent.
import assert from 'node:assert/strict';
import { Rpc } from './rpc.mjs';

export class Viewer extends Rpc {
  /** options: role, cols, rows, epoch, offset, input_token, name, force, ack (false: never), headers, query */
  static async open(target, id, options = {}, viewer = new Viewer()) {
    viewer.acknowledges = options.ack !== false;
    const query = new URLSearchParams();
    for (const name of ['role', 'cols', 'rows', 'epoch', 'offset', 'input_token', 'name', 'force', 'ticket', 'token']) {
      if (options[name] !== undefined) query.set(name, String(options[name]));
    }
    const opened = await Rpc.open(target, `/ws/terminal/${id}?${query}`, options.headers ?? { 'X-Duotty': '1' });
    return viewer.adopt(opened);
  }

  /** Takes over the socket of an opened connection together with the frames that have come meanwhile. */
  adopt(opened) {
    Object.assign(this, { ws: opened.ws, refused: opened.refused, error: opened.error, closed: opened.closed, over: opened.over });
    this.output = [];
    this.received = 0;
    this.snapshots = [];
    this.position = null;
    this.faults = [];
    for (const frame of opened.frames) this.note(frame);
    opened.take = (data, binary) => this.note(binary ? { binary: data } : JSON.parse(data.toString()));
    opened.finish = () => {
      this.closed = opened.closed;
      this.finish();
    };
    opened.ws.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.finish();
    });
    return this;
  }

  note(frame) {
    if (frame.binary) this.binary(frame.binary);
    else this.frames.push(frame);
    if (frame.type === 'ping') this.send({ type: 'pong' });
    if (frame.type === 'hello') Object.assign(this, { epoch: frame.epoch, id: frame.viewer, role: frame.role });
    for (const check of this.watchers) check();
  }

  binary(data) {
    this.received += data.length;
    const offset = Number(data.readBigUInt64BE(1));
    if (data[0] === 2) {
      this.snapshots.push({ offset, cols: data.readUInt16BE(9), rows: data.readUInt16BE(11), bytes: data.subarray(13) });
      if (this.position !== null && offset < this.position) this.faults.push(`a snapshot at ${offset} after ${this.position}`);
      this.position = offset;
    } else {
      if (this.position !== null && offset !== this.position) this.faults.push(`output at ${offset} after ${this.position}`);
      this.output.push({ offset, bytes: data.subarray(9) });
      this.position = offset + data.length - 9;
    }
    this.taken();
  }

  taken() {
    if (this.acknowledges) this.ack(this.position);
  }

  ack(offset) {
    if (this.ws.readyState !== 1) return;
    const frame = Buffer.alloc(9);
    frame[0] = 2;
    frame.writeBigUInt64BE(BigInt(offset), 1);
    this.ws.send(frame);
  }

  type(sequence, text) {
    const bytes = Buffer.from(text);
    const frame = Buffer.alloc(5 + bytes.length);
    frame[0] = 1;
    frame.writeUInt32BE(sequence, 1);
    bytes.copy(frame, 5);
    this.ws.send(frame);
  }

  /** All output bytes since the connection began. */
  text() {
    return Buffer.concat(this.output.map((piece) => piece.bytes)).toString();
  }

  shows(pattern, what = String(pattern), patience) {
    return this.next_state(() => pattern.test(this.text()) || this.snapshots.some((one) => pattern.test(one.bytes.toString())), what, patience);
  }

  /** Waits until a condition of the viewer itself holds. */
  async next_state(condition, what, patience = 20_000) {
    if (condition()) return;
    await new Promise((resolve, reject) => {
      const finish = (done, value) => {
        clearTimeout(timer);
        this.watchers.delete(check);
        done(value);
      };
      const check = () => {
        if (condition()) finish(resolve);
        else if (this.over) finish(reject, new Error(`the viewer was closed before ${what}: ${JSON.stringify(this.closed)}`));
      };
      const timer = setTimeout(() => finish(reject, new Error(`the viewer waited in vain for ${what}`)), patience);
      this.watchers.add(check);
    });
  }

  sound() {
    assert.deepEqual(this.faults, []);
  }
}
