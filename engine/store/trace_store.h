// The set of live blocks of one generation, keyed by site, with sums of its history. Events may be applied in any order
// that keeps each block's birth before its death. Frozen states share everything that did not change.
//
// Owner: the holder of the consolidation lock.
#pragma once

#include <bit>
#include <cstdint>

#include "engine/memory/versioned_array.h"
#include "engine/store/domain_peaks.h"
#include "engine/store/frozen_traces.h"
#include "engine/store/lease_keeper.h"
#include "engine/store/own_memory.h"
#include "engine/store/stray_frees.h"

namespace heapreel::engine {

class TraceStore {
 public:
  struct Block {
    BlockId id;
    SiteId site;
    uint64_t address;
    uint64_t size;
    uint32_t thread;
    DomainIndex domain;  // that of the site
  };

  TraceStore(RangePool& ranges, const ModuleTable* modules);

  // False when memory or address space is spent.
  bool open();

  SiteId site(const SiteKey& key) { return sites_.intern(key); }
  TracebackTable& tracebacks() { return tracebacks_; }

  // False when memory is spent: then the block is not stored. Also false, with was_damaged(), when no thread can have
  // had that id: it is beyond expect_pages(), lives already, or was not leased.
  bool alloc(const Block& block) {
    const uint32_t page = block.id >> kPageShift;
    if (page >= leases_.room() || leases_.writing(page).born <= clock_.horizon.newest()) [[unlikely]] {
      if (page >= records_.most()) return refuse();
      if (!begin_writing(page)) return false;
    }
    StoredSite* site = stored_sites_.write(block.site);
    if (site == nullptr || thread_sums_ == nullptr) [[unlikely]]
      return false;
    const LeaseKeeper::Writing& writing = leases_.writing(page);
    uint64_t& live = writing.live[block.id / 64 % 2];
    const uint64_t bit = uint64_t{1} << (block.id % 64);
    if ((live & bit) != 0 || !leases_.on_alloc(block.id)) [[unlikely]]
      return refuse();
    live |= bit;
    writing.records[block.id % kBlocksPerPage] = {block.address, block.size,   block.site,
                                                  game_frame_,   block.thread, block.domain};
    ++site->live_blocks;
    ++site->allocs;
    site->live_bytes += block.size;
    site->alloc_bytes += block.size;
    if (site->live_bytes > site->peak_bytes) site->peak_bytes = site->live_bytes;
    size_sums_[size_class_of(block.size)].alloc(block.size);
    ++totals_.allocs;
    totals_.alloc_bytes += block.size;
    totals_.live_bytes += block.size;
    if (totals_.live_bytes > highest_) highest_ = totals_.live_bytes;
    if (block.domain != 0) domain_peaks_.alloc(block.domain, block.size);
    return true;
  }

  enum class FreeResult : uint8_t { kFreed, kNotLive, kOtherAddress, kSpent };

  // `check` is event::address_check of the block's address, or event::kAnyAddress.
  FreeResult free(BlockId id, uint32_t check) {
    const uint32_t page = id >> kPageShift;
    if (page >= leases_.room()) [[unlikely]]
      return FreeResult::kNotLive;
    const LeaseKeeper::Writing& writing = leases_.writing(page);
    const uint64_t bit = uint64_t{1} << (id % 64);
    if (writing.live == nullptr || (writing.live[id / 64 % 2] & bit) == 0) [[unlikely]]
      return FreeResult::kNotLive;
    const Record& record = writing.records[id % kBlocksPerPage];
    if (event::address_check(record.address) != check && check != event::kAnyAddress) [[unlikely]]
      return FreeResult::kOtherAddress;
    if (writing.live_born <= clock_.horizon.newest() && !begin_writing_live(page)) [[unlikely]]
      return FreeResult::kSpent;
    StoredSite* site = stored_sites_.write(record.site);
    if (site == nullptr) [[unlikely]]
      return FreeResult::kSpent;
    uint64_t* deaths = nullptr;
    if (const uint32_t age = game_frame_ - record.born; age != 0) {
      deaths = deaths_of(*site, lifetime_class(age));
      if (deaths == nullptr) [[unlikely]]
        return FreeResult::kSpent;
    }
    if (record.thread != thread_) [[unlikely]] {
      if (!free_of_other(record)) return FreeResult::kSpent;
    }
    writing.live[id / 64 % 2] &= ~bit;
    --site->live_blocks;
    site->live_bytes -= record.size;
    if (deaths != nullptr) ++*deaths;
    size_sums_[size_class_of(record.size)].free(record.size);
    ++totals_.frees;
    totals_.live_bytes -= record.size;
    if (record.domain != 0) domain_peaks_.free(record.domain, record.size);
    if (leases_.on_free(id)) [[unlikely]]
      end_writing(page);
    return FreeResult::kFreed;
  }

