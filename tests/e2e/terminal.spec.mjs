import assert from 'node:assert/strict';
import { environment, spec } from './support/suite.mjs';
import { phone } from './support/browser.mjs';
import { until } from './support/wait.mjs';

spec('the first visit opens a shell that works at once', {}, async ({ tab, server }) => {
  await tab.ready();
  await tab.run('echo hi there');
  await tab.sees(/^hi there$/m);
  const { terminals } = await server.api('GET', '/api/agent/terminals');
  assert.equal(terminals.length, 1);
  assert.equal(terminals[0].created_by, 'user');
  assert.match(tab.page.url(), new RegExp(`/t/${terminals[0].id}$`));
});

spec('a refresh brings everything back', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('echo before the refresh');
  await tab.ready_after(/^before the refresh$/m);
  const before = await tab.text();
  await tab.page.reload();
  await until(async () => (await tab.text()) === before, 'the same screen');
  await tab.run('echo after it');
  await tab.sees(/^after it$/m);
});

spec('two pages show the same terminal, and both can type', {}, async ({ tab, person }) => {
  await tab.ready();
  const other = await person.open(new URL(tab.page.url()).pathname);
  await other.ready();
  await tab.run('echo from the first');
  await other.sees(/^from the first$/m);
  await other.page.bringToFront();
  await other.run('echo from the second');
  await tab.sees(/^from the second$/m);
  await until(async () => (await tab.text()) === (await other.text()), 'the same text in both');
});

spec('an address leads to its terminal, by id and by name', { closed: true }, async ({ person, server }) => {
  await server.api('POST', '/api/agent/terminals', { type: 'local', cols: 80, rows: 24, created_by: 'user', ttl_seconds: 0, name: 'one' });
  const second = await server.api('POST', '/api/agent/terminals', { type: 'local', cols: 80, rows: 24, created_by: 'user', ttl_seconds: 0, name: 'two' });
  const by_id = await person.open(`/t/${second.id}`);
  await by_id.ready();
  assert.equal(await by_id.front(), `tab-${second.id}`);
  const by_name = await person.open('/t/two');
  await by_name.ready();
  assert.equal(await by_name.front(), `tab-${second.id}`);
});

spec('the terminal fills the window and follows its size', {}, async ({ tab, server }) => {
  await tab.ready();
  const size = async () => (await server.api('GET', '/api/agent/terminals')).terminals[0];
  const before = await size();
  await tab.page.setViewportSize({ width: 900, height: 500 });
  const after = await until(async () => {
    const now = await size();
    return now.cols < before.cols && now.rows < before.rows ? now : null;
  }, 'a smaller size');
  await until(async () => (await tab.page.locator('.status-size').textContent()) === `${after.cols} × ${after.rows}`, 'the size below');
});

spec('a viewer that does not lead shows the size of the one who does', {}, async ({ tab, person }) => {
  await tab.ready();
  await tab.run('echo wide');
  await tab.sees(/^wide$/m);
  const small = await person.open(new URL(tab.page.url()).pathname);
  await small.page.setViewportSize({ width: 700, height: 400 });
  await small.sees(/^wide$/m);
  await small.page.locator('.letterboxed').waitFor();
  const sizes = () => Promise.all([small, tab].map(({ page }) => page.locator('.status-size').textContent()));
  await until(async () => new Set(await sizes()).size === 1, 'the same size in both');
  await small.shot('letterbox');
  await small.run('echo narrow');
  await small.sees(/^narrow$/m);
  await until(async () => (await small.page.locator('.letterboxed').count()) === 0, 'the leader to fill its window');
  await tab.page.locator('.letterboxed').waitFor();
});

