// `heapreel run --follow-forks`: starts the program, and gives an arena and a recorder to every process of its family
// that asks.
//
// This process records nothing itself and has no threads, so that it may fork at any time. It goes on until the program
// and every recorder have ended. When a signal to end comes after the program has ended, it stops following; a second
// such signal ends the recorders where they are.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "tools/command/run/child_process.h"
#include "tools/command/run/control_socket.h"
#include "tools/command/run/followed_family.h"
#include "tools/command/run/recorder_process.h"
#include "tools/command/run/reel_names.h"
#include "tools/command/run/run_options.h"
#include "tools/command/run/shared_family_page.h"
#include "tools/command/run/silent_members.h"

namespace heapreel::tools {

class FollowedRun {
 public:
  // Starts the program. Its processes ask at `control`. Throws a CommandError when it cannot be started.
  FollowedRun(const RunOptions& options, std::unique_ptr<ControlSocket> control);

  // Waits until everybody has ended.
  FollowedFamily record();

 private:
  struct Recorder {
    RecorderProcess process;
    size_t program;  // index in the family's
  };

  void wait_for_events();
  void answer_applicants();
  int arena_for(const Applicant& applicant);
  int arena_with_recorder(const Applicant& applicant);
  void count_refusal(const Applicant& applicant, uint64_t& count);
  bool start_recording(const Applicant& applicant, int arena_fd);
  void collect_reports();
  bool collect(Recorder& recorder);
  void look_after_program();
  void stop_following();
  bool waits_for_silent_members();
  void end_at_once();

  const RunOptions& options_;
  std::unique_ptr<ControlSocket> control_;
  SharedFamilyPage page_;
  const SilentMembers silent_members_;
  std::set<pid_t> asked_;                           // processes of which nothing more will come
  std::map<pid_t, uint64_t> loading_ns_;            // since when an executed program has been known that has not asked
  std::vector<SharedFamilyPage::Untraced> silent_;  // those that never asked
  size_t silent_count_ = 0;                         // when they were last looked for
  uint64_t looked_for_silent_ns_ = 0;               // 0: never
  ReelNames names_;
  const uint64_t started_ns_;
  ChildProcess first_;
  bool first_is_recorded_ = false;
  std::vector<Recorder> recorders_;
  FollowedFamily family_;
  uint64_t ended_ns_ = 0;       // the first process; 0 = it has not
  uint64_t last_event_ns_ = 0;  // when a process of the program was last heard of
  bool has_said_it_goes_on_ = false;
  bool ends_at_once_ = false;
};

}  // namespace heapreel::tools
