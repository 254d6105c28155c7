import assert from 'node:assert/strict';
import { spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const bearer = (token) => ({ Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' });
const post = (server, path, body, headers = { 'Content-Type': 'application/json' }) =>
  fetch(new URL(path, server.url), { method: 'POST', headers, body: JSON.stringify(body) }).then((response) => response.json());

for (const colorScheme of ['dark', 'light']) {
  spec(`what an agent does appears beside the terminal, and the person takes over from there: ${colorScheme}`, { colorScheme }, async ({ tab, server }) => {
    const { page } = tab;
    await tab.ready();
    const feed = `feed-${Date.now()}`;
    const { token } = await server.api('POST', '/api/tokens', { name: feed, scopes: ['read', 'type', 'exec'] });
    const made = await post(server, '/api/agent/terminals', { name: 'agents-place', command: ['/bin/cat'] }, bearer(token));
    await post(server, `/api/agent/terminals/${made.id}/input`, { data: 'hello from afar', enter: true }, bearer(token));
    await post(server, '/api/settings', { theme: 'dark' }, bearer(token));
    await page.keyboard.press('Alt+a');
    const panel = page.getByRole('complementary', { name: 'What agents do' });
    await panel.getByRole('button', { name: /hello from afar/ }).waitFor();
    await panel.getByText(new RegExp(`^token:${feed} · denied`)).waitFor();
    assert.deepEqual(await tab.accessibility_problems(), []);
    await tab.shot(`activity-panel-${colorScheme}`);
    // Nothing of the terminal shows through, and what the person did is not told before it is asked for.
    const covered = await page.evaluate(() => {
      const { left, right, top, bottom } = document.querySelector('.drawer').getBoundingClientRect();
      const places = [];
      for (let x = left + 2; x < right; x += 2) for (let y = top + 2; y < bottom; y += 20) places.push(document.elementFromPoint(x, y));
      return places.every((element) => element.closest('.drawer') !== null);
    });
    assert.ok(covered, 'the panel covers what is below it');
    const by_owner = panel.getByText(/^owner · tokens\.create/);
    assert.equal(await by_owner.count(), 0);
    await panel.getByRole('button', { name: 'People too' }).click();
    await by_owner.first().waitFor();
    await panel.getByRole('button', { name: 'People too' }).click();
    await until(async () => (await by_owner.count()) === 0, 'people to go again');
    await panel.getByRole('button', { name: /hello from afar/ }).click();
    await until(() => page.url().endsWith(`/t/${made.id}`), 'the terminal of the agent');
    await panel.getByRole('button', { name: 'This terminal' }).click();
    assert.equal(await panel.getByRole('listitem').count(), 2);
    await panel.getByRole('button', { name: 'Take control' }).click();
    await page.getByText('You have control').waitFor();
    const refused = await post(server, `/api/agent/terminals/${made.id}/input`, { data: 'x', timeout: 0 }, bearer(token));
    assert.equal(refused.error.code, 'busy_user');
    await until(async () => (await panel.getByText(/busy_user/).count()) === 1, 'the refusal in the list');
    await page.keyboard.press('Escape');
    await until(async () => (await panel.count()) === 0, 'the panel to close');
  });

  spec(`an agent asks for access, and gets what the person ticks: ${colorScheme}`, { colorScheme }, async ({ tab, server }) => {
    const { page } = tab;
    await tab.ready();
    const asked = await post(server, '/api/agent/access', { name: 'visitor', scopes: ['read', 'exec'], reason: 'run the tests' });
    const card = page.getByRole('article', { name: '“visitor” asks for access' });
    await card.getByText(asked.code).waitFor();
    await card.getByText('run the tests').waitFor();
    assert.deepEqual(await tab.accessibility_problems(), []);
    await tab.shot(`access-card-${colorScheme}`);
    const boxes = (locators) => Promise.all(locators.map((locator) => locator.boundingBox()));
    const row = await boxes([...['Allow once', 'Allow for', 'Deny'].map((name) => card.getByRole('button', { name })), card.getByRole('combobox')]);
    const middles = row.map((box) => box.y + box.height / 2);
    assert.ok(Math.max(...middles) - Math.min(...middles) <= 1, `the buttons stand in a row: ${middles}`);
    const [tick, words] = await boxes([card.getByLabel('run commands'), card.getByText('run commands')]);
    assert.ok(words.x - (tick.x + tick.width) >= 4, 'a tick keeps its distance from its words');
    assert.ok(Math.abs(tick.y + tick.height / 2 - words.y - words.height / 2) <= 2, 'and stands level with them');
    await card.getByLabel('run commands').uncheck();
    await card.getByRole('button', { name: 'Allow once' }).click();
    await until(async () => (await card.count()) === 0, 'the card to go');
    const got = await post(server, '/api/agent/access/claim', { request_id: asked.request_id, claim_secret: asked.claim_secret });
    assert.deepEqual([got.status, got.scopes], ['approved', ['read']]);
    const second = await post(server, '/api/agent/access', { name: 'other', scopes: ['read'] });
    await page.getByRole('article', { name: '“other” asks for access' }).getByRole('button', { name: 'Deny' }).click();
    await until(async () => (await post(server, '/api/agent/access/claim', { request_id: second.request_id, claim_secret: second.claim_secret })).status !== 'pending', 'the denial');
  });
}

spec('the audit is shown, filtered and exported', { path: '/settings/audit' }, async ({ tab, server }) => {
  const { page } = tab;
  await server.api('POST', '/api/tokens', { name: `audited-${Date.now()}`, scopes: ['read'] });
  await page.getByLabel('What', { exact: true }).fill('tokens.create');
  await until(async () => (await page.getByRole('row').count()) > 1 && (await page.getByRole('cell', { name: 'tokens.create' }).count()) === (await page.getByRole('row').count()) - 1, 'only tokens.create');
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: /Export/ }).click();
  assert.equal((await download).suggestedFilename(), 'duotty-audit.jsonl');
  await page.getByLabel('Who', { exact: true }).fill('nobody at all');
  await page.getByText('Nothing found.').waitFor();
});
