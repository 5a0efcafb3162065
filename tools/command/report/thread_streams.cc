#include "tools/command/report/thread_streams.h"

#include <utility>

#include "tools/command/report/stream_columns.h"

namespace heapreel::tools {

void ThreadStreams::take_in() {
  const ReelContents& contents = reel_.source()->contents();
  const auto& stills = contents.stills();
  for (; still_ < stills.size(); ++still_) {
    if (!stills[still_].has_state()) continue;
    while (row_ < reel_.game_frames().size() && contents.position_of_row(row_) < still_) ++row_;
    if (row_ == reel_.game_frames().size() || !walk_.next(still_)) return;
    if (generation_ && *generation_ != stills[still_].sums.generation) forget_generation();
    generation_ = stills[still_].sums.generation;
    walk_.for_each_change([&](engine::GroupId group, const engine::GroupSums& before, const engine::GroupSums& after) {
      if (engine::is_size_class(group)) return;
      Thread& thread = at_row(engine::thread_of(group));
      thread.change.allocs += after.allocs - before.allocs;
      thread.change.alloc_bytes += after.alloc_bytes - before.alloc_bytes;
      thread.change.frees += after.frees - before.frees;
      thread.change.freed_bytes += after.freed_bytes - before.freed_bytes;
      thread.live_blocks = after.allocs - after.frees;
      thread.live_bytes = after.live_bytes();
    });
  }
}

ThreadStreams::Thread& ThreadStreams::at_row(uint32_t number) {
  Thread& thread = threads_[number];
  if (thread.row != row_) {
    thread.stream.add(thread.row, thread.change);
    thread.row = row_;
    thread.change = {};
  }
  return thread;
}

void ThreadStreams::forget_generation() {
  for (auto& [number, thread] : threads_) {
    if (thread.live_blocks == 0) continue;
    SiteChange& change = at_row(number).change;
    change.forgotten_blocks += std::exchange(thread.live_blocks, 0);
    change.forgotten_bytes += std::exchange(thread.live_bytes, 0);
  }
}

Bytes ThreadStreams::columns() const {
  ByteWriter out;
  StreamColumns columns;
  out.varint(threads_.size());
  for (const auto& [number, thread] : threads_) {
    SiteStream stream = thread.stream;
    stream.add(thread.row, thread.change);
    out.varint(number);
    columns.add(stream.finish());
  }
  columns.write(out);
  return out.bytes();
}

}  // namespace heapreel::tools
