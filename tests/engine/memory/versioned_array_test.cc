// Copy-on-write pages against deep copies: random writes, freezes, pins and unpins in any order.
#include "engine/memory/versioned_array.h"

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <vector>

#include "tests/engine/arena_fixture.h"

namespace heapreel::engine::testing {
namespace {

struct SmallPage {
  uint64_t values[8];
};

class VersionedArrayTest : public ArenaTest {
 protected:
  using Model = std::map<uint32_t, std::array<uint64_t, 8>>;
  struct Frozen {
    StoreEpoch epoch;
    FrozenArray<SmallPage> pages;
    Model model;
  };

  void SetUp() override {
    ArenaTest::SetUp();
    ASSERT_TRUE(array_.open(1 << 20));
  }

  void write(uint32_t index, uint32_t place, uint64_t value) {
    SmallPage* page = array_.write(index);
    ASSERT_NE(page, nullptr);
    page->values[place] = value;
    current_[index][place] = value;
  }
  void release(uint32_t index) {
    array_.release(index);
    EXPECT_EQ(array_.read(index), nullptr);
    current_.erase(index);
  }
  // Does what TraceStore::freeze() does.
  Frozen freeze() {
    Frozen frozen{clock_.now, array_.freeze(), current_};
    EXPECT_TRUE(clock_.horizon.pin(clock_.now++));
    return frozen;
  }
  static Model contents(const FrozenArray<SmallPage>& pages) {
    Model model;
    pages.for_each([&](uint32_t index, const SmallPage* page) {
      std::copy(std::begin(page->values), std::end(page->values), model[index].begin());
    });
    return model;
  }
  uint64_t pages_in_use() const { return pages_.bytes_in_use() / sizeof(SmallPage); }

