# Read as ENV by a bash that was started as a login shell in POSIX mode, which is the only one that reads a file of ours
# without reading its own first. From here on it is an ordinary login shell.
set +o posix
exec 3<&-
unset -v ENV POSIXLY_CORRECT
shopt -u inherit_errexit 2>/dev/null
[[ ${HISTFILE-} != ~/.sh_history ]] || HISTFILE=~/.bash_history
[[ ! -r /etc/profile ]] || source /etc/profile
if [[ -r ~/.bash_profile ]]; then
  source ~/.bash_profile
elif [[ -r ~/.bash_login ]]; then
  source ~/.bash_login
elif [[ -r ~/.profile ]]; then
  source ~/.profile
fi
