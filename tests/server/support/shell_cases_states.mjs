// What commands do to the options, hooks and prompts of their shell; the next one is answered as truly.

const five = { posix: '(exit 5)', fish: "sh -c 'exit 5'" };

/** A case that runs these lines in a fresh shell; what they print and answer is not looked at, but that they end. */
function after(name, lines, more = {}) {
  return {
    name,
    run: lines,
    ...more,
    play: async (t) => {
      for (const line of [t.words(lines)].flat()) await t.done(line, undefined, undefined);
      await t.done(`echo out; ${t.words(five)}`, more.output ?? 'out\n', 5);
      await t.done('/usr/bin/printf last', more.last ?? 'last');
      return more.over ? 'over' : undefined;
    },
  };
}

const options = [
  after('set -u', { posix: 'set -u' }),
  after('set -f', { posix: 'set -f' }),
  after('set -a', { posix: 'set -a' }),
  after('set -b', { bash: 'set -b', mksh: 'set -b' }),
  after('set -C', { posix: 'set -C' }),
  after('set +m', { posix: 'set +m' }),
  after('set -v', { posix: 'set -v' }, { output: /out\n/, last: /last/, over: true }),
  after('set -x', { posix: 'set -x' }, { output: /out\n/, last: /last/, over: true }),
  after('set -k', { bash: 'set -k' }),
  after('set -n', { bash: 'set -n' }),
  after('set -o vi', { bash: 'set -o vi', mksh: 'set -o vi', dash: 'set -o vi', ash: 'set -o vi', zsh: 'bindkey -v', fish: 'fish_vi_key_bindings' }),
  after('set -o emacs', { bash: 'set -o emacs', mksh: 'set -o emacs', zsh: 'bindkey -e' }),
  after('no line editor', { bash: 'set +o emacs', zsh: 'unsetopt zle' }),
  after('set -o posix', { bash: 'set -o posix' }),
  after('extdebug', { bash: 'shopt -s extdebug' }),
  after('set -T, set -E', { bash: ['set -TE', "trap ': debug' DEBUG", "trap ': error' ERR"] }),
  after('no history expansion', { bash: 'set +H', zsh: 'unsetopt banghist' }),
  after('history that writes > as >|', { zsh: ['setopt hist_allow_clobber', 'echo a > clobbered', 'cat <<E >> clobbered 2>&1\nb > c\nE'] }),
  {
    name: 'history expanded by other letters', run: { bash: '', zsh: '' },
    play: async (t) => {
      await t.done("histchars='@^#'", '');
      await t.done('echo u@h; (exit 5)', 'u@h\n', 5);
    },
  },
  after('history that leaves things out', { bash: 'HISTCONTROL=ignoreboth HISTIGNORE="*"', zsh: 'setopt hist_ignore_all_dups hist_ignore_space hist_no_store' }),
  after('no history', { bash: 'set +o history; unset HISTFILE', zsh: 'HISTSIZE=0', fish: 'set -g fish_history ""' }),
  after('promptvars off', { bash: 'shopt -u promptvars' }),
  after('expand_aliases off', { bash: 'shopt -u expand_aliases' }),
  after('keys bound anew', { bash: `bind '"a": "XX"'; bind '"\\C-m": accept-line'`, zsh: "bindkey 'a' kill-whole-line", fish: "bind a 'commandline -r XX'" }),
  after('bracketed paste off in the line editor', { bash: "bind 'set enable-bracketed-paste off'", zsh: 'unset zle_bracketed_paste' }),
  after('completion set anew', { bash: "complete -r; bind 'set show-all-if-ambiguous on'" }),
  after('shwordsplit', { zsh: 'setopt shwordsplit' }),
  after('ksharrays', { zsh: 'setopt ksharrays' }),
  after('prompt_sp off', { zsh: 'unsetopt promptsp promptcr' }),
  after('transient_rprompt', { zsh: 'setopt transient_rprompt; RPROMPT=right' }),
  after('printexitvalue', { zsh: 'setopt printexitvalue' }, { output: /out\n/, over: true }),
  after('single_line_zle', { zsh: 'setopt single_line_zle' }),
  after('emulate sh', { zsh: 'emulate sh' }),
  after('emulate ksh', { zsh: 'emulate ksh' }),
  after('nomatch off', { zsh: 'unsetopt nomatch' }),
  after('no_unset', { zsh: 'setopt nounset' }),
  after('global aliases', { zsh: "alias -g G='| grep'; alias -g out=XX" }, { output: 'XX\n' }),
  after('prompt_percent off', { zsh: 'unsetopt promptpercent' }),
  after('prompt_subst', { zsh: "setopt promptsubst; PROMPT='$(echo sub) %# '" }),
  after('extended_glob and interactive comments', { zsh: 'setopt extendedglob interactivecomments' }),
  after('a trace in fish', { fish: 'set fish_trace 1' }, { output: /out\n/, last: /last/, over: true }),
];

