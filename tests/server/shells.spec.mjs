// The shells besides bash on a running server: state, exec, and `#` questions with prompts of two lines and at the right.
import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { start } from './support/daemon.mjs';
import { Model } from './support/model.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

const shells = [
  {
    name: 'zsh', path: '/usr/bin/zsh', right: true, blocks: true,
    files: { '.zshrc': "PROMPT=$'%~ two lines\\n> '\nRPROMPT='at the right'\n" },
  },
  {
    name: 'fish', path: '/usr/bin/fish', right: true, blocks: true,
    files: { '.config/fish/config.fish': "set -g fish_greeting\nfunction fish_prompt; echo (pwd) two lines; echo '> '; end\nfunction fish_right_prompt; echo at the right; end\n" },
  },
  { name: 'dash', path: '/usr/bin/dash', files: { '.shrc': "PS1='$PWD two lines\n> '\n" } },
  { name: 'ash', path: null, files: { '.shrc': "PS1='$PWD two lines\n> '\n" } },
  { name: 'mksh', path: '/usr/bin/mksh', files: { '.shrc': "PS1=$'$PWD two lines\\n> '\n" } },
];

async function server_with(shell) {
  const s = await start();
  for (const [name, text] of Object.entries(shell.files)) {
    await mkdir(dirname(join(s.home, name)), { recursive: true });
    await writeFile(join(s.home, name), text);
  }
  if (!shell.path) await symlink('/usr/bin/busybox', join(s.home, 'ash'));
  const request = { shell: shell.path ?? join(s.home, 'ash'), env: { ENV: '$HOME/.shrc' }, cols: 80, rows: 24 };
  return { s, request };
}

const rows = async (s, id) => (await s.screen(id)).map((line) => line.trimEnd());
const last = (lines) => lines.filter((line) => line !== '').slice(-2);

