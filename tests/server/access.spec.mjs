// Agents without a token ask, a person decides, the token is fetched once; nothing comes of anything else.
import assert from 'node:assert/strict';
import { until } from '../e2e/support/wait.mjs';
import { start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

let prepared = null;
/** Requests over TCP with --require-key come from nobody we know, as from another machine. */
function fixture() {
  prepared ??= start({ args: ['--require-key'] });
  return prepared;
}
const post = (s, path, body, headers = {}) => ask(s.tcp, { method: 'POST', path, body, headers });
const knock = (s, more = {}, headers = {}) => post(s, '/api/agent/access', { name: 'visitor', scopes: ['read', 'exec'], ...more }, headers);
const claim = (s, asked, more = {}) => post(s, '/api/agent/access/claim', { request_id: asked.request_id, claim_secret: asked.claim_secret, ...more });
const decide = (s, id, body) => s.api('POST', `/api/access/${id}`, body);
/** Frees the places of requests that a spec left. */
async function settle(s) {
  for (const { request_id } of (await s.api('GET', '/api/access')).requests) await decide(s, request_id, { allow: false });
}

spec('access: a person allows fewer scopes, and the token comes once', async () => {
  const s = await fixture();
  const asked = await knock(s, { reason: 'run the tests\u202e\u001b[31m' });
  assert.equal(asked.status, 200, asked.text);
  assert.match(asked.json.code, /^[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}$/);
  assert.equal((await claim(s, asked.json)).json.status, 'pending');
  const { requests: [shown] } = await s.api('GET', '/api/access');
  assert.deepEqual([shown.name, shown.code, shown.scopes, shown.source], ['visitor', asked.json.code, ['read', 'exec'], '127.0.0.1']);
  assert.equal(shown.reason, 'run the tests [31m');
  assert.doesNotMatch(JSON.stringify(shown), /dtc_/);
  const waiting = claim(s, asked.json, { wait: 30 });
  await decide(s, asked.json.code.toLowerCase(), { allow: true, scopes: ['read'], expires_in_seconds: 120 });
  const { json: got } = await waiting;
  assert.deepEqual([got.status, got.name, got.scopes], ['approved', 'visitor', ['read']]);
  assert.match(got.token, /^dtt_/);
  assert.ok(Math.abs(got.expires_at - Date.now() / 1000 - 120) < 60);
  const bearer = { Authorization: `Bearer ${got.token}` };
  assert.equal((await ask(s.tcp, { path: '/api/agent/terminals', headers: bearer })).status, 200);
  assert.equal((await post(s, '/api/agent/terminals', {}, bearer)).code, 'denied');
  assert.equal((await claim(s, asked.json)).code, 'not_found', 'a second claim');
  assert.ok((await s.api('GET', '/api/tokens')).tokens.some((token) => token.name === 'visitor' && token.expires_at !== null));
  const { entries } = await s.api('GET', '/api/audit?method=access.');
  assert.deepEqual(entries.map((entry) => entry.method), ['access.claim', 'access.decide']);
  assert.equal(entries[0].who, 'token:visitor');
});

spec('access: two claims at once get one token', async () => {
  const s = await fixture();
  const { json: asked } = await knock(s);
  await decide(s, asked.request_id, { allow: true });
  const both = await Promise.all([claim(s, asked), claim(s, asked), claim(s, asked, { wait: 5 })]);
  assert.equal(both.filter((answer) => answer.json.token !== undefined).length, 1);
  assert.equal(both.filter((answer) => answer.code === 'not_found').length, 2);
  const name = both.find((answer) => answer.json.token).json.name;
  assert.equal(name, 'visitor-2', 'a name that is taken gets a number');
});

spec('access: denied means denied', async () => {
  const s = await fixture();
  const { json: asked } = await knock(s);
  await decide(s, asked.request_id, { allow: false });
  const answer = await claim(s, asked);
  assert.deepEqual(answer.json, { status: 'denied' });
  assert.equal((await claim(s, asked)).code, 'not_found');
  const again = await ask(s.unix, { method: 'POST', path: `/api/access/${asked.request_id}`, body: { allow: true } });
  assert.equal(again.code, 'not_found');
});

spec('access: nothing without the secret, nothing without a decision', async () => {
  const s = await fixture();
  const { json: asked } = await knock(s);
  const { json: other } = await knock(s, { name: 'other' });
  await decide(s, asked.request_id, { allow: true });
  for (const claim_secret of ['x', asked.code, asked.request_id, other.claim_secret, `${asked.claim_secret}x`, asked.claim_secret.slice(0, -1)]) {
    assert.equal((await claim(s, { ...asked, claim_secret })).code, 'not_found', claim_secret);
  }
  assert.equal((await claim(s, other)).json.token, undefined);
  assert.equal((await claim(s, asked)).json.status, 'approved', 'the right one still works');
  await settle(s);
});

spec('access: who may not decide', async () => {
  const s = await fixture();
  const { json: asked } = await knock(s);
  const path = `/api/access/${asked.request_id}`;
  assert.equal((await post(s, path, { allow: true })).status, 401);
  const exec = await s.token('exec-only', ['read', 'type', 'exec']);
  for (const secret of [exec, await s.handshake_token()]) {
    const headers = { Authorization: `Bearer ${secret}` };
    assert.equal((await post(s, path, { allow: true }, headers)).code, 'denied');
    assert.equal((await ask(s.tcp, { path: '/api/access', headers })).code, 'denied');
  }
  for (const body of [{ allow: true, scopes: ['admin'] }, { allow: true, scopes: ['type'] }, {}, { allow: 'yes' }, { allow: true, expires_in_seconds: 1 }]) {
    const bad = await ask(s.unix, { method: 'POST', path, body });
    assert.equal(bad.code, 'invalid_params', JSON.stringify(body));
  }
  assert.equal((await claim(s, asked)).json.status, 'pending');
  await settle(s);
});

spec('access: pages cannot ask, and nobody asks for administration', async () => {
  const s = await start({ args: ['--require-key'] });
  for (const headers of [{ Origin: 'http://evil.example' }, { Origin: 'null' }, { Origin: `http://localhost:${s.port}` }, { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' }, { Host: 'evil.example' }]) {
    for (const path of ['/api/agent/access', '/api/agent/access/claim']) {
      assert.equal((await post(s, path, { name: 'x', scopes: ['read'] }, headers)).status, 403, `${path} ${JSON.stringify(headers)}`);
    }
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
    assert.equal((await knock(s, {}, { 'Content-Type': type })).status, 415);
  }
  for (const more of [{ scopes: ['admin'] }, { scopes: ['read', 'force'] }, { scopes: [] }, { scopes: ['fly'] }, { name: '' }, { name: 'a b' }, { name: 'x'.repeat(64) }, { extra: 1 }]) {
    const bad = await knock(s, more);
    assert.ok(['invalid_params', 'rate_limited'].includes(bad.code), JSON.stringify(more));
  }
  assert.deepEqual((await s.api('GET', '/api/access')).requests, []);
  const big = await knock(s, { reason: 'x'.repeat(20_000) });
  assert.equal(big.status, 413, 'a stranger sends little');
  await s.stop();
});

spec('access: requests are bounded, and too many knocks wait', async () => {
  const s = await start({ args: ['--require-key'] });
  const codes = [];
  for (let i = 0; i < 14; i++) codes.push((await knock(s)).code);
  assert.deepEqual(codes.slice(0, 3), [undefined, undefined, undefined]);
  assert.ok(codes.includes('limit_reached'));
  assert.equal(codes.at(-1), 'rate_limited');
  assert.equal((await s.api('GET', '/api/access')).requests.length, 3);
  const shown = await s.cli(['token', 'requests']);
  assert.match(shown.stdout, /visitor\s+read,exec\s+127\.0\.0\.1/);
  const [first, second] = (await s.api('GET', '/api/access')).requests;
  assert.equal((await s.cli(['token', 'allow', first.code, '--scopes', 'read', '--expires', '2h'])).code, 0);
  assert.equal((await s.cli(['token', 'deny', second.code])).code, 0);
  assert.equal((await s.api('GET', '/api/access')).requests.length, 1);
  assert.notEqual((await s.cli(['token', 'allow', 'NOPE-NOPE'])).code, 0);
  assert.notEqual((await s.cli(['token', 'allow'])).code, 0);
  await s.stop();
});

spec('access: tokens by the command line', async () => {
  const s = await fixture();
  const made = await s.cli(['token', 'create', 'cli-made', '--scopes', 'read,exec', '--expires', '90m']);
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /^dtt_\S+\n$/, 'the secret alone');
  assert.equal((await ask(s.tcp, { path: '/api/agent/terminals', headers: { Authorization: `Bearer ${made.stdout.trim()}` } })).status, 200);
  assert.match((await s.cli(['token'])).stdout, /cli-made\s+read,exec/);
  assert.equal((await s.cli(['token', 'revoke', 'cli-made'])).code, 0);
  assert.doesNotMatch((await s.cli(['token', 'ls'])).stdout, /cli-made/);
  for (const args of [['token', 'create'], ['token', 'create', 'x', '--scopes', 'fly'], ['token', 'create', 'y', '--scopes', 'read', '--expires', 'soon'], ['token', 'revoke', 'nobody'], ['token', 'dance']]) {
    assert.notEqual((await s.cli(args)).code, 0, args.join(' '));
  }
});

spec('access: a claim that waits hears of the decision', async () => {
  const s = await fixture();
  await settle(s);
  const { json: asked } = await knock(s);
  if (!asked.request_id) return assert.equal(asked.error.code, 'rate_limited');
  let heard = null;
  const waiting = claim(s, asked, { wait: 50 }).then((answer) => (heard = answer.json));
  await until(async () => (await s.api('GET', '/api/access')).requests.length > 0, 'the request');
  assert.equal(heard, null);
  await decide(s, asked.request_id, { allow: false });
  await waiting;
  assert.deepEqual(heard, { status: 'denied' });
  await s.stop();
});
