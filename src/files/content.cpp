// Whole files over HTTP, piece by piece: never more of one in memory than what is on its way.
#include <duotty/base/text.hpp>
#include <duotty/files/atomic_write.hpp>
#include <duotty/files/content_range.hpp>
#include <duotty/files/methods.hpp>
#include <duotty/files/paths.hpp>
#include <duotty/http/surface.hpp>
#include <duotty/record/json_text.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "file_types.hpp"

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;
using rpc::Json;

/// The parameters as the audit notes them.
Json noted_params(const http::Request& request) {
  Json out = Json::object();
  for (const char* name : {"path", "connection_id", "conflict", "upload_id", "offset"}) {
    if (const auto value = request.parameter(name)) out[name] = *value;
  }
  return out;
}

/// The parameters of the query.
template <class P>
Result<P> params_of(const http::Request& request) {
  return record::decode<P>(http::text_parameters(request, {}), {.from = record::From::text});
}

Result<WriteRequest> write_request(const http::Request& request, const StoreParams& params) {
  WriteRequest out;
  auto marks = marks_of(params.mtime, params.mode);
  if (!marks) return marks.error();
  out.marks = *marks;
  out.path = params.path;
  out.conflict = conflict_of(params.conflict);
  out.if_match = params.if_match;
  if (!params.upload_id.empty()) out.upload_id = request.caller.name + '\n' + params.upload_id;
  out.offset = static_cast<std::uint64_t>(params.offset);
  return out;
}

http::Response written_response(const Written& written) {
  return http::json_response(record::to_text(record::encode(write_result(written))), written.created ? 201 : 200);
}

http::Response failure(const Error& error, std::uint64_t have) {
  http::Response response = http::error_response(error);
  if (error.field() == "offset" && error.code() == Errc::conflict) {
    const Json details = {{"offset", have}};
    response.body = record::to_text(rpc::error_body(error, &details));
  }
  return response;
}

/// The body into the file, as long as its sender may.
Task<Result<>> receive(http::Responder& responder, AtomicWrite& file, const http::Authenticator& auth,
                       const rpc::Caller& sender) {
  for (;;) {
    auto piece = co_await responder.read_body();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return Result<>();
    if (!auth.still_valid(sender)) co_return Error(Errc::unauthenticated, "The token was revoked.");
    auto written = co_await file.write(std::move(*piece));
    if (!written) co_return written;
  }
}

struct Outcome {
  http::Response response;
  std::string word = "ok";  ///< for the audit
};

/// There are no files to work on; `details` may be null.
http::Response no_place(const Error& error, const Json* details) {
  http::Response response = http::error_response(error);
  if (details) response.body = record::to_text(rpc::error_body(error, details));
  return response;
}

Outcome failed(const Error& error, std::uint64_t have = 0) {
  return {failure(error, have), error.name()};
}

Task<Outcome> store(std::shared_ptr<FileSystem> system, StoreParams params, const http::Request& request,
                    http::Responder& responder, const http::Authenticator& auth) {
  auto wanted = write_request(request, params);
  if (!wanted) co_return failed(wanted.error());
  std::optional<std::uint64_t> size;
  if (params.size) size = static_cast<std::uint64_t>(*params.size);
  const bool resumable = !wanted->upload_id.empty();
  std::uint64_t have = 0;
  auto writing = co_await AtomicWrite::begin(std::move(system), std::move(*wanted), have);
  if (!writing) co_return failed(writing.error(), have);
  AtomicWrite& file = **writing;
  Outcome outcome;
  if (file.skipped()) {
    Json json = {{"path", params.path}, {"skipped", true}, {"created", false}, {"complete", true}};
    outcome.response = http::json_response(record::to_text(json));
    co_return outcome;
  }
  auto received = co_await receive(responder, file, auth, request.caller);
  if (received && size && file.size() > *size) {
    received = Error(Errc::conflict, "More has arrived than size says. Begin again at offset 0.", "size");
  }
  const bool part = received && size && file.size() < *size;
  if (received && !part) {
    auto done = co_await file.commit();
    if (done) {
      outcome.response = written_response(*done);
      co_return outcome;
    }
    received = done.error();
  }
  if (part) received = co_await file.flush();
  co_await file.abandon();
  if (!received) co_return failed(received.error());
  if (!resumable) {
    co_return failed(
        Error(Errc::invalid_params, "Less has arrived than size says. Name an upload_id to go on later.", "size"));
  }
  const Json json = {{"complete", false}, {"offset", file.size()}};
  outcome.response = http::json_response(record::to_text(json), 202);
  co_return outcome;
}

http::Response head_of(const Info& info, const std::string& path, const Range& range, RangeOutcome asked) {
  http::Response head;
  head.status = asked == RangeOutcome::part ? 206 : 200;
  head.headers.set("Content-Type", "application/octet-stream");
  head.headers.set("Content-Disposition", attachment(name_of(path)));
  head.headers.set("Content-Length", std::to_string(range.end - range.begin));
  head.headers.set("Accept-Ranges", "bytes");
  head.headers.set("ETag", '"' + info.etag() + '"');
  if (asked == RangeOutcome::part) {
    head.headers.set("Content-Range", "bytes " + std::to_string(range.begin) + "-" + std::to_string(range.end - 1) +
                                          "/" + std::to_string(info.size));
  }
  return head;
}

