// A server beside a real sshd.
import assert from 'node:assert/strict';
import { start } from './daemon.mjs';
import { ask } from './http.mjs';
import { Sshd } from './sshd.mjs';

/** A server, and calls as an administrator: {status, data, message, code, details}. */
export async function server_with(sshd, options) {
  const server = await start(options);
  const token = await server.token('ssh-spec', ['ssh', 'admin', 'force', 'files', 'read', 'exec']);
  const call = async (method, path, body) => {
    const answer = await ask(server.tcp, { method, path: `/api/agent/ssh${path}`, headers: { Authorization: `Bearer ${token}` }, body });
    return { status: answer.status, data: answer.json, message: answer.json?.detail, code: answer.code, details: answer.json?.error?.details };
  };
  const add = async (more) => {
    const made = await call('POST', '/connections', { ...sshd.connection(), host_key_policy: 'accept_new', ...more });
    assert.equal(made.status, 200, made.message);
    return made.data.id;
  };
  const run = (id, command, more = {}) => call('POST', `/${id}/run`, { command, ...more });
  const good = async (id, command, more) => {
    const answer = await run(id, command, more);
    assert.equal(answer.status, 200, answer.message);
    return answer.data;
  };
  return { server, token, call, add, run, good };
}

/** A host and a server that knows nothing of it yet. */
export async function with_sshd(options, body) {
  const sshd = await Sshd.start(options);
  const s = await server_with(sshd);
  try {
    await body(sshd, s);
  } finally {
    await s.server.stop();
    await sshd.stop();
  }
}