for (const shell of shells) {
  spec(`${shell.name} tells its state and runs commands`, async () => {
    const { s, request } = await server_with(shell);
    const { id } = await s.shell(request);
    assert.equal((await s.get(id)).integration, true);
    const seven = await s.exec(id, "sh -c 'echo out; exit 7'");
    assert.deepEqual([seven.status, seven.exit_code, seven.stdout], ['completed', 7, 'out\n']);
    assert.equal((await s.exec(id, 'cd /usr; pwd')).cwd, '/usr');
    assert.equal((await s.exec(id, 'pwd', { cwd: '/' })).stdout, '/\n');
    await s.at_prompt(id);
    await s.input(id, { data: 'sleep 1000' });
    await until(async () => (await s.get(id)).state === 'running', 'the running command');
    const busy = await s.exec(id, 'true').then(() => null, (error) => error.message);
    assert.match(busy ?? '', /busy|sleep/);
    await s.input(id, { keys: ['ctrl+c'], enter: false });
    await s.at_prompt(id);
    assert.equal((await s.exec(id, 'pwd')).stdout, '/usr\n');
    const end = await s.exec(id, 'exit 3');
    assert.deepEqual([end.status, end.exit_code], ['shell_exited', 3]);
    await s.stop();
  });

  spec(`${shell.name} takes questions and keeps its prompt below the answer`, async () => {
    const { s, request } = await server_with(shell);
    const model = await Model.start();
    try {
      await model.use(s);
      const { id } = await s.shell(request);
      const person = await Viewer.open(s.tcp, id);
      await person.next((frame) => frame.type === 'presence', 'the end of the greeting');
      let sequence = 0;
      person.type(++sequence, "# what's *this* for?\r");
      const question = await until(() => model.questions[0], 'the question at the model');
      assert.match(question.text, /what's \*this\* for\?/);
      assert.ok(!question.text.includes('at the right?'));
      model.say(question, 'A first line.\n\nA second one.\n```command\necho sugg\'\'ested\n```\n', { last: true });
      await person.next((frame) => frame.type === 'ask' && frame.state === 'done', 'the end of the answer');
      const lines = await until(async () => {
        const now = await rows(s, id);
        return now.some((line) => line.startsWith("> echo sugg''ested")) && now;
      }, 'the suggestion on the line');
      const at = (pattern) => lines.findIndex((line) => pattern.test(line));
      assert.ok(at(/^> # what's/) < at(/A first line\./) && at(/A first line\./) < at(/A second one\./), lines.join('\n'));
      assert.match(last(lines)[0], /two lines$/);
      assert.match(last(lines)[1], shell.right ? /^> echo sugg''ested +at the right$/ : /^> echo sugg''ested$/);
      assert.equal(lines.filter((line) => /two lines/.test(line)).length, 2, lines.join('\n'));
      person.type(++sequence, '\r');
      await until(async () => (await rows(s, id)).includes('suggested'), 'the output of the suggestion');
      await s.at_prompt(id);
      // Neither a line that was not entered nor one a program reads is a question.
      person.type(++sequence, '# never entered');
      await until(async () => (await rows(s, id)).some((line) => line.startsWith('> # never entered')), 'the text');
      const prompts = async () => (await rows(s, id)).filter((line) => /two lines/.test(line)).length;
      const before = await prompts();
      person.type(++sequence, '\x03');
      if (shell.name !== 'fish') await until(async () => (await prompts()) > before, 'the next prompt');
      else await until(async () => !last(await rows(s, id))[1].includes('never'), 'the next prompt');
      person.type(++sequence, "echo rea''dy; cat\r");
      await until(async () => (await rows(s, id)).includes('ready'), 'cat');
      assert.equal((await s.get(id)).state, 'running');
      person.type(++sequence, '# for cat\r\x04');
      await s.at_prompt(id);
      person.type(++sequence, '# the end\r');
      assert.match((await until(() => model.questions[1], 'the second question')).text, /the end/);
      assert.equal(model.questions.length, 2);
      await person.close();
    } finally {
      await model.stop();
      await s.stop();
    }
  });
}

for (const shell of [...shells, { name: 'bash', path: '/bin/bash', files: { '.bashrc': "PS1='\\w two lines\\n> '\n" } }]) {
  spec(`${shell.name} takes the words after # that are not for the model, and questions in other letters`, async () => {
    const { s, request } = await server_with(shell);
    const model = await Model.start();
    try {
      await model.use(s);
      const { id } = await s.shell(request);
      const person = await Viewer.open(s.tcp, id);
      await person.next((frame) => frame.type === 'presence', 'the end of the greeting');
      let sequence = 0;
      const dones = () => person.frames.filter((frame) => frame.type === 'ask' && frame.state === 'done').length;
      const answers = (i) => JSON.parse(model.questions[i].text).messages.filter(({ role }) => role === 'assistant').map(({ content }) => content);
      const enter = async (line, text) => {
        const before = dones();
        person.type(++sequence, `${line}\r`);
        if (text) {
          const count = model.questions.length;
          const question = await until(() => model.questions[count], `the question ${line}`);
          assert.ok(question.text.includes(line.replace('# ', '')), question.text);
          model.say(question, text, { last: true });
        }
        await person.next_state(() => dones() > before, `the answer to ${line}`);
        await s.at_prompt(id);
        return (await rows(s, id)).join('\n');
      };
      assert.match(await enter('# /help'), /# \/reset forgets[^]*two lines\n>( +at the right)?\n/);
      assert.match(await enter('# /model'), /uses small\.[^]*two lines\n>( +at the right)?\n/);
      // The line editor of busybox shows a question mark for each letter beyond the European ones: that is what is read.
      const greeting = shell.name === 'ash' ? '# où est-ce été' : '# 你好，这是什么目录？';
      const shown = await enter(greeting, '这是您的主目录。');
      assert.match(shown, /# (你好，这是什么目录？|où est-ce été)(?: +at the right)?\n[^]*这是您的主目录。[^]*\n>/);
      await enter('# and then', '没有了。');
      assert.deepEqual(answers(1), ['这是您的主目录。'], 'the thread goes on');
      await enter('# /reset');
      await enter('# once more', '好。');
      assert.deepEqual(answers(2), [], 'the thread was forgotten');
      assert.equal(model.questions.length, 3);
      assert.equal((await s.exec(id, 'echo on')).stdout, 'on\n');
      await person.close();
    } finally {
      await model.stop();
      await s.stop();
    }
  });
}

for (const shell of shells.filter((one) => !one.blocks)) {
  spec(`${shell.name} goes on without marks when its prompt is set anew`, async () => {
    const { s, request } = await server_with(shell);
    const { id } = await s.shell(request);
    await s.input(id, { data: "PS1='bare> '" });
    await until(async () => last(await rows(s, id))[1] === 'bare>', 'the bare prompt');
    const outcome = await until(() => s.exec(id, "sh -c 'exit 4'").catch(() => null), 'an exec');
    assert.deepEqual([outcome.status, outcome.exit_code], ['completed', 4]);
    assert.equal((await s.get(id)).integration, false);
    await s.stop();
  });
}
