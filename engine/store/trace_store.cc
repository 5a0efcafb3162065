#include "engine/store/trace_store.h"

#include <algorithm>
#include <utility>

namespace heapreel::engine {

TraceStore::TraceStore(RangePool& ranges, const ModuleTable* modules)
    : released_record_pages_(ranges),
      clock_(ranges),
      records_(clock_, record_pages_, nodes_, ranges),
      live_(clock_, live_chunks_, nodes_, ranges),
      stored_sites_(clock_, site_pages_, nodes_, ranges),
      lifetimes_(clock_, site_pages_, nodes_, ranges),
      groups_(clock_, group_pages_, nodes_, ranges),
      cross_thread_frees_(clock_, cross_thread_pages_, nodes_, ranges),
      domain_peaks_(clock_, nodes_, ranges),
      sites_(ranges),
      tracebacks_(ranges, modules),
      leases_(ranges) {}

bool TraceStore::open() {
  return records_.open(kMostPages) && live_.open(kMostPages / 4) && stored_sites_.open(StableTable<SiteKey>::kMost) &&
         lifetimes_.open(StableTable<SiteKey>::kMost + 1) && groups_.open(kMostGroups) &&
         cross_thread_frees_.open(StableTable<SiteKey>::kMost) && domain_peaks_.open() && sites_.open() &&
         tracebacks_.open();
}

void TraceStore::end_round(LeaseQueue& queue, uint32_t for_generation) {
  // With one ring, its order is the order of all events, and the running maximum is exact. With several, the sums at
  // cuts were certainly reached, and no order of the events can exceed the sum at the start plus what every ring rose
  // by itself.
  const uint64_t ceiling = round_start_ + round_rise_;
  const uint64_t certain = rings_in_round_ <= 1 ? ceiling : totals_.live_bytes;
  if (certain > totals_.peak_bytes) {
    totals_.peak_bytes = certain;
    totals_.peak_game_frame = game_frame_;
  }
  if (ceiling > totals_.peak_ceiling) totals_.peak_ceiling = ceiling;
  domain_peaks_.end_round();
  leases_.offer(queue, for_generation, [this](uint32_t page, uint64_t(&live)[2]) {
    const LiveChunk* chunk = live_.read(page >> (LiveChunk::kShift - kPageShift));
    const uint32_t word = page * (kBlocksPerPage / 64) % 8;
    live[0] = chunk->bits[word];
    live[1] = chunk->bits[word + 1];
    if (page == 0) live[0] |= 1;  // id 0 is no block
  });
}

bool TraceStore::begin_writing(uint32_t page) {
  constexpr uint32_t kPagesPerChunk = LiveChunk::kBlocks / kBlocksPerPage;
  // All pages that share their live bits with this one become known.
  if (!leases_.make_room((page | (kPagesPerChunk - 1)) + 1)) return false;
  RecordPage* records = records_.write(page);
  if (records == nullptr || !begin_writing_live(page)) return false;
  LeaseKeeper::Writing& writing = leases_.writing(page);
  writing.records = records->records;
  writing.born = std::min(records_.born(page), writing.live_born);
  return true;
}

bool TraceStore::begin_writing_live(uint32_t page) {
  constexpr uint32_t kPagesPerChunk = LiveChunk::kBlocks / kBlocksPerPage;
  const uint32_t index = page / kPagesPerChunk;
  LiveChunk* chunk = live_.write(index);
  if (chunk == nullptr) return false;
  for (uint32_t place = 0; place < kPagesPerChunk; ++place) {
    LeaseKeeper::Writing& writing = leases_.writing(index * kPagesPerChunk + place);
    writing.live = chunk->bits + place * (kBlocksPerPage / 64);
    writing.live_born = live_.born(index);
  }
  return true;
}

void TraceStore::end_writing(uint32_t page) {
  records_.release(page);
  LeaseKeeper::Writing& writing = leases_.writing(page);
  writing.records = nullptr;
  writing.born = 0;
}

void TraceStore::note_stray_free(TracebackId freed_at, uint64_t address) {
  StrayFree* const known = stray_frees_.find_or_add(freed_at);
  if (known == nullptr) return;
  if (known->count++ == 0) known->allocated_at = find_dead(address);
}

// Blocks that died in the same game frame at one address cannot be told apart by age. Then nothing is known, unless
// they were allocated at one place.
TracebackId TraceStore::find_dead(uint64_t address) const {
  constexpr uint32_t kMostPagesSeen = 8192;  // 32 MiB, some milliseconds; the newest blocks are there
  if (was_cleared_) return StrayFree::kNotKnown;
  const Record* found = nullptr;
  bool is_certain = false;
  uint32_t seen = 0;
  for (uint32_t page = leases_.room(); page-- > 0 && seen < kMostPagesSeen;) {
    const LeaseKeeper::Writing& writing = leases_.writing(page);
    if (writing.records == nullptr || writing.live == nullptr) continue;
    ++seen;
    for (uint32_t place = 0; place < kBlocksPerPage; ++place) {
      const Record& record = writing.records[place];
      const bool is_live = (writing.live[place / 64] >> (place % 64) & 1) != 0;
      if (record.address != address || is_live || record.site >= sites_.count()) continue;
      if (found != nullptr && record.born < found->born) continue;
      is_certain = found == nullptr || record.born > found->born || record.site == found->site;
      found = &record;
    }
  }
  return is_certain ? sites_.at(found->site).traceback : StrayFree::kNotKnown;
}

void TraceStore::leave_thread() {
  if (thread_sums_ != nullptr) {
    thread_sums_->allocs += totals_.allocs - entered_.allocs;
    thread_sums_->alloc_bytes += totals_.alloc_bytes - entered_.alloc_bytes;
    thread_sums_->frees += totals_.frees - entered_.frees;
    thread_sums_->freed_bytes += totals_.alloc_bytes - totals_.live_bytes - entered_.freed_bytes;
  }
  thread_ = kNoThread;
  thread_sums_ = nullptr;
  entered_ = {.allocs = totals_.allocs,
              .alloc_bytes = totals_.alloc_bytes,
              .frees = totals_.frees,
              .freed_bytes = totals_.alloc_bytes - totals_.live_bytes,
              .reallocs = 0};
}

bool TraceStore::free_of_other(const Record& record) {
  GroupSums* sums = groups_.write(group_of_thread(record.thread));
  CrossThreadFrees* cross = cross_thread_frees_.write(record.site);
  if (sums == nullptr || cross == nullptr) return false;
  sums->free(record.size);
  entered_.free(record.size);
  cross->free(record.size, record.born == game_frame_);
  return true;
}

TraceStore::FreeResult TraceStore::free_unseen(BlockId id, uint32_t check) {
  const uint64_t thread = std::exchange(thread_, kNoThread);
  const FreeResult result = free(id, check);
  thread_ = thread;
  return result;
}

FrozenTraces TraceStore::sums() const {
  FrozenTraces state;
  state.generation = generation;
  state.game_frame = game_frame_;
  state.traceback_limit = traceback_limit;
  state.totals = totals_;
  state.totals.live_blocks = totals_.allocs - totals_.frees;
  return state;
}

void TraceStore::publish_size_sums() {
  for (GroupId group = 0; group < kSizeClasses; ++group) {
    static constexpr GroupSums kNothing = {};
    const GroupSums* known = groups_.read(group);
    if (size_sums_[group] == (known == nullptr ? kNothing : *known)) continue;
    if (GroupSums* page = groups_.write(group); page != nullptr) *page = size_sums_[group];
  }
}

FrozenTraces TraceStore::freeze() {
  FrozenTraces state = sums();
  if (clock_.now == UINT32_MAX) return state;
  publish_size_sums();
  state.records = records_.freeze();
  state.live = live_.freeze();
  state.stored_sites = stored_sites_.freeze();
  state.site_lifetimes = lifetimes_.freeze();
  state.groups = groups_.freeze();
  state.cross_thread_frees = cross_thread_frees_.freeze();
  state.domain_peaks = domain_peaks_.freeze();
  state.sites = &sites_;
  state.tracebacks = &tracebacks_;
  state.site_count = sites_.count();
  state.traceback_count = tracebacks_.count();
  if (!clock_.exhausted && clock_.horizon.pin(clock_.now)) state.store_epoch = clock_.now;
  ++clock_.now;
  return state;
}

void TraceStore::add_to(OwnMemory& memory) const {
  memory.records += record_pages_.current_bytes() + live_chunks_.current_bytes() + records_.table_bytes() +
                    live_.table_bytes() + leases_.bytes_in_use();
  memory.sites += site_pages_.current_bytes() + group_pages_.current_bytes() + cross_thread_pages_.current_bytes() +
                  stored_sites_.table_bytes() + lifetimes_.table_bytes() + groups_.table_bytes() +
                  cross_thread_frees_.table_bytes() + domain_peaks_.current_bytes() + sites_.bytes_in_use();
  memory.tracebacks += tracebacks_.bytes_in_use();
  memory.frozen_copies += record_pages_.retired_bytes() + live_chunks_.retired_bytes() + site_pages_.retired_bytes() +
                          group_pages_.retired_bytes() + cross_thread_pages_.retired_bytes() +
                          domain_peaks_.retired_bytes() + nodes_.bytes_in_use() + clock_.horizon.bytes_in_use();
}

uint64_t TraceStore::bytes_in_use() const {
  OwnMemory memory;
  add_to(memory);
  return memory.total();
}

void TraceStore::clear() {
  clock_.horizon.reset();
  records_.clear();
  live_.clear();
  stored_sites_.clear();
  lifetimes_.clear();
  lifetimes_count_ = 1;
  groups_.clear();
  cross_thread_frees_.clear();
  domain_peaks_.clear();
  sites_.clear();
  tracebacks_.clear();
  leases_.clear();
  clock_.now = 1;
  clock_.exhausted = false;
  totals_ = {};
  for (GroupSums& sums : size_sums_) sums = {};
  thread_ = kNoThread;
  thread_sums_ = nullptr;
  entered_ = {};
  game_frame_ = 0;
  stray_frees_.clear();
  was_cleared_ = true;
}

}  // namespace heapreel::engine
