#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/http/client.hpp>

#include "client_url.hpp"
#include "client_wire.hpp"

namespace duotty::http {

using base::Errc;
using base::Error;
using base::Result;
using core::Task;

namespace {

constexpr int most_redirects = 3;

/// True when `status` may be followed without changing the method.
bool is_redirect(int status, const std::string& method) {
  if (status == 307 || status == 308) return true;
  return (status == 301 || status == 302 || status == 303) && (method == "GET" || method == "HEAD");
}

}  // namespace

ClientResponse::ClientResponse(int status, std::vector<ClientHeader> headers,
                               std::unique_ptr<detail::ClientExchange> exchange)
    : status_(status), headers_(std::move(headers)), exchange_(std::move(exchange)) {}
ClientResponse::ClientResponse(ClientResponse&&) noexcept = default;
ClientResponse& ClientResponse::operator=(ClientResponse&&) noexcept = default;
ClientResponse::~ClientResponse() = default;

std::optional<std::string_view> ClientResponse::header(std::string_view name) const {
  const auto found = std::find_if(headers_.begin(), headers_.end(),
                                  [name](const ClientHeader& header) { return base::iequals(header.name, name); });
  if (found == headers_.end()) return std::nullopt;
  return found->value;
}

Task<Result<std::optional<std::string>>> ClientResponse::next_chunk() {
  if (!exchange_) co_return std::optional<std::string>();
  co_return co_await exchange_->next_chunk();
}

Task<Result<std::string>> ClientResponse::read_all(std::size_t limit) {
  std::string body;
  for (;;) {
    auto chunk = co_await next_chunk();
    if (!chunk) co_return chunk.error();
    if (!*chunk) co_return body;
    if (body.size() + (*chunk)->size() > limit) {
      exchange_.reset();
      co_return Error(Errc::too_large, "The answer is larger than " + std::to_string(limit / 1024) + " KiB.");
    }
    body += **chunk;
  }
}

Task<std::string> ClientResponse::read_error_body(std::size_t limit) {
  std::string body;
  while (body.size() < limit) {
    auto chunk = co_await next_chunk();
    if (!chunk || !*chunk) break;
    body += (*chunk)->substr(0, limit - body.size());
  }
  exchange_.reset();
  co_return body;
}

struct Client::Tls {
  net::TlsContext context;
};

Client::Client(ClientOptions options) : options_(std::move(options)) {}
Client::~Client() = default;

Task<Result<ClientResponse>> Client::open(ClientRequest request) {
  auto parsed = parse_client_url(request.url);
  if (!parsed) co_return parsed.error();
  ClientUrl url = std::move(*parsed);
  for (int redirects = 0; redirects <= most_redirects; ++redirects) {
    if (const auto checked = check_request(request, url); !checked) co_return checked.error();
    auto proxy = choose_proxy(options_.proxy, url);
    if (!proxy) co_return proxy.error();
    const bool secure = url.scheme == ClientUrl::Scheme::https;
    if (secure && !tls_) {
      auto context = net::TlsContext::client(options_.extra_ca_pem);
      if (!context) co_return context.error();
      tls_ = std::make_unique<Tls>(Tls{std::move(*context)});
    }
    detail::WirePlan plan;
    plan.url = url;
    plan.proxy = *proxy;
    plan.timeouts = request.timeouts;
    plan.head_only = request.method == "HEAD";
    const std::string credentials = plan.proxy ? plan.proxy->authorization : std::string();
    const bool through = plan.proxy && !secure;
    plan.head = encode_head(request, url, options_.user_agent, through ? TargetForm::absolute : TargetForm::origin,
                            through ? credentials : std::string());
    if (plan.proxy && secure) {
      plan.connect_head = "CONNECT " + url.endpoint() + " HTTP/1.1\r\nHost: " + url.endpoint() + "\r\n" +
                          (credentials.empty() ? "" : "Proxy-Authorization: " + credentials + "\r\n") + "\r\n";
    }
    std::optional<net::TlsContext> tls;
    if (secure) tls = tls_->context;
    auto answer = co_await detail::exchange(std::move(plan), request.body, std::move(tls));
    if (!answer) co_return answer.error();
    ClientResponse response(answer->status, std::move(answer->headers), std::move(answer->exchange));
    const auto location = response.header("location");
    if (response.status() >= 400 || response.status() < 300 || !location) co_return response;
    auto next = follow_redirect(url, *location);
    if (!next) co_return next.error();
    if (!is_redirect(response.status(), request.method)) {
      co_return Error(Errc::upstream, url.authority() + " redirects this " + request.method +
                                          " request; set the base URL to where it leads.");
    }
    url = std::move(*next);
  }
  co_return Error(Errc::upstream, url.authority() + " redirects in a circle.");
}

}  // namespace duotty::http
