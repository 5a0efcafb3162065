#include <heapreel/adapters/pmr.h>

#include <list>
#include <string>
#include <vector>

#include <heapreel/testing/gtest.h>

#include "tests/hooks/adapters/domain_blocks.h"

namespace heapreel::testing {
namespace {

TEST_F(AdapterTest, APmrResourceIsADomain) {
  std::pmr::unsynchronized_pool_resource pool;
  reported_resource entities("Entities", &pool);
  {
    std::pmr::vector<std::pmr::string> names(&entities);
    names.reserve(100);
    for (int i = 0; i < 100; ++i) names.emplace_back("a name that is too long for the string itself");
    const DomainBlocks blocks = DomainBlocks::of("Entities");
    EXPECT_EQ(blocks.count, 101u);
    EXPECT_GE(blocks.bytes, 100 * sizeof(std::pmr::string) + 100 * 46);
  }
  EXPECT_EQ(DomainBlocks::of("Entities").count, 0u);
}

TEST_F(AdapterTest, WhatAMonotonicPmrResourceReleasesIsGone) {
  reported_chunks chunks("Scratch", std::pmr::new_delete_resource());
  std::pmr::monotonic_buffer_resource monotonic(1024, &chunks);
  reported_resource scratch("Scratch", &monotonic);
  size_t bytes = 0;
  for (size_t n = 1; n < 300; ++n) {
    bytes += n;
    static_cast<void>(
        static_cast<std::pmr::memory_resource&>(scratch).allocate(n, 1));  // at addresses of any alignment
  }
  const DomainBlocks blocks = DomainBlocks::of("Scratch");
  EXPECT_EQ(blocks.count, 299u);
  EXPECT_EQ(blocks.bytes, bytes);
  monotonic.release();
  EXPECT_EQ(DomainBlocks::of("Scratch").count, 0u);
}

TEST_F(AdapterTest, APmrResourceAddsNoAllocationsOfItsOwn) {
  alignas(16) char buffer[4096];
  std::pmr::monotonic_buffer_resource monotonic(buffer, sizeof buffer, std::pmr::null_memory_resource());
  reported_resource local("Local", &monotonic);
  EXPECT_NO_ALLOCS({
    std::pmr::vector<int> numbers(&local);
    for (int i = 0; i < 100; ++i) numbers.push_back(i);
  });
}

}  // namespace
}  // namespace heapreel::testing
