// Wild writes of a program into the memory that it shares with its recording, each where it hurts.
#pragma once

#include <cstring>
#include <functional>
#include <vector>

#include "engine/consolidate/tracer_state.h"

namespace heapreel::testing {

using engine::Arena;
using engine::TracerState;

inline constexpr size_t kCanaryBytes = 64 << 10;
inline std::byte* g_canary = nullptr;  // memory of the recording alone, which scribbles name

template <class Tag, typename Tag::Type kMember>
struct Reached {
  friend typename Tag::Type member_of(Tag) { return kMember; }
};
struct Published {
  using Type = std::atomic<uint64_t> engine::EventRing::*;
  friend Type member_of(Published);
};
template struct Reached<Published, &engine::EventRing::published_>;
struct Slots {
  using Type = std::atomic<engine::Recorder*> (engine::RingRegistry::*)[engine::RingRegistry::kMost];
  friend Type member_of(Slots);
};
template struct Reached<Slots, &engine::RingRegistry::slots_>;
struct Taken {
  using Type = std::atomic<uint32_t> engine::RingRegistry::*;
  friend Type member_of(Taken);
};
template struct Reached<Taken, &engine::RingRegistry::count_>;
struct FullList {
  using Type = std::atomic<uint64_t> engine::LeaseQueue::*;
  friend Type member_of(FullList);
};
template struct Reached<FullList, &engine::LeaseQueue::full_>;

struct Aimed {
  const char* name;
  bool is_noticed;  // it must not pass as complete
  std::function<void(TracerState& state)> scribble;
};

inline void for_each_recorder(TracerState& state, const std::function<void(engine::Recorder&)>& visit) {
  for (uint32_t index = 0; index < state.rings->count(); ++index) {
    if (engine::Recorder* recorder = state.rings->at(index); recorder != nullptr) visit(*recorder);
  }
}

inline std::atomic<uint64_t>& published(engine::Recorder& recorder) {
  return recorder.ring.*member_of(Published{});
}

inline void add_words(engine::Recorder& recorder, uint64_t words) {
  published(recorder).fetch_add(words, std::memory_order_relaxed);
}

// A request as a cut-taker queues it, but for what `change` does to it.
inline void queue(TracerState& state, const std::function<void(engine::CutRequest&)>& change) {
  auto* request = Arena::make<engine::CutRequest>();
  request->link = state.newest_request.load(std::memory_order_relaxed);
  change(*request);
  state.newest_request.store(request, std::memory_order_relaxed);
}

template <class T>
T* canary_as() {
  return reinterpret_cast<T*>(g_canary + 4096);
}

inline const std::vector<Aimed>& aimed_writes() {
  static const std::vector<Aimed> kAll = {
      {"a segment leads to itself, and much is published", true,
       [](TracerState& state) {
         for_each_recorder(state, [](engine::Recorder& recorder) {
           engine::Segment* first = recorder.ring.first_segment();
           if (first == nullptr) return;
           std::memset(first->words, 0, sizeof first->words);
           first->next = first;
           add_words(recorder, uint64_t{1} << 46);
         });
       }},
      {"a segment leads to itself, and some is published", true,
       [](TracerState& state) {
         for_each_recorder(state, [](engine::Recorder& recorder) {
           engine::Segment* first = recorder.ring.first_segment();
           if (first == nullptr) return;
           std::memset(first->words, 0, sizeof first->words);
           first->next = first;
           add_words(recorder, 100'000);
         });
       }},
      {"far ahead", true,
       [](TracerState& state) {
         for_each_recorder(state, [](engine::Recorder& recorder) { add_words(recorder, uint64_t{1} << 40); });
       }},
      {"a little ahead", true,
       [](TracerState& state) {
         for_each_recorder(state, [](engine::Recorder& recorder) { add_words(recorder, 50); });
       }},
      {"a segment leads into the recording's memory", true,
       [](TracerState& state) {
         for_each_recorder(state, [](engine::Recorder& recorder) {
           engine::Segment* first = recorder.ring.first_segment();
           if (first == nullptr) return;
           std::memset(first->words, 0, sizeof first->words);
           first->next = canary_as<engine::Segment>();
           add_words(recorder, 100);
         });
       }},
      {"a slot of the registry vanishes", true,
       [](TracerState& state) {
         for (uint32_t index = 0; index < state.rings->count(); ++index) {
           (state.rings->*member_of(Slots{}))[index].store(nullptr, std::memory_order_relaxed);
         }
       }},
      {"a slot leads into the recording's memory", true,
       [](TracerState& state) {
         (state.rings->*member_of(Slots{}))[0].store(canary_as<engine::Recorder>(), std::memory_order_relaxed);
       }},
      {"a slot more than there are leads nowhere", true,
       [](TracerState& state) {
         const uint32_t count = state.rings->count();
         (state.rings->*member_of(Slots{}))[count].store(reinterpret_cast<engine::Recorder*>(0x4141414141414140),
                                                         std::memory_order_relaxed);
         (state.rings->*member_of(Taken{})).store(count + 1, std::memory_order_relaxed);
       }},
      {"fewer rings", true,
       [](TracerState& state) { (state.rings->*member_of(Taken{})).store(0, std::memory_order_relaxed); }},
      {"a request's link leads to itself", true,
       [](TracerState& state) { queue(state, [](engine::CutRequest& request) { request.link = &request; }); }},
      {"a request in the recording's memory", true,
       [](TracerState& state) {
         state.newest_request.store(canary_as<engine::CutRequest>(), std::memory_order_relaxed);
       }},
      {"no requests at all", true,
       [](TracerState& state) { state.newest_request.store(nullptr, std::memory_order_relaxed); }},
      {"a request with more rings than there can be", true,
       [](TracerState& state) { queue(state, [](engine::CutRequest& request) { request.ring_count = UINT32_MAX; }); }},
      {"a request of no known kind", true,
       [](TracerState& state) {
         queue(state, [](engine::CutRequest& request) { request.kind = static_cast<engine::CutKind>(77); });
       }},
      {"a game frame that nobody known ended", true,
       [](TracerState& state) {
         queue(state, [](engine::CutRequest& request) {
           request.kind = engine::CutKind::kGameFrame;
           request.source = static_cast<engine::GameFrameSource>(77);
         });
       }},
      {"a dropped request leads to itself", true,
       [](TracerState& state) {
         auto* request = Arena::make<engine::CutRequest>();
         request->next_dropped = request;
         state.dropped_requests.store(request, std::memory_order_relaxed);
       }},
      {"a dropped request in the recording's memory", true,
       [](TracerState& state) {
         state.dropped_requests.store(canary_as<engine::CutRequest>(), std::memory_order_relaxed);
       }},
      {"the program gives up what the reel's writer looks at", true,
       [](TracerState& state) {
         for (uint32_t epoch = 1; epoch < 40; ++epoch) {
           auto* request = Arena::make<engine::CutRequest>();
           request->kind = engine::CutKind::kSnapshot;
           request->frozen.generation = state.generation.load(std::memory_order_relaxed)->number;
           request->frozen.store_epoch = epoch;
           request->next_dropped = state.dropped_requests.load(std::memory_order_relaxed);
           state.dropped_requests.store(request, std::memory_order_relaxed);
         }
       }},
      {"a generation leads to itself", false,
       [](TracerState& state) {
         engine::Generation* generation = state.generation.load(std::memory_order_relaxed);
         generation->previous.store(generation, std::memory_order_relaxed);
       }},
      {"a generation's maps lie in the recording's memory", false,
       [](TracerState& state) {
         engine::Generation* generation = state.generation.load(std::memory_order_relaxed);
         if (engine::Generation* closed = generation->previous.load(std::memory_order_relaxed); closed != nullptr) {
           for (auto& map : closed->maps) map.store(canary_as<engine::BlockMap>(), std::memory_order_relaxed);
           closed->dense.store(canary_as<engine::DenseMap>(), std::memory_order_relaxed);
         }
       }},
      {"a generation's maps lie over what the recording has a copy of", false,
       [](TracerState& state) {
         engine::Generation* generation = state.generation.load(std::memory_order_relaxed);
         if (engine::Generation* closed = generation->previous.load(std::memory_order_relaxed); closed != nullptr) {
           for (auto& map : closed->maps)
             map.store(reinterpret_cast<engine::BlockMap*>(&state), std::memory_order_relaxed);
           closed->dense.store(reinterpret_cast<engine::DenseMap*>(&state), std::memory_order_relaxed);
         }
       }},
      {"the root leads nowhere", false,
       [](TracerState&) {
         Arena::header()->root.store(reinterpret_cast<void*>(0x4242424242424240), std::memory_order_relaxed);
       }},
      {"the arena's ends", true,
       [](TracerState&) { Arena::header()->ends.store(0xffff'ffff'ffff'0000, std::memory_order_relaxed); }},
      {"the arena's account", true,
       [](TracerState&) { Arena::header()->accounted.store(UINT64_MAX / 2, std::memory_order_relaxed); }},
      {"why tracing ended", true,
       [](TracerState& state) { state.ended.store(static_cast<engine::EndReason>(1234), std::memory_order_relaxed); }},
      {"a list of what is handed over", false,
       [](TracerState& state) { (state.leases->*member_of(FullList{})).store(UINT64_MAX, std::memory_order_relaxed); }},
      {"names without an end", false,
       [](TracerState& state) {
         for (uint32_t place = 0; place < state.threads->count(); ++place) {
           const auto* entry = state.threads->at(place);
           if (entry != nullptr) std::memset(const_cast<char*>(entry->text), 'A', sizeof entry->text);
         }
       }},
      {"a module's path and build-id", false,
       [](TracerState& state) {
         for (uint32_t place = 0; place < state.modules->count(); ++place) {
           auto* module = const_cast<engine::ModuleTable::Instance*>(state.modules->instance(place));
           if (module == nullptr) continue;
           module->path_at = module->path_size = UINT32_MAX / 2;
           module->build_id_size = UINT32_MAX;
         }
       }},
      {"all of a mebibyte", true,
       [](TracerState& state) {
         std::byte* const begin = reinterpret_cast<std::byte*>(&state) + engine::kConstantsBytes;
         std::memset(begin, 0, 1 << 20);
       }},
      {"what a segment begins with", true,
       [](TracerState& state) {
         for_each_recorder(state, [](engine::Recorder& recorder) {
           engine::Segment* first = recorder.ring.first_segment();
           if (first != nullptr) std::memset(first->words, 0x5e, 64 * sizeof(uint64_t));
         });
       }},
  };
  return kAll;
}

}  // namespace heapreel::testing
