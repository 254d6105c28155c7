# Shell integration for fish 3.1 and later, read after the user's own files. It adds nothing to the environment and leaves
# key bindings, variables and history alone. The terminal's nonce is kept in two parts; the list is never exported.

# The mark $argv[1] to the terminal.
function __duotty_mark
    set -l fish_trace
    builtin printf '\e]7717;%s%s;%s\a' $__duotty_k[2] $__duotty_k[1] $argv[1] >/dev/tty
end

# Leaves $status as it is told.
function __duotty_status
    return $argv[1]
end

# The end of a line with exit status $argv[1]; $argv[2] is the line, if it was a comment.
function __duotty_end
    set -l where (builtin string escape --style=url -- $PWD)
    __duotty_mark "D;code=$argv[1];ucwd=$where;ucmd="(builtin string escape --style=url -- "$argv[2]")
    builtin printf '\e]7;file://%s%s\a' $hostname $where >/dev/tty
    set -q __duotty_public; and builtin printf '\e]133;D;%s\a' $argv[1] >/dev/tty
    true
end

# A command starts. A blank before it keeps it out of history, and here. A comment is none: its end mark has its words.
function __duotty_preexec --on-event fish_preexec
    set -g __duotty_line
    if builtin string match -rq '^\s*#[^\n]*$' -- "$argv[1]"
        set __duotty_line "$argv[1]"
        return
    end
    set -q __duotty_public; and builtin printf '\e]133;C\a' >/dev/tty
    set -l text
    if not builtin string match -rq '^\s' -- "$argv[1]"; and test (builtin string length -- "$argv[1]") -le 32768
        set text ';ucmd='(builtin string escape --style=url -- "$argv[1]" | builtin string join '%0A')
    end
    __duotty_mark "C$text"
end

# The status of a command is that at its own event; that of an empty line, at the prompt.
function __duotty_postexec --on-event fish_postexec
    __duotty_end $status "$__duotty_line"
    set -g __duotty_ended
end

# Before each prompt: our end of it is put back where the user or a theme has set another one.
function __duotty_prompt --on-event fish_prompt
    set -l code $status
    if not functions -q fish_prompt
        # Nothing would say that the shell reads: the server is told.
        set -q __duotty_installed; and __duotty_mark "I;shell=;version=$version"
        set -e __duotty_installed
        return
    end
    if not functions fish_prompt | builtin string match -q '*__duotty_prompt_end*'
        functions -e __duotty_user_prompt
        functions -c fish_prompt __duotty_user_prompt
        # The user's own comes first: it finds $status and $pipestatus as they are. A newline at its end is not drawn.
        function fish_prompt
            set -l __duotty_lines (__duotty_user_prompt)
            builtin printf %s (builtin string join \n -- $__duotty_lines | builtin string collect)
            __duotty_prompt_end
        end
    end
    if not set -q __duotty_installed
        set -g __duotty_installed
        __duotty_mark "I;shell=fish;version=$version;paste=no"
    end
    set -q __duotty_ended; or __duotty_end $code ''
    set -e __duotty_ended
    __duotty_mark A
    set -q __duotty_public; and builtin printf '\e]133;A\a' >/dev/tty
    true
end

# Part of the prompt: drawn as often as the prompt is.
function __duotty_prompt_end
    set -l fish_trace
    set -q __duotty_public; and builtin printf '\e]133;B\a'
    set -l text
    builtin string length -q -- (builtin commandline); and set text ';text=yes'
    builtin printf '\e]7717;%s%s;B%s\a' $__duotty_k[2] $__duotty_k[1] "$text"
end

set -e __duotty_k
set -gu __duotty_k @NONCE_TAIL@ @NONCE_HEAD@
# From version 4 on, fish tells the public marks itself.
builtin string match -rq '^[123]\.' -- $version; and set -g __duotty_public
