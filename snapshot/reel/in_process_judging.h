// Which part of heapreel tells this process's judge of budgets what happens: the consolidator, or the writer of a reel.
#pragma once

#include "snapshot/reel/in_process_judge.h"

namespace heapreel {

// The judge. Null where this process does not judge, as under `heapreel run`.
InProcessJudge* in_process_judge();
// From now on the writer of a reel tells the judge, and no longer the consolidator.
void judge_by_reel();
// To be called before tracing stops: judges what is left between marks. When a reel ends, its writer does that.
void judge_what_is_left();
// To be called when the reel has ended: after the next start() the consolidator tells the judge.
void end_judging_by_reel();

}  // namespace heapreel
