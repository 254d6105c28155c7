// A viewer with a terminal behind it: the emulator of the web UI without its page, fed by what the server sends.
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { until } from '../../e2e/support/wait.mjs';
import { Viewer } from './viewer.mjs';

const require = createRequire(new URL('../../../web/package.json', import.meta.url));
const { Terminal } = require('@xterm/headless');

/** Acknowledges what its emulator has taken in, as a page does. */
export class DrawingViewer extends Viewer {
  /** options: as of Viewer, and reads (false: the socket is not read before `read_on`) */
  static async open(target, id, options = {}, earlier = null) {
    const viewer = await super.open(target, id, { cols: 80, rows: 24, ...options }, new DrawingViewer(earlier));
    if (options.reads === false) viewer.ws.pause();
    return viewer;
  }

  /** Goes on with the emulator of an earlier viewer, if there is one. */
  constructor(earlier) {
    super();
    this.terminal = earlier?.terminal ?? new Terminal({ cols: 80, rows: 24, scrollback: 2000, allowProposedApi: true });
    this.drawn = 0;
  }

  /** Breaks the connection and comes back where it was, as a page does. */
  async again(target, id, options) {
    this.ws.terminate();
    await this.until_closed();
    return DrawingViewer.open(target, id, { ...options, epoch: this.epoch, offset: this.position }, this);
  }

  /** Reads and acknowledges from now on, whatever it did before. */
  read_on() {
    this.acknowledges = true;
    this.ws.resume();
    this.ack(this.drawn);
  }

  note(frame) {
    if (frame.type === 'hello' || frame.type === 'size') this.terminal.write('', () => this.terminal.resize(frame.cols, frame.rows));
    super.note(frame);
  }

  binary(data) {
    super.binary(data);
    const position = this.position;
    const done = () => {
      this.drawn = position;
      if (this.acknowledges) this.ack(position);
    };
    if (data[0] === 2) {
      const { cols, rows, bytes } = this.snapshots.at(-1);
      this.terminal.write('\x18\x1bc', () => this.terminal.resize(cols, rows));
      this.terminal.write(bytes, done);
      this.snapshots = [{ ...this.snapshots.at(-1), bytes: Buffer.alloc(0) }];
    } else {
      this.terminal.write(data.subarray(9), done);
      this.output.length = 0;
    }
  }

  /** Acknowledgements come from the emulator. */
  taken() {}

  lines() {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '');
  }

  /** What a person sees: text, colours below it, size and cursor. */
  picture() {
    const { active } = this.terminal.buffer;
    const looks = this.lines().map((text, row) => {
      const line = active.getLine(active.baseY + row);
      return Array.from(text.trimEnd(), (_char, col) => look_of_cell(line.getCell(col))).join(' ');
    });
    return { lines: this.lines().map((line) => line.trimEnd()), looks, size: [this.terminal.cols, this.terminal.rows], cursor: [active.cursorX, active.cursorY] };
  }

  async close() {
    await super.close();
    this.terminal.dispose();
  }
}

function look_of_cell(cell) {
  const color = cell.getFgColor();
  const foreground = cell.isFgPalette() ? String(color) : cell.isFgRGB() ? `#${color.toString(16).padStart(6, '0')}` : '';
  return foreground + (cell.isBold() ? '!' : '');
}

/** The server's screen in the form of `DrawingViewer.picture`. Every character of it is one cell wide. */
async function picture_of_server(server, id) {
  const screen = await server.api('GET', `/api/agent/terminals/${id}/screen?format=styled`);
  const looks = screen.styled.map(({ text, spans }) =>
    Array.from(text.trimEnd(), (_char, col) => {
      const span = spans.find((one) => one.begin <= col && col < one.end);
      return (span?.foreground ?? '') + (span?.attributes?.includes('bold') ? '!' : '');
    }).join(' '));
  return { lines: screen.lines.map((line) => line.trimEnd()), looks, size: [screen.cols, screen.rows], cursor: [screen.cursor_col, screen.cursor_row] };
}

/** Waits until a viewer has exactly what the server has on its screen; says the difference when it never does. */
export async function has_the_screen(server, id, viewer, what) {
  let last = [];
  await until(async () => {
    last = [await picture_of_server(server, id), viewer.picture()];
    return JSON.stringify(last[0]) === JSON.stringify(last[1]);
  }, `${what} to have the server's screen`, 30_000).catch((error) => {
    throw new Error(`${error.message}: the server has ${JSON.stringify(last[0])}, the viewer ${JSON.stringify(last[1])}`);
  });
}

/** A way to a port that cuts the first `times` connections that carry `most` bytes to one of its sides. */
export async function cutting_line(port, most, times) {
  const sockets = new Set();
  let left = times;
  let total = 0;
  const line = createServer((near) => {
    const far = connect({ port, host: '127.0.0.1' });
    const ends = () => [near, far].forEach((one) => one.destroy());
    for (const one of [near, far]) {
      let carried = 0;
      let cut = false;
      sockets.add(one);
      one.on('error', ends);
      one.on('close', () => {
        sockets.delete(one);
        ends();
      });
      one.on('data', (data) => {
        carried += data.length;
        total += data.length;
        if (carried <= most || cut || left === 0) return;
        cut = true;
        left -= 1;
        setImmediate(ends);
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise((resolve) => line.listen(0, '127.0.0.1', resolve));
  return {
    port: line.address().port,
    /** Bytes so far, both ways. */
    carried: () => total,
    stop: () => {
      sockets.forEach((socket) => socket.destroy());
      return new Promise((resolve) => line.close(resolve));
    },
  };
}

/** A line of `rate` bytes a second to the server: {port, stop}. Nothing is lost, it only takes its time. */
export async function slow_line(port, rate) {
  const sockets = new Set();
  const line = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const one of [near, far]) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        near.destroy();
        far.destroy();
        sockets.delete(one);
      });
    }
    near.pipe(far);
    far.on('data', (data) => {
      near.write(data);
      far.pause();
      setTimeout(() => far.resume(), (data.length / rate) * 1000);
    });
  });
  await new Promise((resolve) => line.listen(0, '127.0.0.1', resolve));
  return {
    port: line.address().port,
    /** Every connection through it ends at once. */
    cut: () => sockets.forEach((socket) => socket.destroy()),
    stop: () => {
      sockets.forEach((socket) => socket.destroy());
      return new Promise((resolve) => line.close(resolve));
    },
  };
}
