// Prompt frameworks: what they do to hooks and prompts, each in a start file as small as it gets; and the real ones where
// a system has them, or in the folder DUOTTY_FRAMEWORKS (as `dpkg -x` unpacks their packages).
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../e2e/support/wait.mjs';

const root = process.env.DUOTTY_FRAMEWORKS ?? '/';

/** The start file stands, its prompt is drawn with the true code of the last command, and commands are answered right. */
function framework(name, start, { prompt, code, options } = {}) {
  return {
    name: `framework: ${name}`,
    start,
    ...options,
    play: async (t) => {
      assert.equal((await t.get()).integration, true, 'the integration is installed');
      const five = t.words({ posix: '(exit 5)', fish: "sh -c 'exit 5'" });
      for (let i = 0; i < 3; i += 1) {
        await t.done(`echo out ${i}`, `out ${i}\n`, 0);
        await t.done(five, '', 5);
        if (code) await t.shows(code);
        await t.done(t.words({ posix: 'echo "$?"', fish: 'echo $status' }), '5\n', 0);
        await t.done(t.words({ posix: 'for i in 1 2\ndo\necho $i\ndone\n(exit 3)', fish: "for i in 1 2\necho $i\nend\nsh -c 'exit 3'" }), '1\n2\n', 3);
      }
      if (prompt) await t.shows(prompt);
      if (t.shell.hooks) {
        await t.type('false');
        const block = await until(async () => (await t.blocks()).find(({ command, status }) => command === 'false' && status !== 'running'), 'a block of what was typed');
        assert.equal(block.exit_code, 1);
        await t.prompt();
      }
    },
  };
}

const real = (name, shell, path, text, more) => (existsSync(join(root, path)) ? [framework(`${name} itself`, { [shell]: text(join(root, path)) }, more)] : []);

