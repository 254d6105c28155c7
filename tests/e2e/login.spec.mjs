import assert from 'node:assert/strict';
import { environment, spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const refused = [/status of 401/, /status of 429/];
const key_field = (page) => page.getByLabel('Access key');

spec('a stranger signs in and arrives where they wanted', { server: 'locked', path: '/settings/about' }, async ({ tab, person }) => {
  person.expected.push(...refused);
  await key_field(tab.page).waitFor();
  assert.deepEqual(await tab.accessibility_problems(), []);
  await tab.shot('login');
  await tab.page.keyboard.press('Enter');
  await tab.page.getByText('Enter the access key.').waitFor();
  await tab.type('not the right key');
  await tab.page.keyboard.press('Enter');
  await tab.page.getByText('That key is not right.').waitFor();
  await tab.shot('login-wrong');
  await key_field(tab.page).fill(environment().access_key);
  await tab.page.keyboard.press('Enter');
  await tab.page.getByRole('heading', { name: 'About' }).waitFor();
  assert.match(tab.page.url(), /\/settings\/about$/);
  await tab.page.getByRole('button', { name: 'Back to the terminals' }).click();
  await tab.ready();
  await tab.run('echo signed in');
  await tab.sees(/^signed in$/m);
});

spec('too many tries are explained', { server: 'locked' }, async ({ tab, person }) => {
  person.expected.push(...refused);
  await key_field(tab.page).waitFor();
  await tab.page.route('**/api/auth/login', (route) =>
    route.fulfill({ status: 429, contentType: 'application/json', headers: { 'Retry-After': '42' }, body: '{"error":{"code":"rate_limited","message":"Slow down."}}' }),
  );
  await key_field(tab.page).fill('guess');
  await tab.page.keyboard.press('Enter');
  await tab.page.getByText('Too many tries. Wait 42 s and try again.').waitFor();
});

spec('the sign-in page speaks both languages', { server: 'locked', language: 'zh-CN' }, async ({ tab, person }) => {
  person.expected.push(...refused);
  await tab.page.getByRole('heading', { name: '登录' }).waitFor();
  await tab.shot('login-zh');
  await tab.page.getByRole('button', { name: 'English' }).click();
  await tab.page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

spec('a session that ends in the middle of work leads to the sign-in page and back', { server: 'locked' }, async ({ tab, person }) => {
  person.expected.push(...refused, /WebSocket/);
  await key_field(tab.page).fill(environment().access_key);
  await tab.page.keyboard.press('Enter');
  await tab.ready();
  await tab.run('echo remember me');
  await tab.sees(/^remember me$/m);
  await person.context.clearCookies();
  await tab.page.getByRole('button', { name: 'New terminal' }).click();
  await key_field(tab.page).fill(environment().access_key);
  await tab.page.keyboard.press('Enter');
  await tab.sees(/^remember me$/m);
  await until(async () => (await tab.tabs()).length >= 1, 'the tabs');
});
