#pragma once
// The private marks by which a shell tells the server where prompts, commands and their ends are, and the filter that
// takes them out of the byte stream. A mark is the operating system command
//
//   ESC ] 7717 ; <nonce> ; <kind> [ ; <key>=<value> ]* ST        (ST is ESC \ or BEL)
//
// The nonce is a secret of one terminal: it stands in files of mode 0600 that the shell reads, never in the environment
// or on a command line, so that nothing a program prints can finish a command. Marks draw nothing and no viewer sees
// one.
#include <cstddef>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::exec {

/// What a mark says. The value is the letter on the wire.
enum class MarkKind : char {
  prompt_start = 'A',   ///< the prompt is about to be drawn; `code` for a shell whose hooks may have missed the end
  prompt_end = 'B',     ///< the prompt is drawn: input begins here, and the shell reads it; `text`
  line_begun = 'L',     ///< the line editor begins to read a line: `text`
  continuation = 'P',   ///< the continuation prompt (PS2) was drawn: the input so far is not a whole command
  command_start = 'C',  ///< a command starts; `command` is its text if the shell could say it
  output_end = 'O',     ///< what follows, up to the end of the command, is the shell's own and not its output
  command_end = 'D',    ///< the shell is done with a line: `code`, `cwd`. Also after an empty line or a comment; then
                        ///< `cmd` is that line, if the shell can say it. `n`, see Mark::number
  exec_start = 'S',     ///< a script written by compose() starts: `id`
  exec_end = 'E',       ///< that script's command has ended: `id`, `code`, `cwd`
  installed = 'I',      ///< the integration is installed: `shell` (empty: it is not, or not any more), `version`,
                        ///< `paste=no` when the line editor may change what is pasted, `line=yes` when `L` follows `B`
};

/// One mark with a right nonce. Values are decoded; a value that is absent or malformed is left empty.
struct Mark {
  MarkKind kind = MarkKind::prompt_start;
  std::optional<std::string> command;  ///< key `cmd` (base64) or `ucmd` (%XX): the line as the shell has it
  std::optional<int> code;             ///< key `code`: exit status 0 to 255
  std::optional<std::string> cwd;      ///< key `cwd` (base64) or `ucwd` (%XX): the shell's $PWD
  std::uint64_t number = 0;       ///< key `n`: of a `D` counts the prompts, the same twice is one prompt drawn twice;
                                  ///< of a `B` counts the lines read
  bool pastes = true;             ///< key `paste`: not `no`
  bool tells_line = false;        ///< key `line`: `yes`
  bool line_has_text = false;     ///< key `text`: `yes`. Something stands on the input line that nobody has typed
  std::string id;                 ///< key `id`: the token given to compose()
  std::string shell;              ///< key `shell`: `bash`
  std::string version;            ///< key `version`: `5.2.15(1)-release`
  std::uint64_t begin = 0;        ///< source offset of the mark's first byte (see MarkFilter::offset)
  std::uint64_t end = 0;          ///< source offset after the mark's last byte
  std::uint64_t text_offset = 0;  ///< bytes of text handed out before the mark
};

/// Takes what a MarkFilter finds, in stream order.
class MarkSink {
 public:
  virtual ~MarkSink() = default;
  /// Bytes for viewers and the terminal. The view is into the fed bytes or the filter and lives for the call only.
  virtual void text(std::string_view bytes) = 0;
  virtual void mark(const Mark& mark) = 0;

 protected:
  MarkSink() = default;
  MarkSink(const MarkSink&) = default;
  MarkSink& operator=(const MarkSink&) = default;
};

/// Splits raw PTY bytes into text and marks, across any chunking. Every OSC 7717 is removed from the text; one with a
/// wrong nonce, an unknown kind or a bad form is removed and not reported. Everything else passes byte-exact and in
/// order. Bounded: at most max_mark bytes are kept; a longer sequence is removed to its end and not reported.
/// As in a terminal, CAN and SUB cancel a sequence and an ESC that does not begin ST starts the next one.
class MarkFilter {
 public:
  static constexpr std::size_t max_mark = 64 * 1024;

  /// `offset`: source offset of the first byte that will be fed. With an empty nonce no mark is ever reported.
  explicit MarkFilter(std::string nonce, std::uint64_t offset = 0);

  /// Takes the next bytes; calls the sink, which must not call back into the filter.
  void feed(std::string_view bytes, MarkSink& sink);

  /// Source offset after all bytes fed.
  std::uint64_t offset() const noexcept { return offset_; }
  /// Bytes of text handed out.
  std::uint64_t text_offset() const noexcept { return text_offset_; }
  /// Number of bytes at the end of the input that are neither handed out nor known to be removed, or that belong to an
  /// unfinished mark. 0 between sequences.
  std::uint64_t pending() const noexcept { return state_ == State::ground ? 0 : offset_ - begin_; }

  /// The state as printable ASCII, without the nonce; feeding the rest into the restored filter gives the same calls.
  std::string save() const;
  /// Fails with invalid_params when `saved` is not what save() wrote.
  static base::Result<MarkFilter> restore(std::string nonce, std::string_view saved);

 private:
  enum class State : std::uint8_t { ground, prefix, body, body_escape, discard, discard_escape };
  void emit_text(std::string_view bytes, MarkSink& sink);
  void finish(MarkSink& sink);
  void drop();
  std::size_t take_text(std::string_view bytes, std::size_t at, MarkSink& sink);
  std::size_t take_prefix(std::string_view bytes, std::size_t at, MarkSink& sink);
  std::size_t take_body(std::string_view bytes, std::size_t at, MarkSink& sink);

  std::string nonce_;
  std::string held_;  ///< what follows the introducer, while in a body
  std::uint64_t offset_ = 0;
  std::uint64_t text_offset_ = 0;
  std::uint64_t begin_ = 0;  ///< source offset of the pending sequence's ESC
  std::size_t matched_ = 0;  ///< bytes of the introducer seen, while in a prefix
  State state_ = State::ground;
};

/// The bytes of a mark, for scripts and tests. `fields` is what follows the kind: `;code=0`, or empty.
std::string encode_mark(std::string_view nonce, MarkKind kind, std::string_view fields = {});

}  // namespace duotty::exec
