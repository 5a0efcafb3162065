// What a running program can show of its own memory, game frame by game frame: for a display inside of the program,
// such as <heapreel/overlay/imgui.h>.
//
//     heapreel::LiveFigures figures;                        // after heapreel::start()
//     while (running()) {
//       update(); draw();
//       HEAPREEL_GAME_FRAME();
//       figures.end_game_frame();
//       print(figures.newest().live_bytes, figures.newest().allocs);
//     }
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <heapreel/export.h>

namespace heapreel {

// What lives at the end of one game frame, and what was allocated and freed in it. A plain value of fixed size. Sizes
// are requested bytes. Names are UTF-8, end with a zero, and are cut where they are too long.
struct GameFrameFigures {
  static constexpr size_t kNameBytes = 128;
  static constexpr uint32_t kMostDomains = 12;
  static constexpr uint32_t kMostSites = 12;
  static constexpr uint32_t kMostBudgets = 16;
  static constexpr uint32_t kPast = 240;

  enum class State : uint8_t {
    kOff,      // nothing is traced, and there are no figures
    kPending,  // the first game frame is not ready: the names of functions are being read, which may take seconds
    kLive,
    kEnded,  // tracing ended by itself; the figures are those of its last moment
  };
  State state = State::kOff;
  bool is_exact = true;  // the record holds everything that happened so far: Completeness::is_exact()

  uint64_t game_frame = 0;
  // How many game frames the counts below are the sums of. Usually 1; more when figures could not be worked out in
  // time. 0 means that the counts are not known, because tracing, or the figures, began in this game frame. They are
  // then 0.
  uint32_t game_frames = 0;

  uint64_t live_blocks = 0;
  uint64_t live_bytes = 0;
  uint64_t peak_bytes = 0;  // the most live bytes so far
  uint64_t allocs = 0;      // a realloc is one of these and one of `frees`
  uint64_t alloc_bytes = 0;
  uint64_t frees = 0;
  uint64_t freed_bytes = 0;
  uint64_t tracer_bytes = 0;  // what tracing itself uses

  struct Domain {
    char name[kNameBytes];
    uint64_t live_blocks;
    uint64_t live_bytes;
    uint64_t allocs;
    uint64_t alloc_bytes;
  };
  // The domains with the most live bytes, most first, and the sum of the others.
  Domain domains[kMostDomains] = {};
  uint32_t domain_count = 0;
  uint32_t other_domains = 0;
  uint64_t other_domains_bytes = 0;

  // A place in the source: the most recent frame that is neither an allocator's nor the standard library's.
  struct Site {
    char function[kNameBytes];
    char place[kNameBytes];  // "game.cc:115", or the module and an offset
    uint64_t allocs;
    uint64_t alloc_bytes;
  };
  // The sites with the most allocations in this game frame, most first, and the sum of the others.
  Site sites[kMostSites] = {};
  uint32_t site_count = 0;
  uint32_t other_sites = 0;
  uint64_t other_sites_allocs = 0;

  // One limit of a budget that the program declared (HEAPREEL_BUDGET).
  struct Budget {
    char name[kNameBytes];
    const char* figure;  // what is limited: "allocs_per_game_frame"
    bool is_bytes;
    bool is_known;  // `value` is that of this game frame; false where the counts are not known
    uint64_t value;
    uint64_t most;  // the limit
    uint64_t game_frames_over;
    uint64_t worst;
    uint64_t worst_game_frame;

    bool is_over() const { return is_known && value > most; }
  };
  // Budgets that are or were over their limit come first; otherwise they are in the order of their declaration.
  Budget budgets[kMostBudgets] = {};
  uint32_t budget_count = 0;
  uint32_t other_budgets = 0;

  // How many allocations each of the last game frames made, oldest first. Where figures were worked out for several
  // game frames at once, their entry is the mean.
  float past_allocs[kPast] = {};
  uint32_t past_count = 0;
};

// Works out the figures of each game frame on a thread of heapreel's, whose allocations are not recorded. The program's
// thread only takes a snapshot at the end of a game frame and hands it over: it waits for nothing, allocates nothing,
// and needs about a microsecond.
//
// When heapreel's thread is behind by more than 32 game frames, for instance while it reads the names of functions for
// the first time, the next figures are the sums of several game frames.
//
// Two calls on one object must not overlap. In a forked child the calls do nothing, and the state is kOff.
class HEAPREEL_API LiveFigures {
 public:
  // Starts the thread. Throws std::system_error when the system has none to give.
  LiveFigures();
  ~LiveFigures();
  LiveFigures(const LiveFigures&) = delete;
  LiveFigures& operator=(const LiveFigures&) = delete;

  // Call it where a game frame ends, behind HEAPREEL_GAME_FRAME() or the call that shows the picture.
  void end_game_frame();

  // The newest figures that are ready, usually those of the game frame before the last one. The reference is valid
  // until the next call of newest().
  const GameFrameFigures& newest();

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace heapreel
