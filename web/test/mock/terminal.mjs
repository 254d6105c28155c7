import { randomBytes } from 'node:crypto';
import { Shell } from './shell.mjs';

/** One terminal of the mock server, with the frames of docs/terminal-websocket.md. */
export class MockTerminal {
  constructor(server, { cols, rows, name = '', created_by = 'user' }) {
    this.server = server;
    this.id = randomBytes(9).toString('base64url').replace(/^\d/, 'x').slice(0, 12);
    this.epoch = randomBytes(4).toString('hex');
    this.stream = Buffer.alloc(0);
    this.viewers = new Map();
    this.inputs = new Map();
    this.held_by = null;
    this.pending_prefill = null;
    this.info = {
      id: this.id, type: 'local', connection_id: null, title: '', name, host: null, port: null, username: 'me',
      cwd: '/home/me/project', cols, rows, alive: true, created_at: new Date().toISOString(), created_by, user_visible: true,
      transient: created_by !== 'user', is_user_active: false, size: 0, idle_seconds: 0, ttl_seconds: 0,
      last_user_input_at: null, last_command: null, tags: [], exit_code: null, epoch: this.epoch,
    };
    this.shell = new Shell(this);
    this.shell.start();
  }

  output(text) {
    const bytes = Buffer.from(text);
    const offset = this.stream.length;
    this.stream = Buffer.concat([this.stream, bytes]);
    this.info.size = this.stream.length;
    for (const viewer of this.viewers.values()) if (viewer.visible) viewer.socket.send(frame(1, offset, bytes));
    this.server.announce_soon(this);
  }

  send_all(message) {
    if (message.type === 'ask') this.pending_prefill = message.prefill;
    if (message.type === 'command') this.last_command_frame = message;
    for (const viewer of this.viewers.values()) viewer.socket.send(JSON.stringify(message));
  }

  changed(fields) {
    Object.assign(this.info, fields);
    this.server.announce('session_updated', { type: 'session_updated', session: this.info });
  }

  end(code) {
    this.send_all({ type: 'exit', code, signal: null });
    this.shell.running = {};
    this.changed({ alive: false, exit_code: code });
  }

  close() {
    this.send_all({ type: 'closed' });
    for (const viewer of this.viewers.values()) viewer.socket.close(1000);
  }

  attach(socket, query) {
    const viewer = {
      id: `v${this.server.next_viewer++}`, socket, visible: true, role: query.get('role') === 'viewer' ? 'viewer' : 'owner',
      cols: Number(query.get('cols')), rows: Number(query.get('rows')), token: query.get('input_token') ?? '', name: query.get('name') ?? 'browser',
    };
    const alone = this.viewers.size === 0;
    this.viewers.set(viewer.id, viewer);
    if (alone && viewer.role !== 'viewer') this.resize(viewer);
    const { cols, rows } = this.info;
    const send = (message) => socket.send(JSON.stringify(message));
    send({ type: 'hello', protocol: 1, terminal: this.info, epoch: this.epoch, viewer: viewer.id, role: viewer.role, cols, rows, size_policy: 'active', integration: true });
    const offset = Number(query.get('offset'));
    if (query.get('epoch') === this.epoch && offset <= this.stream.length) {
      socket.send(frame(1, offset, this.stream.subarray(offset)));
    } else this.snapshot(viewer);
    if (this.last_command_frame) send(this.last_command_frame);
    send({ type: 'control', held_by: this.held_by });
    this.presence();
    socket.on('message', (data, binary) => (binary ? this.binary(viewer, data) : this.text(viewer, JSON.parse(data.toString()))));
    socket.on('close', () => {
      this.viewers.delete(viewer.id);
      if (this.held_by === viewer.id) this.control(null);
      this.presence();
    });
  }

  snapshot(viewer) {
    const size = Buffer.alloc(4);
    size.writeUInt16BE(this.info.cols, 0);
    size.writeUInt16BE(this.info.rows, 2);
    viewer.socket.send(frame(2, this.stream.length, Buffer.concat([size, this.stream])));
  }

  binary(viewer, data) {
    if (data[0] !== 1) return;
    const sequence = data.readUInt32BE(1);
    const done = this.inputs.get(viewer.token) ?? 0;
    if (sequence > done && viewer.role !== 'viewer') {
      this.inputs.set(viewer.token, sequence);
      this.resize(viewer);
      this.shell.input(data.subarray(5).toString());
    }
    viewer.socket.send(JSON.stringify({ type: 'input_ack', sequence }));
  }

  text(viewer, message) {
    switch (message.type) {
      case 'resize':
        Object.assign(viewer, { cols: message.cols, rows: message.rows });
        if (this.leader === viewer.id || this.viewers.size === 1) this.resize(viewer);
        break;
      case 'visible':
        viewer.visible = message.visible;
        if (message.visible) this.snapshot(viewer);
        break;
      case 'control':
        this.control(message.take ? viewer.id : null);
        break;
      case 'prefill':
        this.shell.put_on_line(this.pending_prefill ?? '');
        this.send_all({ type: 'ask', state: 'done', prefill: null, message: null });
        break;
      case 'ask_cancel':
        this.shell.cancel_question();
        break;
      case 'ping':
        viewer.socket.send('{"type":"pong"}');
        break;
    }
  }

  control(held_by) {
    this.held_by = held_by;
    this.send_all({ type: 'control', held_by });
  }

  resize(viewer) {
    const changed = this.leader !== viewer.id;
    this.leader = viewer.id;
    if (viewer.cols !== this.info.cols || viewer.rows !== this.info.rows) {
      Object.assign(this.info, { cols: viewer.cols, rows: viewer.rows });
      this.send_all({ type: 'size', cols: viewer.cols, rows: viewer.rows, by: viewer.id });
    }
    if (changed) this.presence();
  }

  presence() {
    const viewers = [...this.viewers.values()].map((v) => ({
      id: v.id, name: v.name, kind: 'browser', role: v.role, cols: v.cols, rows: v.rows, active: v.id === this.leader,
    }));
    this.send_all({ type: 'presence', viewers });
  }
}

function frame(kind, offset, bytes) {
  const head = Buffer.alloc(9);
  head[0] = kind;
  head.writeBigUInt64BE(BigInt(offset), 1);
  return Buffer.concat([head, bytes]);
}
