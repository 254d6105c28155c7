// Precompiled for the modules above core: the headers every one of their files pays for.
#pragma once
#include <boost/asio.hpp>
#include <nlohmann/json.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
