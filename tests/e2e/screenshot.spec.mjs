// The picture in the README, made when DUOTTY_SCREENSHOT=1.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { start_provider, use_provider } from './support/provider.mjs';
import { spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));

const setup = [
  "export PS1='\\[\\e[1;32m\\]me@box\\[\\e[0m\\]:\\[\\e[1;34m\\]~/relay\\[\\e[0m\\]$ '",
  'mkdir -p /tmp/relay/src /tmp/relay/tests && cd /tmp/relay && touch CMakeLists.txt README.md src/relay.cpp',
  "make() { printf '\\e[36m[ 50%%]\\e[0m Building relay.cpp\\nsrc/relay.cpp:41: \\e[1;31merror:\\e[0m port 8080 is taken in test_listen\\n\\e[1;31mmake: *** [test] Error 2\\e[0m\\n'; return 2; }",
  'clear',
];

const answer =
  'The test wants port 8080, and another process already listens there: most likely the relay you started earlier. ' +
  'See which process it is, then end it or give the test another port.\n```command\nss -tlnp "sport = :8080"\n```\n';

if (process.env.DUOTTY_SCREENSHOT === '1') {
  spec('the picture of the README', { colorScheme: 'dark', viewport: { width: 1040, height: 440 }, deviceScaleFactor: 2 }, async ({ tab, server }) => {
    mkdirSync(images, { recursive: true });
    const provider = await start_provider({ 'why did that fail': answer });
    try {
      await use_provider(server, provider);
      await tab.ready();
      for (const line of setup) {
        await tab.run(line);
        await tab.ready();
      }
      await tab.run('ls --color');
      await tab.sees(/README\.md.*\nme@box:~\/relay\$$/);
      await tab.run('make test');
      await tab.sees(/Error 2\nme@box:~\/relay\$$/);
      const made = await server.api('POST', '/api/agent/terminals', { type: 'local', cols: 100, rows: 30, created_by: 'agent:claude', name: 'nightly build' });
      await until(async () => (await tab.tabs()).length === 2, 'the tab of the agent');
      await tab.run('# why did that fail');
      await tab.sees(/\$ ss -tlnp "sport = :8080"$/);
      await until(async () => (await tab.page.locator('.chip').count()) === 0, 'the chip to go');
      await tab.page.screenshot({ path: `${images}terminal.png` });
      await server.api('DELETE', `/api/agent/terminals/${made.id}`);
    } finally {
      await provider.stop();
    }
  });
}
