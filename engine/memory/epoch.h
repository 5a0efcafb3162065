// The epoch word and the cut. See README.md, "The cut", for the argument; in short:
//
//   hook                                          cut (callers serialised)
//    P1 t = epoch.tag()                            S1 e = epoch.advance()
//    P2 if t != ring's tag: push EPOCH(t)          S2 full fence (inside advance)
//    P3 write event words                          S3 for each ring: c = ring.published()
//    P4 ring.commit()                              cut = events at positions < c, tagged <= e
//
// The consolidator takes cuts of its own without excluding other cut-takers. They are counted
// (TracerState::quiet_advances). It takes one only when the epoch is right behind the last cut that it knows of:
// otherwise somebody is taking a cut at this moment, and the consolidator's can wait.
//
// Complete: a hook that returned before the call is in. Exclusive: one that began after the return is not. Causally
// closed: if y is in and x happened before y then x is in, because missing x's P4 while y's P1 read <= e would need
// S3 before P4(x) before P1(y) before S1 before S3.
//
// Sync edges:
//   [epoch.tag]    value_: advance (seq_cst) -> tag. A tag says on which side of which cuts its event lies; what a
//                  cut published before advancing (a new generation) is found by re-reading with acquire.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/memory/arena_address.h"

namespace heapreel::engine {

// x86-TSO and ARMv8 forbid the cycle above with a relaxed P1, a release P4 and one fence in the cut. ISO C++ does
// not, and ThreadSanitizer knows no fences: there, and where HEAPREEL_CUT_OF_ISO_CPP asks for it, all four accesses are
// seq_cst, which needs none.
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__SANITIZE_THREAD__) && \
    !HEAPREEL_HAS_FEATURE(thread_sanitizer) && !defined(HEAPREEL_CUT_OF_ISO_CPP)
inline constexpr bool kCutUsesFence = true;
inline constexpr std::memory_order kTagOrder = std::memory_order_relaxed;  // relaxed: see kCutUsesFence
inline constexpr std::memory_order kPublishOrder = std::memory_order_release;
inline constexpr std::memory_order kPublishedOrder = std::memory_order_acquire;
#else
inline constexpr bool kCutUsesFence = false;
inline constexpr std::memory_order kTagOrder = std::memory_order_seq_cst;
inline constexpr std::memory_order kPublishOrder = std::memory_order_seq_cst;
inline constexpr std::memory_order kPublishedOrder = std::memory_order_seq_cst;
#endif

template <template <class> class Atomic = std::atomic>
class BasicEpoch {
 public:
  static constexpr uint64_t kFirst = 1;

  // P1. The tag of an event whose hook is running.
  uint64_t tag() const { return value_.load(kTagOrder); }

  // The same, and everything published before the last advance is visible.
  uint64_t tag_acquire() const {
    // [epoch.tag] acquire
    return value_.load(std::memory_order_acquire);
  }

  // Advances from exactly `e`: for what must be published with the first tag it is valid for. False: `e` is past.
  bool advance_from(uint64_t e) {
    // [epoch.tag] seq_cst; relaxed on failure: nothing happened
    if (!value_.compare_exchange_strong(e, e + 1, std::memory_order_seq_cst, std::memory_order_relaxed)) return false;
    if constexpr (kCutUsesFence) std::atomic_thread_fence(std::memory_order_seq_cst);
    return true;
  }

  // S1 and S2. Returns e: events tagged <= e are on this side of the cut, later ones are not.
  uint64_t advance() {
    // [epoch.tag] seq_cst
    const uint64_t e = value_.fetch_add(1, std::memory_order_seq_cst);
    if constexpr (kCutUsesFence) std::atomic_thread_fence(std::memory_order_seq_cst);
    return e;
  }

 private:
  Atomic<uint64_t> value_{kFirst};  // only ever grows, over stop and start too
};

using Epoch = BasicEpoch<>;

}  // namespace heapreel::engine
