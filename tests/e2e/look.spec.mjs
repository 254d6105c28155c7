import assert from 'node:assert/strict';
import { spec } from './support/suite.mjs';
import { desktop, phone } from './support/browser.mjs';
import { until } from './support/wait.mjs';

const sections = ['ai', 'tokens', 'audit', 'appearance', 'about'];

for (const scheme of ['dark', 'light']) {
  for (const [language, word] of [['en-US', 'Settings'], ['zh-CN', '设置']]) {
    for (const [size, viewport] of [['desktop', desktop], ['phone', phone]]) {
      const name = `${scheme} ${language} ${size}`;
      spec(`every screen is right and accessible: ${name}`, { colorScheme: scheme, language, viewport, touch: size === 'phone' }, async ({ tab }) => {
        await tab.ready();
        await tab.run('echo ready');
        await tab.sees(/^ready$/m);
        assert.equal(await tab.page.evaluate(() => document.documentElement.dataset.theme), scheme);
        assert.deepEqual(await tab.accessibility_problems(), []);
        await tab.shot(`screen-terminal-${scheme}-${language}-${size}`);
        await tab.page.getByRole('button', { name: new RegExp(`^${word}`) }).click();
        for (const section of sections) {
          await tab.page.locator(`.settings-nav a[href$="/${section}"]`).click();
          await tab.page.locator('.settings-body h1').waitFor();
          await until(async () => (await tab.page.locator('.settings-body').textContent()).length > 40, 'the section');
          assert.deepEqual(await tab.accessibility_problems(), [], section);
          const overflow = await tab.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `${section} is ${overflow} px too wide`);
          await tab.shot(`screen-${section}-${scheme}-${language}-${size}`);
        }
      });
    }
  }
}

spec('theme and language change at once and stay', { colorScheme: 'dark', language: 'en-US', path: '/settings/appearance' }, async ({ tab }) => {
  await tab.page.getByRole('radio', { name: 'Light' }).check();
  assert.equal(await tab.page.evaluate(() => document.documentElement.dataset.theme), 'light');
  await tab.page.getByRole('radio', { name: '中文' }).check();
  await tab.page.getByRole('heading', { name: '外观' }).waitFor();
  await tab.page.reload();
  await tab.page.getByRole('heading', { name: '外观' }).waitFor();
  assert.equal(await tab.page.evaluate(() => document.documentElement.dataset.theme), 'light');
  assert.equal(await tab.page.evaluate(() => document.documentElement.lang), 'zh-CN');
});

spec('the screen reader mode gives output as text', { prefs: { screen_reader: true } }, async ({ tab }) => {
  await tab.ready();
  await tab.run('echo spoken');
  await until(async () => /spoken/.test((await tab.page.locator('.xterm-accessibility-tree').textContent()) ?? ''), 'the text tree');
});
