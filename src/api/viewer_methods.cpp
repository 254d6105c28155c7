// Who is attached to a terminal, and sending one of them away.
#include <duotty/session/session.hpp>
#include <duotty/session/viewer.hpp>

#include "methods.hpp"

namespace duotty::api {
namespace {

struct ViewerInfo {
  std::string id;
  std::string name;
  std::string kind;
  std::string role;
  std::optional<int> cols;
  std::optional<int> rows;
  bool visible = true;
  bool active = false;
  bool in_control = false;
  std::string attached_at;
  std::string last_activity_at;
  static constexpr auto fields() {
    using T = ViewerInfo;
    return std::tuple{field("id", &T::id, "The viewer's id, new with every connection."),
                      field("name", &T::name, "What it calls itself."),
                      field("kind", &T::kind, "browser or cli."),
                      field("role", &T::role, "What it may do.").one_of("viewer", "typist", "agent", "owner"),
                      field("cols", &T::cols, "Columns of its window, null when it has none."),
                      field("rows", &T::rows, "Rows of its window, null when it has none."),
                      field("visible", &T::visible, "False for a hidden tab, which is sent no output."),
                      field("active", &T::active, "It typed last: with size policy `active` its window rules."),
                      field("in_control", &T::in_control, "It has taken control: agents wait."),
                      field("attached_at", &T::attached_at, "When it connected."),
                      field("last_activity_at", &T::last_activity_at, "When it last typed or changed something.")};
  }
};

struct ViewerList {
  std::vector<ViewerInfo> viewers;
  static constexpr auto fields() { return std::tuple{field("viewers", &ViewerList::viewers, "In order of arrival.")}; }
};

struct ViewerKick {
  std::string terminal_id;
  std::string viewer;
  static constexpr auto fields() {
    using T = ViewerKick;
    return std::tuple{
        field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
        field("viewer", &T::viewer, "Id of the viewer, as terminal.viewers says.").required().range(1, 64)};
  }
};

Task<Result<ViewerList>> viewers(Services& s, Call& call, TerminalId p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  ViewerList out;
  for (const session::Viewer* viewer : (*session)->viewers()) {
    ViewerInfo info;
    info.id = viewer->id();
    info.name = viewer->name();
    info.kind = viewer->kind();
    info.role = std::string(session::name(viewer->role()));
    if (viewer->has_window()) {
      info.cols = viewer->window().cols;
      info.rows = viewer->window().rows;
    }
    info.visible = viewer->visible();
    info.active = viewer == (*session)->active_viewer();
    info.in_control = viewer == (*session)->control();
    info.attached_at = iso_time(viewer->attached_at());
    info.last_activity_at = iso_time(viewer->last_activity());
    out.viewers.push_back(std::move(info));
  }
  co_return out;
}

Task<Result<Success>> kick(Services& s, Call& call, ViewerKick p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  if (!(*session)->kick(p.viewer)) {
    co_return Error(Errc::not_found,
                    "No viewer \"" + p.viewer + "\" is attached to this terminal. List them with terminal.viewers.",
                    "viewer");
  }
  log_event(s, call, "viewer_kick", {{"terminal_id", (*session)->id()}, {"viewer", p.viewer}});
  co_return Success{};
}

}  // namespace

void add_viewer_methods(Registrar& table) {
  table.call("terminal.viewers", viewers,
             {.http = {"GET", "/api/agent/terminals/{terminal_id}/viewers"},
              .scope = Scope::read,
              .about = "Who is attached to a terminal: role, window, last activity."});
  table.call("terminal.kick", kick,
             {.http = {"POST", "/api/agent/terminals/{terminal_id}/kick"},
              .scope = Scope::admin,
              .about = "Sends a viewer away (close code 4403). It may attach again unless its token is revoked.",
              .example = R"({"terminal_id": "k3x9w2m8q1zz", "viewer": "v3k9x2m1"})",
              .mutates = true});
}

}  // namespace duotty::api
