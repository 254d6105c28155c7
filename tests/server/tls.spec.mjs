// HTTPS of the server's own: certificates given and made, every surface over it, and what refuses to speak it.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect as dial } from 'node:tls';
import { until } from '../e2e/support/wait.mjs';
import { ask } from './support/http.mjs';
import { run_binary, environment_of, start } from './support/daemon.mjs';
import { spec } from './support/suite.mjs';

const chain_of = (server) => join(server.home, 'duotty', 'state', 'tls-cert.pem');

/** One HTTPS request. */
function get(server, path, headers = {}) {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: server.port, path, ca: readFileSync(chain_of(server)), agent: false, headers }, (answer) => {
      const parts = [];
      answer.on('data', (data) => parts.push(data));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }));
    });
    call.on('error', reject);
    call.end();
  });
}

/** The certificate that the port shows. */
function shown(server) {
  return new Promise((resolve, reject) => {
    const socket = dial({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false }, () => {
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      resolve(new X509Certificate(raw));
    });
    socket.on('error', reject);
  });
}

async function with_tls(body, options = {}) {
  const server = await start({ args: ['--tls-self-signed'], ...options });
  try {
    await body(server);
  } finally {
    await server.stop();
  }
}

spec('tls: a certificate made here serves the page, the API and WebSockets, and the command line trusts it when told to', () =>
  with_tls(async (server) => {
    assert.match(server.output(), /is at https:\/\/localhost:/);
    assert.ok(server.output().includes(new X509Certificate(readFileSync(chain_of(server))).fingerprint256));
    assert.equal(statSync(join(server.home, 'duotty', 'state', 'tls-key.pem')).mode & 0o777, 0o600);
    const page = await get(server, '/');
    assert.equal(page.status, 200);
    assert.match(page.text, /<title>/);
    const handshake = JSON.parse((await get(server, '/api/agent/handshake')).text);
    assert.equal(handshake.base_url, `https://127.0.0.1:${server.port}`);
    const env = environment_of(join(server.home, 'client'), { DUOTTY_TOKEN: handshake.token });
    const url = ['--url', `https://localhost:${server.port}`];
    const refused = await run_binary([...url, 'ls'], { env });
    assert.equal(refused.code, 69);
    assert.match(refused.stderr, /certificate/);
    assert.match(refused.stderr, /--ca-file/);
    const numbers = await run_binary([...url, '--ca-file', chain_of(server), 'exec', '--new', '--', 'seq 200000; (exit 7)'], { env });
    assert.equal(numbers.code, 7, numbers.stderr);
    assert.equal(numbers.stdout.split('\n').length, 200001);
    const login = await run_binary([...url, '--ca-file', chain_of(server), 'login', '--token', '-'], { env, stdin: handshake.token });
    assert.equal(login.code, 0, login.stderr);
    const { DUOTTY_TOKEN: _unused, ...later } = env;
    const listed = await run_binary(['ls', '--json'], { env: later });
    assert.equal(listed.code, 0, listed.stderr);
  }));

spec('tls: the port tells plain HTTP to use HTTPS, and speaks nothing older than TLS 1.2', () =>
  with_tls(async (server) => {
    const plain = await ask(server.tcp, { path: '/api/health' });
    assert.equal(plain.status, 400);
    assert.match(plain.json.error.message, /https:/);
    const old = await new Promise((resolve) => {
      const socket = dial({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }, () => resolve('connected'));
      socket.on('error', (error) => resolve(error.code));
    });
    assert.notEqual(old, 'connected');
    assert.equal((await get(server, '/api/health')).status, 200);
  }));

spec('tls: a worker started again shows the certificate that is there then, and the made one stays', () =>
  with_tls(async (server) => {
    const first = (await shown(server)).fingerprint256;
    await server.kill_worker();
    await server.back();
    assert.equal((await shown(server)).fingerprint256, first);
    const other = await start({ args: ['--tls-self-signed'] });
    const files = ['--tls-cert', chain_of(other), '--tls-key', join(other.home, 'duotty', 'state', 'tls-key.pem')];
    const given = await start({ args: files });
    assert.equal((await shown(given)).fingerprint256, (await shown(other)).fingerprint256);
    await Promise.all([given.stop(), other.stop()]);
  }));

spec('tls: beyond loopback a certificate and a key are enough to start, and the key signs in with a Secure cookie', () =>
  with_tls(
    async (server) => {
      assert.equal((await get(server, '/api/agent/terminals')).status, 401);
      const key = 'correct horse battery';
      const signed = await new Promise((resolve, reject) => {
        const body = JSON.stringify({ key });
        const call = request(
          { host: '127.0.0.1', port: server.port, path: '/api/auth/login', method: 'POST', ca: readFileSync(chain_of(server)), agent: false,
            headers: { 'Content-Type': 'application/json', 'Content-Length': body.length } },
          (answer) => { answer.resume(); answer.on('end', () => resolve(answer)); });
        call.on('error', reject);
        call.end(body);
      });
      assert.ok(signed.statusCode < 300, String(signed.statusCode));
      const [cookie] = signed.headers['set-cookie'];
      assert.match(cookie, /^__Host-/);
      assert.match(cookie, /; Secure/);
    },
    { host: '0.0.0.0', env: { WEB_ACCESS_KEY: 'correct horse battery' } },
  ));

spec('tls: files that do not fit refuse to start, and say which', async () => {
  const server = await start({ args: ['--tls-self-signed'] });
  const key = join(server.home, 'duotty', 'state', 'tls-key.pem');
  for (const [args, says] of [
    [['--tls-cert', key, '--tls-key', key], /certificate in .*tls-key\.pem/],
    [['--tls-cert', chain_of(server), '--tls-key', chain_of(server)], /private key in .*tls-cert\.pem/],
    [['--tls-cert', chain_of(server)], /--tls-key/],
    [['--tls-cert', '/none', '--tls-key', key], /none/],
  ]) {
    const tried = await run_binary(['serve', '--port', '0', ...args], { env: environment_of(join(server.home, 'other')) });
    assert.notEqual(tried.code, 0);
    assert.match(tried.stderr, says);
  }
  await server.stop();
});

spec('tls: many connections that never shake hands keep nobody out', () =>
  with_tls(async (server) => {
    const silent = [];
    for (let i = 0; i < 50; ++i) silent.push(dial({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false }).on('error', () => undefined));
    const { connect } = await import('node:net');
    for (let i = 0; i < 50; ++i) silent.push(connect(server.port, '127.0.0.1').on('error', () => undefined));
    await until(async () => (await get(server, '/api/health')).status === 200, 'an answer');
    for (const socket of silent) socket.destroy();
  }));
