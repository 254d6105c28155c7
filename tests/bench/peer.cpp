#include "peer.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

namespace duotty::bench {

namespace {

std::string big_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift);
  return text;
}

std::uint64_t big_endian(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::duotty:
      return "duotty";
    case Kind::relay:
      return "relay";
    case Kind::ttyd:
      return "ttyd";
  }
  return "";
}

void Viewer::type(std::string_view bytes) {
  std::string frame;
  if (kind_ == Kind::duotty) frame = '\x01' + big_endian(++sequence_, 4);
  if (kind_ == Kind::ttyd) frame = '0';
  frame += bytes;
  socket_.send(true, frame);
}

void Viewer::expect(std::string marker) {
  marker_ = std::move(marker);
  tail_.clear();
  found_ = false;
}

bool Viewer::pump(milliseconds timeout) {
  return socket_.read(timeout, [this](bool binary, std::string_view payload) { on_message(binary, payload); });
}

void Viewer::await(milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!found_) {
    pump(milliseconds(100));
    if (!found_ && Clock::now() > end) {
      throw std::runtime_error("no \"" + marker_ + "\" within " + std::to_string(limit.count()) + " ms");
    }
  }
}

void Viewer::line_and_await(std::string_view command, const std::string& marker, milliseconds limit) {
  expect(marker);
  type(std::string(command) + " echo " + marker.substr(0, 2) + "''" + marker.substr(2) + "\r");
  await(limit);
}

void Viewer::on_message(bool binary, std::string_view payload) {
  if (kind_ == Kind::duotty) {
    if (!binary || payload.size() < 9) return;
    const std::uint64_t offset = big_endian(payload.substr(1, 8));
    if (payload[0] == 1) {
      ++frames_;
      output(payload.substr(9));
      if (offset + payload.size() - 9 - acknowledged_ >= 65536) acknowledge(offset + payload.size() - 9);
    } else if (payload[0] == 2) {
      if (!std::exchange(first_snapshot_, false)) ++snapshots_;
      found_ = found_ || (!marker_.empty() && payload.find(marker_) != std::string_view::npos);
      acknowledge(offset);
    }
    return;
  }
  if (kind_ == Kind::ttyd) {
    if (payload.empty() || payload[0] != '0') return;
    payload.remove_prefix(1);
  }
  ++frames_;
  output(payload);
}

void Viewer::acknowledge(std::uint64_t offset) {
  acknowledged_ = offset;
  socket_.send(true, '\x02' + big_endian(offset, 8));
}

void Viewer::output(std::string_view bytes) {
  bytes_ += bytes.size();
  if (marker_.empty() || found_) return;
  // The marker is the last thing printed before a prompt: looking at the ends of frames is enough and costs nothing.
  tail_ += bytes.substr(bytes.size() - std::min<std::size_t>(bytes.size(), 1024));
  found_ = tail_.find(marker_) != std::string::npos;
  if (tail_.size() > 256) tail_.erase(0, tail_.size() - 256);
}

Server::Server(Kind kind, const std::string& program) : kind_(kind), port_(free_port()) {
  const std::string home = home_.path();
  const std::string port = std::to_string(port_);
  std::map<std::string, std::string> environment = {{"HOME", home},
                                                    {"PATH", "/usr/local/bin:/usr/bin:/bin"},
                                                    {"SHELL", "/bin/bash"},
                                                    {"LANG", "C.UTF-8"},
                                                    {"TERM", "xterm-256color"}};
  std::vector<std::string> argv = {program};
  if (kind == Kind::duotty) {
    token_ = "bench-" + std::string(32, 'b');
    environment["DUOTTY_HOME"] = home;
    environment["AGENT_API_TOKEN"] = token_;
    for (const char* arg : {"serve", "--host", "127.0.0.1", "--port", port.c_str()}) argv.emplace_back(arg);
  } else if (kind == Kind::relay) {
    for (const char* arg : {port.c_str(), "/bin/bash", "--norc"}) argv.emplace_back(arg);
  } else {
    for (const char* arg : {"-W", "-d", "1", "-i", "127.0.0.1", "-p", port.c_str(), "/bin/bash", "--norc"}) {
      argv.emplace_back(arg);
    }
  }
  const auto started = Clock::now();
  process_ = std::make_unique<Process>(argv, environment, home_.path() / "server.log");
  while (start_ms_ == 0) {
    try {
      HttpClient client(port_, token_);
      client.request("GET", "/");
      start_ms_ = milliseconds_since(started);
    } catch (const std::exception&) {
      if (milliseconds_since(started) > 10000 || !process_->alive()) {
        std::string why = std::string(name_of(kind)) + " did not answer";
        throw std::runtime_error(why + ": " + program);
      }
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }
  if (kind == Kind::duotty) client_.emplace(port_, token_);
}

std::string Server::create() {
  const HttpAnswer answer =
      client_->request("POST", "/api/agent/terminals", R"({"type":"local","cols":80,"rows":24,"ttl_seconds":0})");
  if (answer.status / 100 != 2) throw std::runtime_error("terminal.create: " + answer.body);
  return nlohmann::json::parse(answer.body).at("id").get<std::string>();
}

std::unique_ptr<Viewer> Server::watch(const std::string& id) {
  return std::make_unique<Viewer>(
      kind_, WebSocket(port_, "/ws/terminal/" + id + "?cols=80&rows=24", "Authorization: Bearer " + token_ + "\r\n"));
}

std::unique_ptr<Viewer> Server::open() {
  if (kind_ == Kind::duotty) return watch(create());
  if (kind_ == Kind::relay) return std::make_unique<Viewer>(kind_, WebSocket(port_, "/", ""));
  WebSocket socket(port_, "/ws", "Sec-WebSocket-Protocol: tty\r\n");
  socket.send(false, R"({"AuthToken":"","columns":80,"rows":24})");
  return std::make_unique<Viewer>(kind_, std::move(socket));
}

}  // namespace duotty::bench
