// What a gate found: each limit that was kept, broken or not judged. All formats show this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <heapreel/frame.h>

#include "tools/command/console/exit_status.h"

namespace heapreel::tools {

struct GateFinding {
  enum class State : uint8_t {
    kKept,
    kOver,
    kNeverSeen,   // nothing has the name
    kNotChecked,  // no limit is known to be exceeded, but not everything could be looked at
    kGone,        // it was there before and is gone: reported, and no failure
  };

  State state = State::kKept;
  bool fails = false;   // whether this finding alone makes the gate fail
  std::string rule;     // the limit's name
  std::string name;     // whose limit it is
  std::string message;  // a sentence without the name; for a limit that was kept: the limit
  std::vector<std::string> details = {};
  std::optional<Frame> site = {};  // the call site that has most of it
  std::optional<uint64_t> value = {}, limit = {};
  std::optional<uint32_t> game_frame = {};
  uint64_t game_frames_over = 0;
  bool by_program = false;  // declared in its source
  uint32_t line = 0;        // of the file of budgets; 0: none
};

struct GateSummary {
  std::string what;  // "budgets"
  std::string text;  // "2 broken, 1 kept, over 6 game frames"
};

struct GateResult {
  std::vector<GateFinding> findings;
  std::vector<GateSummary> summaries;
  std::vector<std::string> notes;  // what else should be known, a sentence each
  bool incomplete = false;         // not everything could be looked at

  ExitStatus status() const;
  // The status of a run that nobody asked to judge: only a limit that is known to be exceeded makes it fail.
  ExitStatus status_unasked() const;
  void add(GateResult other);
};

// "over", "never seen"
const char* state_label(GateFinding::State state);

// Lines with their newlines, as `run` and `check` print them.
std::string gate_text(const GateResult& result, bool colours = false);

}  // namespace heapreel::tools
