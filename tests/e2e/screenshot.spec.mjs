// The picture in the README, made when DUOTTY_SCREENSHOT=1. The model's answer is scripted; everything else is as it is.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start_provider, use_provider } from './support/provider.mjs';
import { spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const project = join(tmpdir(), 'relay');

const script = `#!/bin/sh
ok() { printf '\\033[32m  ok  \\033[0m %s\\n' "$1"; }
ok 'parses a header in two pieces'
ok 'closes idle connections'
printf '\\033[31m FAIL \\033[0m %s\\n' 'listens again after a restart'
printf '       bind 127.0.0.1:8080: Address already in use\\n'
printf '\\033[1m2 passed, 1 failed\\033[0m\\n'
exit 1
`;

const answers = {
  'why did': 'Something already listens on **127.0.0.1:8080**, most likely the relay of an earlier run, so the third test cannot ' +
    'bind the port. See who it is before you stop it:\n```command\nss -ltnp \'sport = :8080\'\n```\n',
};

if (process.env.DUOTTY_SCREENSHOT === '1') {
  spec('the picture of the README', { colorScheme: 'dark', viewport: { width: 960, height: 400 }, deviceScaleFactor: 2 }, async ({ tab, server }) => {
    const provider = await start_provider(answers);
    try {
      mkdirSync(images, { recursive: true });
      mkdirSync(project, { recursive: true });
      writeFileSync(join(project, 'test'), script, { mode: 0o755 });
      await use_provider(server, provider);
      await tab.ready();
      await tab.run(`cd ${project}; PS1='\\[\\e[1;32m\\]me@box\\[\\e[0m\\]:\\[\\e[1;34m\\]~/relay\\[\\e[0m\\]$ '; clear`);
      await tab.sees(/^me@box:~\/relay\$$/);
      await tab.run('./test');
      await tab.sees(/failed\nme@box:~\/relay\$$/);
      await tab.run('# why did that fail?');
      await tab.sees(/\$ ss -ltnp 'sport = :8080'$/);
      await until(async () => (await tab.page.locator('.chip').count()) === 0, 'the chip to go');
      await server.api('POST', '/api/agent/terminals', { cols: 100, rows: 30, created_by: 'agent:claude', name: 'build' });
      const { terminals } = await server.api('GET', '/api/agent/terminals');
      await server.api('PATCH', `/api/agent/terminals/${terminals[0].id}`, { name: 'relay' });
      await until(async () => (await tab.tabs()).join() === 'relay,build', 'the names of both tabs');
      await tab.page.screenshot({ path: `${images}terminal.png` });
    } finally {
      await provider.stop();
      rmSync(project, { recursive: true, force: true });
    }
  });
}
