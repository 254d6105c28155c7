# Files of a host without SFTP, for any POSIX sh that reads this on its standard input. Lines that begin with # are not
# sent. Before it come N, a word that nothing else prints, and D, how this host tells what a file is; empty: to be found
# out. A request is `b`, one of the functions f_* without input, and `e $?`; paths are absolute.
LC_ALL=C TZ=UTC0
export LC_ALL TZ
unset CDPATH IFS
unalias -a 2>/dev/null
set -f
exec 2>&1
b() { printf '\n%s+' "$N"; }
e() { printf '\n%s-%03d\n' "$N" "$1"; }
case $D in '')
  case $(find / -prune -exec stat -c '%f/' {} + 2>/dev/null) in
  4*/) D=find ;;
  *) case $(stat -c '%f/' / 2>/dev/null) in 4*/) D=stat ;; *) D=ls ;; esac ;;
  esac ;;
esac
# What $2 is; $1: -L for what a link leads to.
m() {
  case $D in
  ls) l=$(ls -ldin${1#-} "$2" 2>/dev/null) || return 1; printf '%s\n' "${l%% /*}" ;;
  *) stat $1 -c '%f %s %Y %u %g %i' "$2" 2>/dev/null ;;
  esac
}
# There is something at $1. 42: there is not; 43: that cannot be seen.
t() { [ -e "$1" ] || [ -L "$1" ]; }
w() {
  t "$1" && return 0
  q=${1%/*}
  while [ -n "$q" ] && ! t "$q"; do q=${q%/*}; done
  q=${q:-/}
  [ -d "$q" ] && ! [ -x "$q" ] && return 43
  return 42
}
# Why a program has failed, whose words are $1.
z() {
  case $1 in *'ermission denied' | *'not permitted' | *'ead-only file system') return 43 ;; esac
  printf '%s' "$1"
  return 48
}
# Why $1 could not be made or removed.
y() {
  w "${1%/*}/." || return
  [ -w "${1%/*}/" ] || return 43
  z "$2"
}
# The same about where something was to go. 50: there is no such folder.
g() {
  y "$1" "$2"
  r=$?
  [ $r = 42 ] && r=50
  return $r
}
# Where the link $1 leads.
k() {
  readlink "$1" 2>/dev/null && return
  l=$(ls -ldn "$1"; echo x)
  l=${l%?x}
  case $l in *" $1 -> "*) printf '%s\n' "${l#*" $1 -> "}" ;; *) return 48 ;; esac
}
f_hello() {
  printf '%s\n' "$D"
  pwd -P
}
f_stat() {
  t "$2" && m "$1" "$2" && return
  w "$2"
  r=$?
  [ $r = 0 ] && r=42
  return $r
}
f_link() {
  w "$1" || return
  [ -L "$1" ] || return 46
  k "$1"
}
f_real() {
  p=$1 n=0
  while ! [ -d "$p" ] && [ -L "$p" ]; do
    n=$((n + 1))
    [ $n -gt 40 ] && return 42
    l=$(k "$p"; echo x)
    l=${l%?x}
    case $l in /*) p=$l ;; *) p=${p%/*}/$l ;; esac
  done
  w "$p" || return
  if [ -d "$p" ]; then
    (cd -P "${p%/}/" && pwd -P) 2>/dev/null || return 43
    return 0
  fi
  (cd -P "${p%/*}/" && l=$(pwd -P; echo x) && l=${l%?x} && printf '%s/%s\n' "${l%/}" "${p##*/}") 2>/dev/null || return 43
}
f_list() {
  w "$1" || return
  [ -d "$1" ] || return 46
  [ -r "$1" ] && [ -x "$1" ] || return 43
  (
    cd -P "$1/" 2>/dev/null || exit 43
    case $D in
    find) find . ! -name . -prune -exec stat -c '%f %s %Y %u %g %i %n/' {} + 2>/dev/null ;;
    *)
      set +f
      for f in * .[!.]* ..?*; do
        t "./$f" && l=$(m '' "${1%/}/$f") && printf '%s ./%s/\n' "$l" "$f"
      done
      ;;
    esac
    exit 0
  )
}
f_readable() {
  f_stat -L "$1" || return
  [ -r "$1" ] || return 43
}
f_writable() {
  f_stat '' "$1" || return
  [ -w "$1" ] || return 43
}
# Makes the file $1, which is not there; $2: for umask.
f_make() {
  t "$1" && return 44
  x=$( {
    [ -z "$2" ] || umask "$2"
    set -C
    : >"$1"
  } 2>&1) && f_stat '' "$1" && return
  t "$1" && return 44
  y "$1" "$x"
}
# $3 blocks of the file $1 from block $2 on.
f_piece() {
  [ -f "$1" ] || return 42
  { m -L "$1" && dd bs=65536 skip="$2" count="$3" 2>/dev/null; } <"$1"
}
# The file $1 from block $2 to its end, and the end of this shell.
f_read() {
  [ -f "$1" ] && {
    b
    m -L "$1"
    dd bs=65536 skip="$2" count=1 2>/dev/null && cat
    e $?
  } <"$1"
  exit
}
# All that comes from now on goes to the end of the file $1; the end of this shell.
f_write() {
  if ! [ -f "$1" ] || [ -L "$1" ]; then
    exit
  fi
  {
    b
    m '' "$1"
    cat >&3
    e $?
  } 3>>"$1"
  exit
}
# The size of the file $1 after what was printed to it.
f_wrote() {
  w "$1" || return
  m '' "$1"
}
# Permissions $2 and time $3 for $1, which is no link.
f_mark() {
  w "$1" || return
  [ -L "$1" ] && return 45
  if [ -n "$3" ]; then
    x=$(touch -c -t "$3" "$1" 2>&1) || { z "$x"; return; }
  fi
  if [ -n "$2" ]; then
    x=$(chmod "$2" "$1" 2>&1) || { z "$x"; return; }
  fi
}
f_sync() {
  w "$1" || return
  x=$(sync "$1" 2>&1) && return
  case $x in *'nput/output error' | *'o space left on device' | *'uota exceeded') z "$x"; return ;; esac
  [ -f "$1" ] && dd if=/dev/null of="$1" conv=notrunc,fsync 2>/dev/null && return
  sync 2>/dev/null
  return 0
}
f_mkdir() {
  t "$1" && return 44
  x=$(mkdir "$1" 2>&1) && return
  t "$1" && return 44
  y "$1" "$x"
}
# $1 becomes $2, over a file that is there when $3 says so.
f_rename() {
  w "$1" || return
  [ -d "$2" ] && ! [ -L "$2" ] && return 44
  if [ -n "$3" ]; then
    x=$(mv -fT "$1" "$2" 2>&1) && return
    # Without -T, or where it minds a link to a folder, which mv would go through.
    case $x in *'nrecognized option'* | *'nvalid option'* | *'llegal option'* | *'nknown option'* | *'is a directory')
      [ -d "$2" ] && { rm -f "$2" 2>/dev/null; t "$2" && return 44; }
      x=$(mv -f "$1" "$2" 2>&1) && return
      ;;
    esac
    g "$2" "$x"
    return
  fi
  t "$2" && return 44
  if [ -f "$1" ] && ! [ -L "$1" ] && ln "$1" "$2" 2>/dev/null; then
    x=$(rm -f "$1" 2>&1) && return
    rm -f "$2"
    y "$1" "$x"
    return
  fi
  t "$2" && return 44
  x=$(mv -n "$1" "$2" 2>&1)
  t "$1" || return 0
  t "$2" && return 44
  x=$(mv -f "$1" "$2" 2>&1) && return
  g "$2" "$x"
}
f_remove() {
  w "$1" || return
  if [ -d "$1" ] && ! [ -L "$1" ]; then
    x=$(rmdir "$1" 2>&1) && return
    [ -n "$(ls -A "$1" 2>/dev/null)" ] && return 47
  else
    x=$(rm -f "$1" 2>&1) && return
  fi
  y "$1" "$x"
}
c() {
  find "$1" -exec /bin/sh -c 'echo $#' _ {} + 2>/dev/null | {
    n=0
    while read -r l; do n=$((n + l)); done
    echo "$n"
  }
}
# How many things there were in and at $1, how many stay, what rm says, and which stay, each with a letter for why.
f_remove_tree() {
  w "$1" || return
  n=$(c "$1")
  [ "$n" = 0 ] && return 49
  x=$(rm -rf "$1" 2>&1)
  if ! t "$1"; then
    echo "$n 0"
    return 0
  fi
  printf '%s %s\n%s//\n' "$n" "$(c "$1")" "$x"
  find "$1" -depth -exec /bin/sh -c 'for f do
    why=o
    [ -w "${f%/*}/" ] || why=d
    if [ -d "$f" ] && ! [ -L "$f" ]; then
      if ! [ -r "$f" ] || ! [ -x "$f" ]; then why=r; elif [ -n "$(ls -A "$f")" ]; then why=e; fi
    fi
    printf "%s//%s\n" "$f" $why
  done' _ {} + 2>/dev/null | head -n 1000
}
