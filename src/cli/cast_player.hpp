#pragma once
// An asciicast, and what of it is due. Pure; times are seconds.
#include <duotty/base/error.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::cli {

struct CastStep {
  double time = 0;
  bool marker = false;
  std::string output;
};

struct Cast {
  int cols = 80;
  int rows = 24;
  std::string title;
  std::vector<CastStep> steps;  ///< in order of time
};

/// Reads version 2 or 3. Events of other kinds than output and markers are left out, and an unfinished last line, as
/// a recording that still runs may have. Errors: invalid_params with the line.
base::Result<Cast> parse_cast(std::string_view text);

/// Where the playing of a cast is. `now` is any clock's.
class CastPlayer {
 public:
  /// `speed`: 2 is twice as fast. `idle`: pauses are at most so long; 0 leaves them as they are.
  CastPlayer(Cast cast, double speed, double idle, double now);

  /// The output that is due.
  std::string take(double now);
  /// Seconds until there is more; nothing while it is paused or over.
  std::optional<double> due() const;
  bool over() const noexcept { return next_ == cast_.steps.size(); }
  bool paused() const noexcept { return paused_; }
  double speed() const noexcept { return speed_; }

  void pause_or_go(double now);
  /// While paused: the next output, at once.
  void step();
  /// On to the next marker, or to the end.
  void skip();
  void change_speed(double factor, double now);

 private:
  void advance(double now);
  Cast cast_;
  std::size_t next_ = 0;
  double played_ = 0;  ///< time of the cast
  double last_;
  double speed_;
  bool paused_ = false;
};

}  // namespace duotty::cli
