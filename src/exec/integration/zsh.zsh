# Shell integration for zsh 5.1 and later. It stands in place of ~/.zshenv, puts ZDOTDIR back and reads that file itself;
# the shell then finds all the others by itself. It adds nothing to the environment and leaves options, traps and history
# alone. The terminal's nonce is kept in two parts, in arrays, which are never exported.

@START@
typeset -ga __duotty_k
typeset -gA __duotty_z
__duotty_k=(@NONCE_TAIL@ @NONCE_HEAD@)

# Each hook does everything inside braces: standard output goes to descriptor 9, the terminal, for marks only, and what a
# DEBUG trap or `set -x` prints about the hook goes nowhere. Outside of `emulate -LR` the user's options hold: there it is
# only `if`, `[[` and calls.

# $1 with every byte but the plainest as %XX, into REPLY.
__duotty_encode() {
  emulate -LR zsh
  setopt extendedglob nomultibyte
  local MATCH MBEGIN MEND
  REPLY=${1//(#m)[^A-Za-z0-9_.~\/-]/%${(l:2::0:)$(([##16]#MATCH))}}
}

# The mark $1 to descriptor 9.
__duotty_mark() {
  builtin print -rnu9 -- $'\e]7717;'"$__duotty_k[2]$__duotty_k[1];$1"$'\a'
}

# First of precmd_functions: the end of a line with exit status $1. A function can return 300; to others that is 44.
__duotty_end() {
  emulate -LR zsh
  local REPLY
  if [[ -z ${__duotty_z[uri]-} || ${__duotty_z[pwd]-} != "$PWD" ]]; then
    __duotty_encode "$PWD"
    __duotty_z[pwd]=$PWD
    __duotty_z[uri]=$REPLY
  fi
  if [[ -n ${__duotty_z[installed]-} ]]; then
    __duotty_encode "${__duotty_z[line]-}"
    __duotty_mark "D;code=$(( $1 & 255 ));ucwd=${__duotty_z[uri]}${__duotty_z[finish]:+;ucmd=$REPLY}"
    builtin print -rnu9 -- $'\e]133;D;'"$(( $1 & 255 ))"$'\a\e]7;file://'"${HOST-}${__duotty_z[uri]}"$'\a'
  fi
  __duotty_z[line]=
}
__duotty_first() {
  {
    __duotty_end "$?"
    # Both were changed for one comment only.
    if [[ -n ${__duotty_z[comments]-} ]]; then builtin unsetopt interactivecomments; __duotty_z[comments]=; fi
    if [[ -n ${__duotty_z[bang]-} ]]; then builtin setopt banghist; __duotty_z[bang]=; fi
  } 9>/dev/tty >/dev/null 2>&1
}

# Last of precmd_functions: puts our parts back where the user, a theme or a framework has changed a variable. Prompts in
# which % is not special ($1 is 0; $2 is $?) would show them as text, so then they are taken out, and the server is told.
__duotty_prompt() {
  emulate -LR zsh
  local name first=${__duotty_z[first]} last=${__duotty_z[last]} more=${__duotty_z[more]} eol=${__duotty_z[eol]}
  if (( ! $1 )) || [[ ${(t)PSVAR} == *export* || ${(t)PROMPT} == *readonly* ]]; then
    PROMPT=${${PROMPT-}//$first/} PROMPT2=${${PROMPT2-}//$more/}
    PROMPT=${PROMPT//$last/}
    [[ -z ${PROMPT_EOL_MARK-} ]] || PROMPT_EOL_MARK=${PROMPT_EOL_MARK//$eol/}
    (( $#psvar < 91 )) || psvar[91,92]=()
    [[ -z ${__duotty_z[installed]-} ]] || __duotty_mark "I;shell=;version=$ZSH_VERSION"
    __duotty_z[installed]=
    return 0
  fi
  [[ ${psvar[91]-}${psvar[92]-} == "$__duotty_k[2]$__duotty_k[1]" ]] || psvar[91,92]=("$__duotty_k[2]" "$__duotty_k[1]")
  if [[ ${PROMPT-} != "$first"*"$last" ]]; then
    PROMPT=${${PROMPT-}//$first/}
    PROMPT=$first${PROMPT//$last/}$last
  fi
  [[ ${PROMPT2-} == *"$more" ]] || PROMPT2=${${PROMPT2-}//$more/}$more
  # An empty one is the user's; without one, zsh has its own.
  [[ ${PROMPT_EOL_MARK-} == "$eol"* ]] || PROMPT_EOL_MARK=$eol${${PROMPT_EOL_MARK-%B%S%#%s%b}//$eol/}
  __duotty_hooks
  __duotty_widget zle-line-init __duotty_line_init init
  __duotty_widget zle-line-finish __duotty_line_finish finish
  # A widget may change what is pasted or entered, the keys may do other things, other letters may expand history, a spelling
  # correction would ask about it, and no editor knows no paste.
  [[ -n ${__duotty_z[keys]-} ]] || __duotty_z[keys]=${"$(builtin bindkey '^[[200~'; builtin bindkey '^M')"//[^a-z]/}
  local paste=
  [[ -z ${__duotty_z[asks]} && ${widgets[bracketed-paste]-builtin} == builtin && ${widgets[accept-line]-builtin} == builtin &&
    ${__duotty_z[keys]} == bracketedpasteacceptline && ${histchars-} == (|!|!^*) ]] || paste=';paste=no'
  [[ ${widgets[zle-line-init]-} != user:__duotty_line_init ]] || paste+=';line=yes'
  name="I;shell=zsh;version=$ZSH_VERSION$paste"
  [[ ${__duotty_z[installed]-} != "$name" ]] || return 0
  local new=${__duotty_z[installed]:-yes}
  __duotty_z[installed]=$name
  __duotty_mark "$name"
  [[ $new != yes ]] || __duotty_end "$2"
}
__duotty_last() {
  {
    local __duotty_c=$?
    if [[ -o correct || -o correctall || ! -o zle ]]; then __duotty_z[asks]=1; else __duotty_z[asks]=; fi
    if [[ -o promptpercent ]]; then __duotty_prompt 1 $__duotty_c; else __duotty_prompt 0 $__duotty_c; fi
  } 9>/dev/tty >/dev/null 2>&1
}

# Our places in the lists of hooks, with everybody else's in their order.
__duotty_hooks() {
  emulate -LR zsh
  [[ ${(t)precmd_functions-} == *readonly* || ${(t)preexec_functions-} == *readonly* ]] && return 0
  [[ ${precmd_functions[1]-} == __duotty_first && ${precmd_functions[-1]-} == __duotty_last ]] ||
    precmd_functions=(__duotty_first ${precmd_functions:#__duotty_*} __duotty_last)
  [[ ${preexec_functions[-1]-} == __duotty_preexec ]] ||
    preexec_functions=(${preexec_functions:#__duotty_*} __duotty_preexec)
}

# Puts the function $2 before what the widget $1 does; $3 is where that is remembered. Where somebody has taken our widget
# into theirs, it has been called since (`called`), and stays there.
__duotty_widget() {
  emulate -LR zsh
  local now=${widgets[$1]-}
  if [[ $now != user:$2 && -z ${__duotty_z[$3-called]-} ]]; then
    [[ -z $now || $now == user:* ]] || return 0
    __duotty_z[$3-next]=${now#user:}
    builtin zle -N "$1" "$2" && __duotty_z[$3]=1
  fi
  __duotty_z[$3-called]=
}

# The line editor begins: a prompt that was set since our last hook, or instead of it, is drawn again with marks.
__duotty_line_init() {
  {
    local __duotty_c=$?
    __duotty_z[init-called]=1
    __duotty_hooks
    if [[ -o promptpercent && "$PROMPT" != *"${__duotty_z[last]}" ]]; then
      __duotty_prompt 1 $__duotty_c
      builtin zle reset-prompt
    fi
  } 9>/dev/tty >/dev/null 2>&1
  if [[ -n "${__duotty_z[init-next]}" ]]; then
    local __duotty_next="${__duotty_z[init-next]}"
    # Whoever took our widget into theirs is not called from it again.
    __duotty_z[init-next]=
    "$__duotty_next" "$@"
    __duotty_z[init-next]="$__duotty_next"
  fi
  # By `print -z` or the widget push-line, the line may have text before anybody types.
  {
    if [[ -n "${__duotty_z[installed]-}" ]]; then
      if [[ -n "$BUFFER" ]]; then __duotty_mark 'L;text=yes'; else __duotty_mark L; fi
    fi
  } 9>/dev/tty >/dev/null 2>&1
}

# The line is entered. A comment is remembered for the end mark, and made one where comments are off: for this line only.
__duotty_is_comment() {
  emulate -LR zsh
  setopt extendedglob
  __duotty_z[line]=
  [[ -z $PREBUFFER && $BUFFER != *$'\n'* && $BUFFER == [[:blank:]]#\#* && $#BUFFER -lt 8192 ]] || return 1
  [[ -n ${__duotty_z[installed]-} && $precmd_functions[1] == __duotty_first ]] || return 1
  __duotty_z[line]=$BUFFER
  [[ $BUFFER == [[:blank:]]#\#[^\#\!]* ]]
}
__duotty_line_finish() {
  {
    __duotty_z[finish-called]=1
    if __duotty_is_comment; then
      if [[ ! -o interactivecomments ]]; then builtin setopt interactivecomments; __duotty_z[comments]=1; fi
      if [[ -o banghist ]]; then builtin unsetopt banghist; __duotty_z[bang]=1; fi
    fi
  } >/dev/null 2>&1
  if [[ -n "${__duotty_z[finish-next]}" ]]; then
    local __duotty_next="${__duotty_z[finish-next]}"
    __duotty_z[finish-next]=
    "$__duotty_next" "$@"
    __duotty_z[finish-next]="$__duotty_next"
  fi
}

# A command starts: $1 as it was typed, $2 is 1 if a leading blank keeps it out of history.
__duotty_start() {
  emulate -LR zsh
  local REPLY=
  __duotty_z[line]=
  __duotty_hooks
  # It may bind keys.
  [[ $3 != *(bindkey|source|'. ')* ]] || __duotty_z[keys]=
  [[ -n ${__duotty_z[installed]-} ]] || return 0
  if [[ $2 == 0 || $1 != [[:blank:]]* ]] && (( $#1 <= 32768 )); then __duotty_encode "$1"; fi
  builtin print -rnu9 -- $'\e]133;C\a'
  __duotty_mark "C${REPLY:+;ucmd=$REPLY}"
}
__duotty_preexec() {
  {
    if [[ -o histignorespace ]]; then __duotty_start "$1" 1 "$3"; else __duotty_start "$1" 0 "$3"; fi
  } 9>/dev/tty >/dev/null 2>&1
}

# Prompts find the nonce in psvar, far from what anyone uses, so that no copy of a prompt has it.
__duotty_arm() {
  emulate -LR zsh
  local -a version=(${(s:.:)ZSH_VERSION})
  (( version[1] * 100 + ${version[2]%%[^0-9]*} >= 501 )) || return 0
  local head=$'%{\e]7717;%91v%92v;'
  __duotty_z=(first $head$'A;code=%?\a\e]133;A\a%}' last $'%{\e]133;B\a%}'$head$'B\a%}' more $head$'P\a%}' eol $head$'O\a%}')
  builtin zmodload zsh/zle zsh/zleparameter zsh/parameter
  __duotty_hooks
  # Once, after the hooks that start-up files may have put in place of ours.
  builtin zmodload zsh/sched && builtin sched +0 '{ __duotty_last } 2>/dev/null'
}

{ __duotty_arm } >/dev/null 2>&1
[[ ! -r "${ZDOTDIR-$HOME}/.zshenv" ]] || builtin source "${ZDOTDIR-$HOME}/.zshenv"
