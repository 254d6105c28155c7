// An SSH host that does what it likes: real keys and encryption, and everything behind them as a test wants it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import constants from 'ssh2/lib/protocol/constants.js';

const { SIGNALS } = constants;

export class HostileSsh {
  /**
   * `options`: ssh2's of the server (banner, greeting, ident). `behave` gets each client that has connected and adds its own
   * listeners; by itself everybody may sign in, and nothing else is answered.
   */
  static async start(behave, options = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'duotty-hostile-'));
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
    const host = new HostileSsh();
    host.clients = new Set();
    host.errors = [];
    host.server = new ssh2.Server({ hostKeys: [readFileSync(join(folder, 'key'))], ...options }, (client) => {
      host.clients.add(client);
      client.on('close', () => host.clients.delete(client));
      client.on('error', (error) => host.errors.push(error.message));
      behave(client);
      if (client.listenerCount('authentication') === 0) client.on('authentication', (asked) => asked.accept());
    });
    rmSync(folder, { recursive: true });
    await new Promise((resolve) => host.server.listen(0, '127.0.0.1', resolve));
    return host;
  }

  connection(more = {}) {
    return { host: '127.0.0.1', port: this.server.address().port, username: 'somebody', auth_type: 'password', password: 'x', ...more };
  }

  async stop() {
    for (const client of this.clients) client.end();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** For `behave`: each session is taken, and `on_session` adds its listeners. */
export const sessions = (on_session) => (client) => client.on('session', (accept) => on_session(accept(), client));

/** ssh2 refuses to send this as the name of a signal; now it does not. */
export function allow_signal(name) {
  SIGNALS[name] = 1;
  return name;
}

/** Opens a channel to the agent of the one who has connected, as OpenSSH does; `answered` gets an error or a stream. */
export function open_agent(client, answered) {
  answered.type = 'auth-agent@openssh.com';
  client._protocol.openssh_authAgent(client._chanMgr.add(answered), 1 << 21, 1 << 15);
}
