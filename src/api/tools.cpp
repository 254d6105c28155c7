// Which methods are tools for models, under which name, and what models are told about them: few, because every tool
// costs each conversation its description.
#include <array>
#include <duotty/api/tools.hpp>

namespace duotty::api {
namespace {

using rpc::ToolBinding;

constexpr std::array kTools = {
    ToolBinding{
        .method = "terminal.create",
        .name = "terminal_open",
        .title = "Open a terminal",
        .about =
            "Opens a terminal with a shell at its prompt, or with the program in `command`. The person sees it as a "
            "tab "
            "in the browser. Give it a short `name`: every other tool takes the name or the id as `terminal_id`. Open "
            "one terminal for a line of work and reuse it; close it when the work is done.",
        .hidden = "type connection_id created_by"},
    ToolBinding{
        .method = "terminal.list",
        .name = "terminal_list",
        .title = "List terminals",
        .about =
            "Lists the terminals: id, name, directory, what the shell is doing (`state`), the last command, idle time. "
            "Look here before opening another one; the person's own terminals are listed too."},
    ToolBinding{.method = "terminal.get",
                .name = "terminal_get",
                .title = "Look at one terminal",
                .about = "One terminal, as terminal_list shows it."},
    ToolBinding{
        .method = "terminal.exec",
        .name = "terminal_exec",
        .title = "Run a command",
        .about =
            "Runs one shell command in a terminal and answers with its clean output and its true exit code (null when "
            "it is not known). At `timeout` the command keeps running: go on with terminal_wait (`prompt`), then "
            "command_output. A command that asks something says so in `awaiting`: answer it with terminal_send. The "
            "error `busy` means that another program has the terminal, `busy_user` that the person has it: wait, or "
            "open "
            "another one. The status `rejected` with the reason `destructive` says in `gate` what the command would "
            "destroy: take another way or ask the person. With `background_after` a long command becomes a job "
            "(job_wait).",
        .hidden = "command_b64 idle",
        .destructive = true,
        .open_world = true,
        .details = true},
    ToolBinding{
        .method = "terminal.input",
        .name = "terminal_send",
        .title = "Type into a terminal",
        .about = "Types text (`data`) or presses keys (`keys`: enter, ctrl+c, up, esc, f5, ...) into the program in a "
                 "terminal: answers its questions, drives full-screen programs. With `wait` it answers with what came "
                 "after. "
                 "To run a shell command use terminal_exec, which knows when the command ends and its exit code.",
        .hidden = "data_b64",
        .destructive = true,
        .open_world = true},
    ToolBinding{
        .method = "terminal.wait",
        .name = "terminal_wait",
        .title = "Wait for a terminal",
        .about =
            "Waits until the output is quiet (`idle_ms`), a line matches (`pattern`), the shell is back at its prompt "
            "(`prompt`) or the program ends (`exit`); whatever comes first. Use it instead of asking again and again."},
    ToolBinding{.method = "wait_any",
                .name = "terminal_wait_any",
                .title = "Wait for several terminals",
                .about = "Waits for the first of several terminals, given by ids or by a tag, and says which it was."},
    ToolBinding{
        .method = "terminal.read",
        .name = "terminal_read",
        .title = "Read a terminal",
        .about =
            "What stands in a terminal, made short: repaints folded, wrapped lines joined, the output of known "
            "programs "
            "reduced to what it says. Errors and failing lines stay. The answer tells what was left out and how to get "
            "it without running anything again."},
    ToolBinding{
        .method = "terminal.screen",
        .name = "terminal_screen",
        .title = "See the screen",
        .about = "The visible screen of a terminal as it stands now, with the cursor: for full-screen programs such as "
                 "editors, menus and pagers. For the output of commands terminal_read is shorter."},
    ToolBinding{
        .method = "terminal.search",
        .name = "terminal_search",
        .title = "Search a terminal",
        .about =
            "Looks for a regular expression (RE2) in everything a terminal still keeps, line by line, with lines of "
            "context."},
    ToolBinding{.method = "terminal.output",
                .name = "command_output",
                .title = "Read a command's output",
                .about =
                    "The output of one earlier command as clean text, whole or in part: a range of bytes, lines from "
                    "both ends, "
                    "or only the lines that match a pattern. terminal_exec, terminal_read and commands_search name its "
                    "`output_ref`."},
    ToolBinding{.method = "job.wait",
                .name = "job_wait",
                .title = "Wait for a job",
                .about = "Waits for the end of a command that was left running, by its `job_id` or `output_ref`, and "
                         "answers as terminal_exec does; at `max_wait_ms`, how it stands."},
    ToolBinding{.method = "job.cancel",
                .name = "job_cancel",
                .title = "Stop a job",
                .about = "Interrupts the command of a job, as Ctrl-C does, or sends it another signal.",
                .destructive = true},
    ToolBinding{
        .method = "commands.search",
        .name = "commands_search",
        .title = "Search past commands",
        .about =
            "Looks through the commands that ran in all terminals, closed ones included, newest first: what was run, "
            "where, by whom, with what exit code. The `output_ref` of a command leads to its output (command_output)."},
    ToolBinding{
        .method = "screen_ui",
        .name = "screen_ui",
        .title = "Draw on the person's screen",
        .about =
            "Shows the person boxes over a terminal (`overlay.create`: id, x, y, spans, background) and rows beside it "
            "(`panel.create`: id, position, height, spans): status, progress, menus. Each operation has `op` and its "
            "parameters, e.g. {\"op\": \"panel.create\", \"id\": \"bar\", \"spans\": [{\"id\": \"step\", \"text\": \"1 "
            "of "
            "3\"}]}, later {\"op\": \"panel.spans\", \"id\": \"bar\", \"spans\": [{\"id\": \"step\", \"text\": \"2 of "
            "3\"}]}, at the end {\"op\": \"panel.delete\", \"id\": \"bar\"}. Programs notice nothing. To ask for a key "
            "or a "
            "line use api_call with `input.read`."},
    ToolBinding{
        .method = "terminal.signal",
        .name = "terminal_signal",
        .title = "Send a signal",
        .about = "Sends a signal to the running program: INT interrupts it as Ctrl-C does, KILL ends it for certain.",
        .destructive = true},
    ToolBinding{
        .method = "terminal.delete",
        .name = "terminal_close",
        .title = "Close a terminal",
        .about =
            "Ends the program in a terminal and removes the terminal. Close only what you opened, unless the person "
            "asks for it.",
        .destructive = true},
};

}  // namespace

std::span<const ToolBinding> tools() {
  return kTools;
}

}  // namespace duotty::api
