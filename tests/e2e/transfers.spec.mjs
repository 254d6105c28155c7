// Copies that the server makes: seen whoever has started them, and started from the files.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processes } from '../server/support/daemon.mjs';
import { Sshd } from '../server/support/sshd.mjs';
import { phone } from './support/browser.mjs';
import { environment, spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const MIB = 1 << 20;
const large_size = 400_000_000;

/** The folder of the server's user with these files in it and nothing else. */
async function folder_with(server, files) {
  const folder = join(server.home, 'place');
  await rm(folder, { recursive: true, force: true });
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  return folder;
}

/** A host that the server knows as "far box", with an empty folder `files` where it starts. */
async function with_host(server, body) {
  const sshd = await Sshd.start();
  try {
    const { connections } = await server.api('GET', '/api/agent/ssh/connections');
    for (const { id } of connections) await server.api('DELETE', `/api/agent/ssh/connections/${id}`);
    const far = join(sshd.folder, 'files');
    await mkdir(far);
    const { id } = await server.api('POST', '/api/agent/ssh/connections', { ...sshd.connection(), title: 'far box', auth_type: 'key', private_key_path: await sshd.key(), host_key_policy: 'accept_new', start_directory: far });
    await body({ sshd, id, far });
  } finally {
    await sshd.stop();
  }
}

/** What sshd runs for those who have signed in. */
function sessions_of(sshd) {
  const all = processes(readdirSync('/proc').filter((name) => /^\d+$/.test(name)));
  const below = (pid) => all.filter(({ parent }) => parent === pid).flatMap(({ pid: child }) => [child, ...below(child)]);
  return below(sshd.child.pid);
}

/** As somebody who has cleared what earlier tests have copied. */
async function fresh(tab, server) {
  const { transfers } = await server.api('GET', '/api/transfers?limit=300');
  await tab.page.evaluate((ids) => localStorage.setItem('duotty.transfers_cleared', ids), transfers.map((one) => one.transfer_id).join(' '));
  await tab.page.reload();
}

/** A file whose copy takes a while: mostly a hole. */
async function large_file(path) {
  const head = randomBytes(MIB);
  await writeFile(path, head);
  await truncate(path, large_size);
  return async (copied) => {
    const { size } = await stat(copied).catch(() => ({ size: 0 }));
    if (size !== large_size) return false;
    const file = await open(copied);
    const { buffer } = await file.read(Buffer.alloc(MIB), 0, MIB, 0).finally(() => file.close());
    return head.equals(buffer);
  };
}

async function files_of(tab, folder = 'place') {
  await tab.ready();
  await tab.page.keyboard.press('Alt+e');
  const panel = tab.page.getByRole('complementary', { name: 'Files' });
  await panel.getByRole('button', { name: new RegExp(`^${folder},`) }).click();
  return panel;
}

const row_of = (panel, name) => panel.getByRole('region', { name: 'Transfers' }).getByRole('listitem').filter({ has: panel.page().locator('.transfer-name', { hasText: name }) }).first();
const same = async (path, bytes) => bytes.equals(await readFile(path).catch(() => Buffer.alloc(0)));

if (!environment().mock) {
  for (const colorScheme of ['dark', 'light']) {
    spec(`files and folders are copied to a host, chosen by the keyboard: ${colorScheme}`, { colorScheme }, ({ tab, server, person }) => with_host(server, async ({ far }) => {
      person.expected.push(/404 \(Not Found\)/);
      const one = randomBytes(3 * MIB);
      await folder_with(server, { 'one.bin': one, 'sub/inner.txt': 'inside', 'sub/deep/more.txt': 'more' });
      await mkdir(join(far, 'target/below'), { recursive: true });
      await writeFile(join(far, 'a file.txt'), '');
      const { page } = tab;
      await fresh(tab, server);
      const panel = await files_of(tab);
      await panel.getByLabel('Choose one.bin').check();
      await panel.getByLabel('Choose sub').check();
      await panel.getByRole('button', { name: 'Copy 2 to…' }).press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Copy 2 entries' });
      await dialog.getByText(/^Into .*place$/).waitFor();
      await dialog.getByLabel('To this place').selectOption({ index: 1 });
      const there = dialog.getByRole('list', { name: 'Folders there' });
      await there.getByText('a file.txt').waitFor();
      await there.getByRole('button', { name: 'target, folder' }).focus();
      await page.keyboard.press('Enter');
      await dialog.getByText(`Into ${far}/target`, { exact: true }).waitFor();
      await until(() => page.evaluate(() => document.activeElement.dataset.name === 'below'), 'the first folder there to have the focus');
      await page.keyboard.press('Backspace');
      await until(() => page.evaluate(() => document.activeElement.dataset.name === 'target'), 'the folder that was left');
      await page.keyboard.press('Enter');
      await dialog.getByText(`Into ${far}/target`, { exact: true }).waitFor();
      await dialog.getByRole('button', { name: 'New folder' }).click();
      await page.getByRole('dialog', { name: 'New folder' }).getByLabel('Name').fill('made');
      await page.keyboard.press('Enter');
      await dialog.getByText(`Into ${far}/target/made`, { exact: true }).waitFor();
      await dialog.getByRole('switch', { name: 'Compare checksums' }).check();
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`copy-dialog-${colorScheme}`);
      await dialog.getByRole('button', { name: 'Copy here' }).click();
      await until(async () => (await dialog.count()) === 0, 'the dialog to close');
      await row_of(panel, 'one.bin').getByText(/^done · 3.1 MB · checksums are the same/).waitFor();
      await row_of(panel, 'sub').getByText(/^done · 2 files, 10 B/).waitFor();
      await row_of(panel, 'sub').getByText(new RegExp(`^from This machine: .*/place/sub to far box: ${far}/target/made/sub, by `)).waitFor();
      assert.ok(await same(join(far, 'target/made/one.bin'), one));
      assert.equal(await readFile(join(far, 'target/made/sub/deep/more.txt'), 'utf8'), 'more');
      assert.equal(await panel.getByRole('button', { name: 'Copy 2 to…' }).count(), 0, 'nothing is chosen any more');
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`copy-done-${colorScheme}`);

      await page.reload();
      const again = await files_of(tab);
      await row_of(again, 'one.bin').getByText(/^done/).waitFor();
      await again.getByRole('button', { name: 'Clear the list' }).click();
      await until(async () => (await again.getByRole('region', { name: 'Transfers' }).count()) === 0, 'the list to be empty');
      await page.reload();
      await files_of(tab);
      await until(async () => (await again.getByRole('button', { name: /^one.bin,/ }).count()) === 1, 'the files');
      assert.equal(await again.getByRole('region', { name: 'Transfers' }).count(), 0, 'what was cleared stays so');
    }));
  }

  spec('what is there already is asked about, file by file and for folders; a copy onto itself is refused', {}, ({ tab, server, person }) => with_host(server, async ({ far }) => {
    person.expected.push(/400 \(Bad Request\)/, /404 \(Not Found\)/);
    await folder_with(server, { 'a.txt': 'new a', 'b.txt': 'new b', 'c.txt': 'new c', 'sub/x.txt': 'new x', 'sub/y.txt': 'new y' });
    for (const name of ['a.txt', 'b.txt', 'c.txt', 'sub/x.txt']) {
      await mkdir(join(far, name, '..'), { recursive: true });
      await writeFile(join(far, name), 'old');
    }
    const { page } = tab;
    await fresh(tab, server);
    const panel = await files_of(tab);
    await panel.getByRole('button', { name: 'More for a.txt' }).click();
    await page.getByRole('menuitem', { name: 'Copy to…' }).click();
    const one = page.getByRole('dialog', { name: 'Copy a.txt' });
    await one.getByText(/^Into .*place$/).waitFor();
    await one.getByLabel('When a file is there already').selectOption({ label: 'Overwrite' });
    await one.getByRole('button', { name: 'Copy here' }).click();
    await one.getByRole('alert').getByText('cannot be copied onto itself').waitFor();
    await page.keyboard.press('Escape');
    await until(async () => (await one.count()) === 0, 'the dialog to close');

    for (const name of ['a.txt', 'b.txt', 'c.txt', 'sub']) await panel.getByLabel(`Choose ${name}`).check();
    await panel.getByRole('button', { name: 'Copy 4 to…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Copy 4 entries' });
    await dialog.getByLabel('To this place').selectOption({ index: 1 });
    await dialog.getByText(`Into ${far}`, { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Copy here' }).click();
    const folder = page.getByRole('dialog', { name: 'sub exists already' });
    await folder.getByText('is filled').waitFor();
    assert.deepEqual(await tab.accessibility_problems(), []);
    await tab.shot('copy-conflict');
    await folder.getByRole('button', { name: 'Skip' }).click();
    await page.getByRole('dialog', { name: 'a.txt exists already' }).getByRole('button', { name: 'Keep both' }).click();
    await page.getByRole('dialog', { name: 'b.txt exists already' }).getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog', { name: 'c.txt exists already' }).getByRole('button', { name: 'Overwrite', exact: true }).click();
    await until(async () => (await dialog.count()) === 0, 'the dialog to close');
    await row_of(panel, 'sub').getByText('1 skipped').waitFor();
    await row_of(panel, 'a.txt').getByText(/^done/).waitFor();
    await row_of(panel, 'c.txt').getByText(/^done/).waitFor();
    const text = (name) => readFile(join(far, name), 'utf8');
    assert.deepEqual([await text('a.txt'), await text('a (1).txt'), await text('b.txt'), await text('c.txt'), await text('sub/x.txt'), await text('sub/y.txt')], ['old', 'new a', 'old', 'new c', 'old', 'new y']);
    await panel.getByRole('button', { name: 'Clear the list' }).click();
  }));

  spec('a copy that another has started is seen live, after a reload, when its host is lost, and gone on with', {}, ({ tab, server, person }) => with_host(server, async ({ sshd, id, far }) => {
    person.expected.push(/404 \(Not Found\)/);
    const folder = await folder_with(server, { 'small.txt': '' });
    const is_same = await large_file(join(folder, 'large.bin'));
    const { page } = tab;
    await fresh(tab, server);
    let panel = await files_of(tab);
    const started = await server.api('POST', '/api/transfers', { from: { path: join(folder, 'large.bin') }, to: { connection_id: 'far box', path: join(far, 'large.bin') }, conflict: 'overwrite' });
    await until(async () => (await server.api('GET', `/api/transfers/${started.transfer_id}`)).bytes > 4 * MIB, 'some of it to be there');
    const held = sessions_of(sshd);
    for (const pid of held) process.kill(pid, 'SIGSTOP');
    try {
      const row = row_of(panel, 'large.bin');
      await row.getByText(/MB \/ 400 MB/).waitFor();
      const bar = row.getByRole('progressbar', { name: 'Copy of large.bin' });
      await until(async () => Number(await bar.getAttribute('value')) > 4 * MIB, 'the bar to show it');
      await page.getByRole('button', { name: 'Files: something is on its way' }).waitFor();
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot('copy-running');
      await page.reload();
      panel = await files_of(tab);
      await row_of(panel, 'large.bin').getByText(/MB \/ 400 MB/).waitFor();
    } finally {
      for (const pid of held) process.kill(pid, 'SIGKILL');
    }
    const row = row_of(panel, 'large.bin');
    await row.getByText(/^failed · /).waitFor();
    await tab.shot('copy-failed');
    await row.getByRole('button', { name: 'Go on with large.bin' }).click();
    await row.getByText('done · 400 MB').waitFor();
    assert.ok(await is_same(join(far, 'large.bin')));
    assert.equal(await panel.getByRole('region', { name: 'Transfers' }).getByRole('listitem').count(), 1, 'the one that had failed has gone');
    const { transfers } = await server.api('GET', '/api/transfers');
    assert.equal(transfers[0].conflict, 'resume');

    // A file of the same name is not written over unasked when the copy was not to.
    await rm(join(far, 'large.bin'));
    const second = await server.api('POST', '/api/transfers', { from: { path: join(folder, 'large.bin') }, to: { connection_id: id, path: join(far, 'large.bin') } });
    await until(async () => (await server.api('GET', `/api/transfers/${second.transfer_id}`)).bytes > 4 * MIB, 'some of the second');
    await row_of(panel, 'large.bin').getByRole('button', { name: 'Cancel large.bin' }).click();
    await row_of(panel, 'large.bin').getByText('cancelled').waitFor();
    await writeFile(join(far, 'large.bin'), 'of somebody else');
    const cancelled = panel.getByRole('region', { name: 'Transfers' }).getByRole('listitem').filter({ hasText: 'cancelled' });
    await cancelled.getByRole('button', { name: 'Go on with large.bin' }).click();
    const ask = page.getByRole('dialog', { name: 'large.bin exists already' });
    await ask.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await readFile(join(far, 'large.bin'), 'utf8'), 'of somebody else');
    await cancelled.getByRole('button', { name: 'Go on with large.bin' }).click();
    await ask.getByRole('button', { name: 'Keep both' }).click();
    await until(() => is_same(join(far, 'large (1).bin')), 'the second file');
    await until(async () => (await cancelled.count()) === 0, 'the cancelled one to go');
    await panel.getByRole('button', { name: 'Clear the list' }).click();
  }));

  spec('who has begun a copy and goes on with something else is told of its end', {}, ({ tab, server, person }) => with_host(server, async ({ sshd, far }) => {
    person.expected.push(/404 \(Not Found\)/);
    const folder = await folder_with(server, { 'small.txt': '' });
    const is_same = await large_file(join(folder, 'large.bin'));
    const { page } = tab;
    await fresh(tab, server);
    const panel = await files_of(tab);
    await panel.getByRole('button', { name: 'More for large.bin' }).click();
    await page.getByRole('menuitem', { name: 'Copy to…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Copy large.bin' });
    await dialog.getByLabel('To this place').selectOption({ index: 1 });
    await dialog.getByText(`Into ${far}`, { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Copy here' }).click();
    await until(async () => (await dialog.count()) === 0, 'the dialog to close');
    const held = sessions_of(sshd);
    for (const pid of held) process.kill(pid, 'SIGSTOP');
    assert.equal((await server.api('GET', '/api/transfers')).transfers[0].state, 'running');
    await panel.getByRole('button', { name: 'Close' }).click();
    await until(async () => (await panel.count()) === 0, 'the panel to close');
    for (const pid of held) process.kill(pid, 'SIGCONT');
    const toast = page.getByRole('status').filter({ hasText: 'large.bin is copied' });
    await toast.getByRole('button', { name: 'Open' }).click();
    await row_of(panel, 'large.bin').getByText('done · 400 MB').waitFor();
    assert.ok(await is_same(join(far, 'large.bin')));
    await panel.getByRole('button', { name: 'Clear the list' }).click();
  }));

  spec('what could not be copied is read in the list, and a copy outlives the worker', {}, ({ tab, server, person }) => with_host(server, async ({ sshd, far }) => {
    person.expected.push(/404 \(Not Found\)/, /net::ERR_/, /50[234]/, /WebSocket/);
    const folder = await folder_with(server, { 'sub/a.txt': 'a', 'sub/b.txt': 'b', 'sub/c.txt': 'c' });
    const is_same = await large_file(join(folder, 'large.bin'));
    await mkdir(join(far, 'sub'));
    await writeFile(join(far, 'sub/b.txt'), 'other');
    const { page } = tab;
    await fresh(tab, server);
    const panel = await files_of(tab);
    await server.api('POST', '/api/transfers', { from: { path: '~/place/sub' }, to: { connection_id: 'far box', path: `${far}/` }, recursive: true });
    const row = row_of(panel, 'sub');
    await row.getByText(/^incomplete · 2 files.* · 1 failed/).waitFor();
    await row.getByRole('button', { name: 'What is missing of sub' }).press('Enter');
    await row.getByText('/place/sub/b.txt').waitFor();
    assert.deepEqual(await tab.accessibility_problems(), []);
    await tab.shot('copy-incomplete');
    await row.getByRole('button', { name: 'Go on with sub' }).click();
    await page.getByRole('dialog', { name: 'sub exists already' }).getByRole('button', { name: 'Overwrite what differs' }).click();
    await row.getByText(/^done · 1 file, 1 B · 2 skipped/).waitFor();
    assert.equal(await readFile(join(far, 'sub/b.txt'), 'utf8'), 'b');

    const begun = await server.api('POST', '/api/transfers', { from: { path: '~/place/large.bin' }, to: { connection_id: 'far box', path: `${far}/` }, conflict: 'resume' });
    await until(async () => (await server.api('GET', `/api/transfers/${begun.transfer_id}`)).bytes > 4 * MIB, 'some of it to be there');
    const held = sessions_of(sshd);
    for (const pid of held) process.kill(pid, 'SIGSTOP');
    await row_of(panel, 'large.bin').getByText(/ \/ 400 MB/).waitFor();
    await page.evaluate(() => {
      window.failure_seen = false;
      const look = () => (window.failure_seen ||= [...document.querySelectorAll('.transfer-name')].some((name) => /failed/.test(name.closest('li').textContent)));
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    });
    await server.kill_worker();
    await until(() => server.api('GET', `/api/transfers/${begun.transfer_id}`).then(({ state }) => state === 'running', () => false), 'the next worker to go on with it');
    for (const pid of held) process.kill(pid, 'SIGCONT');
    await row_of(panel, 'large.bin').getByText('done · 400 MB').waitFor();
    assert.ok(await is_same(join(far, 'large.bin')));
    assert.equal(await page.evaluate(() => window.failure_seen), false, 'it was never shown as failed');
    await panel.getByRole('button', { name: 'Clear the list' }).click();
  }));

  for (const [scheme, language] of [['dark', 'zh-CN'], ['light', 'en-US']]) {
    spec(`the copy dialog and the list of copies fit a phone: ${scheme} ${language}`, { colorScheme: scheme, language, viewport: phone, touch: true }, async ({ tab, server }) => {
      const folder = await folder_with(server, { 'a-rather-long-name-of-a-file-that-does-not-fit-anywhere.tar.gz': 'x', 'sub/x': '' });
      const { page } = tab;
      await fresh(tab, server);
      await tab.ready();
      await server.api('POST', '/api/transfers', { from: { path: folder }, to: { path: '~/copied' }, recursive: true, conflict: 'overwrite' });
      await page.locator('.tab-bar').getByRole('button', { name: language === 'zh-CN' ? /^文件/ : /^Files/ }).click();
      await page.getByRole('button', { name: /^place,/ }).click();
      await page.locator('.transfer-done').waitFor();
      const fits = async (what) => {
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${what} is ${overflow} px too wide`);
        assert.deepEqual(await tab.accessibility_problems(), [], what);
        await tab.shot(`copy-${what}-${scheme}-${language}`);
      };
      await fits('list');
      await page.getByRole('checkbox', { name: /a-rather-long/ }).check();
      await page.locator('.files-tools .button', { hasText: '1' }).nth(1).click();
      await page.locator('.copy-form .folder-list .file-name').first().waitFor();
      await fits('dialog');
      await page.locator('.dialog-buttons .button-primary').scrollIntoViewIfNeeded();
      await tab.shot(`copy-dialog-end-${scheme}-${language}`);
      await page.keyboard.press('Escape');
      await page.locator('.transfers header .button').click();
      await rm(join(server.home, 'copied'), { recursive: true, force: true });
    });
  }
}
