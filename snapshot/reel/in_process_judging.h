// The one judge of this process's own budgets: who tells it what happens.
#pragma once

#include "snapshot/reel/in_process_judge.h"

namespace heapreel {

// Null where this process does not judge, as under `heapreel run`.
InProcessJudge* in_process_judge();
// A reel that this process records tells it from now on, no longer the consolidator.
void judge_by_reel();
// Tracing is about to be stopped: what is left between marks is counted now. A reel's end does that by itself.
void judge_what_is_left();
// The reel has ended: the next start() lets the consolidator tell it.
void end_judging_by_reel();

}  // namespace heapreel
