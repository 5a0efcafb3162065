// Drains the rings, round by round, into the trace store of the current generation. Every round is a cut; nothing
// beyond the last cut is ever applied.
//
// Works on the arena alone, with no lock of the host's libraries and no memory of the host's allocator, so that the
// same code runs on a thread of the program or in another process. Whoever runs it holds the consolidation lock.
//
// Where it is another process, the program's wild writes reach what is shared, and nothing else: the consolidator keeps
// what it knows in StoreMemory. It follows a pointer that it read from shared memory only where Arena::holds() it, uses a
// number from there only below a bound of its own, and takes no more turns than there can be events, requests or
// generations. What does not fit ends the recording (damage()): what was handed to the listener before is sound, and
// nothing is added to it.
#pragma once

#include <cstdint>

#include "engine/consolidate/ring_mirror.h"
#include "engine/consolidate/round_pause.h"
#include "engine/consolidate/tracer_state.h"
#include "engine/cut/cut.h"
#include "engine/cut/tick_clock.h"
#include "engine/memory/arena_queue.h"
#include "engine/memory/futex_lock.h"
#include "engine/store/trace_store.h"

namespace heapreel::engine {

// A state that a listener kept and no longer looks at.
struct DroppedSnapshot {
  uint32_t generation = 0;
  uint32_t store_epoch = 0;
};

// Told of what a reel is made of, in the consolidating process, in order. States are pinned until they are given back
// with Consolidator::drop(). Must not call back into the consolidator otherwise.
class CutListener {
 public:
  // A game frame ended. Return whether `state` stays pinned; then drop() it later.
  virtual bool on_game_frame(const FrozenTraces& state) = 0;
  // The program knows the game frame that ends next by this number. `game_frame` is how many are complete by now.
  virtual void on_game_frame_number(uint32_t /*game_frame*/, uint32_t /*number*/) {}
  // Asked at the end of each game frame: whether on_game_frame() is to be called, which costs a frozen state.
  virtual bool wants_game_frame() { return true; }
  // The program passed a mark. `state` is as of its cut; its store_epoch is 0 when it holds the sums alone, because nobody
  // wanted more or memory is spent. Return whether it stays pinned; then drop() it later.
  virtual bool on_mark(const char* name, const FrozenTraces& state) = 0;
  // Asked at each mark: whether on_mark() is to get the state, which then is frozen.
  virtual bool wants_mark_state() { return true; }
  // All blocks of the generation are forgotten.
  virtual void on_generation_end(const FrozenTraces& last) = 0;

 protected:
  ~CutListener() = default;
};

class Consolidator {
 public:
  explicit Consolidator(TracerState& state);
  // Whether memory for what it always needs could be had.
  bool has_memory() const { return has_memory_; }

  // Held by whoever runs a round, or looks at what belongs to its holder.
  FutexLock& lock() { return lock_; }

  // One round: queued requests in epoch order, then a cut of its own. False when another thread is at it.
  bool run_round(CutListener* listener = nullptr);

  // The same, for whoever runs one after the other: sleeps then until the next one is due, which is at once when somebody
  // begins to wait for a request.
  void run_round_and_pause(RoundPause& pace, CutListener* listener = nullptr);

  // A producer out of room lends its time: at most one round, up to the next request's cut. No-op when a round is under
  // way.
  void lend_round();

  // Where this process consolidates itself: `listener` is told of everything from the next round on, on the thread that
  // runs the rounds, in addition to what is kept without one. Waits for a round that is under way; false, and nothing
  // changed, when that takes too long.
  bool listen(CutListener& listener);
  // Tells the listener of what was asked for until now, and of nothing afterwards. `last` is the state as of then, pinned
  // until drop(); its store_epoch is 0 when there is none. False, and the listener is still told, when a round that is
  // under way takes too long.
  bool stop_listening(FrozenTraces& last);

  // A frozen state that a listener kept is no longer looked at. Any thread of the consolidating process.
  static void drop(TracerState& state, uint32_t generation, uint32_t store_epoch);

  // The state as of the last round, pinned for as long as the arena is mapped; store_epoch 0 when there is none, and
  // when shared memory was found damaged: then the last game frame is the last sound state.
  FrozenTraces last_state() const;

  // The last round, when every process that recorded into the arena is gone, wherever it was at that moment.
  void run_final_round(CutListener* listener);

  // Null while tracing is off. To be called between rounds.
  TraceStore* store_for_test() { return store_; }