  // The same for a block that no thread was seen to free.
  FreeResult free_unseen(BlockId id, uint32_t check);

  // Counts a realloc to `size` bytes at `site` by the thread whose events are being applied.
  void count_realloc(SiteId site, uint64_t size) {
    ++totals_.reallocs;
    if (StoredSite* stored = stored_sites_.write(site); stored != nullptr) ++stored->reallocs;
    if (thread_sums_ != nullptr) ++thread_sums_->reallocs;
    ++size_sums_[size_class_of(size)].reallocs;
  }

  // Notes that a block was freed which is not in the record. For each place it looks once for what lay at that address.
  void note_stray_free(TracebackId freed_at, uint64_t address);
  const StrayFrees& stray_frees() const { return stray_frees_; }

  // Whether an alloc() was refused because of its id.
  bool was_damaged() const { return damaged_; }
  // Tells the store that threads can have leased only the pages below `count` so far.
  void expect_pages(uint32_t count) { records_.expect(count < kMostPages ? count : kMostPages); }

  // --- rounds and freezes -------------------------------------------------------------------------------------------

  // The thread whose events are being applied.
  uint32_t thread() const { return static_cast<uint32_t>(thread_); }

  // Stand around the events of one ring. The running maximum inside is exact for that ring alone.
  void begin_ring(uint32_t thread) {
    highest_ = ring_start_ = totals_.live_bytes;
    enter_thread(thread);
  }
  // The next events are those of `thread`. When memory is spent, births find no place. Threads that the table had no
  // room for cannot be told apart: none of them counts as the one that allocated what it frees.
  void enter_thread(uint32_t thread) {
    leave_thread();
    thread_ = thread < kMostThreads ? thread : kNoThread;
    thread_sums_ = groups_.write(group_of_thread(thread));
  }
  // The next events are of no known thread.
  void leave_thread();
  void end_ring(uint64_t events) {
    leave_thread();
    domain_peaks_.end_ring();
    if (events == 0) return;
    ++rings_in_round_;
    round_rise_ += highest_ - ring_start_;
  }
  void begin_round() {
    round_start_ = totals_.live_bytes;
    round_rise_ = 0;
    rings_in_round_ = 0;
  }
  // Computes the peak, and offers free record pages to the threads.
  void end_round(LeaseQueue& queue, uint32_t generation);

  void reset_peak() {
    totals_.peak_bytes = totals_.peak_ceiling = totals_.live_bytes;
    totals_.peak_game_frame = game_frame_;
  }
  void set_game_frame(uint32_t number) { game_frame_ = number; }
  // To be called after the state of a game frame that ended was frozen, where anybody wanted it.
  void begin_game_frame() { domain_peaks_.begin_game_frame(); }

  // Freezes the state as of the round that just ended, and pins it until release(store_epoch). store_epoch is 0 when no
  // more states can be pinned, or counted.
  FrozenTraces freeze();
  // Only the sums.
  FrozenTraces sums() const;
  void release(uint32_t store_epoch) { clock_.horizon.unpin(store_epoch); }
  uint32_t pinned() const { return clock_.horizon.count(); }

  const Totals& totals() {
    totals_.live_blocks = totals_.allocs - totals_.frees;
    return totals_;
  }
  bool counted_out() const { return clock_.now >= kMostCounted || game_frame_ >= kMostCounted; }
  // Makes the store behave as if `epoch` states had been frozen already.
  void count_from_for_test(StoreEpoch epoch) { clock_.now = epoch; }
  bool exhausted() const { return clock_.exhausted || tracebacks_.exhausted(); }
  uint64_t copied_bytes() const { return clock_.copied_bytes; }
  uint64_t bytes_in_use() const;
  void add_to(OwnMemory& memory) const;

