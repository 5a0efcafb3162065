// Engine against oracle, to the byte, on random histories of several threads that hand blocks on.
#include <atomic>
#include <iostream>
#include <memory>
#include <mutex>
#include <random>
#include <set>

#include "tests/engine/reference_tracker.h"
#include "tests/engine/signal_staller.h"
#include "tests/engine/stored_pcs.h"
#include "tests/engine/test_budget.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

using Place = ReferenceTracker::Place;
using Random = std::mt19937_64;

// Gives out the addresses of a few small pools, so that they come again soon and on another thread.
class SimulatedAllocator {
 public:
  SimulatedAllocator(DomainIndex domain, uintptr_t base, size_t blocks, size_t spacing) : domain_(domain) {
    for (size_t i = 0; i < blocks; ++i) free_.push_back(base + i * spacing);
  }
  bool take(Random& random, Place* place) {
    std::lock_guard guard(mutex_);
    if (free_.empty()) return false;
    std::swap(free_[random() % free_.size()], free_.back());
    *place = {domain_, free_.back()};
    free_.pop_back();
    return true;
  }
  void give_back(Place place) {
    std::lock_guard guard(mutex_);
    free_.push_back(place.second);
  }

 private:
  const DomainIndex domain_;
  std::mutex mutex_;
  std::vector<uintptr_t> free_;
};

// Blocks in use, for any thread to take over.
class SharedBlocks {
 public:
  void put(Place place) {
    std::lock_guard guard(mutex_);
    places_.push_back(place);
  }
  void clear() { places_.clear(); }
  bool take(Random& random, Place* place) {
    std::lock_guard guard(mutex_);
    if (places_.empty()) return false;
    std::swap(places_[random() % places_.size()], places_.back());
    *place = places_.back();
    places_.pop_back();
    return true;
  }

 private:
  std::mutex mutex_;
  std::vector<Place> places_;
};

class OracleTest : public TracerTest {
 protected:
  static constexpr int kThreads = 5;
  static constexpr uintptr_t kArenaSpan = 1 << 16;
  static constexpr uintptr_t kNestedPc = 0x77777;  // in no other stack

  // Histories from one seed on, until the time is up.
  void run_histories(double seconds, int threads, int phases, int steps, bool serialised) {
    const TestBudget budget(seconds);
    const uint64_t first = TestBudget::first_seed();
    uint64_t seed = first;
    do {
      run_history(seed++, threads, phases, steps, serialised);
    } while (budget.left() && !HasFailure());
    std::cout << seed - first << " histories from seed " << first << ", " << SignalStaller::stalls() << " stalls\n";
  }

  void expect_exact_peak() { exact_peak_ = true; }

 private:
  // `serialised`: one lock around each step, so that the history has one order and so one true peak.
  void run_history(uint64_t seed, int threads, int phases, int steps, bool serialised) {
    SCOPED_TRACE("HEAPREEL_TEST_SEED=" + std::to_string(seed));
    serialised_ = serialised;
    Random random(seed);
    TracerOptions options;
    options.traceback_limit = 8;
    start_tracer(options);
    oracle_.start();
    make_domains();
    std::vector<std::unique_ptr<WorkerThread>> workers;
    std::vector<pthread_t> victims;
    for (int i = 0; i < threads; ++i) {
      workers.push_back(std::make_unique<WorkerThread>());
      victims.push_back(workers.back()->native_handle());
    }
    {
      SignalStaller staller(victims, seed, serialised ? nullptr : record_nested);
      for (int phase = 0; phase < phases && !HasFailure(); ++phase) {
        for (int w = 0; w < threads; ++w) {
          workers[w]->begin([this, w, steps, step_seed = random()] { work(w, steps, step_seed); });
        }
        for (auto& worker : workers) worker->wait();
        compare();
        between_phases(random);
      }
    }
    shut_down_for_test();
    oracle_.forget_everything();
    allocators_.clear();
    shared_.clear();
  }

  // Runs in signal handlers, within hooks too: a block that is gone when the handler returns.
  static void record_nested() {
    const uintptr_t p = (uintptr_t{platform::thread_id()} << 16 | 0x4000'0000'0000) & ~uintptr_t{15};
    static constexpr uintptr_t kPcs[] = {kNestedPc};
    record_alloc(0, address(p), 24, GivenStack{.pcs = kPcs, .depth = 1, .reached_bottom = true});
    record_free(0, address(p));
  }

