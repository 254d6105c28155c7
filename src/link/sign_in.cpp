#include "sign_in.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>
#include <memory>

namespace duotty::link {
namespace {

constexpr int kMostRounds = 20;  ///< of questions
constexpr int kMostPrompts = 16;

struct Named {
  int bit;
  const char* name;
};
constexpr Named kMethods[] = {{SSH_AUTH_METHOD_PUBLICKEY, "publickey"},
                              {SSH_AUTH_METHOD_PASSWORD, "password"},
                              {SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive"},
                              {SSH_AUTH_METHOD_HOSTBASED, "hostbased"},
                              {SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic"}};

int bit_of(const std::string& method) {
  if (method == "publickey" || method == "agent") return SSH_AUTH_METHOD_PUBLICKEY;
  return method == "password" ? SSH_AUTH_METHOD_PASSWORD : SSH_AUTH_METHOD_INTERACTIVE;
}

std::string names_of(int bits) {
  std::vector<std::string> names;
  for (const Named& one : kMethods) {
    if ((bits & one.bit) != 0) names.emplace_back(one.name);
  }
  return names.empty() ? "nothing" : base::join(names, ", ");
}

struct KeyFree {
  void operator()(ssh_key key) const { ssh_key_free(key); }
};
using Key = std::unique_ptr<ssh_key_struct, KeyFree>;

std::string fingerprint_of(ssh_key key) {
  unsigned char* hash = nullptr;
  std::size_t size = 0;
  if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size) != 0) return "?";
  char* text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
  std::string out = text != nullptr ? text : "?";
  ssh_string_free_char(text);
  ssh_clean_pubkey_hash(&hash);
  return out;
}

class SigningIn {
 public:
  SigningIn(Transport& transport, const SignIn& how, Ask& ask, std::chrono::milliseconds patience)
      : transport_(transport), how_(how), ask_(ask), patience_(patience) {}

  Task<std::optional<Failed>> run(std::string& method);

 private:
  template <class F>
  Task<int> finish(F step) {
    return transport_.finish(std::move(step), SSH_AUTH_AGAIN, std::chrono::steady_clock::now() + patience_);
  }
  Task<int> none();
  Task<int> attempt(const std::string& method);
  Task<int> by_key();
  Task<int> by_agent();
  Task<int> by_password();
  Task<int> by_questions();
  Task<bool> answer_round();
  Failed ended(int code) const;
  Failed refused() const;

  Transport& transport_;
  const SignIn& how_;
  Ask& ask_;
  std::chrono::milliseconds patience_;
  std::vector<std::string> tried_;  ///< in words
  std::optional<Failed> own_;       ///< what was wrong on our side
  bool password_given_ = false;
};

Task<int> SigningIn::none() {
  const auto step = [this] { return ssh_userauth_none(transport_.raw(), nullptr); };
  co_return co_await finish(step);
}

Task<int> SigningIn::by_key() {
  ssh_key raw = nullptr;
  // Without a passphrase an empty one is given: nothing may ask at a terminal.
  const int read = ssh_pki_import_privkey_base64(how_.key.c_str(), how_.passphrase.c_str(), nullptr, nullptr, &raw);
  const Key key(raw);
  if (read != SSH_OK) {
    own_ = Failed{Step::sign_in, Reason::bad_key,
                  how_.passphrase.empty()
                      ? "The private key cannot be read. If it has a passphrase, store that with the connection."
                      : "The private key cannot be read with the stored passphrase. Store the right one, or the key "
                        "again."};
    co_return SSH_AUTH_DENIED;
  }
  tried_.push_back(std::string("the key ") + fingerprint_of(raw));
  const auto step = [this, raw] { return ssh_userauth_publickey(transport_.raw(), nullptr, raw); };
  co_return co_await finish(step);
}

Task<int> SigningIn::by_agent() {
  tried_.emplace_back("the keys of the agent");
  const auto step = [this] { return ssh_userauth_agent(transport_.raw(), nullptr); };
  const int code = co_await finish(step);
  // An agent that is not there is no end of the session.
  co_return code == SSH_AUTH_ERROR&& transport_.alive() ? static_cast<int>(SSH_AUTH_DENIED) : code;
}

Task<int> SigningIn::by_password() {
  tried_.emplace_back("the password");
  const auto step = [this] { return ssh_userauth_password(transport_.raw(), nullptr, how_.password.c_str()); };
  co_return co_await finish(step);
}

/// Answers what the host asks now; false when nobody could.
Task<bool> SigningIn::answer_round() {
  const ssh_session session = transport_.raw();
  const int count = std::min(ssh_userauth_kbdint_getnprompts(session), kMostPrompts);
  if (count <= 0) co_return true;
  Prompts prompts;
  const char* name = ssh_userauth_kbdint_getname(session);
  const char* instruction = ssh_userauth_kbdint_getinstruction(session);
  prompts.name = one_line(name != nullptr ? name : "");
  prompts.instruction = one_line(instruction != nullptr ? instruction : "");
  for (int i = 0; i < count; ++i) {
    char echo = 0;
    const char* prompt = ssh_userauth_kbdint_getprompt(session, static_cast<unsigned>(i), &echo);
    prompts.prompts.push_back(one_line(prompt != nullptr ? prompt : ""));
    prompts.hidden += echo != 0 ? '0' : '1';
  }
  Answers answers;
  if (prompts.hidden == "1" && !how_.password.empty() && !password_given_) {
    password_given_ = true;
    answers.answers.push_back(how_.password);
  } else {
    const std::string asked = prompts.prompts.front();
    auto given = co_await ask_(std::move(prompts));
    if (!given) {
      own_ =
          Failed{Step::sign_in, Reason::unanswered, "The host asks \"" + asked + "\" and nobody is there to answer."};
      co_return false;
    }
    answers = std::move(*given);
  }
  answers.answers.resize(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    ssh_userauth_kbdint_setanswer(session, static_cast<unsigned>(i),
                                  answers.answers[static_cast<std::size_t>(i)].c_str());
  }
  co_return true;
}

Task<int> SigningIn::by_questions() {
  tried_.emplace_back("answers to its questions");
  const auto step = [this] { return ssh_userauth_kbdint(transport_.raw(), nullptr, nullptr); };
  int code = co_await finish(step);
  for (int round = 0; code == SSH_AUTH_INFO && round < kMostRounds; ++round) {
    if (!co_await answer_round()) co_return SSH_AUTH_DENIED;
    code = co_await finish(step);
  }
  co_return code == SSH_AUTH_INFO ? static_cast<int>(SSH_AUTH_DENIED) : code;
}

Task<int> SigningIn::attempt(const std::string& method) {
  if (method == "publickey") co_return co_await by_key();
  if (method == "agent") co_return co_await by_agent();
  if (method == "password") co_return co_await by_password();
  co_return co_await by_questions();
}

Failed SigningIn::ended(int code) const {
  if (code == kTimedOut) return {Step::sign_in, Reason::timeout, "The host did not answer in time while signing in."};
  return {Step::sign_in, Reason::closed,
          "The host ended the connection while signing in: " + transport_.trouble() + "."};
}

Failed SigningIn::refused() const {
  std::string message = "The host refused to sign in";
  if (!tried_.empty()) message += " with " + base::join(tried_, " and ");
  message += "; it takes " + names_of(ssh_userauth_list(transport_.raw(), nullptr)) + ".";
  return {Step::sign_in, Reason::refused, std::move(message)};
}

Task<std::optional<Failed>> SigningIn::run(std::string& used) {
  int code = co_await none();
  used = "none";
  std::vector<std::string> left = how_.methods;
  while (code == SSH_AUTH_DENIED || code == SSH_AUTH_PARTIAL) {
    const int taken = ssh_userauth_list(transport_.raw(), nullptr);
    const auto next = std::find_if(left.begin(), left.end(),
                                   [&](const std::string& method) { return (taken & bit_of(method)) != 0; });
    if (next == left.end()) co_return own_ ? own_ : refused();
    used = *next;
    left.erase(next);
    code = co_await attempt(used);
  }
  if (code == SSH_AUTH_SUCCESS) co_return std::nullopt;
  co_return ended(code);
}

}  // namespace

Task<std::optional<Failed>> sign_in(Transport& transport, const SignIn& how, Ask ask,
                                    std::chrono::milliseconds patience, std::string& method) {
  SigningIn run(transport, how, ask, patience);
  co_return co_await run.run(method);
}

}  // namespace duotty::link
