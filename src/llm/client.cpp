#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/core/event.hpp>
#include <duotty/http/client.hpp>
#include <duotty/llm/client.hpp>
#include <duotty/llm/provider.hpp>

#include "decoder.hpp"
#include "failure.hpp"
#include "json_read.hpp"

namespace duotty::llm {

using base::Errc;
using base::Error;
using base::Result;
using core::Task;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t whole_answer_limit = 4 * 1024 * 1024;

/// One try: an outcome, a refusal by the vendor, or another failure.
struct Attempt {
  std::optional<Outcome> outcome;
  std::optional<Refusal> refusal;
  std::optional<milliseconds> asked_wait;
  Error error;
};

struct Question {
  ChatRequest request;
  Provider provider;
  Dialect dialect;
  std::string text;  ///< what was given to on_text so far
};

double random_jitter() {
  const std::string bytes = base::random_bytes(1);
  return static_cast<double>(static_cast<unsigned char>(bytes[0])) / 255.0;
}

Attempt failed(Error error) {
  Attempt attempt;
  attempt.error = std::move(error);
  return attempt;
}

http::ClientRequest make_http_request(const Provider& provider, std::string url, const LlmClientOptions& options) {
  http::ClientRequest request;
  request.url = std::move(url);
  request.headers = auth_headers(provider);
  request.timeouts = {options.connect_timeout, options.idle_timeout};
  request.plain_http = http::PlainHttp::allowed;  // the URL is the person's own setting
  return request;
}

std::string content_type_of(const http::ClientResponse& response) {
  return base::to_lower(response.header("content-type").value_or(""));
}

/// Reads a refusal's body; only its first 64 KiB count.
Task<Attempt> read_refused(http::ClientResponse& response) {
  const std::string body = co_await response.read_error_body();
  Attempt attempt;
  attempt.refusal = read_refusal_text(body, content_type_of(response), response.status());
  attempt.asked_wait =
      parse_retry_after(response.header("retry-after").value_or(""), response.header("retry-after-ms").value_or(""),
                        std::chrono::system_clock::now());
  co_return attempt;
}

void give(Question& question, const StreamCallbacks& callbacks, std::string_view text) {
  if (text.empty()) return;
  question.text += text;
  if (callbacks.on_text) callbacks.on_text(text);
}

Attempt succeeded(const Question& question, const StreamDecoder& decoder) {
  Attempt attempt;
  attempt.outcome = Outcome{question.text, decoder.finish_reason(), decoder.usage(),
                            decoder.model().empty() ? question.request.model : decoder.model()};
  return attempt;
}

std::unique_ptr<StreamDecoder> make_decoder(const Provider& provider) {
  return provider.format == ApiFormat::openai ? make_openai_decoder() : make_anthropic_decoder();
}

/// Feeds events until the answer is over; nullopt to go on.
std::optional<Attempt> take_events(std::vector<http::SseEvent> events, StreamDecoder& decoder, Question& question,
                                   const StreamCallbacks& callbacks) {
  for (const http::SseEvent& event : events) {
    const Decoded decoded = decoder.take(event);
    give(question, callbacks, decoded.text);
    if (decoded.refusal) {
      Attempt attempt;
      attempt.refusal = decoded.refusal;
      return attempt;
    }
    if (decoder.complete()) return succeeded(question, decoder);
  }
  return std::nullopt;
}

/// A server that does not stream answers with one JSON body; some call their event stream JSON.
Task<Attempt> read_whole(http::ClientResponse& response, Question& question, const StreamCallbacks& callbacks) {
  auto body = co_await response.read_all(whole_answer_limit);
  if (!body) co_return failed(body.error());
  const auto decoder = make_decoder(question.provider);
  const json parsed = json::parse(*body, nullptr, false);
  if (parsed.is_discarded()) {
    auto events = http::SseParser(whole_answer_limit).feed(*body);
    auto attempt = events ? take_events(std::move(*events), *decoder, question, callbacks) : std::nullopt;
    if (attempt) co_return std::move(*attempt);
  }
  const Decoded decoded = decoder->take_whole(parsed);
  if (decoded.refusal) {
    Attempt attempt;
    attempt.refusal = decoded.refusal;
    co_return attempt;
  }
  if (decoded.text.empty() && !decoder->finished()) {
    co_return failed(Error(Errc::upstream, provider_host(question.provider) +
                                               " answered with JSON that is no model's answer; check the base URL."));
  }
  give(question, callbacks, decoded.text);
  co_return succeeded(question, *decoder);
}

Task<Attempt> read_stream(http::ClientResponse& response, Question& question, const StreamCallbacks& callbacks) {
  const auto decoder = make_decoder(question.provider);
  http::SseParser parser;
  for (;;) {
    auto chunk = co_await response.next_chunk();
    if (!chunk && !(chunk.error().code() == Errc::closed && decoder->finished())) co_return failed(chunk.error());
    if (!chunk || !*chunk) break;
    auto events = parser.feed(**chunk);
    if (!events) co_return failed(events.error());
    auto attempt = take_events(std::move(*events), *decoder, question, callbacks);
    if (attempt) co_return std::move(*attempt);
  }
  if (auto last = parser.finish()) {
    std::vector<http::SseEvent> rest;
    rest.push_back(std::move(*last));
    auto attempt = take_events(std::move(rest), *decoder, question, callbacks);
    if (attempt) co_return std::move(*attempt);
  }
  give(question, callbacks, decoder->finish());
  if (decoder->finished()) co_return succeeded(question, *decoder);
  co_return failed(Error(Errc::closed, "the stream of " + provider_host(question.provider) + " ended too early"));
}

Task<Attempt> attempt_once(http::Client& http, const LlmClientOptions& options, Question& question,
                           const StreamCallbacks& callbacks) {
  const Provider& provider = question.provider;
  http::ClientRequest request = make_http_request(provider, chat_url(provider), options);
  request.method = "POST";
  request.headers.push_back({"Content-Type", "application/json"});
  request.headers.push_back({"Accept", "text/event-stream"});
  request.body = provider.format == ApiFormat::openai ? encode_openai(question.request, question.dialect)
                                                      : encode_anthropic(question.request);
  auto response = co_await http.open(std::move(request));
  if (!response) co_return failed(response.error());
  if (response->status() != 200) co_return co_await read_refused(*response);
  const std::string type = content_type_of(*response);
  if (type.find("html") != std::string::npos) {
    co_return failed(Error(Errc::upstream, provider_host(provider) +
                                               " answered with a web page instead of a model's stream; check the base "
                                               "URL."));
  }
  if (type.starts_with("application/json")) co_return co_await read_whole(*response, question, callbacks);
  co_return co_await read_stream(*response, question, callbacks);
}

/// True when the server refused a field that it need not know, and the question can be put without it.
bool adapt(Dialect& dialect, const Refusal& refusal) {
  if (refusal.status != 400 && refusal.status != 422) return false;
  const auto names = [&refusal](std::string_view field) { return refusal.message.find(field) != std::string::npos; };
  if (dialect.stream_options && names("stream_options")) {
    dialect.stream_options = false;
    return true;
  }
  if (names("max_tokens") && names("max_completion_tokens") && !dialect.max_completion_tokens) {
    dialect.max_completion_tokens = true;
    return true;
  }
  return false;
}

Error attempt_error(const Attempt& attempt, const Question& question) {
  Error error = attempt.refusal
                    ? refusal_error(*attempt.refusal, question.provider, question.request.model, attempt.asked_wait)
                    : attempt.error;
  if (question.text.empty()) {
    if (error.code() != Errc::closed) return error;
    return Error(Errc::upstream, provider_host(question.provider) + " ended the connection before it said anything.");
  }
  if (error.code() == Errc::cancelled) return error;
  std::string why = error.message();
  if (error.code() == Errc::closed) why = "the connection to " + provider_host(question.provider) + " was lost.";
  return Error(error.code() == Errc::timeout ? Errc::timeout : Errc::upstream, "The answer was cut: " + why);
}

}  // namespace

