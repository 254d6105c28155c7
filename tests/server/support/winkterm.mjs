// A client as WinkTerm's are: one request over /ws/agent at a time, or the same method as its documented HTTP request.
import { ask } from './http.mjs';
import { Rpc } from './rpc.mjs';

/** Method: verb, path; what of the parameters is neither in the path nor a body is the query. */
export const http_of = {
  'terminal.create': 'POST /terminals',
  'terminal.list': 'GET /terminals',
  'terminal.get': 'GET /terminals/{terminal_id}',
  'terminal.delete': 'DELETE /terminals/{terminal_id}',
  'terminal.snapshot': 'GET /terminals/{terminal_id}/snapshot',
  'terminal.input': 'POST /terminals/{terminal_id}/input',
  'terminal.exec': 'POST /terminals/{terminal_id}/exec',
  'events.recent': 'GET /events/recent',
  'job.list': 'GET /jobs',
  'job.get': 'GET /jobs/{job_id}',
  'job.cancel': 'DELETE /jobs/{job_id}',
  'ssh.connections.list': 'GET /ssh/connections',
  'ssh.connections.create': 'POST /ssh/connections',
  'ssh.connections.get': 'GET /ssh/connections/{conn_id}',
  'ssh.connections.update': 'PUT /ssh/connections/{conn_id}',
  'ssh.connections.delete': 'DELETE /ssh/connections/{conn_id}',
  'ssh.import_electerm': 'POST /ssh/import/electerm',
  'ssh.run': 'POST /ssh/{conn_id}/run',
  'ssh.run_async': 'POST /ssh/{conn_id}/run_async',
  'ssh.files.list': 'GET /ssh/{conn_id}/files',
  'ssh.files.read': 'GET /ssh/{conn_id}/files/content',
  'ssh.files.write': 'PUT /ssh/{conn_id}/files/content',
  'ssh.upload': 'POST /ssh/{conn_id}/upload',
  'ssh.download': 'POST /ssh/{conn_id}/download',
  'ssh.mkdir': 'POST /ssh/{conn_id}/directories',
  'ssh.delete_paths': 'DELETE /ssh/{conn_id}/paths',
};

export const streams = ['terminal.stream', 'events.stream'];

export class Winkterm {
  constructor(server, token) {
    this.server = server;
    this.token = token;
    this.progress = [];
  }

  /** Answers {status, data} or {status, message}: the status as HTTP has it, whichever way was taken. */
  call(transport, method, params = {}) {
    return transport === 'ws' ? this.over_socket(method, params) : this.over_http(method, params);
  }

  async over_http(method, params) {
    const rest = { ...params };
    const [method_verb, template] = http_of[method].split(' ');
    let path = `/api/agent${template}`.replace(/\{(\w+)\}/g, (_, name) => {
      const value = rest[name];
      delete rest[name];
      return encodeURIComponent(value);
    });
    const with_body = method_verb === 'POST' || method_verb === 'PUT' || 'paths' in rest;
    if (!with_body && Object.keys(rest).length > 0) path += `?${new URLSearchParams(Object.entries(rest).map(([key, value]) => [key, String(value)]))}`;
    const answer = await ask(this.server.tcp, { method: method_verb, path, headers: { Authorization: `Bearer ${this.token}` }, body: with_body ? rest : undefined });
    return answer.status < 300 ? { status: answer.status, data: answer.json } : { status: answer.status, message: answer.json?.detail, code: answer.code };
  }

  async over_socket(method, params) {
    const rpc = await Rpc.open(this.server.tcp, `/ws/agent?token=${this.token}`);
    await rpc.next((frame) => frame.type === 'ready', 'ready');
    const end = await rpc.call(method, params, '1');
    this.progress = rpc.progress('1');
    await rpc.close();
    if (end.type === 'result') return { status: 200, data: end.data };
    return { status: end.error.code, message: end.error.message, code: end.error.name };
  }
}

export async function winkterm(server) {
  return new Winkterm(server, await server.handshake_token());
}