export const frameworks = [
  {
    name: 'framework: a line that is drawn again all the time is not taken for an empty one',
    start: { zsh: `
PROMPT="$(printf '%%F{red}%%f%.0s' {1..400})async[%?] "
mkfifo $HOME/tick.$$; exec {tick}<>$HOME/tick.$$; rm $HOME/tick.$$
# Behind each other: on a busy machine a clock would leave the shell no moment to read a key.
soon() { (sleep 0.01; echo >&$tick) &! }
redraw() { read -ru $1; zle reset-prompt; soon; }
zle -F $tick redraw; soon
` },
    play: async (t) => {
      await t.done('echo out', 'out\n', 0);
      await t.type('half a line', { enter: false });
      await t.shows(/half a line/);
      for (let i = 0; i < 8; i += 1) assert.match(await t.exec('echo no', { timeout: 2 }).then(() => 'it ran', ({ message }) => message), /unfinished text|busy/);
      // One that comes while the shell draws ends what draws, and leaves the line.
      await until(async () => (await t.keys('ctrl+c'), !(await t.exec('true', { timeout: 5 }).then(() => '', ({ message }) => message))), 'an empty line');
      assert.ok(!(await t.blocks()).some(({ command }) => /half/.test(command)), JSON.stringify(await t.blocks()));
    },
  },
  framework('bash-preexec', {
    bash: `
__bp_last_ret_value=0
__bp_set_ret_value() { return \${1:-0}; }
__bp_precmd_invoke_cmd() { __bp_last_ret_value=$? BP_PIPESTATUS=("\${PIPESTATUS[@]}"); __bp_inside=1; for f in "\${precmd_functions[@]}"; do __bp_set_ret_value "$__bp_last_ret_value" "$__bp_last_argument"; "$f"; done; __bp_inside=; return $__bp_last_ret_value; }
__bp_interactive_mode() { __bp_preexec_interactive_mode=on; }
__bp_preexec_invoke_exec() { __bp_last_argument="\${1:-}"; [[ -n $__bp_inside ]] && return; [[ -z $__bp_preexec_interactive_mode ]] && return; __bp_preexec_interactive_mode=; last_command=$(HISTTIMEFORMAT= builtin history 1); return 0; }
my_precmd() { PS1="bp[$?]> "; }
precmd_functions+=(my_precmd)
__bp_install() { [[ "\${PROMPT_COMMAND[*]}" != *__bp_precmd_invoke_cmd* ]] || return 1; trap '__bp_preexec_invoke_exec "$_"' DEBUG; PROMPT_COMMAND="__bp_precmd_invoke_cmd
\${PROMPT_COMMAND/__bp_install/:}
__bp_interactive_mode"; eval "__bp_precmd_invoke_cmd"; __bp_interactive_mode; }
PROMPT_COMMAND="\${PROMPT_COMMAND:+$PROMPT_COMMAND; }__bp_install"
`,
  }, { prompt: /^bp\[/, code: /bp\[5\]>/ }),
  framework('a DEBUG trap and PROMPT_COMMAND that set PS1', {
    bash: `
ship_preexec() { local PREV=$1; if [ "$READY" = true ]; then READY=false; START=$SECONDS; fi; : "$PREV"; }
ship_precmd() { CODE=$? PIPE=(\${PIPESTATUS[@]}); [[ \${BP_PIPESTATUS-} ]]; PS1="$(printf 'ship[%s] ' "$CODE")"; READY=true; if [[ -n $OLD ]]; then eval "$OLD"; fi; }
trap 'ship_preexec "$_"' DEBUG
PROMPT_COMMAND=ship_precmd
`,
  }, { code: /ship\[5\]/ }),
  framework('PROMPT_COMMAND with lines, each prompt set anew', {
    bash: `
_set_prompt() { local code=$?; PS1="\\[\\e[1;44m\\] line[$code] \\[\\e[0m\\]\\n\\$ "; return $code; }
_set_tmux() { true; }
PROMPT_COMMAND="_set_prompt"$'\\n'"\${PROMPT_COMMAND}"$'\\n'"_set_tmux"
`,
  }, { code: /line\[5\]/ }),
  framework('PROMPT_COMMAND that is replaced by each prompt', { bash: `p() { local c=$?; PS1="re[$c] "; PROMPT_COMMAND=p; PS0=; }; PROMPT_COMMAND=p` }, { code: /re\[5\]/ }),
  framework('PS0 and a timer', { bash: `PS0='\${T:0:$((T = SECONDS, 0))}'; PROMPT_COMMAND='R=$?; PS1="t[$R] "'` }, { code: /t\[5\]/ }),
  framework('a prompt that runs programs', {
    bash: `setcode() { C=$?; }; PROMPT_COMMAND=setcode; PS1='$(git branch 2>/dev/null) sub[$C] \\$ '`,
    zsh: `setopt promptsubst; PROMPT='%{%F{red}%}$(git branch 2>/dev/null) sub[%?] %#%{%f%} '`,
    fish: `function fish_prompt; set -l c $status; printf '%s sub[%s] > ' (git branch 2>/dev/null) $c; end`,
    dash: `PS1='$(git branch 2>/dev/null) $ '`, ash: `PS1='$(git branch 2>/dev/null) $ '`, mksh: `PS1='$(git branch 2>/dev/null) $ '`,
  }),
  framework('hooks of a framework, a prompt with substitutions, at the right too', {
    zsh: `
autoload -Uz add-zsh-hook vcs_info colors; colors; setopt promptsubst
omz_precmd() { vcs_info; }
add-zsh-hook precmd omz_precmd; add-zsh-hook preexec omz_preexec; omz_preexec() { :; }
PROMPT='%(?:%{$fg_bold[green]%}->:%{$fg_bold[red]%}->) omz[%?] %{$fg[cyan]%}%c%{$reset_color%} '
RPROMPT='%D{%H:%M} \${vcs_info_msg_0_}'
`,
  }, { code: /omz\[5\]/ }),
  framework('a prompt at once, and output held until the first one', {
    zsh: `
() { print -rn -- 'instant> '; exec {fd_out}>&1 {fd_err}>&2; exec >/tmp/instant.$$ 2>&1; }
instant_precmd() { exec >&$fd_out 2>&$fd_err; exec {fd_out}>&- {fd_err}>&-; rm -f /tmp/instant.$$; print -n '\\r\\e[J'; precmd_functions=(\${precmd_functions:#instant_precmd}); }
precmd_functions=(instant_precmd)
code_precmd() { local c=$?; PROMPT="%F{blue}p10[$c]%f
%# "; RPROMPT=right; }
precmd_functions+=(code_precmd)
`,
  }, { code: /p10\[5\]/ }),
  framework('a prompt that shrinks when the line is entered', {
    zsh: `
full() { PROMPT="full[$?]
%# " RPROMPT=right; }
precmd_functions=(full)
shrink() { PROMPT='> ' RPROMPT=; zle .reset-prompt; zle -R; }
zle -N zle-line-finish shrink
`,
    fish: `
function fish_prompt; set -l c $status; if set -q TRANSIENT; set -e TRANSIENT; printf '> '; else; printf 'full[%s] > ' $c; end; end
function shrink_enter; set -g TRANSIENT 1; commandline -f repaint; commandline -f execute; end
bind \\r shrink_enter
`,
  }),
  framework('hooks that replace all others', { zsh: `mine() { precmd_functions=(mine); preexec_functions=(); PROMPT="mine[$?] "; }; precmd_functions=(mine)` }, {}),
  framework('widgets wrapped, all of them', {
    zsh: `
wrap() { local w; for w in \${(k)widgets}; do case $widgets[$w] in user:wrapped-*) ;; user:*) zle -N orig-$w \${widgets[$w]#user:}; eval "wrapped-$w() { zle orig-$w -- \\"\\$@\\"; }"; zle -N $w wrapped-$w;; esac; done; }
precmd_functions+=(wrap)
PROMPT='wrap[%?] '
`,
  }, { code: /wrap\[5\]/ }),
  framework('a prompt that is drawn again by a clock', { zsh: `TMOUT=1; TRAPALRM() { zle && zle reset-prompt; }; PROMPT='clock[%?] %D{%S} '` }, { code: /clock\[5\]/ }),
  framework('a prompt that is drawn again by a signal', { fish: `function fish_prompt; printf 'tide[%s] > ' $status; end; function again --on-signal USR1; commandline -f repaint; end; function later --on-event fish_prompt; sh -c "sleep 0.05; kill -USR1 $fish_pid" & disown; end` }, {}),
  framework('modes of vi shown in the prompt', {
    zsh: `bindkey -v; zle-keymap-select() { RPS1="\${KEYMAP}"; zle reset-prompt; }; zle -N zle-keymap-select; zle-line-init() { zle -K viins; }; zle -N zle-line-init; PROMPT='vi[%?] '`,
    bash: `set -o vi; bind 'set show-mode-in-prompt on'; PROMPT_COMMAND='c=$?'; PS1='vi[$c] '`,
  }, { code: /vi\[5\]/ }),
  ...real('powerlevel9k', 'zsh', 'usr/share/powerlevel9k/powerlevel9k.zsh-theme', (path) => `POWERLEVEL9K_INSTALLATION_PATH=${path}\nsource ${path}\n`),
  ...real('zsh-autosuggestions', 'zsh', 'usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh', (path) => `source ${path}\n`),
  ...real('zsh-syntax-highlighting', 'zsh', 'usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh', (path) => `source ${path}\n`),
  ...real('zsh-autosuggestions and highlighting', 'zsh', 'usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh', (path) => `source ${path}\nsource ${path.replaceAll('autosuggestions', 'syntax-highlighting')}\n`),
  ...real('liquidprompt', 'bash', 'usr/share/liquidprompt/liquidprompt', (path) => `source ${path}\n`),
  ...real('liquidprompt in zsh', 'zsh', 'usr/share/liquidprompt/liquidprompt', (path) => `source ${path}\n`),
  ...real('bash-completion', 'bash', 'usr/share/bash-completion/bash_completion', (path) => `source ${path}\n`),
  ...real('powerline', 'bash', 'usr/share/powerline/integrations/powerline.sh', (path) => `PATH=${root}/usr/bin:$PATH; PYTHONPATH=${root}/usr/lib/python3/dist-packages:${root}/usr/share/powerline; export PYTHONPATH; POWERLINE_BASH_CONTINUATION=1; POWERLINE_BASH_SELECT=1; source ${path}\n`),
  ...real('keys of fzf', 'bash', 'usr/share/doc/fzf/examples/key-bindings.bash', (path) => `source ${path}\n`),
  ...real('keys of fzf in zsh', 'zsh', 'usr/share/doc/fzf/examples/key-bindings.zsh', (path) => `source ${path}\n`),
];
