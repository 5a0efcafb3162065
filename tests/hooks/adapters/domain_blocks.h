// What a test of an adapter looks at: the live blocks of a domain, as a snapshot has them.
#pragma once

#include <heapreel/heapreel.h>
#include <heapreel/heapreel_c.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <unordered_map>

namespace heapreel::testing {

struct DomainBlocks {
  uint64_t count = 0;
  uint64_t bytes = 0;
  // Of these, the blocks that malloc has at the same address and of at least that size: the adapter told the truth.
  uint64_t found_in_malloc = 0;

  static DomainBlocks of(const char* name) {
    const uint32_t domain = heapreel_register_domain(name, 16);
    const Snapshot snapshot = take_snapshot();
    std::unordered_map<uint64_t, uint64_t> malloced;
    for (const Trace& trace : snapshot.traces()) {
      if (trace.domain == 0) malloced.emplace(trace.address, trace.size);
    }
    DomainBlocks blocks;
    for (const Trace& trace : snapshot.traces()) {
      if (trace.domain != domain) continue;
      ++blocks.count;
      blocks.bytes += trace.size;
      const auto found = malloced.find(trace.address);
      if (found != malloced.end() && found->second >= trace.size) ++blocks.found_in_malloc;
    }
    return blocks;
  }
};

// Traces from before the first call of the library to after the last one.
class AdapterTest : public ::testing::Test {
 protected:
  void SetUp() override { heapreel::start(1); }  // no stacks: whose blocks they are is all that is looked at
  void TearDown() override {
    const Completeness completeness = take_snapshot().completeness();
    EXPECT_TRUE(completeness.is_exact());
    EXPECT_EQ(completeness.inferred_frees, 0u) << "frees that the adapter did not report";
    EXPECT_EQ(completeness.mismatched_frees, 0u);
    heapreel::stop();
  }
};

}  // namespace heapreel::testing
