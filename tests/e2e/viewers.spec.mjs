// Several people at one terminal: whose size it has, who answers the program, who may send whom away, and tabs that nobody looks at.
import assert from 'node:assert/strict';
import { spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const wide = { width: 1280, height: 800 };
const narrow = { width: 640, height: 480 };

const only_terminal = async (server) => (await server.api('GET', '/api/agent/terminals')).terminals[0];
const letterboxed = (tab) => tab.page.locator('.terminal-pane:not([hidden]).letterboxed, .terminal-pane:not([hidden]) .letterboxed').count();
const focus = (tab) => tab.page.locator('.xterm-helper-textarea').first().focus();

/** A second page of the same person on the same terminal. */
async function second_page(person, viewport) {
  const other = await person.open();
  await other.page.setViewportSize(viewport);
  await other.ready();
  return other;
}

async function size_is(server, condition, what) {
  let last;
  await until(async () => condition((last = await only_terminal(server))), what).catch((error) => {
    throw new Error(`${error.message}: it is ${last.cols} by ${last.rows}`);
  });
  return last;
}

async function presence(tab) {
  await tab.page.locator('.presence-button').click();
  return tab.page.locator('.presence-list');
}

spec('the size follows who types, and the other page shows it in a frame', { viewport: wide }, async ({ person, server, tab }) => {
  await tab.ready();
  const large = await size_is(server, ({ cols }) => cols > 100, 'the size of the wide page');
  const other = await second_page(person, narrow);
  await focus(other);
  await other.run('echo from the narrow one');
  const small = await size_is(server, ({ cols }) => cols < 90, 'the size of the narrow page');
  await tab.sees(/^from the narrow one$/m);
  await until(() => letterboxed(tab), 'the frame in the wide page');
  assert.equal(await letterboxed(other), 0);
  await tab.page.bringToFront();
  await tab.shot('viewers-letterbox');
  await focus(tab);
  await tab.run('echo from the wide one');
  await size_is(server, ({ cols, rows }) => cols === large.cols && rows === large.rows, 'the wide size again');
  await until(async () => (await letterboxed(tab)) === 0, 'no frame in the wide page');
  const list = await presence(tab);
  await list.locator('select').selectOption('smallest');
  await size_is(server, ({ cols, rows }) => cols === small.cols && rows === small.rows, 'the smallest');
  await list.locator('select').selectOption('largest');
  await size_is(server, ({ cols, rows }) => cols === large.cols && rows === large.rows, 'the largest');
  // The page that does not fit shows all of it, smaller.
  await until(() => letterboxed(other), 'the frame in the narrow page');
  const fits = await other.page.evaluate(() => document.querySelector('.terminal-pane:not([hidden]) .xterm-screen').getBoundingClientRect().right <= window.innerWidth);
  assert.ok(fits, 'the wide terminal fits into the narrow page');
});

spec('one is sent away, and agents wait while a person has control', { viewport: wide }, async ({ person, server, tab }) => {
  await tab.ready();
  const { id } = await only_terminal(server);
  const other = await second_page(person, narrow);
  const list = await presence(tab);
  await until(async () => (await list.locator('li').count()) === 2, 'two viewers in the list');
  await list.getByRole('button', { name: 'Take control' }).click();
  await until(async () => /control/i.test(await other.page.locator('body').textContent()), 'a word about it in the other page');
  const { viewers } = await server.api('GET', `/api/agent/terminals/${id}/viewers`);
  assert.equal(viewers.filter((viewer) => viewer.in_control).length, 1);
  await list.getByRole('button', { name: 'Release control' }).click();
  await until(async () => (await server.api('GET', `/api/agent/terminals/${id}/viewers`)).viewers.every((viewer) => !viewer.in_control), 'the release');
  assert.deepEqual(await tab.accessibility_problems(), []);
  await list.locator('.presence-kick').click();
  await until(async () => (await list.locator('li').count()) === 1, 'one viewer in the list');
  await focus(tab);
  await tab.run('echo still here');
  await tab.sees(/^still here$/m);
});

spec('a query is answered once, whatever the number of pages', { viewport: wide }, async ({ person, tab }) => {
  await tab.ready();
  await second_page(person, wide);
  await second_page(person, narrow);
  await tab.page.bringToFront();
  await focus(tab);
  // Device attributes, then the cursor: whatever comes between the two answers would be a second answer to the first.
  await tab.run(String.raw`stty -echo raw; printf '\e[c\e[5n\e[6n'; a=$(head -c 1; while IFS= read -rN1 c && [ "$c" != R ]; do printf %s "$c"; done); stty sane; printf '%s|' "$a" | od -An -c | tr -d ' \n'; echo`);
  await tab.sees(/033\[\?[0-9;]+c033\[0n033\[\d+;\d+\|/);
  await tab.run('echo nothing; read -t 1 more; echo "[$more]"');
  await tab.sees(/^nothing\n\[\]$/m);
});

spec('a tab that nobody looks at is right the moment it is looked at', { viewport: wide }, async ({ tab, server }) => {
  await tab.ready();
  const hidden = await only_terminal(server);
  await tab.run('echo first tab');
  await tab.sees(/^first tab$/m);
  await tab.page.keyboard.press('Alt+T');
  await until(async () => (await tab.tabs()).length === 2, 'two tabs');
  await tab.ready();
  await server.api('POST', `/api/agent/terminals/${hidden.id}/exec`, { command: 'seq 1 300000; printf "\\033[1;31m%s\\033[m\\n" done-in-red', timeout: 60 });
  await tab.run('echo second tab');
  await tab.sees(/^second tab$/m);
  await tab.page.keyboard.press('Alt+1');
  await tab.sees(/^299999\n300000\ndone-in-red\n/m);
  await focus(tab);
  await tab.run('echo typed');
  await tab.sees(/^typed$/m);
});
