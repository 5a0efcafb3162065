// A program with all the processes it made, as `heapreel run --follow-forks` recorded them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "tools/command/run/recorder_process.h"
#include "tools/command/run/shared_family_page.h"
#include "tools/command/text/ending.h"

namespace heapreel::tools {

// One recording: a process from its start, or from an exec, to its end or to the next exec.
struct FollowedProgram {
  pid_t process = 0;
  pid_t parent = 0;
  std::string program;             // its file
  std::vector<std::string> words;  // of its command line
  std::string reel;
  std::optional<RecorderReport> report;  // empty when its recorder died
  std::string recorder_death;            // how it died
};

struct FollowedFamily {
  // How many processes that asked were not followed, by reason.
  struct Refusals {
    uint64_t over_limit = 0;  // more than --max-children
    uint64_t at_once = 0;     // more than can be recorded at the same time
    uint64_t gave_up = 0;     // waited for too long
    uint64_t failed = 0;      // no memory, process or descriptor for their recorder
    uint64_t too_late = 0;    // following had been stopped

    uint64_t all() const { return over_limit + at_once + gave_up + failed + too_late; }
  };

  std::vector<std::string> words;  // of the first program's command line
  pid_t process = 0;
  Ending ending;  // the first process's
  double seconds = 0;
  std::vector<FollowedProgram> programs;  // in the order of their starts
  Refusals refusals;
  std::vector<SharedFamilyPage::Untraced> untraced;  // programs that cannot be recorded
  uint64_t untraced_without_room = 0;                // more of these, of which only the number is known
  std::vector<SharedFamilyPage::NotAsked> not_asked;
  uint64_t max_children = 0;
  bool stopped_following = false;
  bool could_not_look = false;      // it could not look for processes that had not asked when the others had ended
  bool first_was_recorded = false;  // false: it did not ask, or was refused

  // Whether everything that the family did is in reels.
  bool is_complete() const;
};

// What the run says at its end, lines with their newlines.
std::string family_text(const FollowedFamily& family);

}  // namespace heapreel::tools
