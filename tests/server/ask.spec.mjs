// `#` questions as viewers of a terminal see them: what a late viewer is told, placing the suggestion, switching it off.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { main_server, start } from './support/daemon.mjs';
import { Model } from './support/model.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

async function with_model(s, body) {
  const model = await Model.start();
  const viewers = [];
  const { id } = await s.shell({});
  const open = async (options = {}) => {
    const viewer = await Viewer.open(s.tcp, id, options);
    viewers.push(viewer);
    await viewer.next((frame) => frame.type === 'presence', 'the end of the greeting');
    viewer.frames = viewer.frames.filter((frame) => frame.type !== 'ping');
    return viewer;
  };
  try {
    await model.use(s);
    await body({ model, id, open });
  } finally {
    for (const viewer of viewers) await viewer.close();
    await s.close(id).catch(() => undefined);
    await model.stop();
  }
}

const asked = (model, count = 1) => until(() => model.questions.length >= count && model.questions[count - 1], 'the question at the model');
const types_of = (viewer) => viewer.frames.map((frame) => frame.type);

spec('a viewer who joins is told what holds, and only that', async () => {
  const s = await main_server();
  await with_model(s, async ({ model, id, open }) => {
    const first = await open();
    assert.deepEqual(types_of(first).slice(0, 3), ['hello', 'command', 'presence']);
    assert.equal(first.frames[1].state, 'prompt');
    first.send({ type: 'control', take: true });
    await first.next((frame) => frame.type === 'control', 'control');
    first.type(1, '# what now\r');
    const question = await asked(model);
    const thinking = await open();
    assert.deepEqual(types_of(thinking).slice(0, 4), ['hello', 'control', 'command', 'ask']);
    assert.equal(thinking.frames[1].held_by, first.id);
    assert.deepEqual(thinking.frames[3], { type: 'ask', state: 'thinking', prefill: null, message: null });
    model.say(question, 'A line of it.\n\nAnd ');
    await first.next((frame) => frame.type === 'ask' && frame.state === 'streaming', 'the answer to begin');
    assert.equal((await open()).frames[3].state, 'streaming');
    first.type(2, 'x');
    await first.next((frame) => frame.type === 'input_ack' && frame.sequence === 2, 'the key');
    model.say(question, 'more.\n```command\necho suggested\n```\n', { last: true });
    await first.next((frame) => frame.type === 'ask' && frame.prefill !== null, 'the suggestion');
    assert.deepEqual((await open()).frames[3], { type: 'ask', state: 'done', prefill: 'echo suggested', message: null });
    first.send({ type: 'control', take: false });
    await first.next((frame) => frame.type === 'control' && frame.held_by === null, 'the release');
    first.type(3, '\x15false\r');
    await first.next((frame) => frame.type === 'command' && frame.exit_code === 1, 'the end of a command');
    await until(async () => (await s.get(id)).state === 'prompt', 'the prompt');
    const late = await open();
    const command = late.frames.find((frame) => frame.type === 'command');
    assert.deepEqual([command.state, command.exit_code, typeof command.duration_ms, typeof command.cwd], ['prompt', 1, 'number', 'string']);
    assert.ok(!types_of(late).includes('control'));
    first.type(4, 'exit 3\r');
    await first.next((frame) => frame.type === 'exit', 'the exit');
    const after = await open();
    assert.deepEqual(after.frames.find((frame) => frame.type === 'exit'), { type: 'exit', code: 3, signal: null });
    assert.ok(!types_of(after).includes('command'));
  });
});

