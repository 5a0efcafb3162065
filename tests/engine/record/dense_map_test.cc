#include "engine/record/dense_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <thread>

#include "engine/record/block_maps.h"
#include "tests/engine/arena_fixture.h"
#include "tests/engine/record/sliced_allocator.h"

namespace heapreel::engine::testing {
namespace {

constexpr uintptr_t kSlice = SlicedAllocator::kSlice;
constexpr uintptr_t kBase = SlicedAllocator::kBase;

struct User {
  std::map<uintptr_t, BlockId>* closed = nullptr;
  std::set<uintptr_t>* closed_large = nullptr;
  std::set<uintptr_t>* filled = nullptr;
  bool has_memory = true;

  void* chunk() const { return has_memory ? Arena::reserve(DenseMap::kChunkBytes) : nullptr; }
  void close(uintptr_t p, BlockId id) const { (*closed)[p] = id; }
  void close_large(uintptr_t p) const { closed_large->insert(p); }
  void fill(uintptr_t begin, uintptr_t) const { filled->insert(begin); }
};

class DenseMapTest : public ArenaTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(SlicedAllocator::describe());
    ArenaTest::SetUp();
    map_ = Arena::zeroed<DenseMap>();
  }

  // Lays the slice of `p` out for blocks of `size` of which one begins at `begin`; what was found in the way comes
  // into `closed`.
  DenseMap::Entry* lay_out(uintptr_t p, uintptr_t begin, size_t size) {
    return map_->lay_out(p, {.begin = begin, .size = size}, user());
  }

  User user() { return {.closed = &closed_, .closed_large = &closed_large_, .filled = &filled_}; }

  DenseMap* map_ = nullptr;
  std::map<uintptr_t, BlockId> closed_;
  std::set<uintptr_t> closed_large_;
  std::set<uintptr_t> filled_;
};

TEST_F(DenseMapTest, EveryBlockOfEverySizeHasAPlaceOfItsOwnAndAllItsAddressesLeadThere) {
  uintptr_t slice = kBase;
  for (const size_t size : SlicedAllocator::kSizes) {
    for (const size_t late : {size_t{0}, size_t{48}, size - 16, size / 2 / 16 * 16}) {
      slice += kSlice;
      if (late >= size) continue;
      std::set<DenseMap::Entry*> places;
      for (uintptr_t begin = slice + late; begin < slice + kSlice; begin += size) {
        DenseMap::Entry* const entry = lay_out(begin, begin, size);
        ASSERT_NE(entry, nullptr);
        EXPECT_EQ(entry->load(), 0u);
        EXPECT_TRUE(places.insert(entry).second) << size << " " << begin - slice;
        EXPECT_EQ(map_->birth_entry(begin, size), entry);
        const uintptr_t last = std::min(begin + size, slice + kSlice) - 16;
        EXPECT_EQ(map_->find(last), entry) << size << " " << begin - slice;
        EXPECT_EQ(map_->find(begin + (last - begin) / 2 / 16 * 16), entry);
      }
      // The end of a block that begins before the slice.
      if (late != 0) {
        EXPECT_TRUE(places.insert(map_->find(slice)).second);
      }
      for (DenseMap::Entry* place : places) place->store(0x55);
    }
  }
  EXPECT_TRUE(closed_.empty());
}

// Two neighbouring tables would tell: an id written beyond the end of one stands in the other.
TEST_F(DenseMapTest, TablesDoNotOverlap) {
  std::map<DenseMap::Entry*, BlockId> written;
  BlockId id = 0;
  for (size_t index = 0; index < 600; ++index) {
    const size_t size = SlicedAllocator::kSizes[index % SlicedAllocator::kSizes.size()];
    const uintptr_t slice = kBase + index * kSlice;
    const uintptr_t first = slice + (index / 12 % 4 == 0 ? 0 : size - 16);
    ASSERT_NE(lay_out(first, first, size), nullptr);
    for (const uintptr_t p : {slice, slice + kSlice - 16}) {
      DenseMap::Entry* entry = map_->find(p);
      if (written.contains(entry)) continue;
      EXPECT_EQ(entry->load(), 0u);
      entry->store(++id);
      written[entry] = id;
    }
  }
  for (const auto& [entry, value] : written) EXPECT_EQ(entry->load(), value);
}

