#pragma once
// What the worker and a link say to each other: one message a packet on a SOCK_SEQPACKET socket. Pure. Descriptors
// travel beside the message (SCM_RIGHTS), as noted.
//
// A link has a client that makes it connect and may get more that use the connection. Channels belong to the client
// that opened them and end with it; it numbers them. Only those of Use::direct outlive a client that is killed: what
// they carry may be another link. Forwards belong to the link: they go on without clients, and any client may end them.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace duotty::link {

/// The socket's name has it too, so that a worker never meets a link of another version.
inline constexpr std::uint32_t kVersion = 3;
/// No message is longer; neither side reads or sends more.
inline constexpr std::size_t kMaxMessage = 160 * 1024;
/// Channels that one client has at the same time.
inline constexpr std::size_t kMaxChannels = 256;
/// Forwards that one link has.
inline constexpr std::size_t kMaxForwards = 64;
/// Connections that one forward carries at the same time.
inline constexpr std::size_t kMaxForwarded = 256;

/// How far a link has got.
enum class Stage : std::uint8_t { fresh, connecting, ready, count };
/// Where connecting failed.
enum class Step : std::uint8_t { resolve, connect, handshake, host_key, sign_in, use, count };
/// Why, for programs.
enum class Reason : std::uint8_t {
  unreachable,  ///< no way to the host
  timeout,      ///< the step took too long
  protocol,     ///< the other side does not speak SSH as it should
  closed,       ///< the host hung up
  refused,      ///< the host takes none of what we have
  bad_key,      ///< our private key cannot be read
  unanswered,   ///< the host asks what nobody here can answer
  internal,     ///< our own fault
  count
};
/// What a channel is for.
enum class Use : std::uint8_t { exec, shell, subsystem, direct, count };
/// Who listens and where connections lead: we listen and the host connects to a target (local) or to what each client
/// asks for by SOCKS (dynamic); the host listens and we connect to a target (remote).
enum class ForwardKind : std::uint8_t { local, remote, dynamic, count };

// --- from the client
// ----------------------------------------------------------------------------------------------------

/// First, once.
struct Hello {
  std::uint32_t version = kVersion;
};
/// Connects; at most one descriptor beside it: a stream to the host that is there already (a jump).
struct Connect {
  std::string target;  ///< what Welcome says to later clients
  std::string host;
  std::uint16_t port = 22;
  std::string user;
  std::vector<std::string> host_keys;  ///< types of keys that are known for the host; they are asked for first
  std::uint32_t step_ms = 15'000;      ///< patience for each step
  std::uint32_t keepalive_s = 30;      ///< 0: none
  std::uint32_t idle_ms = 300'000;     ///< without clients, channels and forwards for so long it ends itself
  bool agent = false;                  ///< programs and shells there may use the agent in the link's environment
};
/// The answer to HostKey: the key is good; how to sign in, in this order: "publickey", "agent", "keyboard-interactive",
/// "password".
struct SignIn {
  std::vector<std::string> methods;
  std::string password;
  std::string key;  ///< text of a private key
  std::string passphrase;
};
/// The answer to Prompts.
struct Answers {
  std::vector<std::string> answers;
};
/// A channel. The answer is Opened or OpenFailed.
struct Open {
  std::uint32_t id = 0;
  Use use = Use::exec;
  std::string what;              ///< command, or name of the subsystem; direct: the host
  std::uint16_t port = 0;        ///< direct
  std::vector<std::string> env;  ///< NAME=value; what the host does not take is left out
  std::string term;              ///< with a terminal of this kind; empty: without
  std::uint16_t cols = 80;
  std::uint16_t rows = 24;
  std::uint32_t patience_ms = 0;  ///< so long it may wait for a place, when the host has no more for this connection
};
struct Resize {
  std::uint32_t id = 0;
  std::uint16_t cols = 80;
  std::uint16_t rows = 24;
};
/// `name` without SIG, as RFC 4254 has it.
struct Signal {
  std::uint32_t id = 0;
  std::string name;
};
struct Close {
  std::uint32_t id = 0;
};
/// Listens. The answer is Forwarding or ForwardFailed.
struct Forward {
  std::string id;  ///< chosen by the client, one of a kind
  ForwardKind kind = ForwardKind::local;
  std::string bind;          ///< an address; remote: as the host understands it
  std::uint16_t port = 0;    ///< 0: any
  std::string host;          ///< where connections lead; dynamic: nothing
  std::uint16_t target = 0;  ///< its port
};
/// Ends a forward and its connections; an empty id: all of them.
struct Unforward {
  std::string id;
};
/// Asks for all forwards: the answer is a Forwarding for each, then ForwardsTold.
struct TellForwards {
  std::uint32_t round = 0;
};
/// The link hangs up and ends.
struct End {};
/// The client needs it no more: as End when nobody else uses the link and it has no forwards, else only this client
/// goes.
struct Leave {};

