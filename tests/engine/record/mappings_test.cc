// What a program maps, against a page by page account of it.
#include "engine/record/mappings.h"

#include <mutex>
#include <random>
#include <set>
#include <tuple>

#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

constexpr uintptr_t kPage = 4096;
constexpr uintptr_t kBase = 0x5000'0000'0000;

// Address, bytes, domain, scope.
using Piece = std::tuple<uint64_t, uint64_t, uint32_t, uint32_t>;

// The oracle: of each page, which call mapped it.
class PageAccount {
 public:
  static constexpr uint32_t kPages = 96;

  void map(uint32_t begin, uint32_t end, DomainIndex domain, uint32_t scope) {
    ++calls_;
    for (uint32_t page = begin; page < end; ++page) pages_[page] = {calls_, domain, scope};
  }
  void unmap(uint32_t begin, uint32_t end) {
    for (uint32_t page = begin; page < end; ++page) pages_[page] = {};
  }
  void remap(uint32_t old_begin, uint32_t old_end, uint32_t begin, uint32_t end, DomainIndex domain, uint32_t scope) {
    if (begin == old_begin && end <= old_end) return unmap(end, old_end);
    if (begin == old_begin) {
      unmap(old_end, end);
      uint32_t first = old_end;
      const Page last = pages_[old_end - 1];
      while (last.call != 0 && first != 0 && pages_[first - 1].call == last.call) --first;
      return map(first, end, last.call != 0 ? last.domain : domain, scope);
    }
    unmap(begin, end);
    for (uint32_t page = old_end; page-- > old_begin;) {
      if (pages_[page].call != 0) domain = pages_[page].domain;
    }
    unmap(old_begin, old_end);
    map(begin, end, domain, scope);
  }
  void clear() { unmap(0, kPages); }

  std::set<Piece> pieces() const {
    std::set<Piece> pieces;
    for (uint32_t page = 0; page < kPages;) {
      const Page& first = pages_[page];
      uint32_t end = page + 1;
      while (end < kPages && pages_[end].call == first.call) ++end;
      if (first.call != 0) pieces.insert({kBase + page * kPage, (end - page) * kPage, first.domain, first.scope});
      page = end;
    }
    return pieces;
  }

 private:
  struct Page {
    uint32_t call = 0;
    DomainIndex domain = 0;
    uint32_t scope = 0;
  };
  Page pages_[kPages] = {};
  uint32_t calls_ = 0;
};

