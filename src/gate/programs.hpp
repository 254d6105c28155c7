#pragma once
// The programs that the rules know, and how each finds out what it would do.
#include <duotty/base/text.hpp>

#include "judge.hpp"

namespace duotty::gate {

/// How a file is written.
enum class Write : std::uint8_t { replace, append };

/// Shows one program to the rules for its name.
void judge_call(const Call& call);
/// Something writes to the file `arg`.
void judge_write(Judge& judge, const State& state, const Arg& arg, Write how);
/// Everything at and below `arg` would be removed.
void judge_removal(Judge& judge, const State& state, const Arg& arg);
/// A shell with -c, a script on standard input, or neither.
void judge_shell(const Call& call);
/// GNU parallel: `words` is the command, perhaps with ::: and values.
void judge_parallel(const Call& call, std::span<const Arg> words);
/// SQL, statement by statement.
void judge_sql(Judge& judge, std::string_view sql);
/// Program text of another language: only plain calls that run a shell, or remove a tree, are seen.
void judge_code(const Call& call, std::string_view code);

void judge_find(const Call& call);
void judge_xargs(const Call& call);
/// What find prints, as far as it is known: the places it begins in, or what lies below. Nothing when it acts itself.
std::optional<std::string> printed_by_find(std::span<const Arg> args);
void judge_files(const Call& call);
void judge_disks(const Call& call);
void judge_git(const Call& call);
void judge_databases(const Call& call);
void judge_cloud(const Call& call);
void judge_system(const Call& call);
void judge_interpreter(const Call& call);

/// True when `name` is a shell.
bool is_shell(std::string_view name);
/// Takes options off the front, with the words that belong to them.
void take_known_options(std::span<const Arg>& args, std::string_view letters, std::string_view long_names);
/// True when one of `args` before `--` is the long option (also abbreviated to what is unmistakable) or has the letter.
bool has_option(std::span<const Arg> args, std::string_view long_name, char letter);
/// The words that are no options.
Args operands(std::span<const Arg> args);
/// env -S TEXT.
std::optional<std::string> split_string_of(std::span<const Arg> args);
/// True when `word` is one of the words between blanks in `list`.
bool one_of(std::string_view word, std::string_view list);
/// The value of an option given as --name=V, --name V, -nV or -n V.
std::optional<std::string> option_value(std::span<const Arg> args, std::string_view long_name, char letter);

}  // namespace duotty::gate
