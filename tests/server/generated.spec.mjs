// What the method table generates: the TypeScript types hold the web UI's own, and the API page in docs/ is the newest.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { environment_of, run_binary, start } from './support/daemon.mjs';
import { spec } from './support/suite.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

async function generated(format) {
  const server = await start();
  const done = await run_binary(['schema', format], { env: environment_of(server.home) });
  assert.equal(done.code, 0, done.stderr);
  return done.stdout;
}

spec('generated: the TypeScript types compile strictly and hold the types of the web UI', async () => {
  const folder = await mkdtemp(join(root, 'web', 'api-contract-'));
  try {
    await writeFile(join(folder, 'api.ts'), await generated('typescript'));
    await copyFile(join(root, 'web/test/api-contract.ts'), join(folder, 'contract.ts'));
    const config = { extends: '../tsconfig.core.json', include: ['.'], compilerOptions: { noEmit: true } };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'web/node_modules/typescript/bin/tsc');
    const checked = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch((error) => error);
    assert.equal(checked.stdout, '', checked.stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

spec('generated: docs/api.md is what the method table says today', async () => {
  const head = await readFile(join(root, 'docs/api.head.md'), 'utf8');
  const page = await readFile(join(root, 'docs/api.md'), 'utf8');
  assert.equal(page, head + (await generated('markdown')), 'docs/api.md is old: run `make docs`');
});
