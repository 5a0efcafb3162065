// Drains the rings, round by round, into the trace store of the current generation. Every round is a cut. Nothing
// beyond the last cut is ever applied.
//
// It uses only the arena, no lock of the host's libraries and no memory of the host's allocator, so that the same code
// runs on a thread of the program or in another process. Whoever runs it holds the consolidation lock.
//
// Where it runs in another process, wild writes of the program reach only the shared memory. The consolidator keeps
// what it knows in StoreMemory. It follows a pointer that it read from shared memory only when Arena::holds() accepts
// it, uses a number from there only below a bound of its own, and takes no more turns than there can be events,
// requests or generations. When something does not fit, the recording ends (damage()): what the listener got before is
// sound, and nothing is added to it.
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

// A state that a listener kept and no longer needs.
struct DroppedSnapshot {
  uint32_t generation = 0;
  uint32_t store_epoch = 0;
};

// Gets, in order, everything that a reel is made of, in the consolidating process. States stay pinned until they are
// given back by Consolidator::drop(). The listener must not call any other function of the consolidator.
class CutListener {
 public:
  // A game frame ended. Returns whether `state` stays pinned; the listener must then drop() it later.
  virtual bool on_game_frame(const FrozenTraces& state) = 0;
  // The program knows the game frame that ends next by `number`. `game_frame` is how many are complete by now.
  virtual void on_game_frame_number(uint32_t /*game_frame*/, uint32_t /*number*/) {}
  // Asked at the end of each game frame: whether to call on_game_frame(), which costs a frozen state.
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
  // Whether there was memory for everything that it always needs.
  bool has_memory() const { return has_memory_; }

  // The consolidation lock: held by whoever runs a round, or looks at what its holder owns.
  FutexLock& lock() { return lock_; }

  // Runs one round: serves the queued requests in the order of epochs, then takes a cut of its own. False when another
  // thread is running one.
  bool run_round(CutListener* listener = nullptr);

  // The same for a thread that runs one round after the other: it then sleeps until the next one is due, or until
  // somebody begins to wait for a request.
  void run_round_and_pause(RoundPause& pace, CutListener* listener = nullptr);

  // A producer without room lends its time: at most one round, up to the cut of the next request. Does nothing when a
  // round is under way.
  void lend_round();

  // Where this process consolidates itself: from the next round on `listener` is told of everything, on the thread that
  // runs the rounds. It comes in addition to what is kept without a listener. Waits for a round that is under way;
  // false, and nothing has changed, when that takes too long.
  bool listen(CutListener& listener);
  // Tells the listener of everything that was requested until now, and of nothing afterwards. `last` is the state as of
  // then, pinned until drop(); its store_epoch is 0 when there is none. False when a round that is under way takes too
  // long: the listener is then still told.
  bool stop_listening(FrozenTraces& last);

  // Gives back a frozen state that a listener kept. Any thread of the consolidating process.
  static void drop(TracerState& state, uint32_t generation, uint32_t store_epoch);

  // The state as of the last round, pinned for as long as the arena is mapped. Its store_epoch is 0 when there is none,
  // and when shared memory was found damaged: then the last game frame is the last sound state.
  FrozenTraces last_state() const;

  // Runs the last round, when every process that recorded into the arena is gone, wherever in its code it ended.
  void run_final_round(CutListener* listener);

  // Null while tracing is off. Call it between rounds.
  TraceStore* store_for_test() { return store_; }

  // Complete game frames so far.
  uint32_t game_frame() const { return game_frame_; }
  // Whether the timer ended any of these game frames. Of those: how many took half as long again as they should, or
  // longer, because rounds came late or took long, and how long the longest of them was. Both are 0 when none did.
  bool makes_game_frames() const { return made_game_frames_; }
  uint64_t late_game_frames() const { return late_game_frames_; }
  uint64_t longest_late_ns() const { return longest_late_ns_; }
  // Why tracing ended, if it has. The shared word that says so is believed only where it makes sense.
  EndReason ended() const;
  // Sums as of the last round. Owner: as everything else here.
  const Totals& totals() const { return latest_; }
  uint64_t rounds() const { return rounds_; }
  // Memory of the current generation's store: records with their free slots, live bits, sites, nodes, names.
  uint64_t store_bytes() const { return store_ == nullptr ? 0 : store_->bytes_in_use(); }
  // Where blocks were freed that are not in the record, in the current generation. Call it between rounds.
  StrayFrees stray_frees() const { return store_ == nullptr ? StrayFrees() : store_->stray_frees(); }
  // Adds what only the consolidator knows of the tracer's own memory. Call it between rounds.
  void add_to(OwnMemory& memory) const;
  // Bytes that were copied on writes since the current generation began.
  uint64_t copied_bytes() const { return store_ == nullptr ? 0 : store_->copied_bytes(); }

 private:
  struct Deferred {
    BlockId block;
    uint32_t check;
    EventKind kind;
    uint32_t thread;  // the thread that freed it, where that was seen
  };

