// Commands in the browser: badges, jumping, copying, the sticky row, the history, and a word when a long one ends.
import assert from 'node:assert/strict';
import { spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const badges = (tab) => tab.page.locator('.terminal-pane:not([hidden]) .block-badge').allTextContents();
const clipboard = (tab) => tab.page.evaluate(() => navigator.clipboard.readText());

/** A badge stands in the row of its command: the text of the row in which each badge begins. */
function marked_rows(tab) {
  return tab.page.evaluate(() => {
    const pane = document.querySelector('.terminal-pane:not([hidden])');
    const rows = [...pane.querySelectorAll('.xterm-rows > div')];
    return [...pane.querySelectorAll('.block-badge')].map((badge) => {
      const { top, height } = badge.getBoundingClientRect();
      const row = rows.find((one) => Math.abs(one.getBoundingClientRect().top - top) < height / 2);
      return `${badge.textContent} ${row?.textContent.replaceAll('\u00a0', ' ').trimEnd().replace(/^.*?[$#%>] /, '')}`;
    });
  });
}

async function settled(tab, expected) {
  let last;
  await until(async () => JSON.stringify((last = await marked_rows(tab))) === JSON.stringify(expected), 'the badges').catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(last)}, wanted ${JSON.stringify(expected)}`);
  });
}

spec('each command has a badge in its row, also after a refresh and a new size', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('echo one');
  await tab.sees(/^one$/m);
  await tab.run('false');
  await tab.run('seq 1 5');
  await tab.sees(/^5\n.*[$#] *$/m);
  const expected = ['✓ echo one', '✗ false', '✓ seq 1 5'];
  await settled(tab, expected);
  await tab.page.reload();
  await tab.sees(/^5$/m);
  await settled(tab, expected);
  await tab.page.setViewportSize({ width: 700, height: 500 });
  await settled(tab, expected);
  await tab.shot('blocks-badges');
});

spec('a running command is seen to run, and a full-screen program has no badges', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('echo before; read line');
  await tab.sees(/^before$/m);
  await settled(tab, ['● echo before; read line']);
  await tab.page.keyboard.press('Enter');
  await settled(tab, ['✓ echo before; read line']);
  await tab.run("printf '\\e[?1049h'; read line; printf '\\e[?1049l'");
  await until(async () => (await badges(tab)).length === 0, 'no badges');
  await tab.page.reload();
  await until(async () => (await tab.page.locator('.xterm-rows').count()) > 0, 'the terminal');
  await tab.page.locator('.xterm-helper-textarea').first().focus();
  await tab.page.keyboard.press('Enter');
  await until(async () => (await badges(tab)).length === 2, 'the badges to come back');
});

spec('a badge opens a menu: copy the output, put the command back', { permissions: ['clipboard-read', 'clipboard-write'] }, async ({ tab }) => {
  await tab.ready();
  await tab.run('printf "\\e[31mred\\e[0m %s\\n" 1 2');
  await tab.sees(/^red 2$/m);
  await until(async () => (await badges(tab))[0] === '✓', 'the badge');
  await tab.page.locator('.block-badge').first().click();
  await tab.page.locator('.menu [role=menuitem]').first().waitFor();
  await tab.shot('blocks-menu');
  await tab.page.keyboard.press('Enter');
  await until(async () => (await clipboard(tab)) === 'red 1\nred 2\n', 'the output on the clipboard');
  await tab.page.keyboard.press('Alt+o');
  await tab.page.getByRole('menuitem', { name: 'Copy command' }).click();
  await until(async () => (await clipboard(tab)).startsWith('printf'), 'the command on the clipboard');
  await tab.page.keyboard.press('Alt+o');
  await tab.page.getByRole('menuitem', { name: 'Put on the input line' }).click();
  await tab.sees(/printf .*1 2$/);
  assert.equal((await badges(tab)).length, 1, 'nothing has run');
});

spec('keys go from command to command, and the command stays in sight above its output', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('seq 1 200');
  await tab.sees(/^200$/m);
  await tab.run('seq 301 500');
  await tab.sees(/^500$/m);
  await until(async () => (await badges(tab)).length <= 1, 'the output to fill the screen');
  const sticky = tab.page.locator('.sticky-command');
  await tab.page.keyboard.press('Control+Shift+ArrowUp');
  await tab.sees(/seq 301 500\n301\n/);
  assert.equal(await tab.page.locator('[role=status]').filter({ hasText: 'seq 301 500' }).count(), 1, 'it is said');
  await tab.page.keyboard.press('Control+Shift+ArrowUp');
  await tab.sees(/seq 1 200\n1\n/);
  assert.equal(await sticky.count(), 0);
  await tab.page.keyboard.press('Control+Shift+ArrowDown');
  await tab.sees(/seq 301 500\n301\n/);
  await tab.page.mouse.move(400, 300);
  await tab.page.mouse.wheel(0, 300);
  await until(async () => /seq 301 500/.test((await sticky.textContent().catch(() => '')) ?? ''), 'the sticky row');
  await tab.shot('blocks-sticky');
  await sticky.click();
  await tab.sees(/seq 301 500\n301\n/);
  await until(async () => (await sticky.count()) === 0, 'the row itself');
});

spec('the history finds a command of another terminal and puts it on the line', { permissions: ['clipboard-read', 'clipboard-write'] }, async ({ tab, server }) => {
  await tab.ready();
  const other = await server.api('POST', '/api/agent/terminals', { type: 'local', cols: 80, rows: 24, created_by: 'agent:test', name: 'history-other', user_visible: false });
  await server.api('POST', `/api/agent/terminals/${other.id}/exec`, { command: 'echo needle in a haystack' });
  await server.api('POST', `/api/agent/terminals/${other.id}/exec`, { command: 'echo needle that fails; false' });
  await server.api('DELETE', `/api/agent/terminals/${other.id}`);
  await tab.page.keyboard.press('Alt+h');
  const panel = tab.page.locator('dialog.history');
  await panel.waitFor();
  await tab.type('NEEDLE');
  const rows = panel.locator('.history-row');
  await until(async () => (await rows.count()) === 2, 'both commands');
  await tab.shot('blocks-history');
  assert.deepEqual(await tab.accessibility_problems(), []);
  await panel.getByRole('button', { name: 'Failed' }).click();
  await until(async () => (await rows.count()) === 1, 'the one that failed');
  await panel.getByRole('button', { name: 'Failed' }).click();
  await until(async () => (await rows.count()) === 2, 'both again');
  await panel.locator('input').focus();
  await tab.page.keyboard.press('ArrowDown');
  await tab.page.keyboard.press('Control+Enter');
  await until(async () => (await clipboard(tab)) === 'needle in a haystack\n', 'the output of a closed terminal');
  await tab.page.keyboard.press('Enter');
  await tab.sees(/[$#] echo needle in a haystack$/);
  assert.equal(await panel.count(), 0);
});

spec('the history finds a command by what it printed', {}, async ({ tab, server }) => {
  await tab.ready();
  const other = await server.api('POST', '/api/agent/terminals', { type: 'local', cols: 80, rows: 24, created_by: 'agent:test', name: 'history-output', user_visible: false });
  await server.api('POST', `/api/agent/terminals/${other.id}/exec`, { command: 'echo one; printf "error: %s is missing\\n" $((6 * 7))-spanner; echo three' });
  await server.api('DELETE', `/api/agent/terminals/${other.id}`);
  await tab.page.keyboard.press('Alt+h');
  const panel = tab.page.locator('dialog.history');
  await panel.waitFor();
  await tab.type('42-SPANNER');
  const rows = panel.locator('.history-row');
  await panel.getByText('No command found').waitFor();
  await panel.getByRole('button', { name: 'In output' }).click();
  await until(async () => (await rows.count()) === 1, 'the command by its output');
  assert.equal(await panel.locator('.history-excerpt').textContent(), 'error: 42-spanner is missing');
  await panel.getByRole('button', { name: 'In output' }).click();
  await until(async () => (await rows.count()) === 0, 'the search to be in commands again');
  await panel.getByRole('button', { name: 'In output' }).click();
  await until(async () => (await rows.count()) === 1, 'the command again');
  assert.deepEqual(await tab.accessibility_problems(), []);
});

spec('a long command that ends unseen is told of on the desktop', { permissions: ['notifications'] }, async ({ tab }) => {
  await tab.ready();
  await tab.page.evaluate(() => {
    window.told = [];
    window.Notification = class {
      static permission = 'granted';
      constructor(title, options) {
        window.told.push({ title, body: options.body });
      }
    };
    localStorage.setItem('duotty.prefs', JSON.stringify({ ...JSON.parse(localStorage.getItem('duotty.prefs') ?? '{}'), notify_after: 1 }));
    window.dispatchEvent(new StorageEvent('storage', { key: 'duotty.prefs' }));
  });
  await tab.run('sleep 0.1');
  await tab.run('read line; sleep 1.2; false');
  await settled(tab, ['✓ sleep 0.1', '● read line; sleep 1.2; false']);
  await tab.page.keyboard.press('Enter');
  // The page counts as hidden from here on, as behind another tab.
  await tab.page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await until(() => tab.page.evaluate(() => window.told.length === 1), 'the notification');
  const [told] = await tab.page.evaluate(() => window.told);
  assert.equal(told.title, 'read line; sleep 1.2; false');
  assert.match(told.body, /^Exit code 1 · [0-9.]+s/);
});
