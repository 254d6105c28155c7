import assert from 'node:assert/strict';
import { start_provider, use_provider } from './support/provider.mjs';
import { spec } from './support/suite.mjs';
import { until } from './support/wait.mjs';

const long_answer = 'Many words are needed for this one, so that it can be stopped. '.repeat(12);
const answers = {
  'what listens': 'The sockets that listen, with their programs.\n```command\nss -tulpn | sort\n```\n',
  'tell me everything': long_answer,
};

async function with_provider(server, body) {
  const provider = await start_provider(answers);
  try {
    if (!server.mock) await use_provider(server, provider);
    await body(provider);
  } finally {
    await provider.stop();
  }
}

spec('a question is answered above the prompt, and its command waits on the line', {}, async ({ tab, server }) => {
  await with_provider(server, async () => {
    await tab.ready();
    await tab.run('# what listens here');
    await tab.page.getByText(/^AI is /).waitFor();
    await tab.shot('ask-streaming');
    if (server.mock) await tab.page.getByRole('button', { name: 'Put on the line' }).click();
    await tab.sees(/[$#] ss -tulpn \| sort$/);
    await until(async () => (await tab.page.locator('.chip').count()) === 0, 'the chip to go');
    await tab.shot('ask-answered');
  });
});

spec('Escape stops an answer', {}, async ({ tab, server }) => {
  await with_provider(server, async () => {
    await tab.ready();
    await tab.run('# tell me everything');
    await tab.page.getByText('AI is answering').waitFor();
    await tab.page.keyboard.press('Escape');
    await until(async () => (await tab.page.locator('.chip').count()) === 0, 'the chip to go');
    await tab.run('echo still a shell');
    await tab.sees(/^still a shell$/m);
    assert.ok((await tab.text()).length < long_answer.length);
  });
});

spec('a suggestion waits while the line is in use', {}, async ({ tab, server }) => {
  await with_provider(server, async () => {
    await tab.ready();
    await tab.run('# what listens here');
    await tab.page.getByText(/^AI is /).waitFor();
    if (!server.mock) await tab.type('half a comm');
    await tab.page.getByRole('button', { name: 'Put on the line' }).waitFor();
    await tab.shot('ask-waiting');
    if (!server.mock) await tab.page.keyboard.press('Control+U');
    await until(async () => !/half a comm/.test(await tab.text()), 'an empty line');
    await tab.page.getByRole('button', { name: 'Put on the line' }).click();
    await tab.sees(/[$#] ss -tulpn \| sort$/);
    await until(async () => (await tab.page.locator('.chip').count()) === 0, 'the chip to go');
  });
});
