import assert from 'node:assert/strict';
import { spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const agent_terminal = { type: 'local', cols: 80, rows: 24, created_by: 'agent:claude', name: 'agents-own' };

async function three_tabs(tab) {
  await tab.ready();
  for (const count of [2, 3]) {
    await tab.page.getByRole('button', { name: 'New terminal' }).click();
    await until(async () => (await tab.tabs()).length === count, `${count} tabs`);
    await tab.ready();
  }
  for (const [index, name] of ['one', 'two', 'three'].entries()) await rename(tab, index, name);
}

async function rename(tab, index, name) {
  await tab.page.getByRole('tab').nth(index).dblclick();
  await tab.page.locator('.tab-rename').fill(name);
  await tab.page.keyboard.press('Enter');
  await until(async () => (await tab.tabs())[index] === name, `the name ${name}`);
}

spec('a new tab comes to the front with the focus', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('echo first');
  await tab.sees(/^first$/m);
  await tab.page.keyboard.press('Alt+T');
  await until(async () => (await tab.tabs()).length === 2, 'two tabs');
  await tab.ready();
  await tab.run('echo second');
  await tab.sees(/^second$/m);
  assert.doesNotMatch(await tab.text(), /first/);
  await tab.page.keyboard.press('Alt+1');
  await tab.sees(/^first$/m);
  await tab.run('echo focus');
  await tab.sees(/^focus$/m);
});

spec('a tab is renamed by double click and F2, and Escape cancels', {}, async ({ tab, server }) => {
  await tab.ready();
  await rename(tab, 0, 'build');
  const { terminals } = await server.api('GET', '/api/agent/terminals');
  assert.equal(terminals[0].name, 'build');
  await tab.page.getByRole('tab').focus();
  await tab.page.keyboard.press('F2');
  await tab.page.locator('.tab-rename').fill('other');
  await tab.page.keyboard.press('Escape');
  assert.deepEqual(await tab.tabs(), ['build']);
  await tab.page.reload();
  await until(async () => (await tab.tabs())[0] === 'build', 'the name after a refresh');
});

spec('a name may be any text, but not one that is taken', {}, async ({ tab, person }) => {
  person.expected.push(/status of 409/);
  await tab.ready();
  await rename(tab, 0, '编译 one');
  await tab.page.keyboard.press('Alt+T');
  await until(async () => (await tab.tabs()).length === 2, 'two tabs');
  await tab.page.getByRole('tab').nth(1).dblclick();
  await tab.page.locator('.tab-rename').fill('编译 one');
  await tab.page.keyboard.press('Enter');
  await tab.page.locator('.toast-error').waitFor();
  assert.notEqual((await tab.tabs())[1], '编译 one');
});

spec('tabs are dragged into another order, which stays', {}, async ({ tab }) => {
  await three_tabs(tab);
  const box = async (index) => tab.page.locator('.tab').nth(index).boundingBox();
  const from = await box(0);
  const to = await box(2);
  await tab.page.mouse.move(from.x + 40, from.y + 15);
  await tab.page.mouse.down();
  await tab.page.mouse.move(to.x + to.width / 2 - 20, to.y + 15, { steps: 8 });
  await tab.page.mouse.move(to.x + to.width - 10, to.y + 15, { steps: 4 });
  await tab.page.mouse.up();
  assert.deepEqual(await tab.tabs(), ['two', 'three', 'one']);
  await tab.page.reload();
  await until(async () => (await tab.tabs()).join() === 'two,three,one', 'the order after a refresh');
});

spec('the keyboard moves among tabs, reorders and closes them', {}, async ({ tab }) => {
  await three_tabs(tab);
  await tab.page.getByRole('tab', { name: 'three' }).focus();
  await tab.page.keyboard.press('ArrowRight');
  await tab.page.keyboard.press('Enter');
  await until(async () => (await tab.page.locator('[aria-selected=true]').textContent()) === 'one', 'the first tab in front');
  await tab.page.getByRole('tab', { name: 'one' }).focus();
  await tab.page.keyboard.press('Control+ArrowRight');
  await until(async () => (await tab.tabs()).join() === 'two,one,three', 'one moved right');
  await until(async () => (await tab.page.evaluate(() => document.activeElement.textContent)) === 'one', 'the focus to follow');
  await tab.page.keyboard.press('Delete');
  await until(async () => (await tab.tabs()).join() === 'two,three', 'one closed');
});

spec('tabs close by button and middle click, and the last one leaves an invitation', {}, async ({ tab }) => {
  await three_tabs(tab);
  await tab.page.getByRole('button', { name: 'Close three' }).click();
  await until(async () => (await tab.tabs()).join() === 'one,two', 'two tabs');
  await tab.page.locator('.tab').nth(1).click({ button: 'middle' });
  await until(async () => (await tab.tabs()).join() === 'one', 'one tab');
  await tab.page.keyboard.press('Alt+Shift+W');
  await tab.page.getByText('No terminal is open').waitFor();
  await tab.shot('no-terminal');
  await tab.page.keyboard.press('Enter');
  await tab.ready();
});

spec('closing asks only while a command runs', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('sleep 60');
  await tab.page.locator('.status-running').waitFor();
  await tab.page.locator('.tab-close').click();
  await tab.page.getByRole('dialog').waitFor();
  await tab.shot('close-dialog');
  await tab.page.getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await tab.tabs()).length, 1);
  await tab.page.locator('.tab-close').click();
  await tab.page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await tab.page.getByText('No terminal is open').waitFor();
});

spec('the menu of a tab works without a mouse', {}, async ({ tab }) => {
  await three_tabs(tab);
  await tab.page.getByRole('tab', { name: 'three' }).click({ button: 'right' });
  await tab.page.getByRole('menuitem', { name: 'Rename' }).waitFor();
  await tab.shot('tab-menu');
  await tab.page.keyboard.press('ArrowDown');
  await tab.page.keyboard.press('Enter');
  await until(async () => (await tab.tabs()).join() === 'one,three,two', 'three moved left');
});

spec('a terminal of an agent appears without taking the front and vanishes with it', {}, async ({ tab, server }) => {
  await tab.ready();
  await tab.type('echo typing ');
  const made = await server.api('POST', '/api/agent/terminals', agent_terminal);
  await until(async () => (await tab.tabs()).includes('agents-own'), 'the tab of the agent');
  await tab.type('goes on');
  await tab.sees(/echo typing goes on$/);
  assert.equal(await tab.page.locator('.tab-agent').count(), 1);
  assert.notEqual(await tab.front(), `tab-${made.id}`);
  await tab.shot('agent-tab');
  await server.api('DELETE', `/api/agent/terminals/${made.id}`);
  await until(async () => (await tab.tabs()).length === 1, 'the tab to vanish');
  await tab.sees(/echo typing goes on$/);
});

spec('the tab in front is remembered', {}, async ({ tab, person }) => {
  await three_tabs(tab);
  await tab.page.getByRole('tab', { name: 'two' }).click();
  const again = await person.open('/');
  await again.ready();
  assert.equal(await again.page.locator('[aria-selected=true]').textContent(), 'two');
});

spec('a command that ends behind the front leaves a dot', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('sleep 1');
  await tab.page.locator('.status-running').waitFor();
  await tab.page.keyboard.press('Alt+T');
  await until(async () => (await tab.tabs()).length === 2, 'two tabs');
  await tab.page.locator('.tab-news').waitFor();
  await tab.page.keyboard.press('Alt+1');
  await until(async () => (await tab.page.locator('.tab-news').count()) === 0, 'the dot to go');
});