LlmClient::LlmClient(http::Client& http, LlmClientOptions options) : http_(http), options_(std::move(options)) {
  if (!options_.jitter) options_.jitter = random_jitter;
}

Task<Result<Outcome>> LlmClient::stream(ChatRequest request, Provider provider, StreamCallbacks callbacks) {
  Question question{std::move(request), std::move(provider), {}, {}};
  std::string& model = question.request.model;
  if (model.empty()) model = question.provider.model;
  if (model.empty()) {
    auto models = co_await list_models(question.provider);
    if (!models) co_return models.error();
    if (models->empty()) {
      co_return Error(Errc::not_configured, provider_host(question.provider) + " offers no model; set MODEL_NAME.");
    }
    model = models->front();
  }
  question.dialect.max_completion_tokens = provider_host(question.provider) == "api.openai.com";
  for (int tries = 1;;) {
    Attempt attempt = co_await attempt_once(http_, options_, question, callbacks);
    if (attempt.outcome) co_return std::move(*attempt.outcome);
    if (!question.text.empty() || !attempt.refusal) co_return attempt_error(attempt, question);
    if (adapt(question.dialect, *attempt.refusal)) continue;
    std::optional<milliseconds> wait;
    if (worth_retrying(*attempt.refusal)) {
      wait = next_try(options_.retry, attempt.refusal->status, tries, attempt.asked_wait, options_.jitter());
    }
    const Error error = attempt_error(attempt, question);
    if (!wait) co_return error;
    if (callbacks.on_retry) {
      std::string_view reason = error.message();
      callbacks.on_retry(reason.substr(0, reason.find(';')), *wait);
    }
    co_await core::sleep_for(*wait);
    ++tries;
  }
}

Task<Result<std::vector<std::string>>> LlmClient::list_models(Provider provider) {
  http::ClientRequest request = make_http_request(provider, models_url(provider), options_);
  request.headers.push_back({"Accept", "application/json"});
  auto response = co_await http_.open(std::move(request));
  if (!response) co_return response.error();
  if (response->status() != 200) {
    const Attempt attempt = co_await read_refused(*response);
    co_return refusal_error(*attempt.refusal, provider, provider.model, attempt.asked_wait);
  }
  auto body = co_await response->read_all(whole_answer_limit);
  if (!body) co_return body.error();
  const json parsed = json::parse(*body, nullptr, false);
  if (parsed.is_discarded()) {
    co_return Error(Errc::upstream, provider_host(provider) + " answered with no JSON; check the base URL.");
  }
  co_return decode_models(parsed);
}

}  // namespace duotty::llm
