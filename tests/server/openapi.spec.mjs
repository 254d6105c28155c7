// The OpenAPI document as others read it: held against the official schema of OpenAPI 3.1, every schema and example in it
// against JSON Schema 2020-12, and its parts against each other.
import assert from 'node:assert/strict';
import { Validator } from '@seriousme/openapi-schema-validator';
import formats from 'ajv-formats';
import Ajv2020 from 'ajv/dist/2020.js';
import { environment_of, main_server, run_binary } from './support/daemon.mjs';
import { spec } from './support/suite.mjs';

let served = null;
async function document() {
  served ??= await (await main_server()).api('GET', '/api/openapi.json');
  return structuredClone(served);
}

function operations(doc) {
  return Object.entries(doc.paths).flatMap(([path, item]) => Object.entries(item).map(([verb, operation]) => ({ path, verb, operation })));
}

/** Every schema of the document with the place it is at, and the example beside it. */
function schemas(doc) {
  const found = [];
  const media = (where, content) => {
    for (const [type, { schema, example }] of Object.entries(content ?? {})) found.push({ where: `${where} ${type}`, schema, example });
  };
  for (const { operation } of operations(doc)) {
    for (const { name, schema } of operation.parameters) found.push({ where: `${operation.operationId} ${name}`, schema });
    media(`${operation.operationId} body`, operation.requestBody?.content);
    for (const [status, response] of Object.entries(operation.responses)) media(`${operation.operationId} ${status}`, response.content);
  }
  for (const [name, schema] of Object.entries(doc.components.schemas)) found.push({ where: name, schema });
  return found;
}

async function judged(doc) {
  const { valid, errors } = await new Validator().validate(doc);
  return { valid, errors: JSON.stringify(errors, null, 1) };
}

spec('openapi: the document keeps to the official schema of OpenAPI 3.1', async () => {
  const doc = await document();
  assert.match(doc.openapi, /^3\.1\.\d+$/);
  const { valid, errors } = await judged(doc);
  assert.ok(valid, errors);
  // The judge is awake: what the schema forbids is refused.
  for (const spoil of [
    (bad) => delete bad.info.version,
    (bad) => (bad.paths['/api/health'].get.parameters = [{ name: 'x', in: 'nowhere', schema: {} }]),
    (bad) => (bad.paths['/api/health'].get.responses = { ok: { description: 'Success.' } }),
    (bad) => delete bad.components.securitySchemes.query.name,
  ]) {
    const bad = await document();
    spoil(bad);
    assert.equal((await judged(bad)).valid, false, String(spoil));
  }
});

spec('openapi: every schema is one of JSON Schema 2020-12, and every example is as its schema says', async () => {
  const doc = await document();
  const ajv = new Ajv2020({ strict: true, strictRequired: true, allowUnionTypes: true, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(doc.components.schemas.Error, '#/components/schemas/Error');
  const wrong = [];
  let examples = 0;
  for (const { where, schema, example } of schemas(doc)) {
    let check;
    try {
      check = ajv.compile(schema);
    } catch (error) {
      wrong.push(`${where}: ${error.message}`);
      continue;
    }
    if (example === undefined) continue;
    examples += 1;
    if (!check(example)) wrong.push(`${where}: the example: ${ajv.errorsText(check.errors)}`);
  }
  assert.deepEqual(wrong, []);
  assert.ok(examples > 20, `${examples} examples`);
});

spec('openapi: paths, tags, names and ways to sign in fit each other', async () => {
  const doc = await document();
  const ids = new Set();
  const tags = new Set(doc.tags.map(({ name }) => name));
  assert.equal(tags.size, doc.tags.length);
  const used = new Set();
  for (const { path, verb, operation } of operations(doc)) {
    const where = `${verb} ${path}`;
    assert.ok(!ids.has(operation.operationId), `${operation.operationId} twice`);
    ids.add(operation.operationId);
    const in_path = operation.parameters.filter((one) => one.in === 'path').map((one) => one.name);
    const captured = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
    assert.deepEqual(in_path.sort(), captured.sort(), where);
    const named = operation.parameters.map((one) => `${one.in} ${one.name}`);
    assert.equal(new Set(named).size, named.length, `${where}: a parameter twice`);
    for (const tag of operation.tags) used.add(tag);
    for (const needs of [...(operation.security ?? []), ...doc.security]) {
      for (const scheme of Object.keys(needs)) assert.ok(doc.components.securitySchemes[scheme], `${where}: ${scheme}`);
    }
    const body = operation.requestBody;
    const needed = body?.content['application/json']?.schema.required ?? [];
    assert.equal(body?.required ?? false, needed.length > 0, `${where}: whether the body may be left out`);
  }
  assert.deepEqual([...used].sort(), [...tags].sort());
});

spec('openapi: the program prints the document that the server serves', async () => {
  const server = await main_server();
  const printed = await run_binary(['schema', 'openapi'], { env: environment_of(server.home) });
  assert.equal(printed.code, 0, printed.stderr);
  assert.deepEqual(JSON.parse(printed.stdout), await document());
});
