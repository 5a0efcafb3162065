// How long the consolidator pauses between rounds. The pauses are short enough that few events wait for the next round,
// because a requested state is frozen only when they are applied, and long enough that a program at rest hardly pays
// for rounds.
//
// While a game computes its frame, events come in bursts, many in a microsecond: pauses follow their rate. Between
// frames pauses have their usual length, because a request must still be served soon. When no event has come for longer
// than a game frame, rounds are rare.
#pragma once

#include <algorithm>
#include <cstdint>

namespace heapreel::engine {

class RoundPause {
 public:
  static constexpr uint64_t kLeastNs = 50'000;          // about what waking up costs
  static constexpr uint64_t kEventsARound = 256;        // these are applied in 5 to 20 microseconds
  static constexpr uint64_t kIdleAfterNs = 50'000'000;  // longer than most game frames

  RoundPause(uint64_t usual_ns, uint64_t idle_ns) : usual_ns_(usual_ns), idle_ns_(idle_ns) {}

  uint64_t usual_ns() const { return usual_ns_; }

  // The pause after a round that ended at `now_ns`, when `issued` events had come in all.
  uint64_t after(uint64_t issued, uint64_t now_ns) {
    const uint64_t events = issued - issued_;
    const uint64_t elapsed_ns = now_ns - round_ns_;
    issued_ = issued;
    round_ns_ = now_ns;
    if (events == 0) return now_ns - last_event_ns_ > kIdleAfterNs ? idle_ns_ : usual_ns_;
    last_event_ns_ = now_ns;
    return std::clamp(elapsed_ns * kEventsARound / events, kLeastNs, usual_ns_);
  }

 private:
  const uint64_t usual_ns_;
  const uint64_t idle_ns_;
  uint64_t issued_ = 0;
  uint64_t round_ns_ = 0;
  uint64_t last_event_ns_ = 0;
};

}  // namespace heapreel::engine
