#include "recording.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <sstream>

namespace duotty::tests {
namespace {

std::string unpack(const std::string& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(::gzopen(path.c_str(), "rb"), ::gzclose);
  std::string out;
  std::array<char, 65536> buffer;
  for (int got = 1; file && got > 0;) {
    got = ::gzread(file.get(), buffer.data(), buffer.size());
    if (got > 0) out.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return out;
}

}  // namespace

Recording parse_recording(std::string name, std::string_view bytes, std::string& error) {
  Recording out;
  out.name = std::move(name);
  bool first = true;
  while (!bytes.empty() && error.empty()) {
    const auto end = bytes.find('\n');
    std::istringstream line{std::string(bytes.substr(0, end))};
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    std::string word;
    line >> word;
    std::size_t count = 0;
    Recording::Resize resize{out.output.size(), 0, 0};
    int version = 0;
    if (first && word == "duotty-recording" && line >> version >> out.cols >> out.rows && version == 1) {
      first = false;
    } else if (!first && word == "o" && line >> count && count <= bytes.size()) {
      out.output += bytes.substr(0, count);
      bytes.remove_prefix(count);
    } else if (!first && word == "r" && line >> resize.cols >> resize.rows) {
      out.resizes.push_back(resize);
    } else {
      error = out.name + ": \"" + line.str() + "\" is no record";
    }
  }
  if (out.output.empty() && error.empty()) error = out.name + ": there is no output in it";
  return out;
}

std::vector<Recording> load_recordings(const std::string& folder) {
  std::vector<Recording> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".gz") continue;
    std::string error;
    out.push_back(parse_recording(entry.path().stem(), unpack(entry.path()), error));
    if (error.empty()) continue;
    std::fprintf(stderr, "%s\n", error.c_str());
    return {};
  }
  std::sort(out.begin(), out.end(), [](const Recording& a, const Recording& b) { return a.name < b.name; });
  return out;
}

}  // namespace duotty::tests
