// Every method of the table over HTTP with generated parameters, good and bad: never a 500, never a hang, and every refusal
// has a code. DUOTTY_FUZZ_SEED repeats a run, DUOTTY_FUZZ_SECONDS makes it longer (12 by default).
import assert from 'node:assert/strict';
import { start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

const seed = Number(process.env.DUOTTY_FUZZ_SEED ?? Date.now() % 1_000_000_000);
const seconds = Number(process.env.DUOTTY_FUZZ_SECONDS ?? 12);
/** Those that end the server, or hand it to somebody else, are left to their own specs. */
const left_out = new Set(['server.stop', 'server.restart', 'settings.set']);

/** mulberry32: small, and the same everywhere. */
function generator(start_at) {
  let state = start_at >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const is_number = (schema) => ['integer', 'number'].some((type) => [schema.type].flat().includes(type));
/** Parameters that say how long a call may take. */
const is_limit = (name, schema) => /^(timeout|wait|max_wait_ms|wait_ms|timeout_ms)$/.test(name) && is_number(schema);

class Maker {
  constructor(random, terminal) {
    this.random = random;
    this.terminal = terminal;
  }
  below(n) { return Math.floor(this.random() * n); }
  pick(list) { return list[this.below(list.length)]; }
  chance(p) { return this.random() < p; }

  text(schema) {
    const words = ['', 'a', 'true', 'echo hi', '../../etc/passwd', '你好', 'x'.repeat(300), '\u0000', 'a\u0000b', '\u001b[2J', '(', '[a-', '-1', '1e999', 'null', "' OR 1=1 --", '%s%n', '\u202e', '🙂'];
    let made = this.pick(words);
    if (schema.minLength && made.length < schema.minLength) made = made.padEnd(schema.minLength, 'x');
    return made;
  }

  /** A value that the schema allows. */
  good(schema, name = '') {
    if (name === 'terminal_id' || name === 'session_id') return this.terminal;
    // As short as it may be: this is about answers, not about waiting for them.
    if (/timeout|wait|idle|background_after|grace|measure/.test(name) && is_number(schema)) return schema.minimum ?? 0;
    if (schema.enum) return this.pick(schema.enum);
    const type = Array.isArray(schema.type) ? this.pick(schema.type) : schema.type;
    switch (type) {
      case 'boolean': return this.chance(0.5);
      case 'integer':
      case 'number': {
        const low = schema.minimum ?? -10;
        const high = Math.min(schema.maximum ?? 1000, low + 1000);
        return this.pick([low, high, low + this.below(high - low + 1)]);
      }
      case 'array': return Array.from({ length: (schema.minItems ?? 0) + this.below(2) }, () => this.good(schema.items ?? {}));
      case 'object': return schema.properties ? this.object(schema) : Object.fromEntries(this.chance(0.5) ? [['KEY', this.good(schema.additionalProperties ?? {})]] : []);
      case 'string': return this.text(schema);
      default: return null;
    }
  }

  object(schema) {
    const out = {};
    for (const [name, one] of Object.entries(schema.properties ?? {})) {
      if ((schema.required ?? []).includes(name) || is_limit(name, one) || this.chance(0.3)) out[name] = this.good(one, name);
    }
    return out;
  }

  /** JSON text of a value that no schema allows, or nearly none. */
  bad() {
    return this.pick([
      '1e400', '-0', '9223372036854775808', '-9223372036854775809', '1.5', '123456789012345678901234567890', 'null', 'true', '[]', '{}', '""', '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"',
      `${'['.repeat(80)}${']'.repeat(80)}`, `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, `"${'y'.repeat(70_000)}"`, '["a",1,null]', '{"$ref":"#"}', '"\\u202e"', '[[]]', '1E-400',
    ]);
  }

  /** A body that is wrong in one of many ways. */
  spoilt(schema) {
    const good = this.object(schema);
    const names = Object.keys(schema.properties ?? {});
    switch (this.below(8)) {
      case 0: return Buffer.from(this.bad());
      case 1: return Buffer.from(`{"${names.length ? this.pick(names) : 'x'}":${this.bad()}}`);
      case 2: return Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xc3, 0x28, 0xff, 0x80]), Buffer.from('"}')]);
      case 3: return Buffer.from(JSON.stringify({ ...good, [this.pick(['unknown', '__proto__', '', 'a'.repeat(300), 'terminal_id'])]: 1 }));
      case 4: return Buffer.from(JSON.stringify(good).slice(0, this.below(40)));
      case 5: return Buffer.from(JSON.stringify(good) + this.pick([',', '}', '\u0000', 'x', '{}']));
      case 6: {
        const one = { ...good };
        for (const name of schema.required ?? []) if (this.chance(0.5)) delete one[name];
        return Buffer.from(JSON.stringify(one));
      }
      default: {
        const text = JSON.stringify(good);
        const at = text.indexOf(':');
        return Buffer.from(at < 0 ? '{' : `${text.slice(0, at + 1)}${this.bad()}${text.includes(',', at) ? text.slice(text.indexOf(',', at)) : '}'}`);
      }
    }
  }
}

/** The parameters of an operation as one schema, those of the path apart. */
function operations(document) {
  const found = [];
  for (const [path, verbs] of Object.entries(document.paths)) {
    for (const [verb, operation] of Object.entries(verbs)) {
      if (left_out.has(operation.operationId)) continue;
      const body = operation.requestBody?.content?.['application/json']?.schema ?? null;
      const query = { properties: {}, required: [] };
      for (const parameter of operation.parameters ?? []) {
        if (parameter.in !== 'query') continue;
        query.properties[parameter.name] = parameter.schema;
        if (parameter.required) query.required.push(parameter.name);
      }
      const stream = Object.keys(operation.responses['200']?.content ?? {}).some((type) => ['text/event-stream', 'application/x-ndjson'].includes(type));
      const waits = Object.entries(body?.properties ?? query.properties).some(([name, schema]) => is_limit(name, schema));
      found.push({ name: operation.operationId, verb: verb.toUpperCase(), path, body, query, stream, waits });
    }
  }
  return found;
}

function request_of(maker, operation, kind) {
  const ids = kind === 'good' ? [maker.terminal] : [maker.terminal, 'nowhere', '%00', '%ff', '..%2f..', 'x'.repeat(2000), '%F0%9F%99%82', '-1'];
  const path = operation.path.replace(/\{\w+\}/g, () => maker.pick(ids));
  if (operation.body) {
    const body = kind === 'good' ? Buffer.from(JSON.stringify(maker.object(operation.body))) : maker.spoilt(operation.body);
    return { method: operation.verb, path, body };
  }
  const given = kind === 'good' ? maker.object(operation.query) : { ...maker.object(operation.query), [maker.pick([...Object.keys(operation.query.properties), 'unknown'])]: maker.pick(['', '-1', '1e400', 'abc', '9223372036854775808', '\u0000', '[', 'NaN', '\u{1f642}']) };
  const query = Object.entries(given).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(typeof value === 'object' ? JSON.stringify(value) : String(value))}`).join('&');
  return { method: operation.verb, path: query ? `${path}?${query}` : path };
}

/**
 * The status and text of an answer; streams are left as soon as they have begun. A call whose limit was spoilt waits as long
 * as it does without one: its client leaves, and the server must not mind.
 */
async function outcome(server, operation, request, kind) {
  const headers = { 'X-Duotty': '1' };
  const may_wait = operation.waits && kind === 'bad';
  const limit = may_wait ? 1_500 : 20_000;
  if (!operation.stream) {
    const asked = ask(server.unix, { ...request, headers, patience: limit });
    return may_wait ? asked.catch((error) => { if (/no answer/.test(error.message)) return { status: 200, text: '' }; throw error; }) : asked;
  }
  return new Promise((resolve, reject) => {
    import('node:http').then(({ request: open }) => {
      const call = open({ ...server.unix, method: request.method, path: request.path, headers }, (response) => {
        let text = '';
        response.on('data', (data) => (text += data));
        response.on('error', () => undefined);
        const finish = () => resolve({ status: response.statusCode, text, json: JSON.parse(text || 'null') });
        if (response.statusCode === 200) {
          resolve({ status: 200, text: '' });
          call.destroy();
        } else response.on('end', finish);
      });
      call.setTimeout(limit, () => call.destroy(new Error('no answer')));
      call.on('error', reject);
      call.end();
    });
  });
}

spec('schema fuzz: every method answers generated parameters with a result or a code', async () => {
  process.stdout.write(`# schema fuzz: DUOTTY_FUZZ_SEED=${seed} for ${seconds} s\n`);
  const server = await start();
  const all = operations(await server.api('GET', '/api/openapi.json'));
  const random = generator(seed);
  const counts = { good: 0, refused: 0 };
  const make_terminal = async () => (await server.create({ command: ['/bin/cat'] })).id;
  let terminal = await make_terminal();
  const end = Date.now() + seconds * 1000;
  for (let round = 0; round < 1 || Date.now() < end; round++) {
    for (const operation of all) {
      if (round > 0 && Date.now() >= end) break;
      const alive = await ask(server.unix, { path: `/api/agent/terminals/${terminal}`, headers: { 'X-Duotty': '1' } });
      if (alive.status !== 200 || !alive.json.alive) terminal = await make_terminal();
      const maker = new Maker(random, terminal);
      for (const kind of ['good', 'bad']) {
        const request = request_of(maker, operation, kind);
        const shown = `seed ${seed}, ${operation.name}, ${kind}: ${request.method} ${request.path.slice(0, 300)} ${request.body?.toString().slice(0, 300) ?? ''}`;
        const answer = await outcome(server, operation, request, kind).catch((error) => assert.fail(`${shown}: ${error.message}`));
        assert.ok(answer.status < 500 || answer.status === 501 || answer.status === 502 || answer.status === 503 || answer.status === 504, `${shown}: ${answer.status} ${answer.text}`);
        assert.notEqual(answer.json?.error?.code, 'internal', shown);
        if (answer.status >= 400) {
          assert.equal(typeof answer.json?.error?.code, 'string', `${shown}: ${answer.text.slice(0, 200)}`);
          assert.ok(answer.json.error.message.length > 0, shown);
          counts.refused += 1;
        } else counts.good += 1;
      }
    }
    // Terminals that were made on the way do not pile up.
    for (const { id } of (await server.api('GET', '/api/agent/terminals')).terminals) if (id !== terminal) await server.close(id);
  }
  process.stdout.write(`# schema fuzz: ${counts.good} answered, ${counts.refused} refused\n`);
  assert.ok(counts.good > all.length / 3, `only ${counts.good} calls were good`);
  assert.equal((await ask(server.tcp, { path: '/api/health' })).status, 200);
  await server.stop();
}, { timeout: 120_000 + seconds * 4000 });
