// TCP streams for specs: targets that listen, clients that go through something, and SOCKS.
import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';

/** A server at a port of loopback; `serve(socket)` for each connection. */
export async function listening(serve) {
  const sockets = new Set();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return { port: server.address().port, sockets, close };
}

/** Sends everything back, but only when the client has sent its end. */
export function after_the_end(socket) {
  const parts = [];
  socket.on('data', (data) => parts.push(data));
  socket.on('end', () => socket.end(Buffer.concat(parts)));
}

/** Sends back what comes while it comes. */
export function echoing(socket) {
  socket.pipe(socket);
}

/** A connected socket whose bytes and end can be waited for. */
export class Client {
  static open(port, host = '127.0.0.1') {
    const client = new Client();
    client.socket = connect({ port, host, allowHalfOpen: true });
    client.parts = [];
    client.size = 0;
    client.watchers = new Set();
    const check = () => [...client.watchers].forEach((watcher) => watcher());
    client.socket.on('data', (data) => {
      client.parts.push(data);
      client.size += data.length;
      check();
    });
    for (const event of ['end', 'close', 'error']) client.socket.on(event, () => ((client.over = true), check()));
    return new Promise((resolve, reject) => {
      client.socket.once('connect', () => resolve(client));
      client.socket.once('error', reject);
    });
  }

  /** Resolves when so many bytes have come, or no more will; answers all of them. */
  async until(size) {
    await new Promise((resolve) => {
      const watcher = () => {
        if (!this.over && this.size < size) return;
        this.watchers.delete(watcher);
        resolve();
      };
      this.watchers.add(watcher);
      watcher();
    });
    return Buffer.concat(this.parts);
  }

  all() {
    return this.until(Infinity);
  }

  send(data) {
    this.socket.write(data);
    return this;
  }

  end(data) {
    this.socket.end(data);
    return this;
  }

  destroy() {
    this.socket.destroy();
  }
}

/** A request of SOCKS 5 for a name. */
export function socks_request(host, port) {
  return Buffer.concat([Buffer.from([5, 1, 0, 3, host.length]), Buffer.from(host), Buffer.from([port >> 8, port & 255])]);
}

/** A client that has got through SOCKS 5 to host and port; its `code` is that of the answer. */
export async function through_socks(proxy, host, port) {
  const client = await Client.open(proxy);
  client.send(Buffer.from([5, 1, 0]));
  await client.until(2);
  client.send(socks_request(host, port));
  const answer = await client.until(12);
  client.code = answer[3];
  client.parts = [];
  client.size = 0;
  return client;
}

export function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