// --- from the link
// ------------------------------------------------------------------------------------------------------

/// The answer to Hello.
struct Welcome {
  std::uint32_t version = kVersion;
  Stage stage = Stage::fresh;
  std::string target;
};
/// The host has shown its key. No secret goes out before SignIn.
struct HostKey {
  std::string type;
  std::string blob;  ///< RFC 4253 section 6.6
};
/// The host asks. `hidden` has '1' for each prompt whose answer must not be shown.
struct Prompts {
  std::string name;
  std::string instruction;
  std::vector<std::string> prompts;
  std::string hidden;
};
/// To every client: channels can be opened.
struct Ready {
  std::string method;  ///< that the host took at last
  std::string banner;  ///< what the host says to everybody; at most kMaxBanner bytes
  std::string server;  ///< its software
};
/// To every client: the link has failed, or lost its connection, and ends.
struct Failed {
  Step step = Step::use;
  Reason reason = Reason::internal;
  std::string message;  ///< a sentence
};
/// Descriptors: a stream socket; exec without a terminal: a second one for what comes from standard error.
struct Opened {
  std::uint32_t id = 0;
};
struct OpenFailed {
  std::uint32_t id = 0;
  std::string message;
  bool lost = false;  ///< the connection is gone: another one may do
};
/// How the program ended; may come before the end of its output.
struct Exit {
  std::uint32_t id = 0;
  std::int32_t code = -1;  ///< -1: ended by `signal`
  std::string signal;      ///< without SIG
};
/// The channel is gone, and its streams end.
struct Closed {
  std::uint32_t id = 0;
};

/// A forward that listens.
struct Forwarding {
  Forward forward;            ///< with the port at which it listens
  std::uint32_t open = 0;     ///< connections now
  std::uint64_t total = 0;    ///< connections that there have been
  std::uint64_t to_host = 0;  ///< bytes
  std::uint64_t from_host = 0;
  std::string trouble;  ///< why the last connection that did not come about did not, a sentence
};
struct ForwardFailed {
  std::string id;
  std::string message;  ///< a sentence
  bool lost = false;    ///< the connection is gone: another one may do
};
struct ForwardsTold {
  std::uint32_t round = 0;
};

inline constexpr std::size_t kMaxBanner = 8 * 1024;

using Message = std::variant<Hello, Connect, SignIn, Answers, Open, Resize, Signal, Close, End, Leave, Welcome, HostKey,
                             Prompts, Ready, Failed, Opened, OpenFailed, Exit, Closed, Forward, Unforward, TellForwards,
                             Forwarding, ForwardFailed, ForwardsTold>;

/// The message's bytes; may be longer than kMaxMessage, which the sender must check.
std::string encode(const Message& message);
/// Nothing when the bytes are no message.
std::optional<Message> decode(std::string_view bytes);

/// A step's name for programs: "host_key".
std::string_view name(Step step) noexcept;
/// A reason's name for programs: "unreachable".
std::string_view name(Reason reason) noexcept;
/// A kind's name for programs: "local".
std::string_view name(ForwardKind kind) noexcept;

}  // namespace duotty::link