TEST_F(DenseMapTest, BirthElsewhereThanWhereABlockBeginsOrOfAnotherSizeNeedsALayout) {
  EXPECT_EQ(map_->birth_entry(kBase, 80), nullptr);
  DenseMap::Entry* entry = lay_out(kBase + 48, kBase + 48, 80);
  EXPECT_EQ(map_->birth_entry(kBase + 48, 80), entry);
  EXPECT_EQ(map_->birth_entry(kBase + 48, 49), entry);
  EXPECT_EQ(map_->birth_entry(kBase + 48, 48), nullptr);
  EXPECT_EQ(map_->birth_entry(kBase + 48, 81), nullptr);
  EXPECT_EQ(map_->birth_entry(kBase + 48 + 64, 80), nullptr);
  EXPECT_EQ(map_->birth_entry(kBase, 80), nullptr);
  EXPECT_NE(map_->birth_entry(kBase + 48 + 800, 80), nullptr);
}

TEST_F(DenseMapTest, WhatNoAllocatorOfBlocksOwnsHasNoEntry) {
  lay_out(kBase, kBase, 80);
  EXPECT_EQ(map_->find(kBase + 8), nullptr);
  EXPECT_EQ(map_->find(kBase + kSlice), nullptr);
  EXPECT_EQ(map_->find(uintptr_t{1} << 47 | kBase), nullptr);
  EXPECT_EQ(map_->find(0), nullptr);
  EXPECT_EQ(lay_out(kBase, kBase, 96), nullptr) << "there is no such size";
  EXPECT_EQ(lay_out(kBase, kBase, 0), nullptr);
  EXPECT_EQ(lay_out(uintptr_t{1} << 47 | kBase, uintptr_t{1} << 47 | kBase, 80), nullptr);
  EXPECT_NE(map_->birth_entry(kBase, 80), nullptr) << "what was laid out stays";
}

TEST_F(DenseMapTest, IdThatIsFoundWhereASliceIsLaidOutAnewIsHandedOverOnce) {
  lay_out(kBase + 48, kBase + 48, 80);
  map_->birth_entry(kBase + 48 + 160, 80)->store(7);
  map_->birth_entry(kBase + 48 + 800, 80)->store(9);
  DenseMap::Entry* entry = lay_out(kBase, kBase, 1024);
  EXPECT_EQ(closed_, (std::map<uintptr_t, BlockId>{{kBase + 48 + 160, 7}, {kBase + 48 + 800, 9}}));
  EXPECT_EQ(entry->load(), 0u);
  closed_.clear();
  lay_out(kBase, kBase, 80);
  lay_out(kBase + 48, kBase + 48, 80);
  EXPECT_TRUE(closed_.empty());
  for (uintptr_t p = kBase; p < kBase + kSlice; p += 16) EXPECT_EQ(map_->find(p)->load(), 0u);
}

TEST_F(DenseMapTest, BlocksAtOtherPlacesOfTheSameSizeAreAnotherLayout) {
  lay_out(kBase, kBase, 80)->store(5);
  lay_out(kBase + 16, kBase + 16, 80);
  EXPECT_EQ(closed_, (std::map<uintptr_t, BlockId>{{kBase, 5}}));
}

TEST_F(DenseMapTest, SlicesLaidOutAgainAndAgainTakeNoMoreMemory) {
  const auto lay_out_many = [&] {
    for (const size_t size : SlicedAllocator::kSizes) {
      for (uintptr_t slice = kBase; slice < kBase + 64 * kSlice; slice += kSlice) {
        ASSERT_EQ(lay_out(slice, slice, size)->load(), 0u);
      }
    }
  };
  const size_t nothing = accounted();
  lay_out_many();
  const size_t before = accounted();
  EXPECT_LE(before - nothing, 64 * kSlice * 2 / 5) << "more tables than slices can use";
  const size_t left = Arena::left();
  for (int i = 0; i < 200; ++i) lay_out_many();
  EXPECT_EQ(accounted(), before);
  EXPECT_EQ(Arena::left(), left);
}

