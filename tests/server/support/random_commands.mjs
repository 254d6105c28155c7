// Commands made up at random from a seed. They write to standard output only, read nothing, and leave nothing behind
// that another would see, so that a fresh shell in a pipe does the same with them.

/** Numbers that depend on the seed alone (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, pick: (list) => list[below(list.length)], chance: (share) => next() < share };
}

const letters = 'abcxyzABC0189';
const marks = ['!', '"', '#', '$', '%', '&', '*', '(', ')', '~', '`', ';', '|', '<', '>', '?', '[', ']', '{', '}', '^', '=', '+', '-', '_', '/', '.', ',', ':', '@', '\\'];
const beyond = ['ü', 'ß', '→', '世', '界', '😀', 'é', '\u0301', '\u200b', 'Ω', '한', '👩‍💻', '\u00a0', 'ﬁ'];

function word(r, most = 12) {
  let out = '';
  for (let left = 1 + r.below(most); left > 0; left -= 1) out += letters[r.below(letters.length)];
  return out;
}

/** Text that no terminal would change: no control characters but tabs, and newlines where they are allowed. */
function text(r, { lines = false, quotes = true } = {}) {
  let out = '';
  for (let left = r.below(30); left > 0; left -= 1) {
    const kind = r.below(12);
    if (kind < 5) out += word(r, 6);
    else if (kind < 7) out += ' '.repeat(1 + r.below(3));
    else if (kind < 9) out += r.pick(marks);
    else if (kind < 10) out += r.pick(beyond);
    else if (kind < 11) out += quotes ? "'" : '.';
    else out += lines && r.chance(0.5) ? '\n' : r.chance(0.3) ? '\t' : '-';
  }
  return out;
}

