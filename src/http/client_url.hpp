#pragma once
// The pure half of the client: what a request may be, where it goes, which proxy it takes. Errors are sentences.
#include <duotty/base/error.hpp>
#include <duotty/http/client.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::http {

/// A proxy to speak HTTP to; `authorization` is the value of Proxy-Authorization, or empty.
struct ProxyEndpoint {
  std::string host;
  std::uint16_t port = 3128;
  std::string authorization;
};

/// The proxy for `url`, or nullopt to connect directly. Fails with `unsupported` for proxies that are not http://, and
/// with `invalid_params` for malformed ones; no message contains the proxy's password.
base::Result<std::optional<ProxyEndpoint>> choose_proxy(const ProxySettings& settings, const ClientUrl& url);

/// True when NO_PROXY's list names the host of `url`.
bool bypasses_proxy(std::string_view no_proxy, const ClientUrl& url);

/// Refuses malformed methods, headers that would break the framing, and plain http to other machines.
base::Result<> check_request(const ClientRequest& request, const ClientUrl& url);

/// Where a redirect from `from` to `location` leads. Fails with `upstream` when that is another origin or no URL.
base::Result<ClientUrl> follow_redirect(const ClientUrl& from, std::string_view location);

/// The bytes of the request's head. `absolute` when a proxy for plain http is asked.
enum class TargetForm { origin, absolute };
std::string encode_head(const ClientRequest& request, const ClientUrl& url, std::string_view user_agent,
                        TargetForm form, std::string_view proxy_authorization);

}  // namespace duotty::http