  void make_domains() {
    allocators_.push_back(std::make_unique<SimulatedAllocator>(0, 0x10000, 200, 16));
    allocators_.push_back(std::make_unique<SimulatedAllocator>(0, (uintptr_t{1} << 26) - 160, 20, 16));
    allocators_.push_back(std::make_unique<SimulatedAllocator>(register_domain("Pool", 16), 0x10000, 100, 64));
    allocators_.push_back(std::make_unique<SimulatedAllocator>(register_domain("Bytes", 1), 0x10000, 50, 1));
    allocators_.push_back(std::make_unique<SimulatedAllocator>(register_domain("Far", 1), ~uintptr_t{0} - 100, 50, 2));
    arenas_ = register_domain("Arenas", 16);
    for (int worker = 0; worker < kThreads; ++worker) {
      own_arenas_[worker] = register_domain(("Own" + std::to_string(worker)).c_str(), worker % 2 == 0 ? 16 : 8);
    }
    scopes_ = {0, register_scope("Physics"), register_scope("Audio")};
  }

  ReferenceTracker::Block random_block(Random& random) {
    ReferenceTracker::Block block;
    const int kind = static_cast<int>(random() % 10);
    block.size = kind == 0 ? random() >> 24 : kind == 1 ? 0 : random() % 5000;
    block.thread = platform::thread_id();
    block.scope = scopes_[random() % scopes_.size()];
    // Few stacks and many: some stay in the thread's cache, some push others out.
    const uintptr_t variety = random() % 2 == 0 ? 5 : 20'000;
    for (uintptr_t depth = random() % 8; depth-- != 0;) block.stack.push_back(1 + random() % variety);
    return block;
  }