const posix_quote = (value) => `'${value.replaceAll("'", "'\\''")}'`;
const posix_double = (value) => `"${value.replace(/["\\$`]/g, '\\$&').replaceAll('!', '"\'!\'"')}"`;
const fish_quote = (value) => `'${value.replace(/[\\']/g, '\\$&')}'`;
const fish_double = (value) => `"${value.replace(/["\\$]/g, '\\$&')}"`;
const octal = (value) => [...Buffer.from(value)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

/** Without those of a stopped program: zsh now and then takes a pipeline that ends so for one, and waits, also in a pipe. */
function exit_code(r, limit) {
  const drawn = r.below(limit);
  return drawn >= 147 && drawn <= 150 ? drawn - 20 : drawn;
}

function common(r, quote, double) {
  const code = exit_code(r, 256);
  const quoted = () => (r.chance(0.5) ? quote : double)(text(r));
  return r.pick([
    () => 'true',
    () => 'false',
    () => `sh -c 'exit ${code}'`,
    () => `printf '%s\\n' ${quoted()}`,
    () => `printf '%s' ${quoted()}`,
    () => `printf '%s|%s|' ${quoted()} ${quoted()}`,
    () => `printf '${octal(text(r, { lines: true }))}'`,
    () => `printf '%s\\n' ${quote(text(r, { lines: true }))}`,
    () => `printf '%5d|%-5s|%x\\n' ${r.below(100)} ${word(r, 4)} ${r.below(999)}`,
    () => `seq 1 ${r.below(40)}`,
    () => `seq 1 ${r.below(60)} | tail -n ${1 + r.below(5)}`,
    () => `printf '%s\\n' ${quoted()} | tr a-z A-Z | cat`,
    () => `printf '%s' ${quoted()} | od -An -tx1 | tr -d ' \\n'`,
    () => `printf '%s' ${quoted()} | wc -c | tr -d ' '`,
    () => `head -c ${r.below(3000)} /dev/zero | tr '\\0' ${r.pick(['x', '.', '7'])}`,
    () => `head -c ${1 + r.below(300)} /dev/zero | tr '\\0' '\\n'`,
    () => (r.chance(0.05) ? `seq 1 ${5000 + r.below(15000)}` : `seq 1 ${r.below(300)} | paste -sd ' ' -`),
    () => `env no-such-${word(r, 4)} 2>/dev/null`,
    () => `printf '%s\\n' ${word(r)} # ${text(r).replaceAll('\n', ' ')}`,
    () => 'sleep 0',
    () => `sh -c 'sleep 0 & wait; printf "%s\\n" waited; exit ${code % 8}'`,
    () => `printf '%s\\n' ${word(r)} \\\n  ${word(r)}`,
    () => `env V=${quoted()} sh -c 'printf "%s\\n" "$V"'`,
    () => `sh -c 'printf out; printf err >&2' 2>/dev/null`,
    () => `printf '\\n\\n%s\\n\\n' ${word(r)}`,
    () => `printf '   %s   \\n' ${word(r)}`,
  ])();
}

function posix_simple(r) {
  const v = `v${word(r, 5)}`;
  const quoted = () => (r.chance(0.5) ? posix_quote : posix_double)(text(r));
  if (r.chance(0.6)) return common(r, posix_quote, posix_double);
  return r.pick([
    () => `(exit ${exit_code(r, 256)})`,
    () => `f${v}() { return ${r.below(256)}; }; f${v}`,
    () => `f${v}() {\n  printf '%s,' "$@"\n  return $#\n}\nf${v} ${word(r)} ${quoted()}`,
    () => `cat <<'${v}'\n${text(r, { lines: true })}\n${v}`,
    () => `cat <<${v}\n${word(r)} $((${r.below(99)} + ${r.below(99)})) \${NOT_SET:-${word(r)}}\n${v}`,
    () => `cat <<-${v}\n\t\t${word(r)}\n\t${v}`,
    () => `cat <<A${v}; cat <<'B${v}'\n${word(r)}\nA${v}\n${text(r, { lines: true })}\nB${v}`,
    () => `for ${v} in ${word(r)} ${word(r)} ${quoted()}; do printf '[%s]' "$${v}"; done`,
    () => `${v}=0; while [ "$${v}" -lt ${r.below(6)} ]; do ${v}=$((${v} + 1)); printf '%s ' "$${v}"; done`,
    () => `case ${posix_quote(word(r, 3))} in a*) echo a;; *[0-9]) echo digit;; *) echo other; false;; esac`,
    () => `${v}=${quoted()}; printf '%s\\n' "$${v}"`,
    () => `${v}=$(printf '%s' ${quoted()}); printf '%s' "\${#${v}}"`,
    () => `${v}=${posix_quote(word(r))}; printf '%s\\n' "\${${v}#?}" "\${${v}%?}"`,
    () => `printf '%s\\n' "$(printf '%s' "$(printf '%s' ${quoted()})")"`,
    () => `(sleep 0 & wait; echo background)`,
    () => `( cd / && pwd )`,
    () => `( (exit ${r.below(9)}); echo $? )`,
    () => `echo $((${r.below(1000)} * ${r.below(1000)} - ${r.below(50)}))`,
    () => `! true`,
    () => `! (exit 3)`,
    () => `test ${r.below(3)} -eq ${r.below(3)}`,
    () => `[ -n ${quoted()} ]`,
    () => `{ printf '%s' ${word(r)}; printf '%s' ${word(r)} >&2; } 2>/dev/null`,
    () => `{ printf '%s ' ${word(r)}; printf '%s\\n' ${word(r)} >&2; } 2>&1`,
    () => `(trap 'echo trapped' EXIT; (exit ${r.below(5)}))`,
    () => `set -- ${quoted()} ${word(r)}; printf '%s:' "$#" "$@"`,
  ])();
}

function posix(r, depth = 0) {
  const one = () => posix(r, depth + 1);
  const plain = () => {
    // A comment or a here document would swallow what comes behind it on its line.
    const made = one();
    return /#|<</.test(made) ? `${made}\n` : `${made} `;
  };
  if (depth >= 2 || r.chance(0.45)) return posix_simple(r);
  return r.pick([
    () => `${plain()}\n${one()}`,
    () => `if ${plain()}\nthen\n${one()}\nelse\n${one()}\nfi`,
    () => `( ${plain()}\n)`,
    () => `{ ${plain()}\n}`,
    () => `{ ${plain()}\n} && { ${plain()}\n}`,
    () => `{ ${plain()}\n} || { ${plain()}\n}`,
    () => `{ ${plain()}\n} | cat`,
    // Beyond 128 zsh now and then takes it for a signal of the pipeline, and says so where a person would see it.
    () => `{ ${plain()}\n} | { cat; (exit ${r.below(128)}); }`,
    () => `printf '%s.' "$( ${plain()}\n)"`,
    () => `${plain()}\nprintf '<%s>' "$?"`,
  ])();
}

function fish(r, depth = 0) {
  const v = `v${word(r, 5)}`;
  const one = () => fish(r, depth + 1);
  if (depth >= 2 || r.chance(0.5)) {
    if (r.chance(0.6)) return common(r, fish_quote, fish_double);
    const quoted = () => (r.chance(0.5) ? fish_quote : fish_double)(text(r));
    return r.pick([
      () => `for ${v} in ${word(r)} ${quoted()}\nprintf '[%s]' $${v}\nend`,
      // An assignment leaves the status of what was before it.
      () => `true; set -l ${v} ${quoted()}; printf '%s\\n' $${v}`,
      () => `function f${v}; printf '%s,' $argv; return ${r.below(200)}; end; f${v} ${word(r)} ${quoted()}`,
      () => `printf '%s\\n' (printf '%s' ${word(r)})`,
      () => `string length -- ${quoted()}`,
      () => `math ${r.below(100)} + ${r.below(100)}`,
      () => `test ${r.below(3)} -eq ${r.below(3)}`,
      () => `not true`,
      () => `switch ${word(r, 3)}\ncase 'a*'\necho a\ncase '*'\necho other\nend`,
    ])();
  }
  return r.pick([
    () => `${one()}\n${one()}`,
    () => `begin\n${one()}\nend`,
    () => `if ${one()}\n${one()}\nelse\n${one()}\nend`,
    () => `begin\n${one()}\nend; and begin\n${one()}\nend`,
    () => `begin\n${one()}\nend | cat`,
    () => `${one()}\nprintf '<%s>' $status`,
  ])();
}

/** One command for a shell of this family ("posix" or "fish"). */
export function random_command(r, family) {
  return family === 'fish' ? fish(r) : posix(r);
}
