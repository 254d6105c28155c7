#pragma once
// gzip for answers (RFC 1952).
#include <duotty/http/message.hpp>
#include <string>
#include <string_view>

namespace duotty::http {

/// True when the value of an Accept-Encoding field allows `coding`: named or `*`, and not with `q=0` (RFC 9110 12.5.3).
bool accepts_coding(const Headers& headers, std::string_view coding);
/// True when this answer gains from gzip: JSON, Markdown or plain text of more than 1 KiB, not yet encoded.
bool worth_compressing(const Response& response);
/// The gzip form of `text`, made for speed.
std::string gzip(std::string_view text);

}  // namespace duotty::http
