// The command line of the commands about the server and its methods.
#include <duotty/record/json_text.hpp>
#include <nlohmann/json.hpp>

#include "builder.hpp"
#include "method_commands.hpp"
#include "server_commands.hpp"

namespace duotty::cli {
namespace {

constexpr const char* kServer = "Server";
constexpr const char* kMethods = "Methods";
constexpr const char* kOther = "Other";

void add_serve(const Builder& builder) {
  CLI::App* command =
      builder.add("serve", "Run the server in the foreground", kServer,
                  "  duotty serve\n"
                  "  duotty serve --port 8080 --allow-host box.example.org\n"
                  "  duotty serve --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem\n"
                  "  duotty serve --host 0.0.0.0 --insecure-http      behind a proxy that terminates TLS");
  auto o = std::make_shared<ServeOptions>();
  command->add_option("--host", o->host, "Address to listen on (default 127.0.0.1)")->type_name("ADDRESS");
  command->add_option("--port", o->port, "Port to listen on (default 3000; 0: any)")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535));
  command->add_option("--name", o->name, "What this server is called")->type_name("NAME");
  command->add_flag("--require-key", o->require_key, "Even the user who runs the server must sign in");
  CLI::Option* cert =
      command->add_option("--tls-cert", o->tls_cert, "Serve HTTPS with this certificate and its chain (PEM)")
          ->type_name("FILE")
          ->check(CLI::ExistingFile);
  CLI::Option* key = command->add_option("--tls-key", o->tls_key, "Private key of --tls-cert (PEM, no passphrase)")
                         ->type_name("FILE")
                         ->check(CLI::ExistingFile);
  cert->needs(key);
  key->needs(cert);
  command
      ->add_flag("--tls-self-signed", o->tls_self_signed, "Serve HTTPS with a certificate made here; browsers ask once")
      ->excludes(cert);
  command->add_flag("--insecure-http", o->insecure_http, "Listen beyond this machine without TLS: a proxy provides it");
  add_list(*command, "--allow-host", o->allow_hosts, "Name that browsers may use for this server; may be repeated")
      ->type_name("HOST");
  command->add_flag(
      "--no-history", [o](std::int64_t) { o->history = false; }, "Keep nothing of terminals on disk");
  command->add_option("--web-dir", o->web_dir, "Serve the web UI from this folder, for work on it")->type_name("DIR");
  command->add_option("--log-level", o->log_level, "How much is logged (default info)")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}));
  command->add_flag("-v,--verbose", o->verbose, "Same as --log-level debug");
  command->callback([builder, o] {
    Command chosen;
    chosen.name = "serve";
    chosen.local = [o](Context& context) {
      o->home = context.globals.home;
      if (o->verbose && o->log_level.empty()) o->log_level = "debug";
      return context.hooks.serve(*o);
    };
    builder.choose(std::move(chosen));
  });
}

void add_status(const Builder& builder) {
  CLI::App* command = builder.add("status", "Say whether the server runs, and where", kServer,
                                  "  duotty status\n"
                                  "  duotty status --health && echo up\n"
                                  "\n"
                                  "Exit status 0 when it answers, 3 when it does not.");
  auto o = std::make_shared<StatusOptions>();
  command->add_flag("--health", o->health, "Print nothing; the exit status says it");
  command->callback([builder, o] {
    Command chosen;
    chosen.name = "status";
    chosen.loop = [o](Context& context) { return status_command(context, *o); };
    builder.choose(std::move(chosen));
  });
}

void add_stop_and_restart(const Builder& builder) {
  using Run = Task<int> (*)(Context&, WaitLimit);
  const auto add = [&builder](const char* name, const char* about, const char* examples, Run run) {
    CLI::App* command = builder.add(name, about, kServer, examples);
    auto o = std::make_shared<WaitLimit>();
    command->add_option("--timeout", o->seconds, "Longest wait in seconds (default 30)")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.0, 3600.0));
    command->callback([builder, name, run, o] {
      Command chosen;
      chosen.name = name;
      chosen.loop = [run, o](Context& context) { return run(context, *o); };
      builder.choose(std::move(chosen));
    });
  };
  add("stop", "End every terminal and the server", "  duotty stop", stop_command);
  add("restart", "Start the worker again, with the binary now on disk; terminals go on", "  duotty restart",
      restart_command);
}

void add_open(const Builder& builder) {
  CLI::App* command = builder.add("open", "Print the address of the web UI and show it when there is a display",
                                  kServer, "  duotty open");
  command->callback([builder] {
    Command chosen;
    chosen.name = "open";
    chosen.remote = open_command;
    builder.choose(std::move(chosen));
  });
}

void add_login(const Builder& builder) {
  CLI::App* login = builder.add("login", "Save the address and token of a server for later commands", kServer,
                                "  duotty login --url http://box:3000 --token TOKEN\n"
                                "  duotty login --url https://box:3000 --ca-file box.pem --token - < token-file\n"
                                "  duotty login --url https://box:3000 --token -    asks for it, without showing it\n"
                                "\n"
                                "They are kept in cli.json beside the server's configuration, readable by you only.");
  auto o = std::make_shared<LoginOptions>();
  login->add_flag(
      "--no-check", [o](std::int64_t) { o->check = false; }, "Save without trying them");
  login->callback([builder, o] {
    Command chosen;
    chosen.name = "login";
    chosen.loop = [o](Context& context) { return login_command(context, *o); };
    builder.choose(std::move(chosen));
  });
  CLI::App* logout = builder.add("logout", "Forget the saved address and token", kServer, "  duotty logout");
  logout->callback([builder] {
    Command chosen;
    chosen.name = "logout";
    chosen.local = logout_command;
    builder.choose(std::move(chosen));
  });
}

