#include "forward_rules.hpp"

#include <boost/asio/ip/address.hpp>
#include <duotty/base/random.hpp>
#include <duotty/record/codec.hpp>
#include <duotty/ssh/names.hpp>

namespace duotty::remote {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using link::ForwardKind;

constexpr const char* kLoopback = "127.0.0.1";
constexpr const char* kTheirLoopback = "localhost";

ForwardKind kind_of(const std::string& word) {
  if (word == "remote") return ForwardKind::remote;
  return word == "dynamic" ? ForwardKind::dynamic : ForwardKind::local;
}

/// Where it listens, as who listens understands it.
Result<std::string> bind_of(const ForwardOpen& p) {
  if (p.kind == "remote") {
    if (p.bind.empty()) return std::string(kTheirLoopback);
    if (p.bind != "*" && !ssh::check_host(p.bind)) {
      return Error(Errc::invalid_params, "bind is an address or a name of the host, or * for all of its addresses.",
                   "bind");
    }
    return p.bind;
  }
  if (p.bind.empty() || p.bind == "localhost") return std::string(kLoopback);
  if (p.bind == "*") return std::string("0.0.0.0");
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(p.bind, error);
  if (error) {
    return Error(Errc::invalid_params, "bind is an IP address of the server's machine, localhost, or * for all.",
                 "bind");
  }
  return address.to_string();
}

}  // namespace

Result<link::Forward> forward_of(const ForwardOpen& p) {
  auto bind = bind_of(p);
  if (!bind) return bind.error();
  link::Forward forward;
  forward.id = base::make_id();
  forward.kind = kind_of(p.kind);
  forward.bind = std::move(*bind);
  forward.port = static_cast<std::uint16_t>(p.port);
  forward.host = p.target_host;
  forward.target = static_cast<std::uint16_t>(p.target_port);
  if (forward.kind == ForwardKind::dynamic) {
    if (p.target_host.empty() && p.target_port == 0) return forward;
    return Error(Errc::invalid_params, "A dynamic forward has no target: its clients say where they want to go.",
                 "target_host");
  }
  if (!ssh::check_host(p.target_host)) {
    return Error(Errc::invalid_params, "target_host is a host name or an address: [A-Za-z0-9._:%-], no leading \"-\".",
                 "target_host");
  }
  if (p.target_port == 0) return Error(Errc::invalid_params, "target_port is from 1 to 65535.", "target_port");
  return forward;
}

Result<KeptForward> read_kept_forward(const nlohmann::json& entry) {
  if (!entry.is_object()) return Error(Errc::invalid_params, "A forward is an object.", "forwards");
  nlohmann::json asked = entry;
  asked["connection_id"] = "imported";
  auto fields = record::decode<ForwardOpen>(asked, {.unknown = record::Unknown::ignore});
  if (!fields) return fields.error();
  auto forward = forward_of(*fields);
  if (!forward) return forward.error();
  return kept_of(*forward);
}

KeptForward kept_of(const link::Forward& forward) {
  return {forward.id, std::string(link::name(forward.kind)), forward.bind, forward.port, forward.host, forward.target};
}

bool needs_admin(const std::string& kind, const std::string& bind) {
  if (kind == "remote") return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(bind, error);
  return error || !address.is_loopback();
}

}  // namespace duotty::remote
