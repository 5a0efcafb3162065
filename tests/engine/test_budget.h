// How long the randomised tests run, and from which seed. HEAPREEL_TEST_SECONDS=600 is the long mode;
// HEAPREEL_TEST_SEED repeats a history that failed.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <random>

namespace heapreel::engine::testing {

class TestBudget {
 public:
  explicit TestBudget(double seconds) : end_(std::chrono::steady_clock::now() + as_duration(seconds)) {}

  bool left() const { return std::chrono::steady_clock::now() < end_; }

  static uint64_t first_seed() {
    const char* given = std::getenv("HEAPREEL_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  }

 private:
  static std::chrono::nanoseconds as_duration(double seconds) {
    const char* given = std::getenv("HEAPREEL_TEST_SECONDS");
    return std::chrono::nanoseconds(static_cast<int64_t>((given != nullptr ? std::atof(given) : seconds) * 1e9));
  }
  std::chrono::steady_clock::time_point end_;
};

}  // namespace heapreel::engine::testing
