// What begins and ends with a generation: its store, and the memory of its maps.
#include "engine/consolidate/consolidator.h"
#include "engine/memory/platform.h"
#include "engine/memory/read_once.h"
#include "engine/record/recording_end.h"

namespace heapreel::engine {

bool Consolidator::switch_generation(CutRequest& request, CutListener* listener) {
  if (generation_ != nullptr && listener != nullptr) {
    listener->on_generation_end(stamped(store_->sums(), clock_.ns_at(request.ticks)));
  }
  drop_peak();
  keeps_peak_ = state_.options.keep_peak;
  Generation* const opens = read_once(request.opens);
  if (opens != nullptr && !is_generation(opens)) {
    damage();
    return false;
  }
  generation_ = opens;
  if (TraceStore* closed = store_; closed != nullptr) {
    store_ = nullptr;
    closed->next = held_stores_;
    held_stores_ = closed;
    recycle_if_unpinned(closed);
  }
  bool opened = true;
  if (generation_ != nullptr) {
    newest_opened_ = generation_;
    ++generations_opened_;
    opened = open_store(generation_);
    if (!opened) {
      generation_ = nullptr;
      end_tracing(EndReason::kMemory);
    }
  }
  generation_number_ = generation_ == nullptr ? kNoGeneration : store_->generation;
  // relaxed: see Generation::first_tag
  generation_first_tag_ = generation_ == nullptr ? UINT64_MAX : generation_->first_tag.load(std::memory_order_relaxed);
  publish_totals();
  return opened;
}

bool Consolidator::open_store(Generation* generation) {
  TraceStore* store = spare_stores_;
  if (store == nullptr) store = StoreMemory::make<TraceStore>(ranges_, state_.modules);
  if (store == nullptr) return false;
  if (store == spare_stores_) spare_stores_ = store->next;
  if (!store->open()) {
    store->clear();
    store->next = spare_stores_;
    spare_stores_ = store;
    return false;
  }
  store->generation = generation->number;
  store->traceback_limit = generation->traceback_limit;
  store->set_game_frame(game_frame_);
  store_ = store;
  return true;
}

// Null when nobody holds a state of that generation.
TraceStore* Consolidator::store_of(uint32_t number) const {
  if (store_ != nullptr && store_->generation == number) return store_;
  TraceStore* store = held_stores_;
  while (store != nullptr && store->generation != number) store = store->next;
  return store;
}

// The store of an ended generation is given back once nobody looks at it.
void Consolidator::recycle_if_unpinned(TraceStore* store) {
  if (store == store_ || store->pinned() != 0) return;
  TraceStore** link = &held_stores_;
  while (*link != store) link = &(*link)->next;
  *link = store->next;
  store->clear();
  store->next = spare_stores_;
  spare_stores_ = store;
}

void Consolidator::reap_generations() {
  constexpr uint64_t kEveryNs = 10'000'000;
  // relaxed: opened under the cut lock; a late look is made up for next time
  Generation* newest = state_.generation.load(std::memory_order_relaxed);
  if (newest == nullptr || newest != newest_opened_) return;
  // relaxed: written here only
  Generation* closed = newest->previous.load(std::memory_order_relaxed);
  if (closed == nullptr) return;
  const uint64_t now = platform::monotonic_ns();
  if (now - last_reap_ns_ < kEveryNs) return;
  last_reap_ns_ = now;
  // A hook that began before the fence shows in `inside`; one that begins after it sees the tag of the newest
  // generation. So each recorder must be seen outside of hooks once. They may never all be outside at the same time.
  if (reaping_before_ != newest) {
    if (!platform::process_fence()) return;
    reaping_before_ = newest;
    rings_seen_outside_ = 0;
  }
  for (; rings_seen_outside_ < ring_count_; ++rings_seen_outside_) {
    const Recorder* recorder = rings_[rings_seen_outside_];
    // [recorder.inside] acquire
    if (recorder != nullptr && recorder->inside.load(std::memory_order_acquire) == Recorder::kInHook) return;
  }
  reaping_before_ = nullptr;
  // relaxed: nobody follows it any more
  newest->previous.store(nullptr, std::memory_order_relaxed);
  while (closed != nullptr) {
    // The newest generation is one of those that were opened.
    if (generations_opened_ <= 1 || !is_generation(closed) || !give_back_maps(*closed)) return damage();
    --generations_opened_;
    // relaxed: as above
    Generation* older = closed->previous.load(std::memory_order_relaxed);
    closed->become_spare();
    state_.spare_generations->put(closed);
    closed = older;
  }
}

bool Consolidator::is_generation(const Generation* generation) const {
  return Arena::holds(generation) && generation->number != 0 && generation->number != kNoGeneration;
}

// False when a pointer to the maps leads elsewhere.
bool Consolidator::give_back_maps(Generation& closed) {
  bool sound = true;
  for (const auto& slot : closed.maps) {
    // relaxed: nobody else uses the map any more
    BlockMap* map = slot.load(std::memory_order_relaxed);
    if (map == nullptr) continue;
    if (!Arena::holds(map)) return false;
    map->for_each_region([&](BlockMap::Entry* region, uintptr_t) {
      if (!Arena::holds(region, BlockMap::kRegionEntries)) {
        sound = false;
        return;
      }
      Arena::release(region, BlockMap::kRegionBytes);
      state_.spare_regions->put(region);
    });
    Arena::release(map, sizeof(BlockMap));
  }
  if (DenseMap* dense = closed.dense_map(); dense != nullptr) {
    if (!Arena::holds(dense)) return false;
    sound = dense->clear([this](void* chunk) { state_.spare_regions->put(chunk); }) && sound;
  }
  sound = closed.large.clear() && sound;
  if (BlockHashTable* odd = closed.block_hash_table(); odd != nullptr) {
    sound = Arena::holds(odd) && odd->clear() && sound;
  }
  return sound;
}

void Consolidator::add_to(OwnMemory& memory) const {
  if (store_ != nullptr) store_->add_to(memory);
  for (const TraceStore* store = held_stores_; store != nullptr; store = store->next) store->add_to(memory);
  for (const TraceStore* store = spare_stores_; store != nullptr; store = store->next) store->add_to(memory);
  for (uint32_t index = 0; index < ring_count_; ++index) {
    if (mirrors_[index] != nullptr) memory.threads += sizeof(RingMirror);
  }
}

}  // namespace heapreel::engine
