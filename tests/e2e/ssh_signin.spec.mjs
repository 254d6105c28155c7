// The way to a host in the browser: keys of several hosts, passwords, questions with several prompts.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { HostileSsh, sessions } from '../server/support/hostile_ssh.mjs';
import { Sshd } from '../server/support/sshd.mjs';
import { phone } from './support/browser.mjs';
import { environment, spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const connections = async (server) => (await server.api('GET', '/api/agent/ssh/connections')).connections;
const store = async (server, connection) => (await server.api('POST', '/api/agent/ssh/connections', connection)).id;

/** Hosts with these options, and a server that knows none of them. */
async function with_hosts(server, options, body) {
  for (const { id } of await connections(server)) await server.api('DELETE', `/api/agent/ssh/connections/${id}`);
  const hosts = [];
  try {
    for (const one of options) hosts.push(await Sshd.start(one));
    await body(...hosts);
  } finally {
    for (const host of hosts) await host.stop();
  }
}

async function panel_of(tab) {
  await tab.ready();
  await tab.page.locator('.tab-bar').getByRole('button', { name: /^SSH connections/ }).click();
  return tab.page.getByRole('complementary', { name: 'SSH connections' });
}

const by_password = ['UsePAM yes', 'PasswordAuthentication yes'];
const interactive = ['UsePAM yes', 'KbdInteractiveAuthentication yes'];

if (!environment().mock) {
  for (const [colorScheme, size] of [['dark', {}], ['light', { viewport: phone, touch: true }]]) {
    spec(`to a host that was typed with a password that is asked for, wrong at first: ${colorScheme}`, { colorScheme, ...size }, ({ tab, server, person }) => with_hosts(server, [{ password: 'open <b>', lines: by_password }], async (sshd) => {
      person.expected.push(/409 \(Conflict\)/);
      const { page } = tab;
      const target = `visitor@127.0.0.1:${sshd.port}`;
      const panel = await panel_of(tab);
      await panel.getByLabel('Search, or user@host').fill(target);
      await page.keyboard.press('Enter');
      const quick = page.getByRole('dialog', { name: `Connect to ${target}` });
      await quick.getByLabel('Sign in with').selectOption('password');
      await quick.getByRole('button', { name: 'Connect' }).click();
      const key = page.getByRole('dialog', { name: `The key of 127.0.0.1:${sshd.port} is not known` });
      await key.getByText(sshd.fingerprint(), { exact: true }).waitFor();
      await key.getByRole('button', { name: 'Accept and go on' }).click();
      const ask = page.getByRole('dialog', { name: /^Sign in to 127.0.0.1/ });
      const field = ask.getByLabel('Password for visitor@127.0.0.1');
      await field.waitFor();
      assert.equal(await field.getAttribute('type'), 'password');
      assert.equal(await field.evaluate((element) => document.activeElement === element), true);
      assert.equal((await tab.tabs()).length, 1, 'nothing half made');
      await field.fill('wrong');
      await page.keyboard.press('Enter');
      await ask.getByText(/not right/).waitFor();
      assert.equal(await field.inputValue(), '', 'what was wrong is gone');
      assert.deepEqual(await tab.accessibility_problems(), []);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide`);
      await tab.shot(`ssh-password-again-${colorScheme}`);
      await field.fill('open <b>');
      await page.keyboard.press('Enter');
      await until(async () => (await tab.tabs()).length === 2, 'the tab');
      await tab.ready();
      await tab.run('id -un');
      await tab.sees(/^visitor$/m);
      const [made] = await connections(server);
      assert.equal(made.password, null, 'what was answered is stored nowhere');
      await tab.run('exit');
      await until(async () => (await connections(server)).length === 0, 'the connection to be forgotten');
    }));
  }

  spec('to a host that was typed whose key is refused: nothing is left', {}, ({ tab, server, person }) => with_hosts(server, [{}], async (sshd) => {
    person.expected.push(/409 \(Conflict\)/);
    const { page } = tab;
    const panel = await panel_of(tab);
    await panel.getByLabel('Search, or user@host').fill(`${sshd.user}@127.0.0.1:${sshd.port}`);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: /^Connect to/ }).getByRole('button', { name: 'Connect' }).click();
    await page.getByRole('dialog', { name: /is not known$/ }).getByRole('button', { name: 'Cancel' }).click();
    await until(async () => (await connections(server)).length === 0, 'the connection to be forgotten');
    await panel.getByText('No connections yet').waitFor();
    assert.equal((await tab.tabs()).length, 1);
    assert.doesNotMatch(sshd.log, /Accepted/);
  }));

  for (const colorScheme of ['dark', 'light']) {
    spec(`the keys of a host on the way and of the host behind it, each with whose it is: ${colorScheme}`, { colorScheme }, ({ tab, server, person }) => with_hosts(server, [{}, {}], async (gate, behind) => {
      person.expected.push(/409 \(Conflict\)/);
      const { page } = tab;
      const path = await gate.key();
      await writeFile(`${behind.folder}/authorized`, await readFile(`${path}.pub`, 'utf8'));
      const key = { auth_type: 'key', private_key_path: path };
      await store(server, { ...gate.connection(), ...key, title: 'gate-of-tests' });
      const id = await store(server, { ...behind.connection(), ...key, title: 'behind', proxy_jump: 'gate-of-tests' });
      const panel = await panel_of(tab);
      const open = () => panel.getByRole('button', { name: /^behind/ }).click();
      const asked = (sshd) => page.getByRole('dialog', { name: `The key of 127.0.0.1:${sshd.port} is not known` });

      await open();
      await asked(gate).getByText('This is gate-of-tests, on the way to behind.').waitFor();
      await asked(gate).getByText(gate.fingerprint(), { exact: true }).waitFor();
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`ssh-jump-key-${colorScheme}`);
      await asked(gate).getByRole('button', { name: 'Cancel' }).click();
      await until(async () => (await asked(gate).count()) === 0, 'the dialog to close');
      assert.equal((await tab.tabs()).length, 1);
      assert.doesNotMatch(gate.log, /Accepted/, 'nobody has signed in');
      assert.equal((await server.api('GET', `/api/agent/ssh/connections/${id}/host_key`).catch((error) => error.message)).state, undefined, 'the host behind cannot be asked for its key');

      await open();
      await asked(gate).getByRole('button', { name: 'Accept and go on' }).click();
      await asked(behind).getByText('This is behind.').waitFor();
      await asked(behind).getByText(behind.fingerprint(), { exact: true }).waitFor();
      await asked(behind).getByRole('button', { name: 'Cancel' }).click();
      await until(async () => (await asked(behind).count()) === 0, 'the dialog to close');
      assert.equal((await tab.tabs()).length, 1);
      assert.doesNotMatch(behind.log, /Accepted/, 'nobody has signed in behind it');

      await open();
      await asked(behind).getByRole('button', { name: 'Accept and go on' }).click();
      await until(async () => (await tab.tabs()).length === 2, 'the tab');
      await tab.ready();
      await tab.run('echo "port ${SSH_CONNECTION##* }"');
      await tab.sees(new RegExp(`^port ${behind.port}$`, 'm'));
    }));
  }

  spec('both keys are accepted in one go', {}, ({ tab, server, person }) => with_hosts(server, [{}, {}], async (gate, behind) => {
    person.expected.push(/409 \(Conflict\)/);
    const { page } = tab;
    const path = await gate.key();
    await writeFile(`${behind.folder}/authorized`, await readFile(`${path}.pub`, 'utf8'));
    const key = { auth_type: 'key', private_key_path: path };
    await store(server, { ...gate.connection(), ...key, title: 'gate-of-tests' });
    await store(server, { ...behind.connection(), ...key, title: 'behind', proxy_jump: 'gate-of-tests' });
    const panel = await panel_of(tab);
    await panel.getByRole('button', { name: /^behind/ }).click();
    for (const sshd of [gate, behind]) {
      const ask = page.getByRole('dialog', { name: `The key of 127.0.0.1:${sshd.port} is not known` });
      await ask.getByText(sshd.fingerprint(), { exact: true }).waitFor();
      await ask.getByRole('button', { name: 'Accept and go on' }).click();
    }
    await until(async () => (await tab.tabs()).length === 2, 'the tab');
    await tab.ready();
    assert.match(behind.log, /Accepted publickey/);
  }));

  for (const colorScheme of ['dark', 'light']) {
    spec(`a host that asks for two things, one after the other: ${colorScheme}`, { colorScheme }, ({ tab, server, person }) => with_hosts(server, [{ password: 'sesame', code: '123456', lines: interactive }], async (sshd) => {
      person.expected.push(/409 \(Conflict\)/);
      const { page } = tab;
      await store(server, { ...sshd.connection(), title: 'two factors', auth_type: 'keyboard-interactive', host_key_policy: 'accept_new' });
      const panel = await panel_of(tab);
      await panel.getByRole('button', { name: /^two factors/ }).click();
      const ask = page.getByRole('dialog', { name: /^Sign in to two factors/ });
      const [password, code] = [ask.getByLabel('Password:'), ask.getByLabel('One-time code:')];
      /** Types into the field that has the focus, once it is the one that is meant. */
      const type = async (field, text) => {
        await until(async () => (await field.count()) === 1 && (await field.evaluate((element) => document.activeElement === element && element.value === '')), 'an empty field with the focus');
        await page.keyboard.type(text);
        await page.keyboard.press('Enter');
      };
      await type(password, 'sesame');
      await code.waitFor();
      assert.equal(await password.count(), 0, 'one question at a time');
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot(`ssh-two-prompts-${colorScheme}`);
      await type(code, '000000');
      await type(password, 'sesame');
      await type(code, '123456');
      await until(async () => (await tab.tabs()).length === 2, 'the tab');
      await tab.ready();
      await tab.run('id -un');
      await tab.sees(/^visitor$/m);
    }));
  }

  spec('a host that asks for two things at once, one of them in the open, with a text of its own', {}, async ({ tab, server, person }) => {
    // 502: this host has no files to list.
    person.expected.push(/409 \(Conflict\)/, /502 \(Bad Gateway\)/);
    for (const { id } of await connections(server)) await server.api('DELETE', `/api/agent/ssh/connections/${id}`);
    const rounds = [];
    const host = await HostileSsh.start((client) => {
      client.on('authentication', (asked) => {
        if (asked.method !== 'keyboard-interactive') return asked.reject(['keyboard-interactive']);
        asked.prompt([{ prompt: 'Badge: ', echo: true }, { prompt: 'One-time code: ', echo: false }], 'Two factors', 'Look at <b>the token</b>.', (answers) => {
          rounds.push(answers);
          if (answers.join() === 'badge 7,123456') asked.accept();
          else asked.reject(['keyboard-interactive']);
        });
      });
      sessions((session) => session.on('exec', (accept) => {
        const stream = accept();
        stream.write('out of the host\n');
        stream.exit(0);
        stream.end();
      }))(client);
    });
    try {
      const id = await store(server, { ...host.connection({ password: undefined }), title: 'vault', auth_type: 'keyboard-interactive', host_key_policy: 'accept_new' });
      const { page } = tab;
      const panel = await panel_of(tab);
      await panel.getByRole('button', { name: 'Files of vault' }).click();
      const ask = page.getByRole('dialog', { name: /^Sign in to vault/ });
      const [badge, code] = [ask.getByLabel('Badge:'), ask.getByLabel('One-time code:')];
      await badge.waitFor();
      await ask.getByText('Look at <b>the token</b>.').waitFor();
      assert.deepEqual([await badge.getAttribute('type'), await code.getAttribute('type')], ['text', 'password']);
      assert.deepEqual(await tab.accessibility_problems(), []);
      await tab.shot('ssh-two-at-once');
      const type = async (first, second) => {
        await until(async () => (await badge.count()) === 1 && (await badge.evaluate((element) => document.activeElement === element && element.value === '')), 'the first field, empty');
        assert.equal(await code.inputValue(), '');
        await page.keyboard.type(first);
        await page.keyboard.press('Tab');
        await page.keyboard.type(second);
        await page.keyboard.press('Enter');
      };
      await type('badge 7', '000000');
      await until(() => rounds.length === 1, 'the first answers');
      await type('badge 7', '123456');
      await until(async () => (await ask.count()) === 0, 'the dialog to close');
      assert.deepEqual(rounds, [['badge 7', '000000'], ['badge 7', '123456']]);
      const ran = await server.api('POST', `/api/agent/ssh/${id}/run`, { command: 'true' });
      assert.equal(ran.stdout, 'out of the host\n');
    } finally {
      await host.stop();
    }
  });
}
