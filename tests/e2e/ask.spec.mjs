import { environment, spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

// The frames of an answer need a provider; the mock server plays one. (Against the binary, the tests of the AI itself do.)
spec('an answer shows a chip, Escape stops it, and a suggestion waits for its button', {}, async ({ tab }) => {
  await tab.ready();
  if (!environment().mock) return;
  await tab.run('# what listens here');
  await tab.page.getByText('AI is answering').waitFor();
  await tab.shot('ask-streaming');
  await tab.page.keyboard.press('Escape');
  await until(async () => (await tab.page.locator('.chip').count()) === 0, 'the chip to go');
  await tab.run('# what listens here');
  await tab.page.getByRole('button', { name: 'Put on the line' }).click();
  await tab.sees(/\$ ss -tulpn \| sort$/);
});
