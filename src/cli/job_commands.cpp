#include "job_commands.hpp"

#include <algorithm>
#include <array>
#include <duotty/base/text.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "builder.hpp"
#include "exec_command.hpp"
#include "render.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;

/// Between two looks at a job that runs.
constexpr std::chrono::milliseconds kLook{300};
constexpr int kPiece = 4 << 20;

Json named(const JobOptions& options) {
  return {{"job_id", options.id}};
}

/// How the command itself ended, as this command's exit status.
int status_of(Context& context, const Json& job) {
  const std::string status = text_of(job, "status");
  if (const std::string note = text_of(job, "error"); !note.empty()) context.console.note(visible_line(note));
  if (status == "timeout" || !flag_of(job, "done")) return exit_status::timed_out;
  if (const auto code = record::int_of(job, "exit_code")) return *code & 0xff;
  const auto number = signal_number(text_of(job, "signal"));
  return number ? exit_status::signal_base + *number : exit_status::unknown_code;
}

using Titles = std::map<std::string, std::string>;

/// What people call the connections of those jobs; without the scope for it their ids do.
Task<Titles> titles_of(Remote& remote, const Json& jobs) {
  Titles titles;
  const auto on_host = [](const Json& job) { return text_of(job, "kind") == "ssh"; };
  if (std::none_of(jobs.begin(), jobs.end(), on_host)) co_return titles;
  auto listed = co_await remote.call("ssh.connections.list", Json::object(), {});
  if (!listed) co_return titles;
  for (const auto& one : record::list_of(*listed, "connections")) titles[text_of(one, "id")] = text_of(one, "title");
  co_return titles;
}

std::string where_of(const Json& job, const Titles& titles) {
  if (text_of(job, "kind") != "ssh") return text_of(job, "terminal_id");
  const std::string id = text_of(job, "conn_id");
  const auto found = titles.find(id);
  return found == titles.end() || found->second.empty() ? id : found->second;
}

void print_job(Context& context, const Json& job, const Titles& titles) {
  const auto line = [&](const char* what, const std::string& value) {
    if (!value.empty()) context.console.out_line(std::string(what) + visible_line(value));
  };
  const auto code = record::int_of(job, "exit_code");
  line("job       ", text_of(job, "job_id"));
  line("command   ", text_of(job, "command"));
  line("where     ", where_of(job, titles));
  line("by        ", text_of(job, "by"));
  line("started   ", text_of(job, "started_at"));
  line("took      ", long_duration(number_of(job, "duration_ms") / 1000));
  line("status    ", text_of(job, "status"));
  line("exit code ", code ? std::to_string(*code) : "");
  line("signal    ", text_of(job, "signal"));
  line("note      ", text_of(job, "error"));
}

Task<int> list_jobs(Context& context, Remote& remote, const JobOptions& options) {
  Json params = Json::object();
  if (!options.status.empty()) params["status"] = options.status;
  auto listed = co_await remote.call("job.list", std::move(params), {});
  if (!listed) co_return context.fail(listed.error());
  if (context.globals.json) {
    context.print_json(*listed);
    co_return exit_status::ok;
  }
  const Json& jobs = record::list_of(*listed, "jobs");
  const Titles titles = co_await titles_of(remote, jobs);
  std::vector<std::vector<Cell>> rows;
  for (const auto& job : jobs) {
    const auto code = record::int_of(job, "exit_code");
    const std::string status = text_of(job, "status");
    rows.push_back({{text_of(job, "job_id"), "1"},
                    {status + (code ? " (" + std::to_string(*code) + ")" : ""), flag_of(job, "done") ? "2" : "32"},
                    {short_duration(number_of(job, "duration_ms") / 1000), ""},
                    {visible_line(where_of(job, titles)), ""},
                    {visible_line(text_of(job, "command")), ""}});
  }
  if (rows.empty()) {
    context.say("There are no jobs. Start one with: duotty ssh run --detach NAME -- COMMAND");
  } else {
    print_table(context, {"JOB", "STATUS", "TOOK", "WHERE", "COMMAND"}, rows);
  }
  co_return exit_status::ok;
}

