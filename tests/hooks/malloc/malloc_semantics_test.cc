// Every function behaves as the C library's own does: one table of calls, made on both, and what a caller can
// see of each compared.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "tests/hooks/glibc_functions.h"

namespace heapreel::testing {
namespace {

using A = AllocationFunctions;

// What a caller can see of a call that returns a block.
struct Seen {
  bool null;
  int error;  // errno, from 0 before the call
  bool aligned;
  bool large_enough;
  bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << (seen.null ? "null" : "block") << " errno " << seen.error << " aligned " << seen.aligned
             << " large enough " << seen.large_enough;
}

struct Case {
  const char* name;
  size_t alignment;
  size_t usable;
  std::function<void*(const A&)> call;
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.name;
}

Seen observe(const A& functions, const Case& c) {
  errno = 0;
  void* const p = c.call(functions);
  Seen seen = {p == nullptr, errno, true, true};
  if (p != nullptr) {
    seen.aligned = reinterpret_cast<uintptr_t>(p) % c.alignment == 0;
    seen.large_enough = functions.malloc_usable_size(p) >= c.usable;
    std::memset(p, 0x5a, c.usable);
    functions.free(p);
  }
  return seen;
}

constexpr size_t kBeyondLimit = static_cast<size_t>(PTRDIFF_MAX) + 1;

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"malloc_0", 16, 0, [](const A& a) { return a.malloc(0); }},
      {"malloc_1", 16, 1, [](const A& a) { return a.malloc(1); }},
      {"malloc_8", 16, 8, [](const A& a) { return a.malloc(8); }},
      {"malloc_24", 16, 24, [](const A& a) { return a.malloc(24); }},
      {"malloc_1000", 16, 1000, [](const A& a) { return a.malloc(1000); }},
      {"malloc_1MiB", 16, 1 << 20, [](const A& a) { return a.malloc(1 << 20); }},
      {"malloc_40MiB", 16, 40 << 20, [](const A& a) { return a.malloc(40 << 20); }},
      {"malloc_huge", 1, 0, [](const A& a) { return a.malloc(kBeyondLimit); }},
      {"malloc_max", 1, 0, [](const A& a) { return a.malloc(SIZE_MAX); }},
      {"calloc_0_0", 16, 0, [](const A& a) { return a.calloc(0, 0); }},
      {"calloc_0_8", 16, 0, [](const A& a) { return a.calloc(0, 8); }},
      {"calloc_3_7", 16, 21, [](const A& a) { return a.calloc(3, 7); }},
      {"calloc_overflow", 1, 0, [](const A& a) { return a.calloc(SIZE_MAX / 2, 3); }},
      {"calloc_huge", 1, 0, [](const A& a) { return a.calloc(kBeyondLimit, 1); }},
      {"realloc_null_0", 16, 0, [](const A& a) { return a.realloc(nullptr, 0); }},
      {"realloc_null_100", 16, 100, [](const A& a) { return a.realloc(nullptr, 100); }},
      {"realloc_null_huge", 1, 0, [](const A& a) { return a.realloc(nullptr, kBeyondLimit); }},
      {"realloc_grow", 16, 5000, [](const A& a) { return a.realloc(a.malloc(50), 5000); }},
      {"realloc_shrink", 16, 50, [](const A& a) { return a.realloc(a.malloc(5000), 50); }},
      {"realloc_same", 16, 5000, [](const A& a) { return a.realloc(a.malloc(5000), 5000); }},
      {"realloc_to_1", 16, 1, [](const A& a) { return a.realloc(a.malloc(1), 1); }},
      {"realloc_to_0_frees", 16, 0, [](const A& a) { return a.realloc(a.malloc(100), 0); }},
      {"reallocarray_null", 16, 60, [](const A& a) { return a.reallocarray(nullptr, 3, 20); }},
      {"reallocarray_grow", 16, 6000, [](const A& a) { return a.reallocarray(a.malloc(10), 300, 20); }},
      {"reallocarray_null_overflow", 1, 0, [](const A& a) { return a.reallocarray(nullptr, SIZE_MAX / 2, 3); }},
      {"reallocarray_to_0_frees", 16, 0, [](const A& a) { return a.reallocarray(a.malloc(10), 0, 20); }},
      {"valloc_0", 4096, 0, [](const A& a) { return a.valloc(0); }},
      {"valloc_10", 4096, 10, [](const A& a) { return a.valloc(10); }},
      {"valloc_huge", 1, 0, [](const A& a) { return a.valloc(kBeyondLimit); }},
      {"pvalloc_0", 4096, 0, [](const A& a) { return a.pvalloc(0); }},
      {"pvalloc_10_is_a_page", 4096, 4096, [](const A& a) { return a.pvalloc(10); }},
      {"pvalloc_4097_is_two_pages", 4096, 8192, [](const A& a) { return a.pvalloc(4097); }},
      {"pvalloc_max", 1, 0, [](const A& a) { return a.pvalloc(SIZE_MAX); }},
      {"pvalloc_huge", 1, 0, [](const A& a) { return a.pvalloc(kBeyondLimit); }},
  };
  return all;
}

