// An arena without a tracer in it, for tests of what lives in one.
#pragma once

#include <gtest/gtest.h>

#include "engine/arena.h"

namespace heapreel::engine::testing {

class ArenaTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(Arena::create(-1, 0), nullptr); }
  void TearDown() override { Arena::destroy(); }

  // Bytes in use by their users' own count.
  static size_t accounted() {
    // relaxed: read where nobody writes
    return Arena::header()->accounted.load(std::memory_order_relaxed);
  }
};

}  // namespace heapreel::engine::testing
