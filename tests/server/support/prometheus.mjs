// A strict reader of the text format of Prometheus 0.0.4; throws at whatever a scraper might stumble over.
const family_name = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const sample_line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const types = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);

function number(text) {
  if (text === '+Inf') return Infinity;
  if (!/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text)) throw new Error(`no number: ${text}`);
  return Number(text);
}

function labels(text) {
  const out = {};
  const one = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
  while (one.lastIndex < text.length) {
    const found = one.exec(text);
    if (!found) throw new Error(`bad labels: ${text}`);
    if (found[1] in out) throw new Error(`label twice: ${text}`);
    out[found[1]] = found[2].replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
  }
  return out;
}

function check_histogram(name, samples) {
  const buckets = samples.filter((one) => one.name === `${name}_bucket`);
  const of = (suffix) => samples.find((one) => one.name === name + suffix)?.value;
  let before = -Infinity;
  let count = 0;
  for (const { labels: { le }, value } of buckets) {
    if (!(number(le) > before) || value < count) throw new Error(`${name}: buckets out of order`);
    before = number(le);
    count = value;
  }
  if (before !== Infinity || count !== of('_count') || of('_sum') === undefined) throw new Error(`${name}: incomplete`);
}

/** A map of family to {type, help, samples: [{name, labels, value}]}. */
export function parse_metrics(text) {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map();
  const seen = new Set();
  let current = null;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (!family_name.test(name) || families.has(name)) throw new Error(`bad or repeated family: ${line}`);
      current = { name, help: rest, type: null, samples: [] };
      families.set(name, current);
    } else if (kind === 'TYPE') {
      if (current?.name !== name || current.type || !types.has(rest)) throw new Error(`misplaced: ${line}`);
      current.type = rest;
    } else {
      const found = sample_line.exec(line);
      if (!found || !current?.type) throw new Error(`no sample: ${line}`);
      const suffixes = current.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      if (!suffixes.some((suffix) => found[1] === current.name + suffix)) throw new Error(`sample of no family: ${line}`);
      const series = `${found[1]}{${found[2] ?? ''}}`;
      if (seen.has(series)) throw new Error(`series twice: ${series}`);
      seen.add(series);
      current.samples.push({ name: found[1], labels: labels(found[2] ?? ''), value: number(found[3]) });
    }
  }
  for (const family of families.values()) {
    if (family.samples.length === 0) throw new Error(`${family.name} is empty`);
    if (family.type === 'counter' && !family.name.endsWith('_total')) throw new Error(`${family.name} counts and does not say so`);
    if (family.type === 'histogram') check_histogram(family.name, family.samples);
  }
  return families;
}