TEST_F(DenseMapTest, ClearGivesEverythingBack) {
  const size_t before = accounted();
  for (int i = 0; i < 100; ++i) lay_out(kBase + i * kSlice, kBase + i * kSlice, 16)->store(1);
  EXPECT_GT(accounted(), before + 100 * 16'384 - 1);
  std::vector<void*> chunks;
  map_->clear([&](void* chunk) { chunks.push_back(chunk); });
  EXPECT_EQ(accounted(), before);
  EXPECT_EQ(chunks.size(), 1u);
  EXPECT_EQ(map_->find(kBase), nullptr);
  for (void* chunk : chunks) EXPECT_EQ(static_cast<DenseMap::Entry*>(chunk)->load(), 0u);
  EXPECT_EQ(lay_out(kBase, kBase, 16)->load(), 0u);
}

TEST_F(DenseMapTest, WithoutMemoryThereIsNoEntryAndWhatWasLaidOutStays) {
  lay_out(kBase, kBase, 1024)->store(3);
  DenseMap* other = Arena::zeroed<DenseMap>();
  User none = user();
  none.has_memory = false;
  EXPECT_EQ(other->lay_out(kBase, {.begin = kBase, .size = 16}, none), nullptr);
  EXPECT_EQ(map_->find(kBase)->load(), 3u);
}

TEST_F(DenseMapTest, VisitsTheBlocksThatBeginInTheRange) {
  lay_out(kBase + 48, kBase + 48, 1024);
  lay_out(kBase + 2 * kSlice, kBase + 2 * kSlice, 40960);
  std::set<uintptr_t> visited;
  const auto visit = [&](uintptr_t p, DenseMap::Entry* entry) {
    EXPECT_EQ(entry, map_->find(p));
    visited.insert(p);
  };
  map_->for_each_entry(kBase + 49, kBase + 48 + 3 * 1024, visit);
  EXPECT_EQ(visited, (std::set<uintptr_t>{kBase + 48 + 1024, kBase + 48 + 2048}));
  visited.clear();
  map_->for_each_entry(kBase + kSlice, ~uintptr_t{0}, visit);
  EXPECT_EQ(visited, (std::set<uintptr_t>{kBase + 2 * kSlice, kBase + 2 * kSlice + 40960}));
}

TEST_F(DenseMapTest, LargeBlockTakesItsSliceAndIsClosedWhenSmallerOnesAreBornThere) {
  map_->mark_large(kBase, user());
  EXPECT_TRUE(filled_.empty()) << "no memory for slices where only large blocks lie";
  lay_out(kBase, kBase, 80)->store(4);
  EXPECT_EQ(filled_, (std::set<uintptr_t>{kBase >> 26 << 26}));
  EXPECT_TRUE(closed_large_.empty());
  map_->mark_large(kBase + 0x120, user());
  EXPECT_EQ(closed_, (std::map<uintptr_t, BlockId>{{kBase, 4}}));
  EXPECT_EQ(map_->find(kBase), nullptr);
  EXPECT_EQ(map_->birth_entry(kBase, 80), nullptr);
  map_->mark_large(kBase, user());
  EXPECT_EQ(closed_large_, (std::set<uintptr_t>{kBase + 0x120}));
  EXPECT_EQ(lay_out(kBase, kBase, 80)->load(), 0u);
  EXPECT_EQ(closed_large_, (std::set<uintptr_t>{kBase, kBase + 0x120}));
}

TEST_F(DenseMapTest, LargeBlockThatIsMarkedLateDoesNotTakeASliceInUse) {
  lay_out(kBase, kBase, 80)->store(4);
  map_->mark_unused(kBase);
  EXPECT_EQ(map_->find(kBase)->load(), 4u);
  map_->mark_unused(kBase + kSlice + 32);
  lay_out(kBase + kSlice, kBase + kSlice, 80);
  EXPECT_EQ(closed_large_, (std::set<uintptr_t>{kBase + kSlice + 32}));
}

TEST_F(DenseMapTest, ThreadsThatLayOutTheirOwnSlicesNeverShareATable) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 3'000;
  struct CountingUser {
    std::atomic<int>* wrong;
    void* chunk() const { return Arena::reserve(DenseMap::kChunkBytes); }
    void close(uintptr_t, BlockId) const { ++*wrong; }
    void close_large(uintptr_t) const { ++*wrong; }
    void fill(uintptr_t, uintptr_t) const {}
  };
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(t);
      for (int i = 0; i < kRounds; ++i) {
        const uintptr_t slice = kBase + (random() % 16 * kThreads + static_cast<uintptr_t>(t)) * kSlice;
        const size_t size = SlicedAllocator::kSizes[random() % SlicedAllocator::kSizes.size()];
        DenseMap::Entry* first = map_->lay_out(slice, {.begin = slice, .size = size}, CountingUser{&wrong});
        DenseMap::Entry* last = map_->find(slice + kSlice - 16);
        const BlockId id = static_cast<BlockId>(t + 1);
        if (first->exchange(id, std::memory_order_relaxed) != 0) ++wrong;
        if (last != first && last->exchange(id, std::memory_order_relaxed) != 0) ++wrong;
        if (first->exchange(0, std::memory_order_relaxed) != id) ++wrong;
        if (last != first && last->exchange(0, std::memory_order_relaxed) != id) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace heapreel::engine::testing