  // To be called when shared memory holds what hooks and cut-takers never write there. Ends the recording.
  [[gnu::cold, gnu::noinline]] void damage();
  // Takes in the rings that were added, and compares the others with what is known of them.
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
  // Drains up to the cut of a request, into whose fields the program may be writing.
  void drain_to_cut(const CutRequest& request);
  void drain_ring(uint32_t index, uint64_t epoch, RingMark mark);
  uint64_t apply_some(RingMirror& mirror, const uint64_t* words, const uint64_t* end);
  void apply_usual(RingMirror& mirror, const uint64_t* words, const uint64_t* end);
  uint32_t apply(RingMirror& mirror, const uint64_t* words);
  // Whether the ring's next event is of the generation that is being stored; one may have ended since the ring's last
  // EPOCH.
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
  // Whether it was pinned for the listener; it no longer is.
  bool forget_listener_pin(uint32_t generation, uint32_t store_epoch);
  // The place of the pin; listener_pin_count_ when there is none.
  uint32_t find_listener_pin(uint32_t generation, uint32_t store_epoch) const;
  void check_limits();
  void give_back_surplus(uint64_t now_ns);
  void publish_totals();
  FrozenTraces stamped(FrozenTraces frozen, uint64_t time_ns) const;

  static constexpr uint32_t kMostDeferred = 16u << 20;
  static constexpr uint32_t kKeptDeferred = 64u << 10;  // entries that keep their memory: whole pages
  static constexpr uint32_t kNoGeneration = UINT32_MAX;
  static constexpr uint32_t kMostWaiting = 2 * kMostRequests;  // some may find room at the same moment

  TracerState& state_;
  FutexLock lock_;
  bool has_memory_ = false;
  CutListener* listener_ = nullptr;  // of this process; owner: lock_'s holder
  bool damaged_ = false;
  ArenaQueue<DroppedSnapshot> dropped_;  // states that threads of this process no longer need

  Generation* generation_ = nullptr;  // being stored; null while tracing is off
  // Its figures when it began; kNoGeneration and the largest tag while tracing is off.
  uint32_t generation_number_ = kNoGeneration;
  uint64_t generation_first_tag_ = UINT64_MAX;
  uint64_t generations_opened_ = 0;  // and not taken back yet
  TraceStore* store_ = nullptr;
  const Generation* newest_opened_ = nullptr;
  RangePool ranges_;
  TraceStore* held_stores_ = nullptr;  // of ended generations at which snapshots still look
  TraceStore* spare_stores_ = nullptr;

  uint32_t named_threads_ = 0;  // all before this one have their names
  // The state of the highest game frame. It is never queued; the consolidator holds one reference.
  CutRequest* peak_ = nullptr;
  bool keeps_peak_ = false;
  CutRequest* last_served_ = nullptr;  // how far the queue has been read
  CutRequest* spare_ = nullptr;        // for the next state of the highest game frame
  uint64_t known_cuts_ = 0;            // the consolidator's own, and those of requests that the queue brought
  uint32_t requests_ready_ = 0;        // the least number of spare requests for cut-takers
  TickClock clock_{TickClock::now()};
  uint64_t requests_held_ = 0;    // served, and still referred to
  CutRequest** queue_ = nullptr;  // used while the queue is served
  GrowingTable<DroppedSnapshot> listener_pins_{ranges_};
  uint32_t listener_pin_count_ = 0;
  Recorder** rings_ = nullptr;  // in the order of the registry; null: a thread is still adding its own
  uint32_t ring_count_ = 0;
  uint64_t most_words_ = 0;  // the most words that can wait in a ring
  RingMirror** mirrors_ = nullptr;
  RingMark* marks_ = nullptr;
  Deferred* deferred_ = nullptr;
  uint32_t deferred_count_ = 0;

  uint32_t game_frame_ = 0;
  uint32_t makeshift_game_frames_ = 0;  // of these, ended by worse sources than the current one
  GameFrameSource game_frame_source_ = GameFrameSource::kTimer;  // the best so far
  uint64_t last_game_frame_ns_ = 0;
  bool made_game_frames_ = false;
  uint64_t late_game_frames_ = 0;
  uint64_t longest_late_ns_ = 0;
  uint64_t heartbeat_ns_ = 0;
  uint64_t last_reap_ns_ = 0;
  uint64_t last_trim_ns_ = 0;
  const Generation* reaping_before_ = nullptr;  // the generation whose predecessors are being taken back
  uint32_t rings_seen_outside_ = 0;             // rings seen outside of hooks since it is the newest
  uint64_t rounds_ = 0;
  Totals latest_;
  // Counts over all generations.
  uint64_t stored_ = 0;
  uint64_t degraded_ = 0;
  uint64_t discarded_ = 0;
  uint64_t inferred_frees_ = 0;
  uint64_t mismatched_frees_ = 0;
  uint64_t issued_ = 0;
};

}  // namespace heapreel::engine