/// Shows one of the outputs on from `since`, as far as it is.
Task<base::Result<Json>> print_output(Context& context, Remote& remote, const JobOptions& options, bool is_error,
                                      std::int64_t& since) {
  for (;;) {
    Json params = named(options);
    params["stream"] = is_error ? "stderr" : "stdout";
    params["since"] = since;
    params["limit"] = kPiece;
    auto piece = co_await remote.call("job.output", std::move(params), {});
    if (!piece) co_return piece;
    const auto begin = record::integer_of(*piece, "since");
    const auto next = record::integer_of(*piece, "next_since");
    if (begin > since) context.console.note(std::to_string(begin - since) + " bytes are not kept.");
    std::string bytes = text_of(*piece, "text");
    if (auto exact = base::base64_decode(text_of(*piece, "output_b64")); exact && !exact->empty()) bytes = *exact;
    // The last line of what runs in a terminal comes again: it may still change.
    if (!flag_of((*piece)["job"], "done")) bytes.resize(std::min(bytes.size(), static_cast<std::size_t>(next - begin)));
    if (is_error) {
      context.console.err(bytes);
    } else {
      context.console.out(bytes);
    }
    const bool more = flag_of(*piece, "has_more") && next > since;
    since = next;
    if (!more) co_return (*piece)["job"];
  }
}

Task<int> show_output(Context& context, Remote& remote, const JobOptions& options) {
  std::array<std::int64_t, 2> since{};
  for (;;) {
    auto job = co_await print_output(context, remote, options, false, since[0]);
    if (!job) co_return context.fail(job.error());
    if (text_of(*job, "kind") == "ssh") {
      const bool over = flag_of(*job, "done");
      job = co_await print_output(context, remote, options, true, since[1]);
      if (!job) co_return context.fail(job.error());
      // It may have ended between the two looks, and written something before.
      if (!over && flag_of(*job, "done") && options.follow) continue;
    }
    if (!options.follow) co_return exit_status::ok;
    if (flag_of(*job, "done")) co_return status_of(context, *job);
    co_await core::sleep_for(kLook);
  }
}

Task<int> look_at(Context& context, Remote& remote, const JobOptions& options) {
  const bool waits = options.action == "wait";
  Json params = named(options);
  if (waits) params["max_wait_ms"] = std::min(options.timeout.value_or(86400), 86400.0) * 1000;
  if (options.action == "cancel") params["signal"] = options.signal;
  const std::string method = "job." + (options.action == "show" ? std::string("get") : options.action);
  auto done = co_await remote.call(method, std::move(params), {});
  if (!done) co_return context.fail(done.error());
  const Json& job = (*done)["job"];
  if (context.globals.json) {
    context.print_json(*done);
  } else if (options.action == "show") {
    const Json one = Json::array({job});
    const Titles titles = co_await titles_of(remote, one);
    print_job(context, job, titles);
  } else if (options.action == "cancel") {
    const std::string note = text_of(*done, "note");
    context.say(!note.empty() ? visible_line(note)
                              : (flag_of(*done, "sent") ? "The signal was sent; the job is " : "The job was ") +
                                    text_of(job, "status") + ".");
  }
  if (waits && !context.globals.json && !flag_of(job, "done")) context.console.note("It still runs.");
  co_return waits ? status_of(context, job) : exit_status::ok;
}

}  // namespace

Task<int> jobs_command(Context& context, Remote& remote, const JobOptions& options) {
  if (options.action == "ls") co_return co_await list_jobs(context, remote, options);
  if (options.id.empty()) {
    co_return context.fail(
        {Errc::invalid_params, "Say which: duotty jobs " + options.action + " JOB (duotty jobs lists them)"});
  }
  if (options.action == "output") co_return co_await show_output(context, remote, options);
  co_return co_await look_at(context, remote, options);
}

void add_jobs_command(const Builder& builder) {
  CLI::App* command = builder.add("jobs", "Commands in the background: list, read, wait for, cancel", "Terminals",
                                  "  duotty jobs\n"
                                  "  duotty jobs output k3x9w2m8q1zz --follow     until it ends, with its exit code\n"
                                  "  duotty jobs wait k3x9w2m8q1zz --timeout 600\n"
                                  "  duotty jobs cancel k3x9w2m8q1zz --signal TERM");
  auto o = std::make_shared<JobOptions>();
  command->add_option("ACTION", o->action, "ls (default), show, output, wait or cancel")
      ->check(CLI::IsMember({"ls", "show", "output", "wait", "cancel"}));
  command->add_option("JOB", o->id, "Id of the job");
  command->add_flag("--follow", o->follow, "output: go on until the job ends");
  command->add_option("--signal", o->signal, "cancel: INT (default), TERM, HUP, QUIT or KILL")
      ->type_name("SIGNAL")
      ->check(CLI::IsMember({"INT", "TERM", "HUP", "QUIT", "KILL"}));
  command->add_option("--timeout", o->timeout, "wait: at most so many seconds")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 86400.0));
  command->add_option("--status", o->status, "ls: only jobs that stand so")->type_name("STATUS");
  command->callback([builder, o] {
    Command chosen;
    chosen.name = "jobs";
    chosen.remote = [o](Context& context, Remote& remote) { return jobs_command(context, remote, *o); };
    builder.choose(std::move(chosen));
  });
}

}  // namespace duotty::cli