  void work(int worker, int steps, uint64_t seed) {
    Random random(seed);
    const uintptr_t arena = uintptr_t(worker + 1) << 32;
    uintptr_t arena_top = arena;
    for (int i = 0; i < steps; ++i) {
      std::unique_lock<std::mutex> guard(step_mutex_, std::defer_lock);
      if (serialised_) guard.lock();
      const int choice = static_cast<int>(random() % 100);
      if (choice < 40) {
        step_alloc(random);
      } else if (choice < 72) {
        step_free(random);
      } else if (choice < 84) {
        step_move(random);
      } else if (choice < 86) {
        step_failed_realloc(random);
      } else if (choice < 87) {
        if (random() % 2 == 0)
          step_unseen_free(random);
        else
          step_heap(random);
      } else if (choice < 89) {
        const Place nowhere = {0, 0x7000'0000'0000 + 16 * (random() % 1000)};
        oracle_.free(nowhere, platform::thread_id());
        free(nowhere.second);
      } else if (arena_top < arena + kArenaSpan) {
        record_birth({arenas_, arena_top}, random_block(random));
        arena_top += 16 * (1 + random() % 100);
      } else {
        oracle_.reset_range(arenas_, arena, kArenaSpan, platform::thread_id());
        record_arena_reset(arenas_, address(arena), kArenaSpan);
        arena_top = arena;
      }
    }
    std::unique_lock<std::mutex> guard(step_mutex_, std::defer_lock);
    if (serialised_) guard.lock();
    oracle_.reset_range(arenas_, arena, kArenaSpan, platform::thread_id());
    record_arena_reset(arenas_, address(arena), kArenaSpan);
    if (random() % 4 != 0) return;
    oracle_.reset_range(own_arenas_[worker], 0, UINTPTR_MAX, platform::thread_id());
    record_domain_reset(own_arenas_[worker]);
    for (uintptr_t block = 1; block <= 20; ++block) {
      record_birth({own_arenas_[worker], block * 0x10'0010}, random_block(random));
    }
  }

  void record_birth(Place place, const ReferenceTracker::Block& block) {
    set_scope(block.scope);
    record_alloc(place.first, address(place.second), block.size, stack(block.stack));
    oracle_.alloc(place, block);
  }
  bool take_fresh(Random& random, Place* place) {
    return allocators_[random() % allocators_.size()]->take(random, place);
  }
  void give_back(Place place) {
    for (size_t i = 0; i < allocators_.size(); ++i) {
      if (owner_of(place) == i) allocators_[i]->give_back(place);
    }
  }
  size_t owner_of(Place place) const { return place.first == 0 ? (place.second < 0x100000 ? 0 : 1) : place.first + 1; }

  void step_alloc(Random& random) {
    Place place;
    if (!take_fresh(random, &place)) return;
    record_birth(place, random_block(random));
    shared_.put(place);
  }
  void step_free(Random& random) {
    Place place;
    if (!shared_.take(random, &place)) return;
    oracle_.free(place, platform::thread_id());
    free(place.second, place.first);
    give_back(place);
  }
  void step_move(Random& random) {
    Place from;
    if (!shared_.take(random, &from)) return;
    Place to = from;
    if (random() % 3 != 0 && !allocators_[owner_of(from)]->take(random, &to)) to = from;
    const ReferenceTracker::Block block = random_block(random);
    set_scope(block.scope);
    record_move(from.first, address(from.second), address(to.second), block.size, stack(block.stack));
    oracle_.move(from, to, block);
    if (to != from) give_back(from);
    shared_.put(to);
  }
  void step_failed_realloc(Random& random) {
    Place place;
    if (!shared_.take(random, &place)) return;
    const ReallocTicket ticket = record_realloc_begin(place.first, address(place.second));
    record_realloc_end(place.first, ticket, address(place.second), nullptr, 100, WalkStart{});
    shared_.put(place);
  }
  void step_heap(Random& random) {
    Place place;
    if (!shared_.take(random, &place)) return;
    DomainIndex domain = arenas_;
    if (random() % 2 == 0 && place.first != own_arenas_[0]) domain = own_arenas_[0];
    const bool known = oracle_.heap(place, domain);
    if (record_heap(domain, place.first, address(place.second)) != known) ++wrong_heaps_;
    shared_.put(place);
  }
  void step_unseen_free(Random& random) {
    Place place;
    if (shared_.take(random, &place)) give_back(place);
  }

  void between_phases(Random& random) {
    switch (random() % 8) {
      case 0:
        clear_traces();
        oracle_.clear();
        break;
      case 1: {
        stop();
        oracle_.stop();
        // Blocks come and go unseen meanwhile.
        for (int i = 0; i < 20; ++i) step_free(random);
        for (int i = 0; i < 20; ++i) step_alloc(random);
        TracerOptions options;
        options.traceback_limit = 8;
        start_tracer(options);
        oracle_.start();
        break;
      }
      case 2:
        reset_peak();
        oracle_.reset_peak();
        break;
      case 3:
      case 4:
        game_frame();
        oracle_.end_game_frame();
        break;
      default:
        break;
    }
  }

  void compare() {
    const SnapshotHandle snapshot = take_snapshot();
    const FrozenTraces* traces = snapshot.get();
    ASSERT_NE(traces, nullptr);
    std::map<Place, ReferenceTracker::Block> live;
    uint64_t in_handlers = 0;  // a waiting worker is interrupted too: the cut may lie between the handler's two calls
    traces->for_each_block([&](BlockId, const Record& record) {
      const SiteKey& site = traces->sites->at(record.site);
      if (stack_of(*traces, site) == ReferenceTracker::Stack{kNestedPc}) {
        ++in_handlers;
        return;
      }
      live[{site.domain, record.address}] = {record.size, tracer_state()->threads->at(record.thread)->number,
                                             site.scope, stack_of(*traces, site), record.born};
    });
    EXPECT_EQ(difference(live, oracle_.live()), "");

    std::map<ReferenceTracker::SiteName, ReferenceTracker::Site> sites;
    traces->for_each_site([&](SiteId id, const SiteAggregate& site) {
      const SiteKey& key = traces->sites->at(id);
      if (site.allocs == 0 || stack_of(*traces, key) == ReferenceTracker::Stack{kNestedPc}) return;
      sites[{key.domain, key.scope, stack_of(*traces, key)}] = {site.live_blocks, site.live_bytes, site.allocs,
                                                                site.alloc_bytes, site.reallocs};
    });
    EXPECT_EQ(difference(sites, oracle_.sites), "");

    std::map<ReferenceTracker::SiteName, ReferenceTracker::CrossThread> cross_thread;
    traces->for_each_cross_thread_frees([&](SiteId id, const CrossThreadFrees& frees) {
      const SiteKey& key = traces->sites->at(id);
      cross_thread[{key.domain, key.scope, stack_of(*traces, key)}] = {frees.frees, frees.freed_bytes,
                                                                       frees.temporary_frees, frees.temporary_bytes};
    });
    EXPECT_EQ(difference(cross_thread, oracle_.cross_thread), "");

    traces->for_each_domain_peak([&](DomainIndex domain, const DomainPeak& peak) {
      const ReferenceTracker::Domain& known = oracle_.domains[domain];
      ASSERT_NE(domain, 0u);
      EXPECT_EQ(peak.live_bytes, known.live_bytes) << "domain " << domain;
      EXPECT_GE(peak.peak_bytes, peak.live_bytes);
      if (!serialised_) return;
      EXPECT_LE(peak.peak_bytes, known.peak_bytes) << "domain " << domain;
      EXPECT_GE(peak.peak_ceiling, known.peak_bytes) << "domain " << domain;
      if (!exact_peak_) return;
      EXPECT_EQ(peak.peak_bytes, known.peak_bytes) << "domain " << domain;
      EXPECT_EQ(peak.peak_ceiling, known.peak_bytes) << "domain " << domain;
    });
    for (const auto& [domain, sums] : oracle_.domains) {
      const DomainPeak* peak = traces->domain_peaks.page(domain);
      EXPECT_EQ(peak == nullptr, domain == 0) << "domain " << domain;
    }

    std::set<std::pair<Place, uint32_t>> heaps;
    traces->for_each_heap([&](BlockId, const Record& record, DomainIndex domain) {
      heaps.insert({{record.domain, record.address}, domain});
    });
    EXPECT_EQ(heaps, oracle_.heaps);
    EXPECT_EQ(wrong_heaps_, 0);

    compare_groups(*traces);

    const Totals& totals = traces->totals;
    EXPECT_TRUE(totals.balanced());
    EXPECT_EQ(totals.live_blocks, oracle_.live().size() + in_handlers);
    EXPECT_EQ(totals.live_bytes, oracle_.current + 24 * in_handlers);
    EXPECT_EQ(totals.mismatched_frees, 0u);
    EXPECT_EQ(totals.degraded, 0u);
    EXPECT_EQ(totals.reallocs, oracle_.reallocs);
    EXPECT_EQ(totals.inferred_frees, oracle_.inferred_frees);
    EXPECT_EQ(totals.untracked_frees, oracle_.untracked_frees);
    const uint64_t nested = totals.allocs - oracle_.allocs;
    EXPECT_EQ(totals.frees, oracle_.frees + nested - in_handlers);
    EXPECT_EQ(totals.alloc_bytes, oracle_.alloc_bytes + 24 * nested);
    if (serialised_) {
      EXPECT_EQ(nested, 0u);
      EXPECT_LE(totals.peak_bytes, oracle_.peak);
      EXPECT_GE(totals.peak_ceiling, oracle_.peak);
      if (exact_peak_) {
        EXPECT_EQ(totals.peak_bytes, oracle_.peak);
        EXPECT_EQ(totals.peak_ceiling, oracle_.peak);
      }
    }
  }

  // What handlers did besides, the oracle does not know: blocks of 24 bytes, on whatever thread, most of them gone.
  void compare_groups(const FrozenTraces& traces) {
    std::map<uint32_t, ReferenceTracker::Group> threads;
    std::map<uint32_t, ReferenceTracker::Group> size_classes;
    traces.for_each_group([&](GroupId id, const GroupSums& sums) {
      if (sums == GroupSums{}) return;
      ReferenceTracker::Group& group =
          is_size_class(id) ? size_classes[id] : threads[tracer_state()->threads->at(thread_of(id))->number];
      group.allocs += sums.allocs;
      group.alloc_bytes += sums.alloc_bytes;
      group.frees += sums.frees;
      group.freed_bytes += sums.freed_bytes;
      group.reallocs += sums.reallocs;
    });
    const uint64_t nested_allocs = traces.totals.allocs - oracle_.allocs;
    const uint64_t nested_frees = traces.totals.frees - oracle_.frees;
    ReferenceTracker::Group& small = size_classes[ReferenceTracker::size_class(24)];
    take_off(small, nested_allocs, nested_frees);
    uint64_t by_thread = 0;
    for (auto& [thread, group] : threads) {
      const ReferenceTracker::Group& known = oracle_.threads[thread];
      ASSERT_GE(group.allocs, known.allocs);
      ASSERT_GE(group.frees, known.frees);
      by_thread += group.allocs - known.allocs;
      take_off(group, group.allocs - known.allocs, group.frees - known.frees);
    }
    EXPECT_EQ(by_thread, nested_allocs);
    const auto is_nothing = [](const auto& entry) { return entry.second == ReferenceTracker::Group{}; };
    for (auto* groups : {&threads, &size_classes, &oracle_.threads}) std::erase_if(*groups, is_nothing);
    EXPECT_EQ(difference(threads, oracle_.threads), "");
    EXPECT_EQ(difference(size_classes, oracle_.size_classes), "");
  }
  static void take_off(ReferenceTracker::Group& group, uint64_t allocs, uint64_t frees) {
    group.allocs -= allocs;
    group.alloc_bytes -= 24 * allocs;
    group.frees -= frees;
    group.freed_bytes -= 24 * frees;
  }

  static std::string to_text(const ReferenceTracker::Group& group) {
    return std::to_string(group.allocs) + " (" + std::to_string(group.alloc_bytes) + ") allocs, " +
           std::to_string(group.frees) + " (" + std::to_string(group.freed_bytes) + ") frees, " +
           std::to_string(group.reallocs) + " reallocs";
  }
  static std::string to_text(const ReferenceTracker::Block& block) {
    return "size " + std::to_string(block.size) + " thread " + std::to_string(block.thread) + " scope " +
           std::to_string(block.scope) + " depth " + std::to_string(block.stack.size()) + " born " +
           std::to_string(block.born);
  }
  static std::string to_text(const ReferenceTracker::CrossThread& cross) {
    return std::to_string(cross.frees) + " (" + std::to_string(cross.freed_bytes) + ") frees by other threads, " +
           std::to_string(cross.temporary_frees) + " (" + std::to_string(cross.temporary_bytes) +
           ") in their game frame";
  }
  static std::string to_text(const ReferenceTracker::Site& site) {
    return std::to_string(site.live_blocks) + " live of " + std::to_string(site.allocs);
  }
  // The first entry in which the two differ; empty when they are equal.
  template <class Map>
  static std::string difference(const Map& engine, const Map& oracle) {
    for (const auto& [key, value] : engine) {
      const auto found = oracle.find(key);
      if (found == oracle.end()) return place_text(key) + " only in the engine: " + to_text(value);
      if (found->second != value)
        return place_text(key) + " engine: " + to_text(value) + ", oracle: " + to_text(found->second);
    }
    for (const auto& [key, value] : oracle) {
      if (engine.count(key) == 0) return place_text(key) + " only in the oracle: " + to_text(value);
    }
    return "";
  }
  static std::string place_text(uint32_t group) { return "thread or size class " + std::to_string(group); }
  static std::string place_text(const Place& place) {
    return "domain " + std::to_string(place.first) + " address " + std::to_string(place.second);
  }
  static std::string place_text(const ReferenceTracker::SiteName& site) {
    return "site of domain " + std::to_string(std::get<0>(site)) + " scope " + std::to_string(std::get<1>(site)) +
           " depth " + std::to_string(std::get<2>(site).size());
  }

  static ReferenceTracker::Stack stack_of(const FrozenTraces& traces, const SiteKey& site) {
    return stored_pcs(*traces.tracebacks, site.traceback);
  }

  ReferenceTracker oracle_;
  std::mutex step_mutex_;
  bool serialised_ = false;
  bool exact_peak_ = false;
  std::atomic<int> wrong_heaps_ = 0;
  std::vector<std::unique_ptr<SimulatedAllocator>> allocators_;
  SharedBlocks shared_;
  DomainIndex arenas_ = 0;
  DomainIndex own_arenas_[kThreads] = {};  // one for each thread, reset without their range
  std::vector<uint32_t> scopes_;
};

TEST_F(OracleTest, ThreadsThatHandBlocksOnAgreeWithTheOracleAtEveryQuietPoint) {
  run_histories(3, kThreads, 20, 3000, false);
}

TEST_F(OracleTest, PeakOfSeveralThreadsLiesWithinItsStatedBounds) {
  run_histories(2, kThreads, 20, 1000, true);
}

TEST_F(OracleTest, PeakOfOneThreadIsExact) {
  expect_exact_peak();
  run_histories(1, 1, 30, 2000, true);
}

}  // namespace
}  // namespace heapreel::engine::testing
