#include "scripted_provider_wire.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace duotty::tests {

using nlohmann::json;

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::string event(std::string_view type, const json& data) {
  std::string out;
  if (!type.empty()) out = "event: " + std::string(type) + "\n";
  return out + "data: " + data.dump() + "\n\n";
}

std::vector<std::string> openai_events(const std::vector<std::string>& deltas, std::string_view finish) {
  const auto chunk = [](const json& delta, const json& reason) {
    return json{{"id", "chatcmpl-1"},
                {"object", "chat.completion.chunk"},
                {"created", 1700000000},
                {"model", "scripted-model"},
                {"choices", json::array({{{"index", 0}, {"delta", delta}, {"finish_reason", reason}}})}};
  };
  std::vector<std::string> events{event("", chunk({{"role", "assistant"}, {"content", ""}}, nullptr))};
  for (const std::string& delta : deltas) events.push_back(event("", chunk({{"content", delta}}, nullptr)));
  events.push_back(event("", chunk(json::object(), finish.empty() ? "stop" : std::string(finish))));
  json usage = chunk(json::object(), nullptr);
  usage["choices"] = json::array();
  usage["usage"] = {{"prompt_tokens", 42}, {"completion_tokens", deltas.size()}, {"total_tokens", 42 + deltas.size()}};
  events.push_back(event("", usage));
  events.push_back("data: [DONE]\n\n");
  return events;
}

std::vector<std::string> anthropic_events(const std::vector<std::string>& deltas, std::string_view finish) {
  const json message{{"id", "msg_1"},
                     {"type", "message"},
                     {"role", "assistant"},
                     {"content", json::array()},
                     {"model", "scripted-model"},
                     {"stop_reason", nullptr},
                     {"stop_sequence", nullptr},
                     {"usage", {{"input_tokens", 42}, {"output_tokens", 1}}}};
  std::vector<std::string> events{event("message_start", {{"type", "message_start"}, {"message", message}})};
  events.push_back(
      event("content_block_start",
            {{"type", "content_block_start"}, {"index", 0}, {"content_block", {{"type", "text"}, {"text", ""}}}}));
  events.push_back(event("ping", {{"type", "ping"}}));
  for (const std::string& delta : deltas) {
    events.push_back(
        event("content_block_delta",
              {{"type", "content_block_delta"}, {"index", 0}, {"delta", {{"type", "text_delta"}, {"text", delta}}}}));
  }
  events.push_back(event("content_block_stop", {{"type", "content_block_stop"}, {"index", 0}}));
  events.push_back(event(
      "message_delta",
      {{"type", "message_delta"},
       {"delta", {{"stop_reason", finish.empty() ? "end_turn" : std::string(finish)}, {"stop_sequence", nullptr}}},
       {"usage", {{"output_tokens", deltas.size()}}}}));
  events.push_back(event("message_stop", {{"type", "message_stop"}}));
  return events;
}

std::vector<std::string> events_of(Wire wire, const std::vector<std::string>& deltas, std::string_view finish) {
  return wire == Wire::openai ? openai_events(deltas, finish) : anthropic_events(deltas, finish);
}

std::string pem_of(const std::function<int(BIO*)>& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), &BIO_free_all);
  if (write(bio.get()) != 1) throw std::runtime_error("cannot write PEM");
  char* data = nullptr;
  const long size = BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

ScriptedAnswer& ScriptedAnswer::with_header(std::string name, std::string value) {
  std::erase_if(headers, [&](const auto& header) { return lower(header.first) == lower(name); });
  headers.emplace_back(std::move(name), std::move(value));
  return *this;
}

std::string stream_body(Wire wire, const std::vector<std::string>& deltas, std::string_view finish) {
  std::string body;
  for (const std::string& piece : events_of(wire, deltas, finish)) body += piece;
  return body;
}

ScriptedAnswer stream_answer(Wire wire, const std::vector<std::string>& deltas, std::string_view finish) {
  ScriptedAnswer answer;
  answer.pieces = events_of(wire, deltas, finish);
  return answer;
}

ScriptedAnswer error_answer(Wire wire, int status, std::string_view type, std::string_view message) {
  json body{{"error", {{"message", message}, {"type", type}}}};
  if (wire == Wire::anthropic) {
    body["type"] = "error";
  } else {
    body["error"]["param"] = nullptr;
    body["error"]["code"] = type;
  }
  ScriptedAnswer answer;
  answer.status = status;
  answer.framing = Framing::length;
  answer.pieces = {body.dump()};
  answer.with_header("Content-Type", "application/json");
  return answer;
}

