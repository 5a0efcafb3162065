#include "engine/record/scope.h"

#include "engine/record/recorder_entry.h"
#include "engine/record/recording_end.h"

namespace heapreel::engine {

bool check_scope(uint32_t scope) {
  if (scope < g_recording->scopes->count()) return true;
  count_unrecorded();
  return false;
}

void announce_scope(Recorder* recorder) {
  if (recorder->scope == t_scope) return;
  uint64_t* words = room(recorder, 1);
  if (words == nullptr) return;  // tracing has ended; when it goes on, catch_up_with_epoch() announces the scope
  recorder->scope = t_scope;
  words[0] = event::head(EventKind::kTag) | t_scope;
  recorder->ring.commit(words + 1, 0);
}

}  // namespace heapreel::engine
