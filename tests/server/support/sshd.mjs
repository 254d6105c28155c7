// A real sshd on loopback, as this user: own port, own host keys, own keys of users, no PAM.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { until } from '../../e2e/support/wait.mjs';
import { free_port, processes } from './daemon.mjs';

const program = '/usr/sbin/sshd';

function keygen(args) {
  const done = spawnSync('ssh-keygen', ['-q', ...args]);
  if (done.status !== 0) throw new Error(`ssh-keygen ${args.join(' ')}: ${done.stderr}`);
  return done.stdout.toString();
}

/** A module of PAM that asks for two things, as those for second factors do; sshd hands on one after the other. Its declarations are here, so that no headers need be installed. */
const two_prompts = (password, code) => `
#include <stdlib.h>
#include <string.h>
struct pam_message { int style; const char *text; };
struct pam_response { char *text; int code; };
struct pam_conv { int (*ask)(int, const struct pam_message **, struct pam_response **, void *); void *data; };
extern int pam_get_item(const void *, int, const void **);
int pam_sm_setcred(void *pam, int flags, int argc, const char **argv) { return 0; }
int pam_sm_authenticate(void *pam, int flags, int argc, const char **argv) {
  const struct pam_message first = {1, "Password: "}, second = {2, "One-time code: "};
  const struct pam_message *both[] = {&first, &second};
  const struct pam_conv *conv = NULL;
  struct pam_response *got = NULL;
  if (pam_get_item(pam, 5, (const void **)&conv) != 0 || !conv || conv->ask(2, both, &got, conv->data) != 0 || !got) return 7;
  const int good = got[0].text && got[1].text && !strcmp(got[0].text, ${JSON.stringify(password)}) && !strcmp(got[1].text, ${JSON.stringify(code)});
  free(got[0].text);
  free(got[1].text);
  free(got);
  return good ? 0 : 7;
}
`;

export class Sshd {
  /**
   * `lines`: more of sshd_config; `host_keys`: their types; `password`: there is a user `visitor` with it, and PAM asks
   * for it, or for it and for `code`. That user is only in the account files that this sshd sees (a mount namespace,
   * which takes root).
   */
  static async start({ lines = [], host_keys = ['ed25519'], port, password, code } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'duotty-sshd-'));
    await chmod(folder, 0o700);
    const sshd = new Sshd();
    Object.assign(sshd, { folder, lines, user: userInfo().username, port: port ?? (await free_port()), log: '' });
    await mkdir('/run/sshd', { recursive: true }).catch(() => undefined);
    for (const type of host_keys) keygen(['-t', type, '-N', '', '-f', join(folder, `host_${type}`)]);
    sshd.host_keys = host_keys;
    await writeFile(join(folder, 'authorized'), '', { mode: 0o644 });
    sshd.own_files = {};
    if (password) await sshd.add_visitor(password);
    if (code) await sshd.ask_both(password, code);
    await sshd.listen();
    return sshd;
  }

  async add_visitor(password) {
    this.user = 'visitor';
    await chmod(this.folder, 0o755);
    const home = join(this.folder, 'visitor');
    await mkdir(home);
    await chown(home, 4711, 4711);
    const hash = spawnSync('openssl', ['passwd', '-6', '-stdin'], { input: password }).stdout.toString().trim();
    await writeFile(join(this.folder, 'passwd'), `${await readFile('/etc/passwd', 'utf8')}visitor:x:4711:4711::${home}:/bin/sh\n`, { mode: 0o644 });
    this.own_files = { passwd: '/etc/passwd', shadow: '/etc/shadow' };
    await writeFile(join(this.folder, 'shadow'), `${await readFile('/etc/shadow', 'utf8')}visitor:${hash}:19000:0:99999:7:::\n`, { mode: 0o600 });
  }

  async ask_both(password, code) {
    const module = join(this.folder, 'two_prompts.so');
    const built = spawnSync('cc', ['-shared', '-fPIC', '-x', 'c', '-o', module, '-'], { input: two_prompts(password, code) });
    if (built.status !== 0) throw new Error(`cc: ${built.stderr}`);
    await writeFile(join(this.folder, 'pam'), `auth required ${module}\naccount required pam_permit.so\nsession required pam_permit.so\n`, { mode: 0o644 });
    this.own_files.pam = '/etc/pam.d/sshd';
  }

  async listen() {
    const config = [
      ...this.lines, `Port ${this.port}`, 'ListenAddress 127.0.0.1', `PidFile ${this.folder}/pid`, 'UsePAM no', 'StrictModes no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no',
      `AuthorizedKeysFile ${this.folder}/authorized`, ...(this.lines.some((line) => line.startsWith('Subsystem ')) ? [] : ['Subsystem sftp internal-sftp']), 'LogLevel VERBOSE', 'MaxStartups 200', 'MaxSessions 200', ...this.host_keys.map((type) => `HostKey ${this.folder}/host_${type}`),
    ];
    await writeFile(join(this.folder, 'config'), `${config.join('\n')}\n`);
    const command = `exec ${program} -D -e -f ${this.folder}/config`;
    const own_files = Object.entries(this.own_files).map(([name, path]) => `mount --bind ${this.folder}/${name} ${path} && `).join('');
    this.child = spawn(...(this.user === 'visitor' ? ['unshare', ['-m', 'sh', '-c', own_files + command]] : ['sh', ['-c', command]]), { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr.on('data', (data) => (this.log += data));
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
    await until(() => {
      if (this.child.exitCode !== null) throw new Error(`sshd ended with ${this.child.exitCode}:\n${this.log}`);
      return new Promise((resolve) => {
        const probe = connect(this.port, '127.0.0.1', () => (probe.destroy(), resolve(true)));
        probe.on('error', () => resolve(false));
      });
    }, 'sshd to listen');
  }

  /** A new key that may sign in; answers its path. */
  async key(type = 'ed25519', { passphrase = '', bits, format } = {}) {
    const path = join(this.folder, `user_${type}_${Math.random().toString(36).slice(2)}`);
    keygen(['-t', type, ...(bits ? ['-b', String(bits)] : []), ...(format ? ['-m', format] : []), '-N', passphrase, '-f', path]);
    await writeFile(join(this.folder, 'authorized'), await readFile(`${path}.pub`, 'utf8'), { flag: 'a' });
    return path;
  }

  fingerprint(type = 'ed25519') {
    return keygen(['-l', '-f', join(this.folder, `host_${type}.pub`)]).split(' ')[1];
  }

  /** What to store as a connection. */
  connection(more = {}) {
    return { host: '127.0.0.1', port: this.port, username: this.user, ...more };
  }

  /** The same host with another key of that type. */
  async change_host_key(type = 'ed25519') {
    await this.stop_listening();
    for (const name of [`host_${type}`, `host_${type}.pub`]) await rm(join(this.folder, name));
    keygen(['-t', type, '-N', '', '-f', join(this.folder, `host_${type}`)]);
    await this.listen();
  }

  async stop_listening() {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    await this.ended;
  }

  /** The host is gone, with every connection to it; listen() brings it back. */
  async vanish() {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const sessions = processes(pids).filter(({ parent }) => parent === this.child.pid);
    await this.stop_listening();
    for (const { pid } of sessions) process.kill(pid, 'SIGKILL');
  }

  async stop() {
    await this.stop_listening();
    await rm(this.folder, { recursive: true, force: true });
  }
}