spec('queries of programs get no answer from any viewer', {}, async ({ tab, person, server }) => {
  await tab.ready();
  const other = await person.open(new URL(tab.page.url()).pathname);
  await other.ready();
  if (server.mock) {
    await tab.run('query');
    await tab.sees(/^no reply$/m);
    return;
  }
  // The server answers once; a second or third answer would be left over as typed text.
  await tab.run(`printf '\\033[c'; IFS= read -rs -d c -t 2 a; IFS= read -rs -n 1 -t 1 b; printf 'first %q rest %q\\n' "$a" "$b"`);
  await tab.sees(/first \S*\[\?\S+ rest ''$/m);
});

spec('pasting several lines outside of a bracketed paste asks first', {}, async ({ tab }) => {
  await tab.ready();
  if (!environment().mock) {
    // Without a shell's line editor nothing takes a paste as one piece.
    await tab.run('cat');
    await tab.page.locator('.status-running').waitFor();
  }
  const paste = (text) => tab.page.evaluate((value) => {
    const data = new DataTransfer();
    data.setData('text/plain', value);
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
  await paste('echo one\necho two\n');
  await tab.page.getByRole('dialog').waitFor();
  await tab.shot('paste-dialog');
  await tab.page.keyboard.press('Escape');
  await until(async () => (await tab.page.getByRole('dialog').count()) === 0, 'the dialog to close');
  assert.doesNotMatch(await tab.text(), /two/);
  await paste('echo one\necho two\n');
  await tab.page.getByRole('button', { name: 'Paste' }).click();
  await tab.sees(/two$/m);
  await paste('\x1b[201~plain');
  await tab.sees(/\[201~plain/);
});

spec('Ctrl+Shift+C copies the selection', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('echo copyme');
  await tab.sees(/^copyme$/m);
  const row = tab.page.locator('.terminal-pane:not([hidden]) .xterm-rows > div', { hasText: /^copyme/ });
  const box = await row.boundingBox();
  await tab.page.mouse.dblclick(box.x + 20, box.y + box.height / 2);
  await tab.page.keyboard.press('Control+Shift+C');
  await until(() => tab.page.evaluate(async () => (await navigator.clipboard.readText()) === 'copyme'), 'the clipboard');
  await tab.run('echo alive');
  await tab.sees(/^alive$/m);
});

spec('search finds what scrolled away', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('seq 300');
  await tab.sees(/^300$/m);
  await tab.page.keyboard.press('Control+Shift+F');
  await tab.type('299');
  await until(async () => /1 of 1/.test((await tab.page.locator('.search-count').textContent()) ?? ''), 'one match');
  await tab.page.keyboard.press('ControlOrMeta+A');
  await tab.type('nothing like it');
  await until(async () => /No match/.test((await tab.page.locator('.search-count').textContent()) ?? ''), 'no match');
  await tab.shot('search');
  await tab.page.keyboard.press('Escape');
  await tab.run('echo focus is back');
  await tab.sees(/^focus is back$/m);
});

spec('the text gets larger and smaller by keys', {}, async ({ tab }) => {
  await tab.ready();
  const cols = async () => Number((await tab.page.locator('.status-size').textContent()).split(' ')[0]);
  const before = await cols();
  await tab.page.keyboard.press('Control+=');
  await tab.page.keyboard.press('Control+=');
  await until(async () => (await cols()) < before, 'fewer columns');
  await tab.page.keyboard.press('Control+0');
  await until(async () => (await cols()) === before, 'the old size');
});

spec('an ended program leaves its screen and its exit code', {}, async ({ tab }) => {
  await tab.ready();
  await tab.run('echo last words');
  await tab.sees(/^last words$/m);
  await tab.run('exit 3');
  await tab.page.getByText('Ended with code 3').waitFor();
  assert.match(await tab.text(), /last words/);
  assert.equal(await tab.page.locator('.tab-exited').count(), 1);
});

spec('taking control is seen by the others', {}, async ({ tab, person }) => {
  await tab.ready();
  const other = await person.open(new URL(tab.page.url()).pathname);
  await other.ready();
  await until(async () => (await other.page.locator('.presence-count').textContent()) === '2', 'two viewers');
  await other.page.locator('.presence-button').click();
  await other.page.getByRole('button', { name: 'Take control' }).click();
  await other.page.locator('.control-held').waitFor();
  await tab.page.getByText(/has control$/).waitFor();
  await other.shot('control');
  await other.page.locator('.control-held button').click();
  await until(async () => (await tab.page.getByText(/has control$/).count()) === 0, 'control to be free');
});

spec('a phone has the keys its keyboard lacks', { viewport: phone, touch: true }, async ({ tab }) => {
  await tab.ready();
  await tab.type('echo gone');
  await tab.sees(/echo gone$/);
  await tab.page.getByRole('button', { name: 'Ctrl' }).tap();
  assert.equal(await tab.page.getByRole('button', { name: 'Ctrl' }).getAttribute('aria-pressed'), 'true');
  await tab.type('c');
  await tab.sees(/\^C/);
  await tab.run('echo still here');
  await tab.sees(/^still here$/m);
  await tab.shot('phone');
});

spec('a link shows where it leads, and Ctrl+click follows it', {}, async ({ tab, person, server }) => {
  await tab.ready();
  const address = `${server.url}/api/health`;
  await tab.run(server.mock ? `link ${address}` : `printf '\\033]8;;${address}\\033\\\\%s %s\\033]8;;\\033\\\\\\n' follow me`);
  await tab.sees(/^follow me$/m);
  const row = tab.page.locator('.terminal-pane:not([hidden]) .xterm-rows > div', { hasText: /^follow\sme/ });
  const box = await row.boundingBox();
  await tab.page.mouse.move(box.x + 5, box.y + box.height / 2);
  await tab.page.mouse.move(box.x + 20, box.y + box.height / 2, { steps: 4 });
  await tab.page.locator('.link-tip').getByText(address).waitFor();
  await tab.shot('link');
  await tab.page.mouse.click(box.x + 20, box.y + box.height / 2);
  assert.equal(person.context.pages().length, 1);
  const opened = person.context.waitForEvent('page');
  await tab.page.keyboard.down('Control');
  await tab.page.mouse.click(box.x + 20, box.y + box.height / 2);
  await tab.page.keyboard.up('Control');
  const page = await opened;
  await page.waitForURL(address);
  assert.equal(await page.evaluate(() => window.opener), null);
});

spec('a program may offer a text for the clipboard, and the person decides', {}, async ({ tab, server }) => {
  await tab.ready();
  await tab.page.evaluate(() => navigator.clipboard.writeText('mine'));
  await tab.run(server.mock ? 'copy theirs' : "printf '\\033]52;c;%s\\a' $(printf theirs | base64)");
  await tab.page.getByText('The program wants to put 6 characters on your clipboard.').waitFor();
  assert.equal(await tab.page.evaluate(() => navigator.clipboard.readText()), 'mine');
  await tab.page.getByRole('button', { name: 'Copy' }).click();
  await until(() => tab.page.evaluate(async () => (await navigator.clipboard.readText()) === 'theirs'), 'the text');
});

spec('the bell flashes, unless it is switched off', {}, async ({ tab, server }) => {
  await tab.ready();
  await tab.run(server.mock ? 'bell' : "printf '\\a'");
  await tab.page.locator('.bell-flash').waitFor({ state: 'attached' });
});

spec('the title that a program sets names its tab', {}, async ({ tab, server }) => {
  await tab.ready();
  await tab.run(server.mock ? 'title my notes' : "printf '\\033]2;my notes\\a'; sleep 5");
  await until(async () => (await tab.tabs())[0] === 'my notes', 'the title');
  assert.equal(await tab.page.title(), 'my notes — duotty');
});
