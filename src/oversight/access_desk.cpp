#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/http/digest.hpp>
#include <duotty/oversight/access_desk.hpp>
#include <duotty/rpc/caller.hpp>

namespace duotty::oversight {
namespace {

using base::Errc;
using base::Error;

/// Ten knocks at once from one place, then one every twenty seconds; and not many more from everywhere.
constexpr http::RateLimitRules kKnocks{.source = {10, std::chrono::milliseconds{20'000}},
                                       .global = {40, std::chrono::milliseconds{5'000}},
                                       .sources = 1024,
                                       .trusted_for = std::chrono::hours{0}};
/// Wrong claims: a secret has 256 bits, so this only keeps the noise down.
constexpr http::RateLimitRules kClaims{.source = {20, std::chrono::milliseconds{3'000}},
                                       .global = {200, std::chrono::milliseconds{300}},
                                       .sources = 1024,
                                       .trusted_for = std::chrono::hours{0}};

/// Without letters and digits that look like others.
std::string make_code() {
  constexpr std::string_view kLetters = "ABCDEFGHJKMNPQRSTVWXYZ23456789AB";
  static_assert(kLetters.size() == 32);
  std::string code;
  for (const char byte : base::random_bytes(8)) {
    if (code.size() == 4) code += '-';
    code += kLetters[static_cast<unsigned char>(byte) % kLetters.size()];
  }
  return code;
}

base::Result<> check_name(const std::string& name) {
  const bool fit = !name.empty() && name.size() <= 48 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
  if (fit) return {};
  return Error(Errc::invalid_params,
               "\"name\" must have 1 to 48 characters: letters, digits, '.', '_', '-'. Say who you are.", "name");
}

base::Result<> check_scopes(const std::vector<std::string>& scopes) {
  std::vector<std::string> unknown;
  const unsigned mask = rpc::scope_mask(scopes, &unknown);
  if (!unknown.empty() || scopes.empty()) {
    return Error(Errc::invalid_params,
                 scopes.empty() ? std::string("Say what you need: read, type, exec, files, ssh, ai.")
                                : "There is no scope \"" + base::shorten(unknown.front(), 40) +
                                      "\". Scopes: read, type, exec, files, ssh, ai.",
                 "scopes");
  }
  if ((mask & ~rpc::kAgentScopes) != 0) {
    return Error(Errc::invalid_params,
                 "\"admin\" and \"force\" cannot be asked for. A person makes such a token by hand.", "scopes");
  }
  return {};
}

}  // namespace

std::string source_group(const std::string& address) {
  boost::system::error_code failed;
  const auto parsed = boost::asio::ip::make_address(address, failed);
  if (failed || !parsed.is_v6() || parsed.to_v6().is_v4_mapped()) return address;
  const auto bytes = parsed.to_v6().to_bytes();
  return base::hex_encode(std::string_view(reinterpret_cast<const char*>(bytes.data()), 8)) + "/64";
}

AccessDesk::AccessDesk() : knocks_(kKnocks), claims_(kClaims) {}

void AccessDesk::forget_old(time_point now) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.request.expires <= now; });
}

base::Result<Knocked> AccessDesk::knock(Knock knock, time_point now) {
  const std::string group = source_group(knock.source);
  if (!knock.known && !knocks_.allowed(group, now)) {
    return Error(Errc::rate_limited, "Too many requests for access from there. Wait a minute and ask once.");
  }
  if (!knock.known) knocks_.failed(group, now);
  if (auto fit = check_name(knock.name); !fit) return fit.error();
  if (auto fit = check_scopes(knock.scopes); !fit) return fit.error();
  const auto waiting = pending(now);
  const auto same = std::count_if(waiting.begin(), waiting.end(),
                                  [&](const AccessRequest& request) { return source_group(request.source) == group; });
  const bool many = !knock.known && static_cast<std::size_t>(same) >= kMostOfOne;
  if (many || waiting.size() >= kMost || entries_.size() >= 4 * kMost) {
    return Error(Errc::limit_reached, "Too many requests wait for a decision. They are forgotten after five minutes.");
  }
  Knocked out;
  out.claim_secret = "dtc_" + base::make_token();
  AccessRequest& request = out.request;
  request.id = base::make_id();
  request.code = make_code();
  request.name = std::move(knock.name);
  request.scopes = rpc::scope_names(rpc::scope_mask(knock.scopes));
  request.reason = std::move(knock.reason);
  request.source = std::move(knock.source);
  request.client = std::move(knock.client);
  request.asked = now;
  request.expires = now + kLifetime;
  entries_.push_back({request, http::sha256_hex(out.claim_secret)});
  return out;
}

std::vector<AccessRequest> AccessDesk::pending(time_point now) {
  forget_old(now);
  std::vector<AccessRequest> out;
  for (const Entry& entry : entries_) {
    if (entry.request.state == AccessRequest::State::pending) out.push_back(entry.request);
  }
  return out;
}

base::Result<AccessRequest> AccessDesk::decide(std::string_view id, Decision decision, time_point now) {
  forget_old(now);
  // People know a request by its code.
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.request.id == id || base::iequals(entry.request.code, id);
  });
  if (found == entries_.end()) {
    return Error(Errc::not_found, "There is no such request; requests are forgotten after five minutes.", "request_id");
  }
  AccessRequest& request = found->request;
  if (request.state != AccessRequest::State::pending) {
    return Error(Errc::conflict, "That request was decided by " + request.decided_by + ".", "request_id");
  }
  std::vector<std::string> granted = decision.scopes.empty() ? request.scopes : std::move(decision.scopes);
  if (decision.allow) {
    if (auto fit = check_scopes(granted); !fit) return fit.error();
    for (const std::string& scope : granted) {
      if (std::find(request.scopes.begin(), request.scopes.end(), scope) != request.scopes.end()) continue;
      return Error(Errc::invalid_params, "\"" + scope + "\" was not asked for.", "scopes");
    }
    request.granted = rpc::scope_names(rpc::scope_mask(granted));
  }
  request.state = decision.allow ? AccessRequest::State::approved : AccessRequest::State::denied;
  request.owner = std::move(decision.owner);
  request.seconds = decision.seconds;
  request.decided_by = std::move(decision.by);
  request.expires = now + kLifetime;
  return request;
}

base::Result<AccessRequest> AccessDesk::look(std::string_view id, std::string_view claim_secret,
                                             const std::string& source, time_point now) {
  forget_old(now);
  const std::string group = source_group(source);
  const std::string hash = http::sha256_hex(claim_secret);
  for (const Entry& entry : entries_) {
    if (entry.request.id == id && base::constant_time_equal(entry.secret_hash, hash)) return entry.request;
  }
  if (!claims_.allowed(group, now)) return Error(Errc::rate_limited, "Too many claims that are wrong. Wait a minute.");
  claims_.failed(group, now);
  return Error(Errc::not_found,
               "There is no request with that id and secret: it was claimed, or nobody decided it within five minutes. "
               "Ask again with POST /api/agent/access.");
}

void AccessDesk::close(std::string_view id) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.request.id == id; });
}

}  // namespace duotty::oversight