const hooks = [
  after('a DEBUG trap', { bash: "trap ': $BASH_COMMAND' DEBUG", zsh: "trap ':' DEBUG", }),
  after('a DEBUG trap that prints', { bash: "trap 'printf \"\"' DEBUG" }),
  after('an ERR trap', { bash: "trap 'echo ERR' ERR", zsh: "trap 'echo ERR' ZERR", mksh: "trap 'echo ERR' ERR" }, { output: /out\n(ERR\n)*$/, last: /last$/, over: true }),
  after('a trap that is ignored', { posix: "trap '' INT TERM QUIT" }),
  after('a trap on INT', { posix: "trap 'echo INT' INT", fish: 'trap "echo INT" INT' }),
  after('TRAPZERR and TRAPINT', { zsh: 'TRAPZERR() { :; }; TRAPINT() { return 1; }; TRAPEXIT() { :; }' }),
  after('PROMPT_COMMAND unset', { bash: 'unset PROMPT_COMMAND' }),
  after('PROMPT_COMMAND as one text', { bash: "PROMPT_COMMAND='true; false'" }),
  after('PROMPT_COMMAND added to', { bash: ["PROMPT_COMMAND+=('false')", 'PROMPT_COMMAND="history -a; $PROMPT_COMMAND"'] }),
  after('PROMPT_COMMAND that is not to be changed', { bash: "readonly PROMPT_COMMAND" }),
  after('PS0', { bash: "PS0='[start] '" }),
  after('all prompts empty', { bash: "PS0= PS1= PS2= PROMPT_COMMAND=", zsh: 'PS1= PS2= RPS1=', fish: 'function fish_prompt; end', mksh: "PS1=" }, {}),
  after('PS1 unset', { bash: 'unset PS1', zsh: 'unset PS1', dash: 'unset PS1', ash: 'unset PS1', mksh: 'unset PS1' }),
  after('a plain PS1', { posix: "PS1='$ '" }),
  after('hooks emptied', { zsh: 'precmd_functions=() preexec_functions=()', bash: 'PROMPT_COMMAND=(); PS0=' }),
  after('hooks unset', { zsh: 'unset precmd_functions preexec_functions' }),
  after('precmd and preexec of the user', { zsh: 'precmd() { false; }; preexec() { false; }' }),
  after('functions of the user that fail', { fish: ['function fish_postexec --on-event fish_postexec; false; end', 'function p --on-event fish_preexec; false; end'] }),
  after('fish_prompt erased', { fish: 'functions -e fish_prompt' }),
  after('fish_prompt set anew', { fish: "function fish_prompt; echo 'new> '; end" }),
  after('a prompt at the right', { zsh: "RPROMPT='%T right'", fish: 'function fish_right_prompt; echo right; end' }),
  after('a mode prompt', { fish: 'fish_vi_key_bindings; function fish_mode_prompt; echo "[$fish_bind_mode]"; end' }),
  after('a prompt over lines', { bash: "PS1='one\\ntwo\\n> '", zsh: "PS1=$'one\\ntwo\\n> '", fish: 'function fish_prompt; echo one; echo two; echo "> "; end' }),
  after('a prompt that is longer than a row', { bash: `PS1='${'long'.repeat(40)}$ '`, zsh: `PS1='${'long'.repeat(40)}$ '` }),
  after('a prompt that runs something', { bash: "PS1='$(sh -c \"exit 3\")$(date +%s) '", zsh: "setopt promptsubst; PS1='$(sh -c \"exit 3\")$(date +%s) '" }),
  after('a prompt that ends in a newline', { bash: "PS1='x\\n'", zsh: "PS1=$'x\\n'" }),
  after('a prompt with forged marks', { bash: "PS1='\\e]133;A\\a\\e]7717;x;B\\a$ '", zsh: "PS1=$'%{\\e]133;A\\a\\e]7717;x;B\\a%}$ '" }),
  after('a widget in place of ours', { zsh: 'zle-line-init() { :; }; zle -N zle-line-init; zle-line-finish() { :; }; zle -N zle-line-finish' }),
  after('aliases of everything', { posix: "alias printf=false command=false builtin=false eval=false unset=false cd=false" }),
  after('a function in place of print', { mksh: 'print() { :; }' }),
  after('functions in place of builtins', { bash: 'local() { :; }; set() { :; }; trap() { :; }; shopt() { :; }' }),
  after('aliases of what scripts begin with', { dash: "alias .=false unset='echo u'", ash: "alias .=false unset='echo u'", mksh: "alias .=false unset='echo u'" }),
  after('a start file that is read again', { bash: 'source ~/.bashrc 2>/dev/null; true', zsh: 'source ~/.zshrc', fish: 'source ~/.config/fish/config.fish' }),
  after('a locale without letters', { posix: 'LC_ALL=C; export LC_ALL', fish: 'set -gx LC_ALL C' }),
  after('IFS', { posix: 'IFS=0123456789e' }),
  after('variables that are not to be changed', { posix: 'readonly IFS PATH PS2' }),
  after('no PATH', { bash: 'PATH=/nowhere', zsh: 'PATH=/nowhere', dash: 'PATH=/nowhere:/usr/bin', mksh: 'PATH=/nowhere:/usr/bin', fish: 'set PATH /usr/bin' }, { over: true }),
  after('another TERM', { all: 'export TERM=dumb' }),
  after('ulimit', { posix: 'ulimit -n 64', fish: 'ulimit -n 64' }),
  after('umask', { all: 'umask 077' }),
  after('a closed descriptor', { posix: 'exec 3>&- 9>&-' }),
  after('descriptor nine in use', { posix: 'exec 9>/dev/null' }),
];

export const states = [...options, ...hooks];
