// The picture in the README, made when DUOTTY_SCREENSHOT=1.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));

if (process.env.DUOTTY_SCREENSHOT === '1') {
  spec('the picture of the README', { colorScheme: 'dark', viewport: { width: 1180, height: 700 }, deviceScaleFactor: 2 }, async ({ tab, server }) => {
    mkdirSync(images, { recursive: true });
    await tab.ready();
    const lines = [
      "export PS1='\\[\\e[1;32m\\]me@box\\[\\e[0m\\]:\\[\\e[1;34m\\]~/relay\\[\\e[0m\\]$ '; mkdir -p ~/relay && cd ~/relay; clear",
      'mkdir -p src tests docs && touch CMakeLists.txt README.md && ls --color',
      "printf '\\e[1;36m[ 42%%]\\e[0m Building relay.cpp\\n\\e[1;32m[100%%]\\e[0m 128 tests passed in 3.2 s\\n'",
    ];
    for (const line of lines) {
      await tab.run(line);
      await tab.ready();
    }
    await server.api('POST', '/api/agent/terminals', { type: 'local', cols: 100, rows: 30, created_by: 'agent:claude', name: 'tests' });
    await until(async () => (await tab.tabs()).length === 2, 'the tab of the agent');
    await tab.page.screenshot({ path: `${images}terminal.png` });
  });
}
