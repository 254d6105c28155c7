// A way to the server that signs every request, for programs that cannot send a token themselves.
import { createServer, request } from 'node:http';

/** {port, stop}: what comes to the port goes to the server with `token`, otherwise as it came. */
export async function signing_proxy(server, token) {
  const proxy = createServer((near, answer) => {
    const headers = [...near.rawHeaders, 'Authorization', `Bearer ${token}`];
    const far = request({ host: '127.0.0.1', port: server.port, method: near.method, path: near.url, headers }, (response) => {
      answer.writeHead(response.statusCode, response.rawHeaders);
      response.pipe(answer);
    });
    far.on('error', () => answer.destroy());
    answer.on('close', () => far.destroy());
    near.pipe(far);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: proxy.address().port,
    stop: () => {
      proxy.closeAllConnections();
      return new Promise((resolve) => proxy.close(resolve));
    },
  };
}
