# Shell integration for dash, busybox ash and mksh, and for bash under the name of sh. It is read as ENV, puts ENV back and
# reads that file itself. These shells have no hooks: all marks stand in the prompts, so nothing tells when a command
# starts. Prompts find the nonce in two variables that are not exported; a copy of a prompt has none of it.

@START@

# The marks before a prompt: the end of a line with status $1, which stays the status; $2 counts the prompts, so that one
# drawn twice is known. Both these functions run in subshells of the prompt.
__duotty_end() {
  set +efux
  case ${PWD-} in
    *[!A-Za-z0-9/._~-]*) __duotty_p=$(__duotty_print "$PWD" | command od -An -v -tx1 | command tr -s ' \n' '%%') ;;
    *) __duotty_p=${PWD-} ;;
  esac
  __duotty_p=${__duotty_p%\%}
  __duotty_mark "D;n=$2;code=$1;ucwd=${__duotty_p}"
  __duotty_print "@ESC@]133;D;$1@BEL@@ESC@]7;file://${HOSTNAME-}${__duotty_p}@BEL@"
  __duotty_mark A
  __duotty_print '@ESC@]133;A@BEL@'
  return "$1"
}
__duotty_ready() {
  set +x
  __duotty_print '@ESC@]133;B@BEL@'
  __duotty_mark B
}
__duotty_mark() {
  __duotty_print "@ESC@]7717;${__duotty_b}${__duotty_a};$1@BEL@"
}

# Says that the marks are in place ($1 is the shell) or will not be (empty); $2 is its version.
__duotty_installed() {
  __duotty_mark "I;shell=$1;version=$2;paste=no" >/dev/tty
}

# $1 before, $2 after what has to stand around a text that takes no room on the screen; $3 is an empty text that counts in
# the shell itself.
__duotty_prompts() {
  PS1=$1'${__duotty_b:+'$3'$({ __duotty_end "$?" "$__duotty_n"; } 2>/dev/null)}'$2$PS1
  PS1=$PS1$1'${__duotty_b:+$({ __duotty_ready; } 2>/dev/null)}'$2
}

__duotty_arm() {
  __duotty_c='${__duotty_z#$((__duotty_n=__duotty_n+1))}'
  if [ -n "${YASH_VERSION-}${ZSH_VERSION-}" ]; then
    __duotty_installed '' none
    return 0
  fi
  case ${KSH_VERSION-} in
    *MIRBSD* | *LEGACY*)
      # A first character that is followed by a carriage return is what hides things here. Other prompts expand nothing.
      __duotty_d=@SOH@
      case $PS1 in
        ?@CR@*) __duotty_d=${PS1%"${PS1#?}"} PS1=${PS1#??} ;;
      esac
      __duotty_prompts "$__duotty_d" "$__duotty_d" "$__duotty_c"
      PS1=$__duotty_d@CR@$PS1
      # Nothing is expanded in this one, and the nonce must not stand in a variable.
      __duotty_d=@SOH@
      case $PS2 in
        ?@CR@*) __duotty_d=${PS2%"${PS2#?}"} PS2=${PS2#??} ;;
      esac
      PS2=$__duotty_d@ESC@]133\;P\;k=c@BEL@$__duotty_d$PS2$__duotty_d@ESC@]133\;P\;k=c@BEL@$__duotty_d
      PS2=$__duotty_d@CR@$PS2
      unset __duotty_d
      __duotty_installed mksh "${KSH_VERSION##*R}"
      return 0
      ;;
    ?*)
      __duotty_installed '' none
      return 0
      ;;
  esac
  if [ -n "${BASH_VERSION-}" ]; then
    __duotty_prompts '\[' '\]' '${__duotty_z:__duotty_n=__duotty_n+1:0}'
    __duotty_installed bash "$BASH_VERSION"
  elif (eval ': ${PS1:0:1}') 2>/dev/null; then
    __duotty_prompts '\[' '\]' "$__duotty_c"
    __duotty_installed ash ''
  else
    __duotty_prompts '' '' "$__duotty_c"
    __duotty_installed dash ''
  fi
  # Before it, so that it is not taken for output, and where the line begins.
  PS2='${__duotty_b:+$({ __duotty_mark P; } 2>/dev/null)}'$PS2'${__duotty_b:+$({ __duotty_mark P; } 2>/dev/null)}'
}

# Nothing of ours is exported, even under `set -a`, and nothing of it is shown under `set -x`.
__duotty_start() {
  case $- in *a*) set +a; __duotty_o=a ;; *) __duotty_o= ;; esac
  case $- in *e*) set +e; __duotty_o=e$__duotty_o ;; esac
  case $- in *u*) set +u; __duotty_o=u$__duotty_o ;; esac
  unset __duotty_a __duotty_b __duotty_n __duotty_z
  __duotty_a=@NONCE_TAIL@ __duotty_b=@NONCE_HEAD@ __duotty_n=0 __duotty_z=
  case ${BASH_VERSION-} in ?*) __duotty_z=x ;; esac
  __duotty_arm
  unset __duotty_f __duotty_c
  [ -z "$__duotty_o" ] || set -"$__duotty_o"
  unset __duotty_o
}

case ${KSH_VERSION-} in
  *MIRBSD* | *LEGACY*) eval '__duotty_print() { \builtin print -rn -- "$1"; }'; __duotty_f=${ENV:-~/.mkshrc} ;;
  *) eval '__duotty_print() { command printf %s "$1"; }'; __duotty_f=${ENV-} ;;
esac
case $__duotty_f in
  *[\$\`]*) eval "__duotty_f=\"$__duotty_f\"" ;;
esac
case $__duotty_f in
  */*) ;;
  *) __duotty_f=./$__duotty_f ;;
esac
[ ! -r "$__duotty_f" ] || command . "$__duotty_f"
{ __duotty_start; } 2>/dev/null
