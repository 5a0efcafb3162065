// An arena without a tracer in it, for tests of what lives in one.
#pragma once

#include <gtest/gtest.h>

#include "engine/memory/arena.h"

namespace heapreel::engine::testing {

class ArenaTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(Arena::create(-1, 0), nullptr); }
  void TearDown() override { Arena::destroy(); }

  static void use_up_address_space() {
    for (size_t bytes = Arena::header()->bytes; bytes >= 4096; bytes /= 2) {
      while (Arena::reserve(bytes) != nullptr) {
      }
    }
  }

  // Bytes in use by their users' own count.
  static size_t accounted() {
    // relaxed: read where nobody writes
    return Arena::header()->accounted.load(std::memory_order_relaxed);
  }
};

}  // namespace heapreel::engine::testing
