// What the server measures of itself: the format, and that each number moves with what it counts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { until } from '../e2e/support/wait.mjs';
import { start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { parse_metrics } from './support/prometheus.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

let shared = null;
function server() {
  shared ??= start();
  return shared;
}

async function scrape(s) {
  const response = await ask(s.unix, { path: '/metrics' });
  assert.equal(response.status, 200);
  const families = parse_metrics(response.text);
  return (name, label) => {
    const samples = families.get(`duotty_${name}`)?.samples;
    assert.ok(samples, name);
    const found = label === undefined ? samples[0] : samples.find((one) => Object.values(one.labels)[0] === label);
    assert.ok(found, `${name} ${label}`);
    return found.value;
  };
}

spec('metrics: a page in the format of Prometheus, for administrators only', async () => {
  const s = await server();
  const admin = await s.token('scraper', ['admin']);
  const reader = await s.token('reader', ['read', 'exec']);
  const as = (token) => ask(s.tcp, { path: '/metrics', headers: { Authorization: `Bearer ${token}` } });
  const page = await as(admin);
  assert.deepEqual([page.status, page.headers['content-type']], [200, 'text/plain; version=0.0.4; charset=utf-8']);
  const families = parse_metrics(page.text);
  for (const family of families.values()) {
    assert.ok(family.name.startsWith('duotty_'), family.name);
    for (const { labels } of family.samples) assert.ok(Object.keys(labels).length <= 1, JSON.stringify(labels));
  }
  assert.equal(families.get('duotty_build_info').samples[0].labels.version, (await s.info()).version);
  assert.ok(!page.text.includes(admin) && !page.text.includes('scraper'));
  assert.deepEqual([(await as(reader)).code, (await as('wrong')).code], ['denied', 'unauthenticated']);
  const called = await s.cli(['call', 'server.metrics', '{}']);
  assert.equal(called.code, 0, called.stderr);
  assert.equal(JSON.parse(called.stdout).version, (await s.info()).version);
  const method = await s.api('GET', '/api/server/metrics');
  assert.equal(method.loop_lag.ranges.length, 9);
});

spec('metrics: every counter moves with what it counts', async () => {
  const s = await server();
  const before = await scrape(s);
  const { id } = await s.shell();
  const viewer = await Viewer.open(s.tcp, id);
  await viewer.next((frame) => frame.type === 'hello', 'hello');
  assert.equal((await s.exec(id, 'head -c 30000 /dev/zero | tr "\\0" x')).status, 'completed');
  assert.equal((await s.exec(id, 'sleep 60', { timeout: 0.2, on_timeout: 'kill' })).status, 'timeout');
  assert.equal((await ask(s.unix, { path: '/api/agent/terminals/nowhere' })).status, 404);
  const rpc = await Rpc.open(s.tcp, '/ws/agent', { Authorization: `Bearer ${await s.handshake_token()}` });
  await ask(s.tcp, { path: '/api/server/info', headers: { Authorization: 'Bearer wrong' } });
  let now = await until(async () => {
    const page = await scrape(s);
    return page('viewer_bytes_total') > before('viewer_bytes_total') + 30_000 && page;
  }, 'the viewer to get the output');
  const grown = (name, label) => now(name, label) - before(name, label);
  assert.deepEqual([grown('terminals', 'alive'), grown('viewers'), grown('websockets'), grown('websockets_opened_total')], [1, 1, 2, 2]);
  assert.deepEqual([grown('execs_total', 'completed'), grown('execs_total', 'timeout'), grown('execs_total', 'failed')], [1, 1, 0]);
  assert.ok(grown('output_bytes_total') > 30_000);
  assert.ok(grown('http_requests_total', '2xx') > 3 && grown('http_requests_total', '1xx') === 2);
  assert.deepEqual([grown('http_requests_total', '4xx'), grown('auth_rejected_total', 'unauthenticated')], [2, 1]);
  assert.ok(now('uptime_seconds') > before('uptime_seconds') && now('cpu_seconds_total') > 0);
  for (const [process, pid] of [['worker', (await s.info()).worker_pid], ['keeper', s.pid]]) {
    const resident = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
    const said = now('resident_memory_bytes', process);
    assert.ok(said > resident / 2 && said < resident * 2, `${process}: ${said}, ${resident}`);
  }
  rpc.close();
  viewer.close();
  await s.close(id);
  now = await until(async () => {
    const page = await scrape(s);
    return page('websockets') === before('websockets') && page('viewers') === before('viewers') && page;
  }, 'the connections to end');
  assert.equal(now('terminals', 'alive'), before('terminals', 'alive'));
  await until(async () => (await s.api('GET', '/api/server/metrics')).loop_lag.count > 0, 'the lag to be measured');
});
