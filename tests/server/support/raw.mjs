// Bytes on a socket, for requests that no client library would send.
import { connect } from 'node:net';

/** Sends `bytes` and collects what comes until the other side closes, `enough` says so, or patience ends. */
export function raw(target, bytes, { enough = () => false, patience = 15_000 } = {}) {
  return new Promise((resolve, reject) => {
    const socket = target.socketPath ? connect(target.socketPath) : connect(target.port, '127.0.0.1');
    let text = '';
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end of the answer; got ${JSON.stringify(text.slice(0, 300))}`));
    }, patience);
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (enough(text)) done();
    });
    socket.on('error', done);
    socket.on('close', done);
    socket.on('connect', () => socket.write(bytes));
  });
}

export function status_of(text) {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);
}