class SameAsGlibc : public ::testing::TestWithParam<Case> {};

TEST_P(SameAsGlibc, ForWhatTheCallerCanSee) {
  EXPECT_EQ(observe(interposed(), GetParam()), observe(glibc(), GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Calls, SameAsGlibc, ::testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

TEST(Malloc, GivesDistinctBlocksForSizeZero) {
  std::set<void*> blocks;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(blocks.insert(std::malloc(0)).second);
  for (void* p : blocks) std::free(p);
}

TEST(Malloc, NeverPutsTwoBlocksIntoOneGranule) {
  std::set<uintptr_t> granules;
  std::vector<void*> blocks;
  for (int i = 0; i < 1000; ++i) {
    blocks.push_back(std::malloc(static_cast<size_t>(i % 16)));
    EXPECT_TRUE(granules.insert(reinterpret_cast<uintptr_t>(blocks.back()) / 16).second);
  }
  for (void* p : blocks) std::free(p);
}

TEST(Calloc, ZeroesMemoryThatWasUsedBefore) {
  for (const size_t n : {size_t{1}, size_t{15}, size_t{100}, size_t{100'000}}) {
    void* const used = std::malloc(n);
    std::memset(used, 0xff, n);
    std::free(used);
    auto* const p = static_cast<char*>(std::calloc(1, n));
    EXPECT_EQ(std::string(p, n), std::string(n, '\0'));
    std::free(p);
  }
}

TEST(Realloc, KeepsTheContentsThatFit) {
  auto* p = static_cast<char*>(std::malloc(100));
  std::memset(p, 'a', 100);
  p = static_cast<char*>(std::realloc(p, 100'000));
  EXPECT_EQ(std::string(p, 100), std::string(100, 'a'));
  p = static_cast<char*>(std::realloc(p, 7));
  EXPECT_EQ(std::string(p, 7), std::string(7, 'a'));
  std::free(p);
}

TEST(Realloc, LeavesTheBlockAloneWhenItFails) {
  auto* const p = static_cast<char*>(std::malloc(100));
  std::memset(p, 'a', 100);
  errno = 0;
  EXPECT_EQ(std::realloc(p, kBeyondLimit), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  errno = 0;
  EXPECT_EQ(::reallocarray(p, SIZE_MAX / 2, 3), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(std::string(p, 100), std::string(100, 'a'));
  std::free(p);
}

TEST(Free, LeavesErrnoAlone) {
  for (const size_t n : {size_t{1}, size_t{10'000}, size_t{64} << 20}) {
    void* const p = std::malloc(n);
    errno = 77;
    std::free(p);
    EXPECT_EQ(errno, 77);
  }
  std::free(nullptr);
  EXPECT_EQ(errno, 77);
}

TEST(MallocUsableSize, OfNullIsZero) {
  EXPECT_EQ(interposed().malloc_usable_size(nullptr), 0u);
}

}  // namespace
}  // namespace heapreel::testing