ScriptedAnswer models_answer(Wire wire, const std::vector<std::string>& models) {
  json body{{"data", json::array()}};
  for (const std::string& model : models) {
    body["data"].push_back(wire == Wire::openai ? json{{"id", model}, {"object", "model"}}
                                                : json{{"id", model}, {"type", "model"}, {"display_name", model}});
  }
  if (wire == Wire::openai) {
    body["object"] = "list";
  } else {
    body["has_more"] = false;
  }
  ScriptedAnswer answer;
  answer.framing = Framing::length;
  answer.pieces = {body.dump()};
  answer.with_header("Content-Type", "application/json");
  return answer;
}

std::vector<std::string> cut_every(std::string_view body, std::size_t size) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < body.size(); at += size) pieces.emplace_back(body.substr(at, size));
  return pieces;
}

std::vector<std::string> cut_words(std::string_view text) {
  std::vector<std::string> pieces;
  while (!text.empty()) {
    const std::size_t blank = text.find_first_of(" \n");
    const std::size_t size = blank == std::string_view::npos ? text.size() : blank + 1;
    pieces.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return pieces;
}

TestCertificate::TestCertificate(const std::string& host) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  X509* x509 = certificate.get();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_set_pubkey(x509, key.get());
  X509_NAME* name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("scripted provider"), -1,
                             -1, 0);
  X509_set_issuer_name(x509, name);
  const bool address = !host.empty() && host.find_first_not_of("0123456789.:") == std::string::npos;
  const std::string alternative = (address ? "IP:" : "DNS:") + host;
  for (const auto& [nid, value] : {std::pair(NID_subject_alt_name, alternative),
                                   std::pair(NID_basic_constraints, std::string("critical,CA:TRUE"))}) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()), &X509_EXTENSION_free);
    X509_add_ext(x509, extension.get(), -1);
  }
  X509_sign(x509, key.get(), EVP_sha256());
  certificate_pem = pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, x509); });
  key_pem =
      pem_of([&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

std::shared_ptr<SSL_CTX> make_server_tls(const TestCertificate& certificate) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  const auto memory = [](const std::string& pem) {
    return std::unique_ptr<BIO, decltype(&BIO_free_all)>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                         &BIO_free_all);
  };
  const std::unique_ptr<X509, decltype(&X509_free)> x509(
      PEM_read_bio_X509(memory(certificate.certificate_pem).get(), nullptr, nullptr, nullptr), &X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(memory(certificate.key_pem).get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  if (SSL_CTX_use_certificate(context.get(), x509.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
    throw std::runtime_error("scripted provider: the certificate is not usable");
  }
  return context;
}

std::optional<ReceivedRequest> parse_request(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  ReceivedRequest request;
  std::string_view head = bytes.substr(0, end + 2);
  bool first = true;
  while (!head.empty()) {
    const std::size_t line_end = head.find("\r\n");
    const std::string_view line = head.substr(0, line_end);
    head.remove_prefix(line_end + 2);
    if (first) {
      const std::size_t space = line.find(' ');
      request.method = line.substr(0, space);
      request.target = line.substr(space + 1, line.rfind(' ') - space - 1);
      first = false;
    } else if (const std::size_t colon = line.find(": "); colon != std::string_view::npos) {
      request.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
    }
  }
  std::size_t length = 0;
  if (const auto found = request.headers.find("content-length"); found != request.headers.end()) {
    length = std::stoul(found->second);
  }
  if (bytes.size() < end + 4 + length) return std::nullopt;
  request.body = bytes.substr(end + 4, length);
  return request;
}

std::string encode_answer_head(const ScriptedAnswer& answer) {
  std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " Scripted\r\n";
  for (const auto& [name, value] : answer.headers) head.append(name).append(": ").append(value).append("\r\n");
  if (answer.framing == Framing::chunked) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (answer.framing == Framing::length) {
    std::size_t size = 0;
    for (const std::string& piece : answer.pieces) size += piece.size();
    if (answer.ending != Ending::complete) ++size;
    head += "Content-Length: " + std::to_string(size) + "\r\n";
  }
  return head + "Connection: close\r\n\r\n";
}

std::string encode_piece(Framing framing, std::string_view piece) {
  if (framing != Framing::chunked) return std::string(piece);
  if (piece.empty()) return {};
  char size[24];
  std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
  return size + std::string(piece) + "\r\n";
}

}  // namespace duotty::tests
