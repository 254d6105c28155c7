import assert from 'node:assert/strict';
import { spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

spec('the provider is saved, and its key is never shown again', { path: '/settings/ai' }, async ({ tab, server }) => {
  const page = tab.page;
  await page.getByLabel('API format').selectOption('anthropic');
  await page.getByLabel('Base URL').fill('https://llm.example.com/v1');
  await page.getByLabel('API key').fill('sk-test-0123456789abcdef');
  await page.getByLabel('Model').fill('large-2');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  const stored = await server.api('GET', '/api/settings');
  assert.equal(stored.api_format, 'anthropic');
  assert.equal(stored.base_url, 'https://llm.example.com/v1');
  assert.equal(stored.selected_model, 'large-2');
  assert.doesNotMatch(JSON.stringify(stored), /0123456789abc/);
  await page.reload();
  await until(async () => (await page.getByLabel('Base URL').inputValue()) === 'https://llm.example.com/v1', 'the saved address');
  assert.equal(await page.getByLabel('API key').inputValue(), '');
});

spec('a wrong address is explained beside its field and not sent', { path: '/settings/ai' }, async ({ tab, server }) => {
  const before = (await server.api('GET', '/api/settings')).base_url;
  await tab.page.getByLabel('Base URL').fill('not an address');
  await tab.page.getByRole('button', { name: 'Save' }).click();
  await tab.page.getByText('Use an address like').waitFor();
  assert.equal(await tab.page.getByLabel('Base URL').getAttribute('aria-invalid'), 'true');
  assert.equal((await server.api('GET', '/api/settings')).base_url, before);
});

spec('a token is shown once, listed, and revoked', { path: '/settings/tokens' }, async ({ tab, server }) => {
  const page = tab.page;
  await page.getByRole('button', { name: 'Create token' }).click();
  await page.getByText('This is needed.').waitFor();
  await page.getByLabel('Name').fill('browser-test');
  await page.getByRole('button', { name: 'Create token' }).click();
  const value = (await page.getByLabel('New token').textContent()) ?? '';
  assert.ok(value.length >= 16);
  await page.getByRole('rowheader', { name: 'browser-test' }).waitFor();
  await page.reload();
  await page.getByRole('rowheader', { name: 'browser-test' }).waitFor();
  assert.equal(await page.getByText(value).count(), 0);
  await page.getByRole('button', { name: 'Revoke browser-test' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await until(async () => (await page.getByRole('rowheader', { name: 'browser-test' }).count()) === 0, 'the token to go');
  const { tokens } = await server.api('GET', '/api/tokens');
  assert.ok(!tokens.some((token) => token.name === 'browser-test'));
});

spec('the appearance is checked as it is typed and reaches the terminal', { path: '/settings/appearance' }, async ({ tab }) => {
  await tab.page.getByLabel('Font size').fill('99');
  await tab.page.getByText('A number from 8 to 32.').waitFor();
  await tab.page.getByLabel('Font size').fill('20');
  await tab.page.getByRole('button', { name: 'Back to the terminals' }).click();
  await tab.ready();
  const height = await tab.page.evaluate(() => document.querySelector('.terminal-pane:not([hidden]) .xterm-rows > div').getBoundingClientRect().height);
  assert.ok(height >= 20, `rows are ${height} px high`);
});

spec('the history: what is kept is checked, saved, and deleted when asked to', { path: '/settings/history' }, async ({ tab, server }) => {
  const page = tab.page;
  await page.getByLabel('Days').fill('-1');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('A number from 0 to 36500.').waitFor();
  await page.getByLabel('Days').fill('30');
  await page.getByLabel('Size in MB').fill('64');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  const stored = await server.api('GET', '/api/settings');
  assert.deepEqual([stored.history_days, stored.history_mb, stored.history_commands], [30, 64, undefined]);
  await page.getByLabel('Store their output').click();
  await until(async () => (await server.api('GET', '/api/settings')).history_outputs === false, 'outputs to be left out');
  await page.reload();
  await until(async () => (await page.getByLabel('Days').inputValue()) === '30', 'the saved days');
  assert.equal(await page.getByLabel('Store their output').isChecked(), false);
  await page.getByLabel('Store their output').click();
  await until(async () => (await server.api('GET', '/api/settings')).history_outputs === true, 'outputs to be stored again');
  const { id } = await server.api('POST', '/api/agent/terminals', { type: 'local', cols: 80, rows: 24, created_by: 'agent:test', user_visible: false });
  await server.api('POST', `/api/agent/terminals/${id}/exec`, { command: 'echo delete-me' });
  await server.api('DELETE', `/api/agent/terminals/${id}`);
  const count = async () => (await server.api('GET', '/api/agent/commands?q=delete-me')).commands.length;
  assert.equal(await count(), 1);
  assert.deepEqual(await tab.accessibility_problems(), []);
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await count(), 1);
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText(/^\d+ commands deleted$/).waitFor();
  assert.equal(await count(), 0);
});

spec('about tells the version and exports the settings', { path: '/settings/about' }, async ({ tab, server }) => {
  const { version } = await server.api('GET', '/api/server/info');
  await tab.page.getByText(version).waitFor();
  const download = tab.page.waitForEvent('download');
  await tab.page.getByRole('button', { name: 'Export settings' }).click();
  assert.equal((await download).suggestedFilename(), 'duotty-config.json');
});

spec('the terminals go on behind the settings', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('echo kept');
  await tab.sees(/^kept$/m);
  await tab.page.getByRole('button', { name: /^Settings/ }).click();
  await tab.page.getByRole('heading', { name: 'AI provider' }).waitFor();
  await tab.page.goBack();
  await tab.sees(/^kept$/m);
  await tab.run('echo and focused');
  await tab.sees(/^and focused$/m);
});
