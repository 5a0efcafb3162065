#include "tools/command/report/thread_streams.h"

#include <utility>

#include "tools/command/report/stream_columns.h"

namespace heapreel::tools {

void ThreadStreams::take_in() {
  const ReelContents& contents = reel_.source()->contents();
  const auto& stills = contents.stills();
  is_at_end_ = false;
  if (is_silent()) return;
  for (; still_ < stills.size(); ++still_) {
    if (!stills[still_].has_state()) continue;
    while (row_ < contents.row_count() && contents.position_of_row(row_) < still_) ++row_;
    if (row_ == contents.row_count() || !walk_.next(still_)) return;
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
  is_at_end_ = true;
}

ThreadStreams::Thread& ThreadStreams::at_row(uint32_t number) {
  Thread& thread = threads_[number];
  const size_t row = row_ - shift_;
  if (thread.row != row) {
    thread.stream.add(thread.row, thread.change);
    thread.row = row;
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

void ThreadStreams::put_together(std::span<const uint32_t> places) {
  const size_t fewer = places.size() - 1 - places.back();
  for (auto& [number, thread] : threads_) {
    at_row(number);  // so that what is left is of a row that stays
    thread.stream.put_together(places);
    thread.row -= fewer;
  }
  shift_ += fewer;
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