  // Gives memory back to the system that a peak needed, and nothing since the last call.
  void trim() { record_pages_.trim(); }

  // Empties the store for another generation. No state of it may be pinned.
  void clear();

  // Prefetches what events on `id` will need.
  void prefetch(BlockId id) const { leases_.prefetch(id); }

  uint32_t generation = 0;
  uint32_t traceback_limit = 0;
  TraceStore* next = nullptr;  // link of the list of held or of spare stores

 private:
  static constexpr uint64_t kNoThread = UINT64_MAX;
  static constexpr uint32_t kMostPages = 1u << (32 - kPageShift);  // all ids

  // Where the last block that died at `address` was allocated, if its record still exists.
  TracebackId find_dead(uint64_t address) const;

  [[gnu::cold, gnu::noinline]] bool refuse() {
    damaged_ = true;
    return false;
  }

  // Copies the sums by size into pages, because a freeze shares pages. They change more often than any page does.
  void publish_size_sums();

  // Makes the records and the live bits of a page (or those bits alone) such that no pinned state sees them, and notes
  // where they are. False when memory is spent.
  bool begin_writing(uint32_t page);
  bool begin_writing_live(uint32_t page);
  // To be called when the page has no live block, and will have none soon.
  void end_writing(uint32_t page);

  // While the events of a thread are applied, they are counted in the totals only. leave_thread() then adds what the
  // totals have grown by to the thread's sums, except for blocks of other threads that it freed: free_of_other()
  // counted those.
  [[gnu::noinline]] bool free_of_other(const Record& record);

  // The counter for deaths of that lifetime, which is not 0; null when memory is spent.
  uint64_t* deaths_of(StoredSite& site, uint32_t lifetime) {
    if (lifetime < SiteLifetimes::kFirst) return &site.deaths[lifetime - 1];
    if (site.lifetimes == 0) [[unlikely]]
      site.lifetimes = lifetimes_count_++;
    SiteLifetimes* const older = lifetimes_.write(site.lifetimes);
    return older == nullptr ? nullptr : &older->deaths[lifetime - SiteLifetimes::kFirst];
  }

  static uint32_t lifetime_class(uint32_t game_frames) {
    const auto width = static_cast<uint32_t>(std::bit_width(game_frames));
    return width < SiteAggregate::kLifetimes ? width : SiteAggregate::kLifetimes - 1;
  }

  GrowingTable<ArenaRef> released_record_pages_;
  PagePool record_pages_{sizeof(RecordPage), released_record_pages_};
  PagePool live_chunks_{sizeof(LiveChunk)};
  PagePool site_pages_{sizeof(StoredSite)};  // and of SiteLifetimes
  PagePool group_pages_{sizeof(GroupSums)};
  PagePool cross_thread_pages_{sizeof(CrossThreadFrees)};
  PagePool nodes_{sizeof(RadixNode)};
  StoreClock clock_;
  VersionedArray<RecordPage> records_;
  VersionedArray<LiveChunk> live_;
  VersionedArray<StoredSite> stored_sites_;
  VersionedArray<SiteLifetimes> lifetimes_;
  uint32_t lifetimes_count_ = 1;  // 0 is none
  VersionedArray<GroupSums> groups_;
  VersionedArray<CrossThreadFrees> cross_thread_frees_;  // by site
  DomainPeaks domain_peaks_;
  SiteTable sites_;
  TracebackTable tracebacks_;
  LeaseKeeper leases_;
  Totals totals_;
  GroupSums size_sums_[kSizeClasses] = {};  // the current ones; `groups_` has those of the last freeze
  uint32_t game_frame_ = 0;
  bool damaged_ = false;
  bool was_cleared_ = false;  // then pages may hold remains of earlier generations
  StrayFrees stray_frees_;

  uint64_t thread_ = kNoThread;       // whose events are being applied
  GroupSums* thread_sums_ = nullptr;  // its page, until the next freeze
  GroupSums entered_;                 // the totals when its events began, and deaths of others' blocks since then
  uint64_t highest_ = 0;              // of live_bytes, since begin_ring
  uint64_t ring_start_ = 0;
  uint64_t round_start_ = 0;
  uint64_t round_rise_ = 0;  // the sum of the rings' rises, which no order of events can exceed
  uint32_t rings_in_round_ = 0;
};

}  // namespace heapreel::engine