  // Complete game frames so far.
  uint32_t game_frame() const { return game_frame_; }
  // Whether the clock made any of them. Of those: how many took half as long again as they should, or longer, because
  // rounds came late or took long, and how long the longest of them was; both 0 when none did.
  bool makes_game_frames() const { return made_game_frames_; }
  uint64_t late_game_frames() const { return late_game_frames_; }
  uint64_t longest_late_ns() const { return longest_late_ns_; }
  // Why tracing is over, if it is; what the shared word says is believed only as far as it makes sense.
  EndReason ended() const;
  // Sums as of the last round. Owner as all else here.
  const Totals& totals() const { return latest_; }
  uint64_t rounds() const { return rounds_; }
  // Memory of the current generation's store: records with their free slots, live bits, sites, nodes, names.
  uint64_t store_bytes() const { return store_ == nullptr ? 0 : store_->bytes_in_use(); }
  // Where frees were made of blocks that are not in the record, in the current generation. To be called between rounds.
  StrayFrees stray_frees() const { return store_ == nullptr ? StrayFrees() : store_->stray_frees(); }
  // What only the consolidator knows of the tracer's own memory. To be called between rounds.
  void add_to(OwnMemory& memory) const;
  // Bytes that copy on write has copied since the current generation began.
  uint64_t copied_bytes() const { return store_ == nullptr ? 0 : store_->copied_bytes(); }

 private:
  struct Deferred {
    BlockId block;
    uint32_t check;
    EventKind kind;
    uint32_t thread;  // that freed it, where it was seen
  };

  // What was read from shared memory is not what hooks and cut-takers write there. Ends the recording.
  [[gnu::cold, gnu::noinline]] void damage();
  // Gets to know the rings that were added, and compares the others with what is known.
  void look_at_rings();

  void round(CutListener* listener);
  void serve_requests(CutListener* listener);
  // False when memory is spent.
  bool serve(CutRequest& request, CutListener* listener);
  // How many requests wait: queue_[0] is the newest.
  uint32_t read_queue();
  bool serve_request(CutRequest* request, CutListener* listener);
  void fulfil(CutRequest* request, bool served);
  void retire_request(CutRequest* request);
  void keep_requests_ready();
  void own_cut(CutListener* listener);
  void apply_own_cut(uint64_t epoch, CutListener* listener);
  void name_threads();
  void drain_to(uint64_t epoch, uint32_t ring_count, const RingMark* marks);
  // Up to the cut of a request, in whose fields the program may be writing.
  void drain_to_cut(const CutRequest& request);
  void drain_ring(uint32_t index, uint64_t epoch, RingMark mark);
  uint64_t apply_some(RingMirror& mirror, const uint64_t* words, const uint64_t* end);
  void apply_usual(RingMirror& mirror, const uint64_t* words, const uint64_t* end);
  uint32_t apply(RingMirror& mirror, const uint64_t* words);
  // Whether the ring's next event is of the generation being stored; one may have closed since its last EPOCH.
  bool is_stored(const RingMirror& mirror) const { return mirror.generation == generation_number_; }
  void enter_epoch(RingMirror& mirror, uint64_t epoch);
  void enter_scope(RingMirror& mirror, uint64_t scope);
  void enter_thread(RingMirror& mirror, uint64_t thread);
  void apply_alloc(RingMirror& mirror, uint64_t head, uint64_t address, uint64_t size, uint64_t old_word);
  void apply_free(RingMirror& mirror, BlockId block, uint32_t check, EventKind kind);
  // False when memory is spent.
  bool settle(TraceStore::FreeResult result, BlockId block, uint32_t check, EventKind kind);
  TraceStore::FreeResult free(BlockId block, uint32_t check, EventKind kind);
  void settle_deferred();
  void define(RingMirror& mirror, const uint64_t* words);
  void apply_stray_free(const RingMirror& mirror, const uint64_t* words);
  SiteId site_of(RingMirror& mirror, RingMirror::Slot& slot, DomainIndex domain);
  RingMirror* mirror(uint32_t index);

