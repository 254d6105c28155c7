import assert from 'node:assert/strict';
import { spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

/** A killed server makes requests fail; the browser logs that by itself. */
const network_noise = [/ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED|WebSocket connection|Failed to load resource/];

spec('a killed worker is hardly noticed', {}, async ({ tab, person, server }) => {
  person.expected.push(...network_noise);
  await tab.ready();
  await tab.run('echo before');
  await tab.ready_after(/^before$/m);
  const shown = await tab.text();
  await tab.page.evaluate(() => {
    window.blank_seen = false;
    const rows = document.querySelector('.terminal-pane:not([hidden]) .xterm-rows');
    new MutationObserver(() => {
      if (!rows.textContent.includes('before')) window.blank_seen = true;
    }).observe(rows, { childList: true, subtree: true, characterData: true });
  });
  await server.kill_worker();
  await tab.type('echo af');
  await tab.type('ter');
  await tab.page.keyboard.press('Enter');
  await tab.sees(/^after$/m);
  const now = await tab.text();
  assert.ok(now.startsWith(shown), `the screen changed:\n${now}`);
  assert.equal(now.match(/^after$/gm).length, 1);
  assert.equal(await tab.page.evaluate(() => window.blank_seen), false);
  await until(async () => (await tab.page.locator('.pill-warn').count()) === 0, 'the note to go');
});

spec('a lost network shows a note outside of the terminal and comes back', {}, async ({ tab, person, server }) => {
  person.expected.push(...network_noise);
  await tab.ready();
  await person.context.setOffline(true);
  await server.kill_worker();
  await tab.page.getByText('Reconnecting').waitFor();
  await tab.shot('reconnecting');
  assert.doesNotMatch(await tab.text(), /econnect/);
  await person.context.setOffline(false);
  await until(async () => (await tab.page.getByText('Reconnecting').count()) === 0, 'the note to go');
  await tab.run('echo back again');
  await tab.sees(/^back again$/m);
});

spec('a terminal that cannot be made says why', {}, async ({ tab, person }) => {
  person.expected.push(/status of 429/);
  await tab.ready();
  await tab.page.route('**/api/agent/terminals', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    const message = 'There are too many terminals. Close one first.';
    return route.fulfill({ status: 429, contentType: 'application/json', body: JSON.stringify({ error: { code: 'limit', message }, detail: message }) });
  });
  await tab.page.getByRole('button', { name: 'New terminal' }).click();
  await tab.page.getByText('There are too many terminals').waitFor();
  await tab.shot('toast');
  await tab.page.getByRole('button', { name: 'Dismiss' }).click();
});

spec('a flood is shown to its end', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('seq 100000');
  await tab.sees(/^100000$/m);
  await tab.run('echo done');
  await tab.sees(/^done$/m);
});

spec('a hidden tab catches up when it comes back', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('sleep 4; echo late');
  await tab.page.keyboard.press('Alt+T');
  await until(async () => (await tab.tabs()).length === 2, 'two tabs');
  await tab.page.locator('.tab-news').waitFor();
  await tab.page.keyboard.press('Alt+1');
  await tab.sees(/^late$/m);
});
