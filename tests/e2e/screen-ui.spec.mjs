// Overlays and panels in the page, the program's smaller window, and the sign while keys go elsewhere.
import assert from 'node:assert/strict';
import { spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const wide = { width: 1100, height: 640 };
const only_terminal = async (server) => (await server.api('GET', '/api/agent/terminals')).terminals[0];
const visible = '.terminal-pane:not([hidden])';

/** The box of an element in cells of the emulator, counted from its first one. */
const place_of = (tab, id) =>
  tab.page.evaluate(
    ([pane, name]) => {
      const element = document.querySelector(`${pane} .ui-element[data-id="${name}"]`)?.getBoundingClientRect();
      const screen = document.querySelector(`${pane} .xterm-screen`).getBoundingClientRect();
      if (!element) return null;
      return { left: element.left - screen.left, top: element.top - screen.top, right: element.right - screen.left, bottom: element.bottom - screen.top, width: screen.width, height: screen.height };
    },
    [visible, id],
  );
const near = (a, b) => Math.abs(a - b) <= 2;

spec('overlays lie on the cells, panels beside them, and the program has the rest', { viewport: wide }, async ({ server, tab }) => {
  await tab.ready();
  const before = await only_terminal(server);
  const call = (method, path, body) => server.api(method, `/api/agent/terminals/${before.id}/${path}`, body);
  await tab.run('echo under it all');
  await call('POST', 'screen_ui', { operations: [
    { op: 'panel.create', id: 'head', position: 'top', background: 'blue', spans: [{ text: ' deploy to production ', bold: true }, { id: 'step', text: 'step 1 of 5' }] },
    { op: 'panel.create', id: 'foot', height: 2, background: '#203040', spans: [{ text: ' tests  ' }, { text: '412', fg: 'green', bold: true }, { text: ' passed  ' }, { text: '3', fg: 'bright_red', bold: true }, { text: ' failed\n 日本語 wide text stays in its cells' }] },
    { op: 'overlay.create', id: 'box', x: -30, y: 2, height: 5, width: 28, focusable: true, background: 'bright_black', spans: [{ text: '\n  Restart the cache?\n\n    ' }, { text: ' y ', inverse: true }, { text: ' yes    ' }, { text: ' n ', inverse: true }, { text: ' no' }] },
  ] });
  await until(async () => (await only_terminal(server)).rows === before.rows - 3, 'the program to have three rows less');
  await until(() => tab.page.locator(`${visible} .ui-element`).count().then((count) => count === 3), 'three elements');
  const cell = async () => {
    const { cols, rows } = await only_terminal(server);
    const at = await place_of(tab, 'box');
    return { cols, rows, width: at.width / cols, height: at.height / rows };
  };
  const settled = async (check, what) => until(check, what);
  await settled(async () => {
    const { cols, width, height } = await cell();
    const box = await place_of(tab, 'box');
    return near(box.left, (cols - 30) * width) && near(box.top, 2 * height) && near(box.right - box.left, 28 * width);
  }, 'the overlay on its cells');
  await settled(async () => {
    const { rows, height } = await cell();
    const head = await place_of(tab, 'head');
    const foot = await place_of(tab, 'foot');
    return near(head.top, -height) && near(head.bottom, 0) && near(foot.top, rows * height) && near(foot.bottom, (rows + 2) * height);
  }, 'the panels beside the screen');
  const pane = await tab.page.locator(visible).boundingBox();
  const foot_box = await tab.page.locator(`${visible} .ui-element[data-id="foot"]`).boundingBox();
  assert.ok(foot_box.y + foot_box.height <= pane.y + pane.height + 1, 'the lower panel is inside of the pane');
  assert.equal(await tab.page.locator(`${visible}.letterboxed, ${visible} .letterboxed`).count(), 0, 'no frame: the window is all used');
  assert.match(await tab.page.locator(`${visible} .ui-element[data-id="box"]`).getAttribute('aria-label'), /box/);
  await tab.sees(/under it all/);
  await tab.shot('screen-ui');
  await call('POST', 'panels/head/spans', { spans: [{ id: 'step', text: '<b>step</b> 2' }] });
  await until(async () => (await tab.page.locator(`${visible} .ui-element[data-id="head"]`).textContent()).includes('<b>step</b> 2'), 'the text as text');
  assert.equal(await tab.page.locator(`${visible} .overlay-layer b`).count(), 0);
  // Another window.
  await tab.page.setViewportSize({ width: 800, height: 500 });
  await settled(async () => {
    const { cols, rows, width, height } = await cell();
    const box = await place_of(tab, 'box');
    const foot = await place_of(tab, 'foot');
    return cols < before.cols && near(box.left, (cols - 30) * width) && near(foot.top, rows * height);
  }, 'everything in its place in a smaller window');
  await tab.page.reload();
  await until(() => tab.page.locator(`${visible} .ui-element`).count().then((count) => count === 3), 'the same after a reload');
  await call('DELETE', 'panels');
  await call('DELETE', 'overlays');
  await until(() => tab.page.locator('.ui-element').count().then((count) => count === 0), 'nothing left');
});

spec('captured keys: the sign, the focus, and the keyboard back', { viewport: wide }, async ({ server, tab }) => {
  await tab.ready();
  const { id } = await only_terminal(server);
  const call = (path, body) => server.api('POST', `/api/agent/terminals/${id}/${path}`, body);
  await call('overlays', { id: 'menu', x: 20, y: 4, focusable: true, background: 'blue', spans: [{ text: ' Deploy? y or n ' }] });
  const answer = call('input/read', { focus: 'menu', keys: ['y', 'n'], max_wait_ms: 60_000 });
  await tab.page.locator('.capture-sign').waitFor();
  await until(() => tab.page.locator('.ui-focused').count().then((count) => count === 1), 'the mark of the focus');
  await tab.shot('screen-ui-capture');
  await tab.page.locator('.xterm-helper-textarea').first().focus();
  await tab.page.keyboard.type('xy');
  assert.deepEqual((({ status, key, keys }) => ({ status, key, keys }))(await answer), { status: 'answered', key: 'y', keys: ['x', 'y'] });
  await tab.page.locator('.capture-sign').waitFor({ state: 'detached' });
  const second = call('input/read', { max_wait_ms: 60_000, keys: ['never'] });
  await tab.page.getByRole('button', { name: 'Take the keyboard back' }).click();
  assert.equal((await second).status, 'taken_back');
  const third = call('input/read', { max_wait_ms: 60_000, keys: ['never'] });
  await tab.page.locator('.capture-sign').waitFor();
  await tab.page.keyboard.press('Control+\\');
  await tab.page.keyboard.press('Control+\\');
  assert.equal((await third).status, 'taken_back');
  await tab.page.locator('.capture-sign').waitFor({ state: 'detached' });
  // The focus is where it was: what is typed now is for the shell.
  await tab.run('echo mine again');
  await tab.sees(/^mine again$/m);
});
