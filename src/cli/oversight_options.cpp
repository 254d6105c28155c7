// The command line of the commands about access and the audit.
#include "builder.hpp"
#include "oversight_commands.hpp"

namespace duotty::cli {
namespace {

constexpr const char* kAccess = "Access";

void add_token(const Builder& builder) {
  CLI::App* command = builder.add("token", "List, make and revoke tokens; decide who gets one", kAccess,
                                  "  duotty token\n"
                                  "  duotty token create ci --scopes read,exec --expires 30d\n"
                                  "  duotty token revoke ci\n"
                                  "  duotty token requests\n"
                                  "  duotty token allow K7PM-4QXD --scopes read --expires 1d\n"
                                  "  duotty token deny K7PM-4QXD");
  auto o = std::make_shared<TokenOptions>();
  command->add_option("ACTION", o->action, "ls (default), create, revoke, requests, allow or deny")
      ->check(CLI::IsMember({"ls", "create", "revoke", "requests", "allow", "deny"}));
  command->add_option("NAME", o->name, "Name of the token, or code of the request");
  add_list(*command, "--scopes", o->scopes, "What it may do: read, type, exec, files, ssh, ai, admin, force")
      ->type_name("SCOPES");
  command->add_option("--owner", o->owner, "Label: it sees only terminals it made")->type_name("LABEL");
  command->add_option("--expires", o->expires, "When it ends: 90m, 12h, 30d, 2w, never")->type_name("SPAN");
  command->callback([builder, o] {
    Command chosen;
    chosen.name = "token";
    chosen.remote = [o](Context& context, Remote& remote) { return token_command(context, remote, *o); };
    builder.choose(std::move(chosen));
  });
}

void add_audit(const Builder& builder) {
  CLI::App* command = builder.add("audit", "Show what was done to the server, by whom, and how it ended", kAccess,
                                  "  duotty audit\n"
                                  "  duotty audit --who token:ci --failed --since 2h\n"
                                  "  duotty audit --terminal build --method terminal.exec\n"
                                  "  duotty audit --all > audit.jsonl");
  auto o = std::make_shared<AuditOptions>();
  command->add_option("--who", o->who, "Only this caller: agent, token:ci, owner")->type_name("WHO");
  command->add_option("--method", o->method, "Only this method, or a group: tokens.")->type_name("METHOD");
  command->add_option("--terminal", o->terminal, "Only this terminal")->type_name("TERM");
  command->add_option("--since", o->since, "Only the last 90m, 12h, 30d, ...")->type_name("SPAN");
  command->add_flag("--failed", o->failed, "Only what failed");
  command->add_flag("--all", o->all, "Everything, oldest first, as JSON lines");
  command->add_option("-n,--limit", o->limit, "At most so many (default 100)")
      ->type_name("N")
      ->check(CLI::Range(1, 500));
  command->callback([builder, o] {
    Command chosen;
    chosen.name = "audit";
    chosen.remote = [o](Context& context, Remote& remote) { return audit_command(context, remote, *o); };
    builder.choose(std::move(chosen));
  });
}

}  // namespace

void add_oversight_commands(const Builder& builder) {
  add_token(builder);
  add_audit(builder);
}

}  // namespace duotty::cli
