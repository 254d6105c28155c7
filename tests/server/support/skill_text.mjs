// The skill and its guides as text: front matter, blocks of code, and what they say that exists.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const folder = fileURLToPath(new URL('../../../skills/duotty/', import.meta.url));

/** [{name, path, text}]: SKILL.md first, then the guides. */
export async function pages() {
  const guides = (await readdir(`${folder}guides`)).sort();
  const paths = ['SKILL.md', ...guides.map((file) => `guides/${file}`)];
  return Promise.all(paths.map(async (path) => ({ name: path.replace(/^guides\/|\.md$/g, ''), path, text: await readFile(folder + path, 'utf8') })));
}

/** The values between the two rows of dashes at the top. */
export function front_matter(text) {
  const [, head] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [null, ''];
  return Object.fromEntries(head.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
}

/** Fenced blocks: {language, tags, body, line}, without the indentation of their fence. */
export function blocks(text) {
  const found = [];
  let open = null;
  text.split('\n').forEach((line, index) => {
    const fence = /^(\s*)```(\S*) ?(.*)$/.exec(line);
    if (open === null && fence) {
      open = { indent: fence[1].length, language: fence[2], tags: fence[3].split(' ').filter(Boolean), lines: [], line: index + 1 };
    } else if (open !== null && line.trim() === '```') {
      found.push({ language: open.language, tags: open.tags, body: `${open.lines.join('\n')}\n`, line: open.line });
      open = null;
    } else if (open !== null) {
      open.lines.push(line.slice(open.indent));
    }
  });
  return found;
}

/** Blocks marked `run`, each with the text of the block marked `answer` behind it, or null. */
export function examples(text) {
  const all = blocks(text);
  return all.flatMap((block, i) => (block.tags.includes('run') ? [{ ...block, answer: all[i + 1]?.tags.includes('answer') ? all[i + 1].body : null }] : []));
}

/** Whether `output` is what `answer` says: `...` stands for any text in a line, alone in its line for any lines. */
export function agrees(output, answer) {
  const lines = (text) => text.replace(/\n$/, '').split('\n').map((line) => line.replace(/\r/g, '').trimEnd());
  const escaped = (line) => line.split('...').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*');
  const pattern = lines(answer).map((line) => (line === '...' ? '(?:.*\\n)*?' : `${escaped(line)}\\n`)).join('');
  return new RegExp(`^${pattern}$`).test(`${lines(output).join('\n')}\n`);
}

/** Everything that stands in code: fenced blocks that are not answers, and words in backticks. */
export function code(text) {
  const fenced = blocks(text).filter((block) => !block.tags.includes('answer')).map((block) => block.body);
  const prose = text.replace(/^\s*```[\s\S]*?^\s*```$/gm, '');
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]);
  return { fenced, inline, all: [...fenced, ...inline] };
}

/** Uses of the command line: {verb, flags}; what is quoted and what stands behind `--` belongs to somebody else. */
export function invocations(text) {
  const found = [];
  for (const [, rest] of text.matchAll(/(?:^|[\s(])duotty((?:[ \t]+(?:'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"|;&)<>]+))*)/gm)) {
    const use = { verb: null, flags: [] };
    let value = false;
    for (const [word] of rest.matchAll(/'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"]+/g)) {
      if (word === '--') break;
      if (/^--?[a-z]/i.test(word)) {
        use.flags.push(word.split('=')[0]);
        value = ['--home', '--url', '--token'].includes(word);
      } else if (!value && use.verb === null && !/^["'$]/.test(word)) {
        use.verb = word;
      } else {
        value = false;
      }
    }
    if (use.verb !== null && /^[a-z]+$/.test(use.verb)) found.push(use);
  }
  return found;
}
