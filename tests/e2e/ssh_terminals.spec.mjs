import assert from 'node:assert/strict';
import { Sshd } from '../server/support/sshd.mjs';
import { environment, spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const connections = async (server) => (await server.api('GET', '/api/agent/ssh/connections')).connections;

async function clean(server) {
  for (const { id } of await connections(server)) await server.api('DELETE', `/api/agent/ssh/connections/${id}`);
}

async function with_sshd(options, body) {
  const sshd = await Sshd.start(options);
  try {
    await body(sshd);
  } finally {
    await sshd.stop();
  }
}

async function panel_of(tab) {
  await tab.ready();
  await tab.page.keyboard.press('Alt+s');
  return tab.page.getByRole('complementary', { name: 'SSH connections' });
}

const passwords = { password: 'sesame <b>', lines: ['UsePAM yes', 'KbdInteractiveAuthentication yes', 'PasswordAuthentication yes'] };

if (!environment().mock) {
  for (const colorScheme of ['dark', 'light']) {
    spec(`a terminal opens on a host once its key is accepted, and its tab says where it is: ${colorScheme}`, { colorScheme }, ({ tab, server, person }) => with_sshd({}, async (sshd) => {
      person.expected.push(/409 \(Conflict\)/);
      await clean(server);
      await server.api('POST', '/api/agent/ssh/connections', { ...sshd.connection(), title: 'far box', auth_type: 'key', private_key_path: await sshd.key(), color: 'purple' });
      const { page } = tab;
      const panel = await panel_of(tab);
      await panel.getByRole('button', { name: /^far box/ }).click();
      const ask = page.getByRole('dialog', { name: /is not known$/ });
      await ask.getByText(sshd.fingerprint(), { exact: true }).waitFor();
      assert.equal((await tab.tabs()).length, 1, 'nothing half made');
      await ask.getByRole('button', { name: 'Accept and go on' }).click();
      await until(async () => (await tab.tabs()).length === 2, 'the tab');
      await page.getByRole('tab', { name: new RegExp(`on ${sshd.user}@127.0.0.1`) }).waitFor();
      assert.equal((await tab.tabs())[1], 'far box');
      await page.locator('.tab-front .tab-color').waitFor();
      await tab.ready();
      await tab.run('echo "port ${SSH_CONNECTION##* }"');
      await tab.sees(new RegExp(`^port ${sshd.port}$`, 'm'));
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`ssh-terminal-${colorScheme}`);
      await panel.getByText(/used /).waitFor();
    }));
  }

  for (const colorScheme of ['dark', 'light']) {
    spec(`what a host asks while signing in is answered in a dialog: ${colorScheme}`, { colorScheme }, ({ tab, server, person }) => with_sshd(passwords, async (sshd) => {
      // 503: the attempt that was taken back has failed.
      person.expected.push(/409 \(Conflict\)/, /503 .*\/answer\)/);
      await clean(server);
      await server.api('POST', '/api/agent/ssh/connections', { ...sshd.connection(), title: 'asker', auth_type: 'keyboard-interactive', host_key_policy: 'accept_new' });
      const { page } = tab;
      const panel = await panel_of(tab);
      await panel.getByRole('button', { name: 'Files of asker' }).click();
      const ask = page.getByRole('dialog', { name: /^Sign in to asker/ });
      const field = ask.getByLabel(/password/i);
      await field.waitFor();
      assert.equal(await field.getAttribute('type'), 'password');
      assert.equal(await field.evaluate((element) => document.activeElement === element), true);
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`ssh-signin-${colorScheme}`);
      await ask.getByRole('button', { name: 'Cancel' }).click();
      const files = page.getByRole('complementary', { name: 'Files' });
      await files.getByText('There is no connection to this host.').waitFor();
      await files.getByRole('button', { name: 'Try again' }).click();
      await field.fill('wrong');
      await page.keyboard.press('Enter');
      await until(async () => (await field.count()) === 1 && (await field.inputValue()) === '', 'the next round');
      await field.fill(passwords.password);
      await page.keyboard.press('Enter');
      await until(async () => (await ask.count()) === 0, 'the dialog to close');
      await files.getByText('This folder is empty.').waitFor();
      assert.equal(await files.getByLabel('Place').evaluate((select) => /asker/.test(select.selectedOptions[0].textContent)), true);
    }));
  }

  spec('to a host that was typed: known at once, and the connection goes with its terminal', {}, ({ tab, server, person }) => with_sshd({}, async (sshd) => {
    person.expected.push(/409 \(Conflict\)/);
    await clean(server);
    const { page } = tab;
    const target = `${sshd.user}@127.0.0.1:${sshd.port}`;
    const panel = await panel_of(tab);
    await panel.getByLabel('Search, or user@host').fill(target);
    await page.keyboard.press('Enter');
    const quick = page.getByRole('dialog', { name: `Connect to ${target}` });
    await quick.getByLabel('Sign in with').selectOption('key');
    await quick.getByLabel('Key file on the server’s machine').fill(await sshd.key());
    assert.deepEqual(await tab.accessibility_problems(), []);
    await tab.shot('ssh-quick');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: /is not known$/ }).getByRole('button', { name: 'Accept and go on' }).click();
    await until(async () => (await tab.tabs()).length === 2, 'the tab');
    assert.deepEqual((await connections(server)).map(({ group }) => group), ['Temporary']);
    await tab.ready();
    await tab.run('exit');
    await until(async () => (await connections(server)).length === 0, 'the connection to be forgotten');
  }));
}
