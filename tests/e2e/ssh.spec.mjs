import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Sshd } from '../server/support/sshd.mjs';
import { after_the_end, Client, listening } from '../server/support/streams.mjs';
import { phone } from './support/browser.mjs';
import { environment, spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

/** Forgets what earlier tests have stored. */
async function clean(server) {
  const { connections } = await server.api('GET', '/api/agent/ssh/connections');
  for (const { id } of connections) await server.api('DELETE', `/api/agent/ssh/connections/${id}`);
}

const connections = async (server) => (await server.api('GET', '/api/agent/ssh/connections')).connections;

/** Opens the panel by its key. */
async function panel_of(tab) {
  await tab.ready();
  await tab.page.keyboard.press('Alt+s');
  const panel = tab.page.getByRole('complementary', { name: 'SSH connections' });
  await panel.waitFor();
  return panel;
}

async function with_sshd(body) {
  const sshd = await Sshd.start({});
  try {
    await body(sshd, await sshd.key());
  } finally {
    await sshd.stop();
  }
}

const add = async (server, sshd, key, more = {}) =>
  (await server.api('POST', '/api/agent/ssh/connections', { ...sshd.connection(), title: 'box', auth_type: 'key', private_key_path: key, ...more })).id;

if (!environment().mock) {
  for (const colorScheme of ['dark', 'light']) {
    spec(`a connection is added, its host key compared and accepted, and the way is shown: ${colorScheme}`, { colorScheme }, ({ tab, server }) => with_sshd(async (sshd, key) => {
      await clean(server);
      const { page } = tab;
      const panel = await panel_of(tab);
      await panel.getByText('No connections yet').waitFor();
      await panel.getByRole('button', { name: 'Add', exact: true }).click();
      const form = page.getByRole('dialog', { name: 'New SSH connection' });
      await form.getByRole('button', { name: 'Save', exact: true }).click();
      assert.equal(await form.getByText('This is needed.').count(), 2);
      assert.equal(await form.getByLabel('Host', { exact: true }).evaluate((element) => document.activeElement === element), true);
      await form.getByLabel('Host', { exact: true }).fill('-oProxyCommand=x');
      await form.getByText('no - in front').first().waitFor();
      await form.getByLabel('Host', { exact: true }).fill('127.0.0.1');
      await form.getByLabel('Port').fill(String(sshd.port));
      await form.getByLabel('User').fill(sshd.user);
      await form.getByLabel('Name').fill('box of tests');
      await form.getByLabel('Key file on the server’s machine').fill(key);
      await form.getByLabel('Passphrase of the key').fill('not needed');
      await form.getByLabel('Group').fill('Laboratory');
      await form.getByLabel('Tags').fill('test, near');
      await form.getByRole('radio', { name: 'Teal' }).check();
      await form.getByText('More settings').click();
      await form.getByLabel('Variables').fill('LANG=C.UTF-8');
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`ssh-form-${colorScheme}`);
      await form.getByRole('button', { name: 'Save and test' }).click();

      const ask = page.getByRole('dialog', { name: `The key of 127.0.0.1:${sshd.port} is not known` });
      await ask.getByText(sshd.fingerprint(), { exact: true }).waitFor();
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`ssh-hostkey-${colorScheme}`);
      await ask.getByRole('button', { name: 'Accept and go on' }).click();
      await form.getByText(/^It works, by publickey/).waitFor();
      assert.ok((await form.getByRole('list', { name: 'Steps' }).getByRole('listitem').count()) >= 3);
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`ssh-tested-${colorScheme}`);
      assert.equal(await form.getByLabel('Passphrase of the key').inputValue(), '', 'what was stored is not kept in the page');
      await form.getByText('One is stored').waitFor();
      await form.getByRole('button', { name: 'Forget the stored passphrase' }).click();
      await form.getByRole('button', { name: 'Save', exact: true }).click();
      await until(async () => (await form.count()) === 0, 'the form to close');

      const [made] = await connections(server);
      assert.deepEqual(
        [made.title, made.group, made.tags, made.color, made.env, made.passphrase, made.private_key_path],
        ['box of tests', 'Laboratory', ['test', 'near'], 'teal', { LANG: 'C.UTF-8' }, null, key],
      );
      await panel.getByRole('region', { name: 'Laboratory' }).getByRole('button', { name: /^box of tests/ }).waitFor();
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`ssh-list-${colorScheme}`);
    }));
  }

  spec('connections are found by words and tags, edited and deleted by the keyboard', {}, ({ tab, server }) => with_sshd(async (sshd, key) => {
    await clean(server);
    await add(server, sshd, key, { title: 'alpha', tags: ['prod'], group: 'one' });
    await add(server, sshd, key, { title: 'beta', tags: ['lab'], group: 'two' });
    const { page } = tab;
    const panel = await panel_of(tab);
    const titles = () => panel.locator('.connection-title').allTextContents();
    await until(async () => (await titles()).length === 2, 'both');
    await panel.getByLabel('Search, or user@host').fill('two be');
    await until(async () => (await titles()).join() === 'beta', 'the one of the words');
    await panel.getByLabel('Search, or user@host').fill('');
    await panel.getByRole('button', { name: 'prod', exact: true }).click();
    await until(async () => (await titles()).join() === 'alpha', 'the one of the tag');
    await panel.getByRole('button', { name: 'prod', exact: true }).click();
    await panel.getByLabel('Search, or user@host').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const menu = page.getByRole('menu', { name: 'More for beta' });
    await menu.getByRole('menuitem', { name: 'Edit' }).click();
    const form = page.getByRole('dialog', { name: 'SSH connection' });
    await form.getByLabel('Name').fill('gamma');
    await page.keyboard.press('Enter');
    await until(async () => (await titles()).join() === 'alpha,gamma', 'the new name');
    await panel.getByRole('button', { name: 'More for gamma' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog', { name: 'Delete gamma?' }).getByRole('button', { name: 'Delete' }).click();
    await until(async () => (await titles()).join() === 'alpha', 'the deletion');
    await page.keyboard.press('Escape');
    await until(async () => (await panel.count()) === 0, 'the panel to close');
    await tab.run('echo back again');
    await tab.sees(/^back again$/m);
  }));

  spec('a key that has changed is a hard stop with both fingerprints', {}, ({ tab, server }) => with_sshd(async (sshd, key) => {
    await clean(server);
    const id = await add(server, sshd, key);
    const before = sshd.fingerprint();
    await server.api('POST', `/api/agent/ssh/connections/${id}/host_key`, { fingerprint: before });
    await sshd.change_host_key();
    const panel = await panel_of(tab);
    await panel.getByRole('button', { name: 'More for box' }).click();
    await tab.page.getByRole('menuitem', { name: 'Test', exact: true }).click();
    const stop = tab.page.getByRole('dialog', { name: /has changed$/ });
    await stop.getByText(new RegExp(before.replace(/[+/]/g, '\\$&'))).waitFor();
    await stop.getByText(sshd.fingerprint(), { exact: true }).waitFor();
    assert.equal(await stop.getByRole('button', { name: /accept/i }).count(), 0);
    assert.deepEqual(await tab.accessibility_problems(), []);
    await tab.shot('ssh-changed');
    await tab.page.keyboard.press('Escape');
    const test = tab.page.getByRole('dialog', { name: 'Test of box' });
    await test.getByText(/^failed:$/).waitFor({ state: 'attached' });
    await test.getByRole('button', { name: 'Close' }).last().click();
  }));

  spec('connections are imported: looked at first, then those that were chosen', {}, async ({ tab, server }) => {
    await clean(server);
    await mkdir(join(server.home, '.ssh'), { recursive: true });
    await writeFile(join(server.home, '.ssh', 'config'), 'Host near\n  HostName 192.0.2.1\n  User me\nHost far\n  HostName 192.0.2.2\n  Port 2222\n  User you\n');
    const panel = await panel_of(tab);
    await panel.getByRole('button', { name: 'Import' }).click();
    const dialog = tab.page.getByRole('dialog', { name: 'Import connections' });
    await dialog.getByRole('button', { name: 'Look what is there' }).click();
    await dialog.getByRole('checkbox', { name: /^far/ }).uncheck();
    assert.deepEqual(await connections(server), []);
    assert.deepEqual(await tab.accessibility_problems(), []);
    await tab.shot('ssh-import');
    await dialog.getByLabel('Into the group').fill('mine');
    await dialog.getByRole('button', { name: 'Import 1' }).click();
    await panel.getByRole('button', { name: /^near/ }).waitFor();
    await panel.getByRole('button', { name: 'Import' }).click();
    await dialog.getByRole('radio', { name: 'Text or file' }).check();
    await dialog.getByLabel('Configuration').fill('[{"host":"192.0.2.3","username":"root","title":"from electerm"}]');
    await dialog.getByRole('button', { name: 'Look what is there' }).click();
    await dialog.getByRole('button', { name: 'Import 1' }).click();
    await panel.getByRole('button', { name: /^from electerm/ }).waitFor();
    assert.deepEqual((await connections(server)).map(({ title, group }) => [title, group]), [['from electerm', ''], ['near', 'mine']]);
    await rm(join(server.home, '.ssh'), { recursive: true });
  });

  spec('a runbook is written, shown as Markdown and never as HTML', { viewport: phone, touch: true }, async ({ tab, server }) => {
    await clean(server);
    const { id } = await server.api('POST', '/api/agent/ssh/connections', { host: '192.0.2.1', username: 'me', title: 'box' });
    await tab.ready();
    await tab.page.getByRole('button', { name: /^SSH connections/ }).click();
    const panel = tab.page.getByRole('complementary', { name: 'SSH connections' });
    await panel.getByRole('button', { name: 'More for box' }).click();
    await tab.page.getByRole('menuitem', { name: 'Runbook' }).click();
    const dialog = tab.page.getByRole('dialog', { name: 'Runbook of box' });
    await dialog.getByLabel('Text in Markdown').fill('# Deploy\n\n1. Ask *first*\n2. `make deploy`\n\n<img src=x onerror=alert(1)>\n\n[site](https://example.org) [bad](javascript:alert(1))\n\n```\nsystemctl restart web\n```\n');
    await dialog.getByRole('radio', { name: 'Preview' }).check();
    await dialog.getByRole('heading', { name: 'Deploy' }).waitFor();
    assert.equal(await dialog.locator('img').count(), 0);
    await dialog.getByText('<img src=x').waitFor();
    assert.deepEqual(await dialog.getByRole('link').allTextContents(), ['site']);
    assert.deepEqual(await tab.accessibility_problems(), []);
    await tab.shot('ssh-runbook-phone');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await until(async () => /make deploy/.test((await server.api('GET', `/api/agent/ssh/connections/${id}/runbook`)).text), 'the runbook');
    const overflow = await tab.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${overflow} px too wide`);
    await tab.shot('ssh-list-phone');
  });

  for (const colorScheme of ['dark', 'light']) {
    spec(`forwards are opened, shown with how they stand, copied and closed: ${colorScheme}`, { colorScheme }, ({ tab, server, person }) => with_sshd(async (sshd, key) => {
      person.expected.push(/502 \(Bad Gateway\)/);
      await clean(server);
      const target = await listening(after_the_end);
      const { page } = tab;
      const id = await add(server, sshd, key, { host_key_policy: 'accept_new' });
      const panel = await panel_of(tab);
      await panel.getByRole('button', { name: 'More for box' }).click();
      await page.getByRole('menuitem', { name: 'Forwards' }).click();
      const dialog = page.getByRole('dialog', { name: 'Forwards of box' });
      await dialog.getByText('Nothing is forwarded.').waitFor();
      await dialog.getByRole('button', { name: 'Open' }).click();
      await dialog.getByText('This is needed.').waitFor();
      await dialog.getByLabel('Port of the target').fill(String(target.port));
      await dialog.getByRole('switch', { name: 'Keep it' }).check();
      await dialog.getByLabel('Port of the target').press('Enter');
      const row = dialog.getByRole('list', { name: 'Forwards' }).getByRole('listitem');
      await row.getByText('listening').waitFor();
      const [forward] = (await server.api('GET', `/api/agent/ssh/forwards?connection_id=${id}`)).forwards;
      await row.getByText(`127.0.0.1:${forward.port}`).first().waitFor();
      assert.equal((await (await Client.open(forward.port)).end('through').all()).toString(), 'through');
      await row.getByText('1 in all').waitFor();
      await dialog.getByRole('radio', { name: 'SOCKS' }).check();
      await dialog.getByRole('button', { name: 'Open' }).click();
      await until(async () => (await row.count()) === 2, 'the second forward');
      // A port that is taken is said in the form.
      await dialog.getByLabel('Listen at port').fill(String(forward.port));
      await dialog.getByRole('button', { name: 'Open' }).click();
      await dialog.getByRole('alert').getByText('cannot listen').waitFor();
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`ssh-forwards-${colorScheme}`);
      await dialog.getByRole('button', { name: `Close 127.0.0.1:${forward.port}` }).click();
      await until(async () => (await row.count()) === 1, 'the end of the first');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      await target.close();
    }));
  }
}
