#include "sign_in.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/ssh/key_text.hpp>
#include <memory>

namespace duotty::link {
namespace {

constexpr int kMostRounds = 20;  ///< of questions
constexpr int kMostPrompts = 16;
constexpr int kTries = 3;  ///< of what a person types, as OpenSSH has it
constexpr const char* kAgentKeys = "the keys of the agent";
constexpr const char* kAgain = "That was not right. Try again.";

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

void wipe(std::string& secret) {
  volatile char* byte = secret.data();
  for (std::size_t i = 0; i < secret.size(); ++i) byte[i] = 0;
  secret.clear();
}

/// A private key from its text; null when that cannot be read with the passphrase.
Key read_key(const std::string& text, const std::string& passphrase) {
  ssh_key raw = nullptr;
  // Without a passphrase an empty one is given: nothing may ask at a terminal.
  const int read = ssh_pki_import_privkey_base64(text.c_str(), passphrase.c_str(), nullptr, nullptr, &raw);
  return Key(read == SSH_OK ? raw : nullptr);
}

/// The same key, which shows the certificate as its public part; null when there is none, or one of another key.
Key certified(ssh_key key, const ssh::KeyText& parts) {
  char* shown = nullptr;
  if (parts.certificate.empty() || ssh_pki_export_pubkey_base64(key, &shown) != SSH_OK) return nullptr;
  const bool own = ssh::certifies(parts.certificate, shown);
  ssh_string_free_char(shown);
  ssh_key raw = nullptr;
  const auto type = ssh_key_type_from_name(parts.certificate_type.c_str());
  if (!own || ssh_pki_import_cert_base64(parts.certificate.c_str(), type, &raw) != SSH_OK) return nullptr;
  const Key certificate(raw);
  Key both(ssh_key_dup(key));
  return both && ssh_pki_copy_cert_to_privkey(raw, both.get()) == SSH_OK ? std::move(both) : nullptr;
}

/// Whether reading the key takes a passphrase.
bool is_locked(const std::string& text) {
  bool asked = false;
  const auto note = [](const char*, char*, std::size_t, int, int, void* data) {
    *static_cast<bool*>(data) = true;
    return -1;
  };
  ssh_key raw = nullptr;
  const int read = ssh_pki_import_privkey_base64(text.c_str(), nullptr, note, &asked, &raw);
  const Key key(read == SSH_OK ? raw : nullptr);
  return asked;
}

class SigningIn {
 public:
  SigningIn(Transport& transport, SignIn how, std::string who, Ask ask, std::chrono::milliseconds patience)
      : transport_(transport), how_(std::move(how)), who_(std::move(who)), ask_(std::move(ask)), patience_(patience) {
    parts_ = ssh::split_key_text(how_.key);
  }
  SigningIn(const SigningIn&) = delete;
  SigningIn& operator=(const SigningIn&) = delete;
  ~SigningIn() {
    for (std::string* secret : {&how_.password, &how_.key, &how_.passphrase, &parts_.key}) wipe(*secret);
  }

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
  Task<int> all_rounds();
  Task<bool> answer_round();
  Task<Key> unlocked();
  Task<std::optional<std::string>> ask_one(std::string prompt, bool again);
  Failed ended(int code) const;
  Failed refused() const;

