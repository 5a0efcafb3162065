// Records a reel while the tracer runs: takes each game frame's frozen state from the consolidator and writes it on a
// thread of its own.
//
// The consolidator does not wait for the disk, unless it is told to be patient. When the writer falls behind, the
// oldest states of game frames in the queue are dropped: their game frames keep their sums and are merged into the next
// one that is written. A mark that finds as many states of marks in the queue keeps its sums alone.
//
// It runs in the process that consolidates: `heapreel run`, which maps the traced process's arena, or the traced
// process itself. One thread calls the methods of the listener, with the consolidation lock held. They only queue.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/consolidate/consolidator.h"
#include "snapshot/budget/game_frame_watch.h"
#include "snapshot/reel/write/reel_writer.h"

namespace heapreel {

// The listener's methods are called by one thread, with the consolidation lock held. They only queue.
class ReelRecorder final : public engine::CutListener {
 public:
  static constexpr size_t kMostQueuedStates = 16;
  enum class Writes : uint8_t { kAnotherProcess, kThisProcess };

  // `writer` is open already. At most `most_queued_states` states of game frames wait to be written, and as many of
  // marks. `watch`, which may be null, sees what is written, on the writing thread; after finish() the caller may use it
  // again. `patience_ms` is how long one state waits for room in the queue before another one is dropped for it; the
  // program may have to wait meanwhile. What the writing thread allocates in the traced process is not recorded, and no
  // signal is handled there.
  ReelRecorder(engine::TracerState& tracer, ReelWriter& writer, size_t most_queued_states = kMostQueuedStates,
               GameFrameWatch* watch = nullptr, uint32_t patience_ms = 0, Writes writes = Writes::kAnotherProcess);
  // Writes what is queued; the reel has no end then.
  ~ReelRecorder();

  bool on_game_frame(const engine::FrozenTraces& state) override;
  void on_game_frame_number(uint32_t game_frame, uint32_t number) override;
  bool on_mark(const char* name, const engine::FrozenTraces& state) override;
  bool wants_mark_state() override;
  void on_generation_end(const engine::FrozenTraces& last) override;

  // Writes what is queued, then `last` as the last state, then the end. `last` still belongs to the caller; it is null
  // when nothing is traced at the end. No method of the listener may be called any more. Returns the first thing that
  // went wrong, or an empty text.
  std::string finish(const engine::FrozenTraces* last, const ReelEnd& end);

  // Game frames that were merged so far. Any thread.
  uint64_t merged() const;
  // Processor time of the writing thread in nanoseconds; only after finish().
  uint64_t writing_ns() const { return writing_ns_; }

 private:
  struct Item {
    enum class Kind : uint8_t { kState, kSums, kNumber, kMark, kGenerationEnd };

    Kind kind;
    engine::FrozenTraces state;  // pinned for kState, and for kMark where its store_epoch is not 0
    std::string name;            // kMark
    uint32_t number = 0;         // kNumber, of the game frame before which state.game_frame are complete
    std::vector<RecordedDomainPeak> peaks = {};  // kSums
  };

  static bool is_mark_state(const Item& item);
  void push(Item item);
  void wait_for_room(std::unique_lock<std::mutex>& lock, const size_t& queued);
  void let_go_of_oldest_state();
  void drop(const engine::FrozenTraces& state);
  void forget_marked();
  void forget_written();
  void run();
  std::thread start_thread(Writes writes);
  void write(const Item& item);
  void note(std::string error);
  void stop_thread();

  engine::TracerState& tracer_;
  ReelWriter& writer_;
  const size_t most_queued_states_;
  GameFrameWatch* const watch_;
  const std::chrono::milliseconds patience_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable has_room_;
  std::deque<Item> queue_;
  size_t queued_states_ = 0;  // of game frames
  size_t queued_mark_states_ = 0;
  uint64_t merged_ = 0;
  bool waited_in_vain_ = false;
  bool stopping_ = false;

  // Owner: the writing thread; after it has ended, finish().
  engine::FrozenTraces written_;  // the state written last, pinned while the next may be compared with it
  bool has_written_ = false;
  engine::FrozenTraces marked_;  // likewise of the last mark since then
  bool has_marked_ = false;
  std::string first_error_;
  uint64_t writing_ns_ = 0;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace heapreel