/// What `call` was asked: it has a help of its own, made from the method's row.
struct CallRequest {
  CallOptions options;
  bool list = false;
  bool help = false;
};

int describe_method(Context& context, const CallRequest& request) {
  if (request.list) {
    if (context.globals.json) {
      Json names = Json::array();
      for (const auto& method : context.table.methods()) {
        names.push_back(method->name);
      }
      context.print_json(names);
    } else {
      context.console.out(method_list(context.table, context.environment.out_is_tty ? context.environment.columns : 0));
    }
    return exit_status::ok;
  }
  const auto method = find_method(context.table, request.options.method);
  if (!method) return context.fail(method.error());
  if (context.globals.json && (*method)->params) {
    context.print_json(*(*method)->params);
  } else {
    context.console.out(method_help(**method));
  }
  return exit_status::ok;
}

void add_call(const Builder& builder) {
  CLI::App* command = builder.add("call", "Call any method and print its result as JSON", kMethods,
                                  "  duotty call --list\n"
                                  "  duotty call terminal.exec --help\n"
                                  "  duotty call terminal.exec '{\"terminal_id\":\"build\",\"command\":\"ls\"}'\n"
                                  "  duotty call terminal.exec -p terminal_id=build -p command=ls\n"
                                  "  duotty call events.stream -p since_id=0        one JSON object a line\n"
                                  "\n"
                                  "\"-\" instead of the JSON reads it from standard input.");
  auto o = std::make_shared<CallRequest>();
  command->set_help_flag();
  command->add_flag("-h,--help", o->help, "With METHOD: explain its parameters")->group("Output");
  command->add_option("METHOD", o->options.method, "Name of the method")->type_name("");
  command->add_option("JSON", o->options.json, "Its parameters as an object")->type_name("");
  add_list(*command, "-p,--param", o->options.assignments, "One parameter; may be repeated")->type_name("KEY=VALUE");
  command->add_flag("-l,--list", o->list, "List all methods");
  command->callback([builder, command, o] {
    if (o->options.method.empty() && !o->list) {
      if (o->help) throw CLI::CallForHelp();
      builder.problem = "Say which method. List them with: duotty call --list";
    }
    Command chosen;
    chosen.name = "call";
    if (o->list || o->help) {
      chosen.local = [o](Context& context) { return describe_method(context, *o); };
    } else {
      chosen.remote = [o](Context& context, Remote& remote) { return call_command(context, remote, o->options); };
    }
    builder.choose(std::move(chosen));
  });
}

void add_events(const Builder& builder) {
  CLI::App* command = builder.add("events", "Print what agents and people did", kMethods,
                                  "  duotty events --limit 20\n"
                                  "  duotty events --follow --json");
  auto o = std::make_shared<EventOptions>();
  command->add_option("--since", o->since, "Only events after this id")->type_name("ID")->check(CLI::NonNegativeNumber);
  command->add_option("--limit", o->limit, "At most so many, the newest (default 100)")
      ->type_name("N")
      ->check(CLI::Range(1, 500));
  command->add_flag("-f,--follow", o->follow, "Go on printing until Ctrl+C");
  command->callback([builder, o] {
    Command chosen;
    chosen.name = "events";
    chosen.remote = [o](Context& context, Remote& remote) { return events_command(context, remote, *o); };
    builder.choose(std::move(chosen));
  });
}

void add_schema(const Builder& builder) {
  CLI::App* command = builder.add("schema", "Print the API as a document", kMethods,
                                  "  duotty schema openapi > openapi.json\n"
                                  "  duotty schema markdown | less");
  auto kind = std::make_shared<std::string>("openapi");
  command->add_option("KIND", *kind, "openapi (default), typescript or markdown")
      ->type_name("")
      ->check(CLI::IsMember({"openapi", "typescript", "markdown"}));
  command->callback([builder, kind] {
    Command chosen;
    chosen.name = "schema";
    chosen.local = [kind](Context& context) {
      const SchemaKind wanted = *kind == "typescript" ? SchemaKind::typescript
                                : *kind == "markdown" ? SchemaKind::markdown
                                                      : SchemaKind::openapi;
      const std::string text = context.hooks.schema(wanted);
      context.console.out(text);
      if (text.empty() || text.back() != '\n') context.console.out("\n");
      return exit_status::ok;
    };
    builder.choose(std::move(chosen));
  });
}

void add_version(const Builder& builder) {
  CLI::App* command = builder.add("version", "Print the version", kOther, "  duotty version");
  command->callback([builder] {
    Command chosen;
    chosen.name = "version";
    chosen.local = [](Context& context) {
      if (context.globals.json) {
        context.print_json({{"version", context.hooks.version}});
      } else {
        context.console.out_line("duotty " + context.hooks.version);
      }
      return exit_status::ok;
    };
    builder.choose(std::move(chosen));
  });
}

}  // namespace

void add_server_commands(const Builder& builder) {
  add_serve(builder);
  add_status(builder);
  add_open(builder);
  add_stop_and_restart(builder);
  add_login(builder);
  add_call(builder);
  add_events(builder);
  add_schema(builder);
  add_version(builder);
}

}  // namespace duotty::cli