  Transport& transport_;
  SignIn how_;
  ssh::KeyText parts_;  ///< of the key
  std::string who_;
  Ask ask_;
  std::chrono::milliseconds patience_;
  std::vector<std::string> tried_;  ///< in words
  std::optional<Failed> own_;       ///< what was wrong on our side
  bool password_given_ = false;     ///< the stored one
  bool password_refused_ = false;
  bool asked_ = false;       ///< the host has asked something since its questions began
  bool typed_ = false;       ///< and somebody was to answer
  bool unanswered_ = false;  ///< and nobody did
  bool spent_ = false;       ///< somebody has typed the wrong thing too often
  int tries_ = 0;            ///< how often that was so with its questions
};

Task<int> SigningIn::none() {
  const auto step = [this] { return ssh_userauth_none(transport_.raw(), nullptr); };
  co_return co_await finish(step);
}

/// One answer that is not shown while it is typed; nothing when nobody gives it.
Task<std::optional<std::string>> SigningIn::ask_one(std::string prompt, bool again) {
  Prompts prompts;
  prompts.prompts.push_back(std::move(prompt));
  prompts.hidden = "1";
  if (again) prompts.instruction = kAgain;
  auto given = co_await ask_(std::move(prompts));
  if (!given) co_return std::nullopt;
  given->answers.resize(1);
  co_return std::move(given->answers.front());
}

/// The private key, with a passphrase that is asked for where the stored one does not do; null: it cannot be had.
Task<Key> SigningIn::unlocked() {
  if (std::string trouble = ssh::key_trouble(parts_.key); !trouble.empty()) {
    own_ = Failed{Step::sign_in, Reason::bad_key, std::move(trouble)};
    co_return Key();
  }
  Key key = read_key(parts_.key, how_.passphrase);
  const bool locked = !key && is_locked(parts_.key);
  const bool stored = !how_.passphrase.empty();
  for (int left = kTries; locked && !key && left > 0; --left) {
    auto typed = co_await ask_one("Passphrase of the key for " + who_, stored || left < kTries);
    if (!typed) break;
    key = read_key(parts_.key, *typed);
    wipe(*typed);
    spent_ = !key && left == 1;
  }
  if (key) co_return key;
  std::string message = "The private key cannot be read. Store it again.";
  if (locked && stored) message = "The private key cannot be read with the stored passphrase. Store the right one.";
  if (locked && !stored) message = "The private key has a passphrase. Store that with the connection, or type it.";
  own_ = Failed{Step::sign_in, Reason::bad_key, std::move(message)};
  co_return key;
}

Task<int> SigningIn::by_key() {
  const Key key = co_await unlocked();
  if (!key) co_return SSH_AUTH_DENIED;
  const std::string name = fingerprint_of(key.get());
  int code = SSH_AUTH_DENIED;
  if (const Key both = certified(key.get(), parts_)) {
    tried_.push_back("the certificate of the key " + name);
    const auto step = [this, raw = both.get()] { return ssh_userauth_publickey(transport_.raw(), nullptr, raw); };
    code = co_await finish(step);
  }
  if (code != SSH_AUTH_DENIED) co_return code;
  tried_.push_back("the key " + name);
  const auto step = [this, raw = key.get()] { return ssh_userauth_publickey(transport_.raw(), nullptr, raw); };
  co_return co_await finish(step);
}

Task<int> SigningIn::by_agent() {
  tried_.emplace_back(kAgentKeys);
  const auto step = [this] { return ssh_userauth_agent(transport_.raw(), nullptr); };
  const int code = co_await finish(step);
  // An agent that is not there is no end of the session.
  co_return code == SSH_AUTH_ERROR&& transport_.alive() ? static_cast<int>(SSH_AUTH_DENIED) : code;
}

Task<int> SigningIn::by_password() {
  tried_.emplace_back("the password");
  const bool stored = !how_.password.empty();
  std::string password = how_.password;
  int code = SSH_AUTH_DENIED;
  for (int left = stored ? 1 : kTries; left > 0 && code == SSH_AUTH_DENIED; --left) {
    if (!stored) {
      auto typed = co_await ask_one("Password for " + who_, left < kTries);
      if (!typed) {
        own_ = Failed{Step::sign_in, Reason::unanswered,
                      "There is no stored password for " + who_ + " and nobody is there to type it."};
        co_return SSH_AUTH_DENIED;
      }
      password = std::move(*typed);
    }
    const auto step = [this, &password] { return ssh_userauth_password(transport_.raw(), nullptr, password.c_str()); };
    code = co_await finish(step);
    wipe(password);
  }
  password_given_ = password_given_ || stored;
  password_refused_ = stored && code == SSH_AUTH_DENIED;
  spent_ = !stored && code == SSH_AUTH_DENIED;
  co_return code;
}

/// Answers what the host asks now; false when nobody could.
Task<bool> SigningIn::answer_round() {
  const ssh_session session = transport_.raw();
  const int count = std::min(ssh_userauth_kbdint_getnprompts(session), kMostPrompts);
  if (count <= 0) co_return true;
  asked_ = true;
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
    if (prompts.instruction.empty() && (tries_ > 0 || password_refused_)) prompts.instruction = kAgain;
    typed_ = true;
    auto given = co_await ask_(std::move(prompts));
    if (!given) {
      // That the stored password was refused says more than that nobody types another one.
      if (!password_refused_) {
        own_ =
            Failed{Step::sign_in, Reason::unanswered, "The host asks \"" + asked + "\" and nobody is there to answer."};
      }
      unanswered_ = true;
      co_return false;
    }
    answers = std::move(*given);
  }
  answers.answers.resize(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    ssh_userauth_kbdint_setanswer(session, static_cast<unsigned>(i),
                                  answers.answers[static_cast<std::size_t>(i)].c_str());
  }
  for (std::string& answer : answers.answers) wipe(answer);
  co_return true;
}

Task<int> SigningIn::all_rounds() {
  const auto step = [this] { return ssh_userauth_kbdint(transport_.raw(), nullptr, nullptr); };
  int code = co_await finish(step);
  for (int round = 0; code == SSH_AUTH_INFO && round < kMostRounds; ++round) {
    if (!co_await answer_round()) co_return SSH_AUTH_DENIED;
    code = co_await finish(step);
  }
  co_return code == SSH_AUTH_INFO ? static_cast<int>(SSH_AUTH_DENIED) : code;
}

Task<int> SigningIn::by_questions() {
  tried_.emplace_back("answers to its questions");
  int code = SSH_AUTH_DENIED;
  for (tries_ = 0; tries_ < kTries && code == SSH_AUTH_DENIED;) {
    asked_ = typed_ = false;
    code = co_await all_rounds();
    if (!asked_ || unanswered_) break;
    password_refused_ = password_refused_ || (password_given_ && !typed_ && code == SSH_AUTH_DENIED);
    if (typed_) ++tries_;
  }
  spent_ = tries_ == kTries && code == SSH_AUTH_DENIED;
  co_return code;
}

Task<int> SigningIn::attempt(const std::string& method) {
  if (method == "publickey") co_return co_await by_key();
  if (method == "agent") co_return co_await by_agent();
  if (method == "password") co_return co_await by_password();
  co_return co_await by_questions();
}

Failed SigningIn::ended(int code) const {
  if (code == kTimedOut) return {Step::sign_in, Reason::timeout, "The host did not answer in time while signing in."};
  std::string message = "The host ended the connection while signing in: " + transport_.trouble() + ".";
  const bool by_agent = std::find(tried_.begin(), tried_.end(), kAgentKeys) != tried_.end();
  if (by_agent && message.find("Too many authentication failures") != std::string::npos) {
    message += " The agent has more keys than the host lets us try: name the file of the right one (auth_type key).";
  }
  return {Step::sign_in, Reason::closed, std::move(message)};
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
  // Whoever signs in by a key is asked for more when the host wants more, not when it does not want the key.
  const bool by_key_alone = how_.password.empty() && !left.empty() && bit_of(left.front()) == SSH_AUTH_METHOD_PUBLICKEY;
  bool partly = false;
  while (code == SSH_AUTH_DENIED || code == SSH_AUTH_PARTIAL) {
    partly = partly || code == SSH_AUTH_PARTIAL;
    int taken = ssh_userauth_list(transport_.raw(), nullptr);
    if (by_key_alone && !partly) taken &= ~SSH_AUTH_METHOD_INTERACTIVE;
    const auto next = std::find_if(left.begin(), left.end(),
                                   [&](const std::string& method) { return (taken & bit_of(method)) != 0; });
    if (next == left.end() || spent_) co_return own_ ? own_ : refused();
    used = *next;
    left.erase(next);
    code = co_await attempt(used);
  }
  if (code == SSH_AUTH_SUCCESS) co_return std::nullopt;
  co_return ended(code);
}

}  // namespace

Task<std::optional<Failed>> sign_in(Transport& transport, SignIn how, std::string who, Ask ask,
                                    std::chrono::milliseconds patience, std::string& method) {
  SigningIn run(transport, std::move(how), std::move(who), std::move(ask), patience);
  co_return co_await run.run(method);
}

}  // namespace duotty::link