  void make_game_frame(uint64_t now_ns, CutListener* listener);
  void end_game_frame(uint64_t time_ns, CutListener* listener);
  void tell_of_game_frame(uint64_t time_ns, CutListener* listener);
  void tell_of_mark(const CutRequest& request, uint64_t time_ns, CutListener& listener);
  void keep_or_release(const FrozenTraces& state, bool is_kept);
  void keep_peak(uint64_t time_ns);
  void drop_peak();
  void forget_peak(CutRequest& request);
  bool switch_generation(CutRequest& request, CutListener* listener);
  bool open_store(Generation* generation);
  TraceStore* store_of(uint32_t number) const;
  void recycle_if_unpinned(TraceStore* store);
  void reap_generations();
  bool is_generation(const Generation* generation) const;
  bool give_back_maps(Generation& closed);
  bool knows_generation() const;
  // Whether every ring was read to its end.
  bool is_drained() const;
  void take_back_dropped();
  void unpin(uint32_t generation, uint32_t store_epoch);
  // False when memory is spent.
  bool note_listener_pin(const FrozenTraces& state);
  // Whether it was one, and is no more.
  bool forget_listener_pin(uint32_t generation, uint32_t store_epoch);
  // Its place; listener_pin_count_ when there is none.
  uint32_t find_listener_pin(uint32_t generation, uint32_t store_epoch) const;
  void check_limits();
  void give_back_surplus(uint64_t now_ns);
  void publish_totals();
  FrozenTraces stamped(FrozenTraces frozen, uint64_t time_ns) const;

  static constexpr uint32_t kMostDeferred = 16u << 20;
  static constexpr uint32_t kKeptDeferred = 64u << 10;  // whose places keep their memory: whole pages
  static constexpr uint32_t kNoGeneration = UINT32_MAX;
  static constexpr uint32_t kMostWaiting = 2 * kMostRequests;  // and a few that were asked for when room was found

  TracerState& state_;
  FutexLock lock_;
  bool has_memory_ = false;
  CutListener* listener_ = nullptr;  // of this process; owner: lock_'s holder
  bool damaged_ = false;
  ArenaQueue<DroppedSnapshot> dropped_;  // any thread of this process puts there what it no longer looks at

  Generation* generation_ = nullptr;  // being stored; null while tracing is off
  // Of that one, as it was when it began: kNoGeneration and the last tag there is while tracing is off.
  uint32_t generation_number_ = kNoGeneration;
  uint64_t generation_first_tag_ = UINT64_MAX;
  uint64_t generations_opened_ = 0;  // and not reaped yet
  TraceStore* store_ = nullptr;
  const Generation* newest_opened_ = nullptr;
  RangePool ranges_;
  TraceStore* held_stores_ = nullptr;  // of closed generations, that snapshots still look at
  TraceStore* spare_stores_ = nullptr;

  uint32_t named_threads_ = 0;  // all before this one have their names
  CutRequest* peak_ = nullptr;  // served, never queued: the state of the highest game frame, with one reference of ours
  bool keeps_peak_ = false;
  CutRequest* last_served_ = nullptr;  // where the queue has been read up to
  CutRequest* spare_ = nullptr;        // for the next state of the highest game frame
  uint64_t known_cuts_ = 0;            // own ones, and those asked for that the queue brought
  uint32_t requests_ready_ = 0;        // for cut-takers, at least
  TickClock clock_{TickClock::now()};
  uint64_t requests_held_ = 0;    // served, and not given up by all who refer to them
  CutRequest** queue_ = nullptr;  // while the queue is served
  GrowingTable<DroppedSnapshot> listener_pins_{ranges_};
  uint32_t listener_pin_count_ = 0;
  Recorder** rings_ = nullptr;  // in the order of the registry; null: a thread is still adding its own
  uint32_t ring_count_ = 0;
  uint64_t most_words_ = 0;  // that can wait in a ring
  RingMirror** mirrors_ = nullptr;
  RingMark* marks_ = nullptr;
  Deferred* deferred_ = nullptr;
  uint32_t deferred_count_ = 0;

  uint32_t game_frame_ = 0;
  uint32_t makeshift_game_frames_ = 0;                           // of these, ended by worse sources than the one of now
  GameFrameSource game_frame_source_ = GameFrameSource::kTimer;  // the best so far
  uint64_t last_game_frame_ns_ = 0;
  bool made_game_frames_ = false;
  uint64_t late_game_frames_ = 0;
  uint64_t longest_late_ns_ = 0;
  uint64_t heartbeat_ns_ = 0;
  uint64_t last_reap_ns_ = 0;
  uint64_t last_trim_ns_ = 0;
  const Generation* reaping_before_ = nullptr;  // the generation whose predecessors are being reaped
  uint32_t rings_seen_outside_ = 0;             // of hooks, since it is the newest
  uint64_t rounds_ = 0;
  Totals latest_;
  // Counted over all generations.
  uint64_t stored_ = 0;
  uint64_t degraded_ = 0;
  uint64_t discarded_ = 0;
  uint64_t inferred_frees_ = 0;
  uint64_t mismatched_frees_ = 0;
  uint64_t issued_ = 0;
};

}  // namespace heapreel::engine