/// Answers without contents, when there are none to send.
std::optional<http::Response> without_contents(const http::Request& request, const Info& info, RangeOutcome asked) {
  http::Response response;
  response.headers.set("ETag", '"' + info.etag() + '"');
  const auto known = request.headers.find("If-None-Match");
  if (known && has_etag(*known, '"' + info.etag() + '"')) {
    response.status = 304;
    return response;
  }
  if (asked != RangeOutcome::impossible) return std::nullopt;
  response = http::error_response(416, Error(Errc::invalid_params, "The file has only " + std::to_string(info.size) +
                                                                       " bytes. Ask for a range within them."));
  response.headers.set("Content-Range", "bytes */" + std::to_string(info.size));
  return response;
}

}  // namespace

http::HeadVerdict Content::on_head(http::Request& head) {
  http::HeadVerdict verdict;
  auto caller = auth_.admit(head, http::Access::ui);
  if (!caller) {
    verdict.refuse = http::error_response(caller.error());
    return verdict;
  }
  const bool puts = head.method == "PUT";
  if (!puts && head.method != "GET" && head.method != "HEAD") {
    verdict.refuse =
        http::error_response({Errc::method_not_allowed, std::string(kContentPath) + " takes GET, HEAD, PUT."});
    verdict.refuse->headers.set("Allow", "GET, HEAD, PUT");
    return verdict;
  }
  if (auto content = http::Authenticator::check_content(head); !content) {
    verdict.refuse = http::error_response(content.error());
    return verdict;
  }
  head.caller = std::move(*caller);
  if (!head.caller.has(rpc::Scope::files)) {
    const Error error(Errc::denied, "\"" + head.caller.name + "\" lacks the scope \"files\" that this needs.");
    if (witness_)
      witness_->refused(*table_.find(puts ? "files.upload" : "files.read"), http::make_call(head, "http"),
                        noted_params(head), error);
    verdict.refuse = http::error_response(error);
    return verdict;
  }
  verdict.stream_body = puts;
  if (!puts) verdict.body_limit = 0;
  return verdict;
}

Task<> Content::handle(http::Request request, http::Responder& responder) {
  if (request.method == "PUT") {
    co_await put(request, responder);
  } else {
    co_await get(request, responder);
  }
}

Task<> Content::put(const http::Request& request, http::Responder& responder) {
  rpc::Call call = http::make_call(request, "http");
  const auto noted = witness_ ? witness_->begins(*table_.find("files.upload"), call, noted_params(request)) : nullptr;
  auto params = params_of<StoreParams>(request);
  Result<std::shared_ptr<FileSystem>> system = params ? nullptr : Result<std::shared_ptr<FileSystem>>(params.error());
  if (params) system = co_await places_.find(call, params->connection_id);
  Outcome outcome;
  if (system) {
    outcome = co_await store(std::move(*system), std::move(*params), request, responder, auth_);
  } else {
    outcome = {no_place(system.error(), call.details.get()), system.error().name()};
  }
  if (noted) noted->ended(outcome.word, nullptr);
  co_await responder.respond(std::move(outcome.response));
}

Task<> Content::get(const http::Request& request, http::Responder& responder) {
  rpc::Call call = http::make_call(request, "http");
  auto params = params_of<ContentParams>(request);
  Result<std::shared_ptr<FileSystem>> system = params ? nullptr : Result<std::shared_ptr<FileSystem>>(params.error());
  if (params) system = co_await places_.find(call, params->connection_id);
  Result<std::unique_ptr<File>> file = system ? nullptr : Result<std::unique_ptr<File>>(system.error());
  if (system) file = co_await (*system)->open(params->path, Open::read, 0);
  Result<Info> info = Error();
  if (file) info = co_await (*file)->stat();
  if (!file || !info) {
    http::Response refused = no_place(file ? info.error() : file.error(), call.details.get());
    co_await responder.respond(std::move(refused));
    co_return;
  }
  Range range;
  RangeOutcome asked = parse_range(request.headers.get("Range"), info->size, range);
  const auto condition = request.headers.find("If-Range");
  if (condition && *condition != '"' + info->etag() + '"') {
    asked = RangeOutcome::whole;
    range = {0, info->size};
  }
  if (auto response = without_contents(request, *info, asked)) {
    co_await responder.respond(std::move(*response));
    co_return;
  }
  http::Response head = head_of(*info, params->path, range, asked);
  auto stream = co_await responder.start_stream(std::move(head));
  if (!stream || request.method == "HEAD") co_return;
  while (range.begin < range.end) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, range.end - range.begin));
    auto piece = co_await (*file)->read(range.begin, size);
    // The length is promised: what cannot be kept must not look whole.
    if (!piece) throw std::runtime_error(piece.error().message());
    if (piece->empty()) throw std::runtime_error("the file became shorter while it was sent");
    if (!auth_.still_valid(request.caller)) throw std::runtime_error("the token was revoked");
    auto sent = co_await (*stream)->write(*piece);
    if (!sent) co_return;
    range.begin += piece->size();
  }
}

}  // namespace duotty::files