class MappingsTest : public TracerTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(start({.traceback_limit = 8, .frame_every_ms = 0, .map_domain = true}));
    ASSERT_TRUE(start_consolidator());
    domains_[0] = register_domain("mmap", 1);
    domains_[1] = register_domain("brk", 1);
    scopes_[1] = register_scope("Physics");
  }
  static uintptr_t at(uint32_t page) { return kBase + page * kPage; }
  [[gnu::noinline]] static void map(DomainIndex domain, uint32_t begin, uint32_t end) {
    MappingHold hold;
    hold.record_map(domain, at(begin), at(end), HEAPREEL_WALK_START());
  }
  static void unmap(uint32_t begin, uint32_t end) {
    MappingHold hold;
    hold.record_unmap(at(begin), at(end));
  }
  [[gnu::noinline]] static void remap(DomainIndex domain, uint32_t old_begin, uint32_t old_end, uint32_t begin,
                                      uint32_t end) {
    MappingHold hold;
    hold.record_remap(domain, at(old_begin), at(old_end), at(begin), at(end), HEAPREEL_WALK_START());
  }
  static std::set<Piece> recorded() {
    const SnapshotHandle snapshot = take_snapshot();
    std::set<Piece> pieces;
    snapshot.get()->for_each_block([&](BlockId, const Record& record) {
      const SiteKey& site = snapshot.get()->sites->at(record.site);
      EXPECT_NE(site.traceback, kUnknownTraceback);
      pieces.insert({record.address, record.size, site.domain, site.scope});
    });
    EXPECT_TRUE(snapshot.get()->complete());
    EXPECT_EQ(snapshot.get()->totals.mismatched_frees, 0u);
    EXPECT_EQ(snapshot.get()->totals.inferred_frees, 0u);
    EXPECT_EQ(snapshot.get()->totals.untracked_frees, 0u);
    return pieces;
  }

  void step(std::mt19937_64& random) {
    const auto pick = [&random](uint32_t below) { return static_cast<uint32_t>(random() % below); };
    const uint32_t scope = scopes_[pick(2)];
    const DomainIndex domain = domains_[pick(2)];
    set_scope(scope);
    const uint32_t begin = pick(PageAccount::kPages - 1);
    const uint32_t end = begin + 1 + pick(std::min(12u, PageAccount::kPages - begin));
    switch (pick(5)) {
      case 0:
      case 1:
        map(domain, begin, end);
        return account_.map(begin, end, domain, scope);
      case 2:
        unmap(begin, end);
        return account_.unmap(begin, end);
      case 3: {  // in place
        const uint32_t now = begin + 1 + pick(std::min(16u, PageAccount::kPages - begin));
        remap(domain, begin, end, begin, now);
        return account_.remap(begin, end, begin, now, domain, scope);
      }
      default: {
        const uint32_t to = pick(PageAccount::kPages - 1);
        const uint32_t to_end = to + 1 + pick(std::min(12u, PageAccount::kPages - to));
        if (to < end && begin < to_end) return;  // the system refuses it
        remap(domain, begin, end, to, to_end);
        return account_.remap(begin, end, to, to_end, domain, scope);
      }
    }
  }

  PageAccount account_;
  DomainIndex domains_[2] = {};
  uint32_t scopes_[2] = {};
};

TEST_F(MappingsTest, AgreesWithAnAccountOfEveryPageWhoeverMaps) {
  std::mt19937_64 random(7);
  WorkerThread workers[3];
  for (int turn = 0; turn < 300 && !HasFailure(); ++turn) {
    for (int i = 0; i < 20; ++i) {
      workers[random() % 3].run([&] { step(random); });
    }
    if (turn % 40 == 39) {
      clear_traces();
      account_.clear();
    }
    EXPECT_EQ(recorded(), account_.pieces()) << "turn " << turn;
  }
}

TEST_F(MappingsTest, WhatIsLeftOfAMappingIsOfThePlaceThatMadeIt) {
  map(domains_[0], 10, 20);
  const auto stacks = [] {
    std::set<TracebackId> stacks;
    const SnapshotHandle snapshot = take_snapshot();
    snapshot.get()->for_each_block(
        [&](BlockId, const Record& record) { stacks.insert(snapshot.get()->sites->at(record.site).traceback); });
    return stacks;
  };
  const auto before = stacks();
  unmap(13, 15);
  unmap(10, 11);
  EXPECT_EQ(stacks(), before);
  EXPECT_EQ(recorded().size(), 2u);
}

TEST_F(MappingsTest, WhileNothingIsTracedNothingIsKept) {
  map(domains_[0], 0, 4);
  stop();
  {
    MappingHold hold;
    EXPECT_FALSE(hold.held());
  }
  ASSERT_TRUE(start({.traceback_limit = 8, .frame_every_ms = 0, .map_domain = true}));
  unmap(2, 3);
  map(domains_[0], 3, 5);
  EXPECT_EQ(recorded(), (std::set<Piece>{{at(3), 2 * kPage, domains_[0], 0}}));
}

TEST_F(MappingsTest, KnowsWhatIsTheProgramsOwn) {
  map(domains_[0], 10, 12);
  MappingHold hold;
  EXPECT_TRUE(hold.knows_any(at(11), at(30)));
  EXPECT_FALSE(hold.knows_any(at(12), at(30)));
  EXPECT_FALSE(hold.knows_any(at(0), at(10)));
}

}  // namespace
}  // namespace heapreel::engine::testing
