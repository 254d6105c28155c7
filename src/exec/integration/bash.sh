# Shell integration for bash 5.1 and later. It stands in place of ~/.bashrc and reads that file itself; it adds nothing
# to the environment and leaves options, traps and history alone. The terminal's nonce is kept in two parts, so that a
# listing of variables, functions or prompts never shows it whole.

unset -v __duotty_{k,l,w,v,said,paste,pwd,cwd,uri,ps0,ps1a,ps1b,ps2,first,last}

# Standard output of a hook goes to descriptor 9, the terminal; everything else, also what a DEBUG trap or `set -x`
# prints about the hook, goes nowhere.
__duotty_first='{ __duotty_precmd "$?" "$-"; } 9>&2 >/dev/null 2>&1'
__duotty_last='{ __duotty_prompt; } 9>&2 >/dev/null 2>&1'

# base64 of $1 into the variable named by $2; empty when there is no way to encode it.
__duotty_base64() {
  builtin local LC_ALL=C __duotty_o='' __duotty_i __duotty_a __duotty_b __duotty_c __duotty_t
  if (( ${#1} > 600 )); then
    __duotty_o=$(builtin printf %s "$1" | command base64 2>/dev/null) || __duotty_o=''
    builtin printf -v "$2" %s "${__duotty_o//[!A-Za-z0-9+\/=]/}"
    return 0
  fi
  __duotty_t=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/
  for (( __duotty_i = 0; __duotty_i < ${#1}; __duotty_i += 3 )); do
    builtin printf -v __duotty_a %d "'${1:__duotty_i:1}"
    builtin printf -v __duotty_b %d "'${1:__duotty_i+1:1}"
    builtin printf -v __duotty_c %d "'${1:__duotty_i+2:1}"
    (( __duotty_a = (__duotty_a & 255) << 16 | (__duotty_b & 255) << 8 | (__duotty_c & 255) )) || :
    __duotty_o+=${__duotty_t:__duotty_a>>18:1}${__duotty_t:__duotty_a>>12&63:1}
    __duotty_o+=${__duotty_t:__duotty_a>>6&63:1}${__duotty_t:__duotty_a&63:1}
  done
  case $(( ${#1} % 3 )) in
    1) __duotty_o=${__duotty_o:0:${#__duotty_o}-2}== ;;
    2) __duotty_o=${__duotty_o:0:${#__duotty_o}-1}= ;;
  esac
  builtin printf -v "$2" %s "$__duotty_o"
}

# Remembers $PWD in the two forms the marks need: base64, and percent-encoded for OSC 7.
__duotty_where() {
  builtin local LC_ALL=C __duotty_i __duotty_c
  __duotty_base64 "$PWD" __duotty_cwd
  __duotty_uri=
  for (( __duotty_i = 0; __duotty_i < ${#PWD}; ++__duotty_i )); do
    __duotty_c=${PWD:__duotty_i:1}
    case $__duotty_c in
      [A-Za-z0-9/._~-]) ;;
      *) builtin printf -v __duotty_c '%d' "'$__duotty_c"
         builtin printf -v __duotty_c '%%%02X' "$(( __duotty_c & 255 ))" ;;
    esac
    __duotty_uri+=$__duotty_c
  done
  __duotty_pwd=$PWD
}

# The end of a command with exit status $1, to descriptor 9. With ble.sh, which says what it runs, comments too, what is left
# on the screen of a line was given up.
__duotty_end() {
  [[ ${__duotty_pwd-} == "${PWD-}" ]] || __duotty_where
  builtin printf '\e]7717;%s;D;code=%d;cwd=%s%s\a\e]133;D;%d\a\e]7;file://%s%s\a' "${__duotty_k[1]}${__duotty_k[0]}" \
    "$1" "$__duotty_cwd" "${_ble_edit_lineno:+${BLE_ATTACHED:+;cmd=}}" "$1" "${HOSTNAME-}" "$__duotty_uri" >&9
}

# First of PROMPT_COMMAND, with $? and $-. $? is the command's when the hook begins its own element; where someone has put
# words before it, the prompt itself reports the end (__duotty_late), because it alone still knows the true $?. Under
# `set -k` an assignment behind `local` is none, and a function may have the name of a builtin.
__duotty_precmd() {
  builtin local -; builtin set +aefkuvx
  builtin local __duotty_e
  for __duotty_e in "${PROMPT_COMMAND[@]}"; do
    [[ $__duotty_e == "$__duotty_first"* ]] || continue
    if __duotty_again; then :
    elif [[ -t 9 ]]; then __duotty_end "$1"; else __duotty_end "$1" 9>/dev/tty; fi
    __duotty_v[0]=1 __duotty_v[5]=${_ble_edit_lineno-}
    [[ $__duotty_e == "$__duotty_first" ]] && return 0
    break
  done
  [[ $2 == *e* ]] && return 0
  return "$1"
}

# Called from the prompt, in a subshell, when no hook of PROMPT_COMMAND ran for this line.
__duotty_late() {
  builtin local -; builtin set +aefkuvx
  builtin trap - DEBUG ERR RETURN
  __duotty_again || __duotty_end "$1"
}

# ble.sh runs hooks and prompt again for a line whose prompt stands there already. It counts its lines.
__duotty_again() {
  [[ -n ${BLE_ATTACHED-} && -n ${_ble_edit_lineno-} && $_ble_edit_lineno == "${__duotty_v[5]-}" ]]
}

# The words for `cmd=` of the command about to run, if history has it. Runs in a subshell of PS0.
__duotty_cmd() {
  builtin local -; builtin set +aefkuvx
  builtin trap - DEBUG ERR RETURN
  # Without a hook that is left to see the end, the server must not wait for one: say that the integration is gone.
  if [[ ${PS1-} != *"$__duotty_ps1b"* && "${PROMPT_COMMAND[*]}" != *__duotty_* ]]; then
    builtin printf '\a' >&9
    __duotty_installed ''
    return 0
  fi
  [[ ${HISTCMD-} != "${__duotty_v[1]}" ]] || return 0
  builtin local HISTTIMEFORMAT='' __duotty_l
  __duotty_l=$(builtin history 1) || return 0
  __duotty_l=${__duotty_l#"${__duotty_l%%[0-9]*}"}
  __duotty_l=${__duotty_l#"${__duotty_l%%[!0-9]*}"}
  __duotty_l=${__duotty_l:2}
  (( ${#__duotty_l} <= 32768 )) || return 0
  __duotty_base64 "$__duotty_l" __duotty_l
  [[ -z $__duotty_l ]] || builtin printf ';cmd=%s' "$__duotty_l" >&9
}

# Last of PROMPT_COMMAND: puts our hooks back where the user, a theme or a re-read ~/.bashrc has changed a variable.
# `promptvars` off would show the hooks as text, so it takes them out and says so.
__duotty_prompt() {
  builtin local -; builtin set +aefkuvx
  if ! builtin shopt -q promptvars; then
    PS0=${PS0//"$__duotty_ps0"/} PS2=${PS2//"$__duotty_ps2"/}
    PS1=${PS1//"$__duotty_ps1a"/} PS1=${PS1//"$__duotty_ps1b"/}
    __duotty_installed ''
    return 0
  fi
  # Prompts and what is typed are shown on standard error: where that leads elsewhere, no command can be followed.
  if [[ ! -t 9 ]]; then
    if [[ -n ${BLE_ATTACHED-} ]]; then
      # It has taken the terminal, in this very hook at first, and draws the prompt itself.
      __duotty_keys
      [[ $__duotty_said == bash:"$__duotty_paste" ]] || __duotty_installed bash 9>/dev/tty
    elif [[ $__duotty_said != :* ]]; then
      __duotty_installed '' 9>/dev/tty
    fi
    return 0
  fi
  [[ ${PS0-} == *"$__duotty_ps0" ]] || PS0=${PS0//"$__duotty_ps0"/}$__duotty_ps0
  [[ ${PS2-} == *"$__duotty_ps2" ]] || PS2=${PS2//"$__duotty_ps2"/}$__duotty_ps2
  if [[ ${PS1-} != "$__duotty_ps1a"*"$__duotty_ps1b" ]]; then
    PS1=${PS1//"$__duotty_ps1a"/}
    PS1=$__duotty_ps1a${PS1//"$__duotty_ps1b"/}$__duotty_ps1b
  fi
  __duotty_v[3]=0
  [[ ! -r '@DIR@/next' ]] || __duotty_v[3]=1
  (( ! __duotty_v[4] )) || __duotty_keys
  __duotty_v[4]=1
  [[ $__duotty_said == bash:"$__duotty_paste" ]] || __duotty_installed bash
  [[ ${PROMPT_COMMAND[0]-} == "$__duotty_first" && ${PROMPT_COMMAND[-1]-} == "$__duotty_last" ]] || __duotty_rearm
  return 0
}

# Whether what is pasted comes to the line editor as it is, and Enter enters it: either key may have been bound to something
# else, and history may be expanded by other letters. With `enable-bracketed-paste` off there is no such key. ble.sh has keys of
# its own, and an Enter that makes a line of several longer.
__duotty_keys() {
  builtin local __duotty_b
  __duotty_paste=';paste=no'
  [[ -z ${BLE_ATTACHED-} ]] || return 0
  __duotty_b=$(builtin trap - DEBUG ERR RETURN
    builtin bind -q accept-line; builtin bind -q bracketed-paste-begin; builtin bind -v)
  case ${histchars-!^}:$__duotty_b in
    [!!]* | ![!^]*) __duotty_paste=';paste=no' ;;
    *'"\C-m"'*'"\e[200~"'* | *'"\C-m"'*'enable-bracketed-paste off'*) __duotty_paste= ;;
    *) __duotty_paste=';paste=no' ;;
  esac
}

# PROMPT_COMMAND as an array: our first hook, the user's elements in their order, our last hook.
__duotty_rearm() {
  builtin local __duotty_e __duotty_s __duotty_i __duotty_d=
  builtin local -a __duotty_n
  [[ ${PROMPT_COMMAND@a} != *r* ]] || return 0
  # Who sets the variable as if it were no array means their own first element, and our hook has its place.
  [[ ${PROMPT_COMMAND[0]-} == *"$__duotty_first"* || ${PROMPT_COMMAND[-1]-} != "$__duotty_last" ]] || __duotty_d=1
  for __duotty_i in "${!PROMPT_COMMAND[@]}"; do
    [[ $__duotty_i != "$__duotty_d" ]] || continue
    __duotty_e=${PROMPT_COMMAND[__duotty_i]}
    for __duotty_s in "$__duotty_first" "$__duotty_last"; do
      while [[ $__duotty_e == *"$__duotty_s"* ]]; do
        # With its separator where it begins or ends the element, else a null command in its place.
        if [[ $__duotty_e == "$__duotty_s"* ]]; then
          __duotty_e=${__duotty_e#"$__duotty_s"}
          __duotty_e=${__duotty_e#"${__duotty_e%%[!;[:space:]]*}"}
        elif [[ $__duotty_e == *"$__duotty_s" ]]; then
          __duotty_e=${__duotty_e%"$__duotty_s"}
          __duotty_e=${__duotty_e%"${__duotty_e##*[!;[:space:]]}"}
        else
          __duotty_e=${__duotty_e/"$__duotty_s"/:}
        fi
      done
    done
    [[ -z $__duotty_e ]] || __duotty_n+=("$__duotty_e")
  done
  PROMPT_COMMAND=("$__duotty_first" "${__duotty_n[@]}" "$__duotty_last")
}

# Says to descriptor 9 that the hooks are in place ($1 is `bash`) or out of it (empty).
__duotty_installed() {
  __duotty_said=$1:$__duotty_paste
  builtin printf '\e]7717;%s;I;shell=%s;version=%s%s\a' "${__duotty_k[1]}${__duotty_k[0]}" "$1" "$BASH_VERSION" \
    "${__duotty_paste}" >&9
}

# Sets everything up once, after the user's own file. Nothing is exported, even under `set -a`.
__duotty_arm() {
  builtin local -; builtin set +aefkuvx
  (( BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501 )) || return 0
  builtin local __duotty_m='\e]7717;${__duotty_k[1]}${__duotty_k};'
  # Numbers that prompts set by arithmetic, in an array because no array is ever exported: [0] the end of this line was
  # reported, [1] history's number before the next command, [2] counts the lines, from 1, and [3] is 1 when the server
  # can say, in a file, which of them is its own: then the words for `cmd=` come from a file too, and nothing is forked.
  # [4] is 0 after such a line, which binds no keys; [5] is the line of ble.sh whose end was reported.
  builtin local __duotty_r='${__duotty_k:__duotty_v[0]=0*(__duotty_v[1]=HISTCMD):0}'
  __duotty_v=(0 0 1 0 1)
  export -n -f __duotty_{base64,where,end,precmd,late,again,cmd,prompt,keys,rearm,installed,arm}
  __duotty_k=(@NONCE_TAIL@ @NONCE_HEAD@)
  __duotty_l=('$({ __duotty_late $?; } 9>&2 >/dev/null 2>&1)' '')
  __duotty_w=('$({ __duotty_cmd; } 9>&1 >/dev/null 2>&1)'
    '${__duotty_w[2+(__duotty_v[4]=(__duotty_v[2]++!=$(<'\''@DIR@/next'\'')))]@P}'
    ';cmd=$(<'\''@DIR@/text'\'')')
  __duotty_w[3]=${__duotty_w[0]}
  __duotty_ps0='${__duotty_k:+\e]133;C\a'$__duotty_m'C${__duotty_w[__duotty_v[3]]@P}\a'$__duotty_r'}'
  __duotty_ps1a='\[${__duotty_k:+${__duotty_l[__duotty_v[0]]@P}'$__duotty_m'A\a\e]133;A\a}\]'
  __duotty_ps1b='\[${__duotty_k:+'$__duotty_r'\e]133;B\a'$__duotty_m'B;n=${__duotty_v[2]}\a}\]'
  __duotty_ps2='\[${__duotty_k:+'$__duotty_m'P\a}\]'
  __duotty_said=: __duotty_paste='' __duotty_pwd='' __duotty_cwd='' __duotty_uri=''
  __duotty_prompt
}

[[ ! -r ~/.bashrc ]] || source ~/.bashrc
if [[ -n ${BLE_ATTACHED-} ]] && builtin declare -F ble-edit/restore-PS1 >/dev/null; then
  # ble.sh, attached at the end of ~/.bashrc, has put the prompt, its hooks and the terminal away.
  { ble-edit/restore-PS1; __duotty_arm; ble-edit/adjust-PS1; } 9>/dev/tty >/dev/null 2>&1
else
  { __duotty_arm; } 9>&2 >/dev/null 2>&1
fi