  RangePool ranges_;
  StoreClock clock_{ranges_};
  PagePool pages_{sizeof(SmallPage)};
  PagePool nodes_{sizeof(RadixNode)};
  VersionedArray<SmallPage> array_{clock_, pages_, nodes_, ranges_};
  Model current_;
};

TEST_F(VersionedArrayTest, FrozenStatesStayEqualToDeepCopiesWhateverIsWrittenReleasedAndUnpinned) {
  std::mt19937_64 random(1);
  std::vector<Frozen> held;
  for (int step = 0; step < 60'000; ++step) {
    const auto choice = random() % 100;
    if (choice < 10 && !current_.empty()) {
      const auto from = current_.lower_bound(static_cast<uint32_t>(random() % 50));
      release(from == current_.end() ? current_.begin()->first : from->first);
    } else if (choice < 90) {
      // Mostly few pages, some far apart, so that the tree grows.
      const auto index =
          static_cast<uint32_t>(random() % 20 == 0 ? random() % 300'000 >> random() % 19 : random() % 50);
      write(index, random() % 8, random());
    } else if (choice < 95 && held.size() < 30) {
      held.push_back(freeze());
    } else if (!held.empty()) {
      std::swap(held[random() % held.size()], held.back());
      ASSERT_EQ(contents(held.back().pages), held.back().model);
      clock_.horizon.unpin(held.back().epoch);
      held.pop_back();
    }
  }
  for (const Frozen& frozen : held) EXPECT_EQ(contents(frozen.pages), frozen.model);
  EXPECT_FALSE(clock_.exhausted);

  for (const Frozen& frozen : held) clock_.horizon.unpin(frozen.epoch);
  EXPECT_EQ(pages_in_use(), current_.size()) << "pages that nobody sees were not given back";
  EXPECT_EQ(clock_.horizon.bytes_in_use(), 0u);
  array_.clear();
  EXPECT_EQ(pages_in_use(), 0u);
  EXPECT_EQ(nodes_.bytes_in_use(), 0u);
}

TEST_F(VersionedArrayTest, DifferencesEqualBruteForce) {
  std::mt19937_64 random(2);
  std::vector<Frozen> held;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 20; ++i)
      write(static_cast<uint32_t>(random() % (round < 20 ? 60 : 6000)), random() % 8, random());
    held.push_back(freeze());
  }
  for (int pair = 0; pair < 300; ++pair) {
    const Frozen& before = held[random() % held.size()];
    const Frozen& after = held[random() % held.size()];
    Model rebuilt = before.model;
    FrozenArray<SmallPage>::for_each_difference(
        before.pages, after.pages, [&](uint32_t index, const SmallPage* old_page, const SmallPage* new_page) {
          ASSERT_NE(old_page, new_page);
          ASSERT_EQ(old_page, before.pages.page(index));
          if (new_page == nullptr) {
            rebuilt.erase(index);
          } else {
            std::copy(std::begin(new_page->values), std::end(new_page->values), rebuilt[index].begin());
          }
        });
    ASSERT_EQ(rebuilt, after.model);
  }
}

TEST_F(VersionedArrayTest, DifferenceVisitsOnlyPagesThatWereWritten) {
  for (uint32_t index = 0; index < 5000; ++index) write(index, 0, index);
  const Frozen before = freeze();
  write(7, 0, 1);
  write(4321, 0, 1);
  const Frozen after = freeze();
  std::vector<uint32_t> visited;
  FrozenArray<SmallPage>::for_each_difference(before.pages, after.pages,
                                              [&](uint32_t index, auto...) { visited.push_back(index); });
  EXPECT_EQ(visited, (std::vector<uint32_t>{7, 4321}));
}

TEST_F(VersionedArrayTest, CopiesOnePageAndItsPathPerWrittenPageAndFreeze) {
  for (uint32_t index = 0; index < 4000; ++index) write(index, 0, index);
  freeze();
  const uint64_t before = clock_.copied_bytes;
  for (int i = 0; i < 100; ++i) write(7, i % 8, i);
  freeze();
  EXPECT_LE(clock_.copied_bytes - before, sizeof(SmallPage) + 3 * sizeof(RadixNode));
}

TEST_F(VersionedArrayTest, WithoutAPinNothingIsCopied) {
  for (uint32_t index = 0; index < 100; ++index) write(index, 0, index);
  clock_.horizon.unpin(freeze().epoch);
  for (uint32_t index = 0; index < 100; ++index) write(index, 1, index);
  EXPECT_EQ(clock_.copied_bytes, 0u);
  EXPECT_EQ(contents(freeze().pages), current_);
}

TEST_F(VersionedArrayTest, OneStateHeldForLongKeepsWhatItSeesAndNoGarbage) {
  for (uint32_t index = 0; index < 100; ++index) write(index, 0, index);
  const Frozen old = freeze();
  for (int round = 0; round < 200; ++round) {
    for (uint32_t index = 0; index < 100; ++index) write(index, 1, round);
    clock_.horizon.unpin(freeze().epoch);
  }
  EXPECT_LE(pages_in_use(), 200u);
  EXPECT_EQ(contents(old.pages), old.model);
}

TEST_F(VersionedArrayTest, OneStateHeldForLongKeepsNothingOfThoseThatCameAndWent) {
  for (uint32_t index = 0; index < 100; ++index) write(index, 0, index);
  const Frozen old = freeze();
  Frozen newest = freeze();
  for (int round = 0; round < 50; ++round) {
    for (uint32_t index = 0; index < 100; ++index) write(index, 1, round);
    const Frozen next = freeze();
    clock_.horizon.unpin(newest.epoch);
    newest = next;
  }
  EXPECT_LE(pages_in_use(), 300u) << "the old state's, the newest one's and the current pages";
  EXPECT_EQ(contents(old.pages), old.model);
}

TEST_F(VersionedArrayTest, IndexBeyondTheRoomIsRefusedAndSaidSo) {
  EXPECT_EQ(array_.write(array_.most()), nullptr);
  EXPECT_TRUE(clock_.exhausted);
}

}  // namespace
}  // namespace heapreel::engine::testing
