#pragma once
// What tests of reducers ask of a result.
#include <gtest/gtest.h>

#include <duotty/digest/reduce.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::digest {

inline std::string reduced(std::string_view text, std::string_view command,
                           std::optional<int> exit_code = std::nullopt) {
  ReduceInput input;
  input.text = text;
  input.command = command;
  input.exit_code = exit_code;
  return reduce(input)->text;
}

inline void expect_parts(const std::string& text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << "lost: " << part << "\n" << text;
}
inline void expect_none(const std::string& text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts)
    EXPECT_EQ(text.find(part), std::string::npos) << "still there: " << part << "\n" << text;
}

}  // namespace duotty::digest
