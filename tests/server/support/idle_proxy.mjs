// A proxy between a client and a server that cuts connections on which nothing moves, as load balancers do.
import { connect, createServer } from 'node:net';

export async function idle_proxy(port, idle_ms) {
  const sockets = new Set();
  let cut = 0;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const pair = [client, upstream];
    const end = () => pair.forEach((socket) => socket.destroy());
    let timer = null;
    const moved = () => {
      clearTimeout(timer);
      timer = setTimeout(() => { cut += 1; end(); }, idle_ms);
    };
    moved();
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      sockets.add(from);
      from.on('data', (data) => { moved(); to.write(data); });
      from.on('end', () => to.end());
      from.on('error', end);
      from.on('close', () => { clearTimeout(timer); sockets.delete(from); to.destroy(); });
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    /** Connections that were cut for being idle. */
    get cut() { return cut; },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