spec('a suggestion that cannot be put on the line says why', async () => {
  const s = await main_server();
  await with_model(s, async ({ model, open }) => {
    const person = await open();
    const refused = async (count) => {
      person.send({ type: 'prefill' });
      const errors = () => person.frames.filter((frame) => frame.type === 'error');
      await person.next_state(() => errors().length === count, `refusal ${count}`);
      return errors()[count - 1].error;
    };
    assert.equal((await refused(1)).code, 'not_found');
    person.type(1, '# what now\r');
    const question = await asked(model);
    person.type(2, 'half a comm');
    await person.shows(/half a comm/);
    model.say(question, 'This.\n```command\necho suggested\n```\n', { last: true });
    await person.next((frame) => frame.type === 'ask' && frame.prefill === 'echo suggested', 'the suggestion');
    const { code, message } = await refused(2);
    assert.equal(code, 'conflict');
    assert.match(message, /line is not empty/);
    person.type(3, '\x15');
    await until(async () => !(await s.screen(person.frames[0].terminal.id)).join('\n').includes('half a comm'), 'an empty line');
    person.send({ type: 'prefill' });
    await person.next((frame) => frame.type === 'ask' && frame.state === 'done' && frame.prefill === null, 'the end of the suggestion');
    await until(async () => /[$#] echo suggested$/.test((await s.screen(person.frames[0].terminal.id)).join('\n').trimEnd()), 'the suggestion on the line');
    assert.equal(person.frames.filter((frame) => frame.type === 'error').length, 2);
  });
});

spec('switching questions off and on holds for open terminals at once, and for the next worker', async () => {
  const s = await start();
  await with_model(s, async ({ model, id, open }) => {
    let person = await open();
    let sequence = 0;
    // A comment is asked about, or not, before the mark of the prompt after it is told.
    const comment = async (text) => {
      const before = person.frames.filter((frame) => frame.type === 'command' || frame.type === 'ask').length;
      person.type(++sequence, `${text}\r`);
      await person.next_state(() => person.frames.filter((frame) => frame.type === 'command' || frame.type === 'ask').length > before, 'the next prompt');
      await until(async () => (await s.screen(id)).filter((line) => line.trim() !== '').at(-1)?.match(/[$#] ?$/), 'the prompt');
    };
    const asks = () => person.frames.filter((frame) => frame.type === 'ask').length;
    await s.api('POST', '/api/settings', { ask_enabled: false });
    await comment('# one');
    assert.equal(asks(), 0);
    await s.api('POST', '/api/settings', { ask_enabled: true });
    await comment('# two');
    const question = await asked(model);
    assert.match(question.text, /two/);
    model.say(question, 'Yes.', { last: true });
    await person.next((frame) => frame.type === 'ask' && frame.state === 'done', 'the answer');
    await s.api('POST', '/api/settings', { ask_enabled: false });
    await s.kill_worker();
    await s.back();
    person = await open();
    await comment('# three');
    assert.equal(asks(), 0);
    assert.equal(model.questions.length, 1);
  });
  await s.stop();
});

// As ble.sh: it counts its lines, and tells of a comment as of a command that starts; here, when Ctrl-G is pressed.
const line_editor = String.raw`
BLE_ATTACHED=1 _ble_edit_lineno=1 PROMPT_COMMAND='(( ++_ble_edit_lineno ))'
says() { printf '\e]7717;%s;%s\a' "${'$'}{__duotty_k[1]}${'$'}{__duotty_k[0]}" "$1"; }
runs() { says "C;cmd=$(printf '# what now' | base64)"; says 'D;code=0;cmd='; says A; printf '> '; says B; }
bind -x '"\C-g": runs'
`;

spec('with a line editor in bash, a question is what it says it runs, and not what is left of a line on the screen', async () => {
  const s = await start();
  await writeFile(join(s.home, '.bashrc'), line_editor);
  await with_model(s, async ({ model, id, open }) => {
    const person = await open();
    const prompts = () => person.frames.filter((frame) => frame.type === 'command' && frame.state === 'prompt').length;
    const before = prompts();
    person.type(1, '# given up\r');
    await until(() => prompts() > before, 'the next prompt');
    person.type(2, '\x07');
    assert.match((await asked(model)).text, /what now/);
    assert.equal(model.questions.length, 1);
    model.say(model.questions[0], 'That.\n', { last: true });
    await person.next((frame) => frame.type === 'ask' && frame.state === 'done', 'the end of the answer');
    assert.deepEqual((await s.exec(id, 'echo well; (exit 4)')).exit_code, 4);
  });
  await s.stop();
});
