import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Sshd } from '../server/support/sshd.mjs';
import { desktop, phone } from './support/browser.mjs';
import { environment, spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

/** An empty folder of the server's user, with these files in it. */
async function folder_with(server, files) {
  const folder = join(server.home, 'place');
  await rm(folder, { recursive: true, force: true });
  for (const [name, text] of Object.entries({ ...files })) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await mkdir(folder, { recursive: true });
  return folder;
}

async function panel_at(tab, name, words = { panel: 'Files' }) {
  await tab.page.keyboard.press('Alt+e');
  const panel = tab.page.getByRole('complementary', { name: words.panel });
  await panel.getByRole('button', { name: new RegExp(`^${name},`) }).click();
  return panel;
}

const names = (panel) => panel.locator('.file-name > span:nth-of-type(1)').allTextContents();
const listed = (panel, wanted) => until(async () => (await names(panel)).join(' ') === wanted, `the listing "${wanted}"`).catch(async (error) => {
  throw new Error(`${error.message}; it has "${(await names(panel)).join(' ')}"`);
});

if (!environment().mock) {
  for (const colorScheme of ['dark', 'light']) {
    spec(`files are listed, sorted, made, renamed and deleted by the keyboard: ${colorScheme}`, { colorScheme }, async ({ tab, server }) => {
      const folder = await folder_with(server, { 'b10.txt': 'ten', 'b2.txt': 'two two two', '.hidden': '', 'sub/inner.txt': 'x', 'sub/deep/more.txt': 'y' });
      const { page } = tab;
      await tab.ready();
      const panel = await panel_at(tab, 'place');
      await listed(panel, 'sub b2.txt b10.txt');
      await panel.getByRole('button', { name: 'Hidden files' }).click();
      await listed(panel, 'sub .hidden b2.txt b10.txt');
      await panel.getByRole('button', { name: 'Hidden files' }).click();
      await panel.getByRole('columnheader', { name: 'Size' }).getByRole('button').click();
      assert.equal(await panel.getByRole('columnheader', { name: 'Size' }).getAttribute('aria-sort'), 'descending');
      await panel.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
      await listed(panel, 'sub b2.txt b10.txt');
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`files-${colorScheme}`);

      await panel.getByRole('button', { name: /^sub,/ }).focus();
      await page.keyboard.press('Enter');
      await listed(panel, 'deep inner.txt');
      await panel.getByRole('button', { name: /^inner.txt,/ }).focus();
      await page.keyboard.press('Backspace');
      await until(() => page.evaluate(() => document.activeElement.dataset.name === 'sub'), 'the folder that was left');
      await page.keyboard.press('b');
      await page.keyboard.press('F2');
      const ask = page.getByRole('dialog', { name: 'Rename b2.txt' });
      await ask.getByLabel('Name').fill('b10.txt');
      await page.keyboard.press('Enter');
      await ask.getByText('There is something of that name already.').waitFor();
      await ask.getByLabel('Name').fill('a.txt');
      await page.keyboard.press('Enter');
      await listed(panel, 'sub a.txt b10.txt');
      await until(() => page.evaluate(() => document.activeElement.dataset.name === 'a.txt'), 'the new name to have the focus');

      await panel.getByRole('button', { name: 'New', exact: true }).click();
      await page.getByRole('menuitem', { name: 'New folder' }).click();
      await page.getByRole('dialog', { name: 'New folder' }).getByLabel('Name').fill('made here');
      await page.keyboard.press('Enter');
      await listed(panel, 'made here sub a.txt b10.txt');

      await panel.getByRole('button', { name: /^sub,/ }).focus();
      await page.keyboard.press('Delete');
      const sure = page.getByRole('dialog', { name: 'Delete sub?' });
      await sure.getByText('(2 inside): deep/, inner.txt').waitFor();
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`files-delete-${colorScheme}`);
      await sure.getByRole('button', { name: 'Delete' }).click();
      await listed(panel, 'made here a.txt b10.txt');
      await panel.getByLabel('Choose a.txt').check();
      await panel.getByLabel('Choose made here').check();
      await panel.getByRole('button', { name: 'Delete 2' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await listed(panel, 'b10.txt');
      assert.deepEqual((await readdir(folder)).sort(), ['.hidden', 'b10.txt']);
    });
  }

  spec('files are uploaded: by choice, by dropping, whole folders, and over what is there', { colorScheme: 'dark' }, async ({ tab, server, person }) => {
    // The browser notes each refusal that the dialog is about.
    person.expected.push(/409 \(Conflict\)/);
    const folder = await folder_with(server, { 'one.txt': 'old one', 'two.txt': 'old two' });
    const { page } = tab;
    await tab.ready();
    const panel = await panel_at(tab, 'place');
    await listed(panel, 'one.txt two.txt');
    const big = randomBytes(3_000_000);
    const file = (name, text) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    const fields = panel.locator('input[type=file]');
    await fields.first().setInputFiles([file('one.txt', 'new one'), file('two.txt', 'new two'), { name: 'big.bin', mimeType: 'application/octet-stream', buffer: big }]);
    // Whichever is refused first is asked about first.
    const choices = { 'one.txt': 'Overwrite', 'two.txt': 'Keep both' };
    const about = (name) => page.getByRole('dialog', { name: `${name} exists already` });
    const asked = () => until(async () => {
      for (const name of Object.keys(choices)) if ((await about(name).count()) === 1) return name;
      return null;
    }, 'the question');
    const first = await asked();
    assert.deepEqual(await tab.accessibility_problems(), []);
    await tab.shot('files-conflict');
    await about(first).getByRole('button', { name: choices[first] }).click();
    const second = first === 'one.txt' ? 'two.txt' : 'one.txt';
    await about(second).getByRole('button', { name: choices[second] }).click();
    await listed(panel, 'big.bin one.txt two (1).txt two.txt');
    const text = (name) => readFile(join(folder, name), 'utf8');
    assert.deepEqual([await text('one.txt'), await text('two.txt'), await text('two (1).txt')], ['new one', 'old two', 'new two']);
    assert.ok(big.equals(await readFile(join(folder, 'big.bin'))));
    const transfers = panel.getByRole('region', { name: 'Transfers' });
    await transfers.getByText('nothing on its way').waitFor();
    assert.equal(await transfers.getByRole('listitem').count(), 3);
    assert.deepEqual(await tab.accessibility_problems(), []);
    await tab.shot('files-transfers');
    await transfers.getByRole('button', { name: 'Clear the list' }).click();

    const source = join(server.home, 'chosen');
    await mkdir(join(source, 'deep'), { recursive: true });
    await writeFile(join(source, 'top.txt'), 'top');
    await writeFile(join(source, 'deep', 'down.txt'), 'down');
    await fields.nth(1).setInputFiles(source);
    await until(async () => (await text('chosen/deep/down.txt').catch(() => '')) === 'down', 'the folder to arrive');
    await until(async () => (await text('chosen/top.txt').catch(() => '')) === 'top', 'all of it');

    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(['dropped'], 'dropped.txt'));
      const target = document.querySelector('.files-body');
      for (const kind of ['dragover', 'drop']) target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
    });
    await panel.getByRole('button', { name: /^dropped.txt,/ }).waitFor();
    assert.equal(await text('dropped.txt'), 'dropped');
    await rm(source, { recursive: true });
  });

  spec('an upload goes on where it was when the server comes back', {}, async ({ tab, server, person }) => {
    person.expected.push(/409 \(Conflict\)/, /net::ERR_/, /50[234]/, /WebSocket/);
    const folder = await folder_with(server, {});
    const { page } = tab;
    await tab.ready();
    const panel = await panel_at(tab, 'place');
    await panel.getByText('This folder is empty.').waitFor();
    const big = randomBytes(40_000_000);
    await page.context().newCDPSession(page).then((session) => session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 8_000_000 }));
    await panel.locator('input[type=file]').first().setInputFiles({ name: 'big.bin', mimeType: 'application/octet-stream', buffer: big });
    const progress = panel.getByRole('progressbar', { name: 'Upload of big.bin' });
    await until(async () => Number((await progress.getAttribute('value').catch(() => '0')) ?? 0) > 5_000_000, 'a part to have gone out');
    await panel.getByText(/MB\/s · .* left/).waitFor();
    await tab.shot('files-progress');
    await server.kill_worker();
    await panel.getByText('done · 40.0 MB').waitFor({ timeout: 60_000 });
    assert.ok(big.equals(await readFile(join(folder, 'big.bin'))));
  });

  spec('a text is edited in its encoding, and never over what somebody else wrote', { colorScheme: 'light' }, async ({ tab, server, person }) => {
    person.expected.push(/409 \(Conflict\)/);
    const folder = await folder_with(server, { 'notes.txt': 'one\r\ntwo\r\n', 'latin.txt': Buffer.from('gr\xfc\xdfe\n', 'latin1') });
    const { page } = tab;
    await tab.ready();
    const panel = await panel_at(tab, 'place');
    await panel.getByRole('button', { name: /^notes.txt,/ }).click();
    const editor = page.getByRole('dialog', { name: 'notes.txt' });
    const area = editor.getByLabel('Text of notes.txt');
    await until(async () => (await area.inputValue()) === 'one\ntwo\n', 'the text');
    await area.fill('one\ntwo\nthree\n');
    await page.keyboard.press('Control+s');
    await until(async () => (await readFile(join(folder, 'notes.txt'), 'utf8')) === 'one\r\ntwo\r\nthree\r\n', 'the file, with its line ends');
    await writeFile(join(folder, 'notes.txt'), 'theirs, and longer than before\n');
    await area.fill('mine\n');
    await editor.getByRole('button', { name: 'Save' }).click();
    await editor.getByText('The file has changed since it was read.').waitFor();
    assert.deepEqual(await tab.accessibility_problems(), []);
    await tab.shot('files-editor');
    assert.equal(await readFile(join(folder, 'notes.txt'), 'utf8'), 'theirs, and longer than before\n');
    await editor.getByRole('button', { name: 'Load it anew' }).click();
    await until(async () => (await area.inputValue()) === 'theirs, and longer than before\n', 'their text');
    await area.fill('lost');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Close without saving?' }).getByRole('button', { name: 'Cancel' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Close without saving?' }).getByRole('button', { name: 'Discard' }).click();
    await until(async () => (await editor.count()) === 0, 'the editor to close');

    await panel.getByRole('button', { name: /^latin.txt,/ }).click();
    const second = page.getByRole('dialog', { name: 'latin.txt' });
    await second.getByText('This is no text that was recognised').waitFor();
    await second.getByLabel('Encoding').selectOption('latin-1');
    await until(async () => (await second.getByLabel('Text of latin.txt').inputValue()) === 'grüße\n', 'the text in its encoding');
    await second.getByLabel('Text of latin.txt').fill('größe\n');
    await second.getByRole('button', { name: 'Save' }).click();
    await until(async () => (await readFile(join(folder, 'latin.txt'))).equals(Buffer.from('gr\xf6\xdfe\n', 'latin1')), 'the file in its encoding');
  });

  spec('the panel follows the shell, and a terminal opens in its folder', {}, async ({ tab, server }) => {
    await folder_with(server, { 'here.txt': '', 'sub/there.txt': '' });
    const { page } = tab;
    await tab.ready();
    await tab.run('cd ~/place');
    await tab.ready();
    await page.keyboard.press('Alt+e');
    const panel = page.getByRole('complementary', { name: 'Files' });
    await panel.getByRole('button', { name: 'Follow the shell' }).click();
    await listed(panel, 'sub here.txt');
    await page.locator('.terminal-pane:not([hidden]) .screen').click({ position: { x: 60, y: 60 } });
    await tab.run('cd sub');
    await listed(panel, 'there.txt');
    await panel.getByRole('button', { name: 'Folder above' }).click();
    await listed(panel, 'sub here.txt');
    assert.equal(await panel.getByRole('button', { name: 'Follow the shell' }).getAttribute('aria-pressed'), 'false');
    await panel.getByRole('button', { name: 'Terminal here' }).click();
    await until(async () => (await tab.tabs()).length === 2, 'the second terminal');
    await tab.ready();
    await tab.run('pwd');
    await tab.sees(/place$/m);
  });

  spec('files of a host: its key is accepted, then listed, uploaded, downloaded, edited and deleted there', {}, async ({ tab, server, person }) => {
    person.expected.push(/409 \(Conflict\)/);
    const sshd = await Sshd.start({});
    try {
      const { connections } = await server.api('GET', '/api/agent/ssh/connections');
      for (const { id } of connections) await server.api('DELETE', `/api/agent/ssh/connections/${id}`);
      const folder = join(sshd.folder, 'far');
      await mkdir(join(folder, 'sub'), { recursive: true });
      await writeFile(join(folder, 'notes.txt'), 'far away\n');
      await server.api('POST', '/api/agent/ssh/connections', { ...sshd.connection(), title: 'far box', auth_type: 'key', private_key_path: await sshd.key(), start_directory: folder });
      const { page } = tab;
      await tab.ready();
      await page.keyboard.press('Alt+s');
      await page.getByRole('complementary', { name: 'SSH connections' }).getByRole('button', { name: 'Files of far box' }).click();
      const ask = page.getByRole('dialog', { name: /is not known$/ });
      await ask.getByText(sshd.fingerprint(), { exact: true }).waitFor();
      await ask.getByRole('button', { name: 'Cancel' }).click();
      const panel = page.getByRole('complementary', { name: 'Files' });
      await panel.getByText('There is no connection to this host.').waitFor();
      await panel.getByRole('button', { name: 'Try again' }).click();
      await ask.getByRole('button', { name: 'Accept and go on' }).click();
      await listed(panel, 'sub notes.txt');
      assert.equal(await panel.getByLabel('Place').evaluate((select) => select.selectedOptions[0].textContent), `far box (${sshd.user}@127.0.0.1:${sshd.port})`);

      await panel.locator('input[type=file]').first().setInputFiles({ name: 'sent.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(2_000_000, 7) });
      await listed(panel, 'sub notes.txt sent.bin');
      assert.ok((await readFile(join(folder, 'sent.bin'))).equals(Buffer.alloc(2_000_000, 7)));

      const coming = page.waitForEvent('download');
      await panel.getByRole('button', { name: 'More for sent.bin' }).click();
      await page.getByRole('menuitem', { name: 'Download' }).click();
      const download = await coming;
      assert.equal(download.suggestedFilename(), 'sent.bin');
      assert.ok((await readFile(await download.path())).equals(Buffer.alloc(2_000_000, 7)));

      await writeFile(join(folder, 'sub/inner.txt'), 'inside\n');
      const archive = async (press) => {
        const event = page.waitForEvent('download');
        await press();
        const coming = await event;
        const read = spawnSync('python3', ['-m', 'zipfile', '-l', await coming.path()], { encoding: 'utf8' });
        return [coming.suggestedFilename(), read.stdout.split('\n').slice(1).map((line) => line.split(/ {2,}/)[0]).filter((name) => name !== '')];
      };
      await panel.getByRole('button', { name: 'More for sub' }).click();
      assert.deepEqual(await archive(() => page.getByRole('menuitem', { name: 'Download' }).click()), ['sub.zip', ['sub/', 'sub/inner.txt']]);
      for (const name of ['sub', 'sent.bin']) await panel.getByRole('checkbox', { name: new RegExp(name) }).check();
      await tab.shot('files-download');
      assert.deepEqual(await archive(() => panel.getByRole('button', { name: 'Download 2' }).click()), ['files.zip', ['sub/', 'sub/inner.txt', 'sent.bin']]);
      for (const name of ['sub', 'sent.bin']) await panel.getByRole('checkbox', { name: new RegExp(name) }).uncheck();

      await panel.getByRole('button', { name: /^notes.txt,/ }).click();
      const editor = page.getByRole('dialog', { name: 'notes.txt' });
      await until(async () => (await editor.getByLabel('Text of notes.txt').inputValue().catch(() => '')) === 'far away\n', 'the text');
      await editor.getByLabel('Text of notes.txt').fill('edited from here\n');
      await editor.getByRole('button', { name: 'Save' }).click();
      await until(async () => (await readFile(join(folder, 'notes.txt'), 'utf8')) === 'edited from here\n', 'the edited file');
      await editor.getByRole('button', { name: 'Close' }).last().click();

      await panel.getByRole('button', { name: 'More for sub' }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await page.getByRole('dialog', { name: 'Delete sub?' }).getByRole('button', { name: 'Delete' }).click();
      await listed(panel, 'notes.txt sent.bin');
      assert.deepEqual((await readdir(folder)).sort(), ['notes.txt', 'sent.bin']);
      await panel.getByLabel('Place').selectOption({ label: 'This machine' });
      await until(async () => !(await names(panel)).includes('sent.bin'), 'the files of this machine');
    } finally {
      await sshd.stop();
    }
  });

  for (const [scheme, language, size, viewport] of [['dark', 'zh-CN', 'phone', phone], ['light', 'en-US', 'phone', phone], ['light', 'zh-CN', 'desktop', desktop]]) {
    spec(`the panels of files and connections fit: ${scheme} ${language} ${size}`, { colorScheme: scheme, language, viewport, touch: size === 'phone' }, async ({ tab, server }) => {
      await folder_with(server, { 'a-rather-long-name-of-a-file-that-does-not-fit-anywhere.tar.gz': 'x', 'sub/x': '', '说明.txt': 'y' });
      const { page } = tab;
      await tab.ready();
      const [files, ssh] = language === 'zh-CN' ? [/^文件/, /^SSH 连接/] : [/^Files/, /^SSH connections/];
      await page.locator('.tab-bar').getByRole('button', { name: files }).click();
      await page.getByRole('button', { name: /^place,/ }).click();
      await page.getByRole('button', { name: /^说明/ }).first().waitFor();
      const fits = async (what) => {
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${what} is ${overflow} px too wide`);
        assert.deepEqual(await tab.accessibility_problems(), [], what);
        await tab.shot(`panel-${what}-${scheme}-${language}-${size}`);
      };
      await fits('files');
      await page.locator('.tab-bar').getByRole('button', { name: ssh }).click();
      await page.locator('.ssh-find').waitFor();
      await fits('connections');
      await page.locator('.drawer-head .button').nth(1).click();
      await page.locator('.connection-form').waitFor();
      await page.locator('.connection-more summary').click();
      await fits('form');
    });
  }
}
