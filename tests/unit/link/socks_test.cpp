#include "socks.hpp"

#include <gtest/gtest.h>

namespace duotty::link {
namespace {

using State = SocksGreeting::State;

std::string bytes(std::initializer_list<int> list) {
  std::string out;
  for (const int one : list) out += static_cast<char>(one);
  return out;
}

const std::string kHello = bytes({5, 1, 0});
const std::string kYes = bytes({5, 0});

std::string by_name(const std::string& name) {
  return bytes({5, 1, 0, 3, static_cast<int>(name.size())}) + name + bytes({0x1F, 0x90});
}

TEST(Socks, FiveWithANameIsPassedOnUnresolved) {
  SocksGreeting greeting;
  EXPECT_EQ(greeting.take(kHello), kYes);
  EXPECT_EQ(greeting.take(by_name("db.internal") + "GET /"), "");
  EXPECT_EQ(greeting.state(), State::ready);
  EXPECT_EQ(greeting.host(), "db.internal");
  EXPECT_EQ(greeting.port(), 8080);
  EXPECT_EQ(greeting.rest(), "GET /");
  EXPECT_EQ(greeting.answer(SocksGreeting::Outcome::connected), bytes({5, 0, 0, 1, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(greeting.answer(SocksGreeting::Outcome::forbidden)[1], 2);
  EXPECT_EQ(greeting.answer(SocksGreeting::Outcome::failed)[1], 5);
}

TEST(Socks, FiveWithAddresses) {
  SocksGreeting four;
  EXPECT_EQ(four.take(kHello + bytes({5, 1, 0, 1, 10, 0, 0, 7, 0, 80})), kYes);
  EXPECT_EQ(four.host(), "10.0.0.7");
  EXPECT_EQ(four.port(), 80);
  SocksGreeting six;
  six.take(kHello + bytes({5, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 187}));
  EXPECT_EQ(six.host(), "::1");
  EXPECT_EQ(six.port(), 443);
}

TEST(Socks, FourAndItsNames) {
  SocksGreeting plain;
  EXPECT_EQ(plain.take(bytes({4, 1, 0, 80, 10, 0, 0, 7, 'm', 'e', 0, 'x'})), "");
  EXPECT_EQ(plain.state(), State::ready);
  EXPECT_EQ(plain.host(), "10.0.0.7");
  EXPECT_EQ(plain.rest(), "x");
  EXPECT_EQ(plain.answer(SocksGreeting::Outcome::connected), bytes({0, 0x5A, 0, 0, 0, 0, 0, 0}));
  SocksGreeting named;
  EXPECT_EQ(named.take(bytes({4, 1, 0, 80, 0, 0, 0, 1, 'm', 'e', 0, 'd', 'b', 0})), "");
  EXPECT_EQ(named.host(), "db");
  EXPECT_EQ(named.port(), 80);
  SocksGreeting bind;
  EXPECT_EQ(bind.take(bytes({4, 2, 0, 80, 10, 0, 0, 7, 0}))[1], 0x5B);
  EXPECT_EQ(bind.state(), State::refused);
}

TEST(Socks, EveryCutGivesTheSame) {
  const std::string five = kHello + by_name("host.example");
  const std::string four = bytes({4, 1, 0, 80, 0, 0, 0, 9, 'm', 0, 'd', 'b', 0});
  for (const std::string& whole : {five, four}) {
    SocksGreeting greeting;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_EQ(greeting.state(), State::open) << i;
      greeting.take(std::string_view(whole).substr(i, 1));
    }
    EXPECT_EQ(greeting.state(), State::ready);
    EXPECT_EQ(greeting.rest(), "");
  }
}

TEST(Socks, WhatIsNotSocksIsRefused) {
  for (const std::string& said : {std::string("GET / HTTP/1.1\r\n"), std::string("\x16\x03\x01", 3), bytes({0, 0})}) {
    SocksGreeting greeting;
    EXPECT_EQ(greeting.take(said), "");
    EXPECT_EQ(greeting.state(), State::refused);
  }
}

TEST(Socks, WhatIsNotPossibleIsSaid) {
  SocksGreeting wants_password;
  EXPECT_EQ(wants_password.take(bytes({5, 1, 2})), bytes({5, 0xFF}));
  EXPECT_EQ(wants_password.state(), State::refused);
  const auto code = [](const std::string& request) {
    SocksGreeting greeting;
    greeting.take(kHello);
    const std::string back = greeting.take(request);
    EXPECT_EQ(greeting.state(), State::refused);
    return back.size() > 1 ? static_cast<int>(back[1]) : -1;
  };
  EXPECT_EQ(code(bytes({5, 2, 0, 1, 1, 2, 3, 4, 0, 80})), 7);  // BIND
  EXPECT_EQ(code(bytes({5, 3, 0, 1, 1, 2, 3, 4, 0, 80})), 7);  // UDP
  EXPECT_EQ(code(bytes({5, 1, 0, 9, 1, 2, 3, 4, 0, 80})), 8);
  EXPECT_EQ(code(bytes({5, 1, 0, 1, 1, 2, 3, 4, 0, 0})), 1);
  EXPECT_EQ(code(by_name("-oProxyCommand=x")), 1);
  EXPECT_EQ(code(by_name(std::string("a\0b", 3))), 1);
  EXPECT_EQ(code(by_name("")), 1);
  EXPECT_EQ(code(bytes({4, 1, 0, 1, 1, 2, 3, 4, 0, 80})), -1);
}

TEST(Socks, AGreetingWithoutEndIsRefused) {
  SocksGreeting greeting;
  std::string back = greeting.take(bytes({4, 1, 0, 80, 10, 0, 0, 7}));
  for (int i = 0; i < 2000 && greeting.state() == State::open; ++i) back = greeting.take("u");
  EXPECT_EQ(greeting.state(), State::refused);
  EXPECT_EQ(back[1], 0x5B);
}

}  // namespace
}  // namespace duotty::link
