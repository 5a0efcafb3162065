#include "snapshot/reel/in_process_reel.h"

#include <heapreel/errors.h>

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/consolidate/consolidator.h"
#include "engine/consolidate/tracer_state.h"
#include "engine/memory/platform.h"
#include "engine/tracer/tracer.h"
#include "snapshot/reel/in_process_judging.h"
#include "snapshot/reel/write/reel_recorder.h"
#include "snapshot/reel/write/reel_writer.h"

namespace heapreel {
namespace {

constexpr uint32_t kWriterPatienceMs = 2000;

void say(const std::string& text) {
  std::fprintf(stderr, "heapreel: %s\n", text.c_str());
}

std::vector<std::string> own_command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

std::string own_program() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : std::string();
}

ReelHeader header_of(const engine::TracerState& tracer) {
  ReelHeader header;
  header.writer = "heapreel " HEAPREEL_VERSION;
  header.program = own_program();
  header.command_line = own_command_line();
  header.process_id = tracer.process_id;
  header.started_wall_ns = tracer.started_wall_ns;
  header.started_monotonic_ns = tracer.started_monotonic_ns;
  header.traceback_limit = static_cast<uint32_t>(tracer.options.traceback_limit);
  header.allocator = "mimalloc";
  return header;
}

uint64_t thread_ns() {
  timespec used{};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) != 0) return 0;
  return static_cast<uint64_t>(used.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(used.tv_nsec);
}

// Stands in front of the recorder on the consolidator's thread, which is a thread of this process: what is allocated
// there is heapreel's own.
class InProcessReel final : public engine::CutListener {
 public:
  InProcessReel(engine::TracerState& tracer, const InProcessReelOptions& options, GameFrameWatch* watch)
      : tracer_(tracer),
        path_(options.path),
        writer_(tracer, {.overwrite = options.overwrite, .max_bytes = options.max_bytes}) {
    if (std::string error = writer_.open(path_, header_of(tracer)); !error.empty()) throw ReelError(error);
    try {
      recorder_.emplace(tracer, writer_, ReelRecorder::kMostQueuedStates, watch,
                        options.every_game_frame ? kWriterPatienceMs : 0, ReelRecorder::Writes::kThisProcess);
    } catch (const std::system_error&) {
      throw ReelError(path_ + ": the thread that writes it cannot be started");
    }
  }

  pid_t process() const { return process_; }

  bool on_game_frame(const engine::FrozenTraces& state) override {
    const engine::UntracedScope untraced;
    note_time();
    return recorder_->on_game_frame(state);
  }
  void on_game_frame_number(uint32_t game_frame, uint32_t number) override {
    const engine::UntracedScope untraced;
    recorder_->on_game_frame_number(game_frame, number);
  }
  bool on_mark(const char* name, const engine::FrozenTraces& state) override {
    const engine::UntracedScope untraced;
    return recorder_->on_mark(name, state);
  }
  bool wants_mark_state() override { return recorder_->wants_mark_state(); }
  void on_generation_end(const engine::FrozenTraces& last) override {
    const engine::UntracedScope untraced;
    recorder_->on_generation_end(last);
  }

  // To be called when the listener is called no more. Returns what went wrong, or an empty text.
  std::string finish(const engine::FrozenTraces& last, ReelEnding ending, int status) {
    ReelEnd end = end_of(ending, status);
    std::string error = recorder_->finish(last.store_epoch != 0 ? &last : nullptr, end);
    if (last.store_epoch != 0) engine::Consolidator::drop(tracer_, last.generation, last.store_epoch);
    return error.empty() ? error : path_ + ": " + error;
  }

 private:
  void note_time() {
    last_ns_ = thread_ns();
    if (first_ns_ == 0) first_ns_ = last_ns_;
  }

  ReelEnd end_of(ReelEnding ending, int status) const {
    ReelEnd end;
    end.ending = ending;
    end.status = status;
    end.time_ns = engine::platform::monotonic_ns();
    end.tracing_ended = static_cast<uint32_t>(tracer_.consolidator->ended());
    // relaxed, twice: statistics
    end.unrecorded = tracer_.unrecorded.load(std::memory_order_relaxed);
    end.costs.misses_malloc = tracer_.misses_malloc.load(std::memory_order_relaxed) ? 1 : 0;
    end.costs.own_memory = engine::own_memory();
    end.tracer_bytes = end.costs.own_memory.total();
    const engine::Consolidator& consolidator = *tracer_.consolidator;
    // relaxed: a program that ends its first game frame right now has none yet
    if (tracer_.game_frame_source.load(std::memory_order_relaxed) != engine::GameFrameSource::kTimer) {
      end.costs.game_frames_by = "program";
    } else if (consolidator.makes_game_frames()) {
      end.costs.game_frames_by = "timer";
      end.costs.clock_period_ms = tracer_.options.frame_every_ms;
      end.costs.late_game_frames = consolidator.late_game_frames();
      end.costs.longest_game_frame_ns = consolidator.longest_late_ns();
    }
    end.consolidator_ns = last_ns_ - first_ns_;
    end.rounds = consolidator.rounds();
    end.copied_bytes = consolidator.copied_bytes();
    return end;
  }

  engine::TracerState& tracer_;
  const pid_t process_ = getpid();
  const std::string path_;
  ReelWriter writer_;
  std::optional<ReelRecorder> recorder_;
  // The times of the first and the last game frame. Owner: the consolidator's thread, later finish().
  uint64_t first_ns_ = 0;
  uint64_t last_ns_ = 0;
};

std::mutex g_mutex;
InProcessReel* g_in_process_reel =
    nullptr;  // owner: g_mutex's holder; no static object, as a forked child must not destroy it

// In a forked child the recording belongs to the parent. Its thread does not exist here, and its locks may be held.
bool is_of_parent() {
  return g_in_process_reel != nullptr && g_in_process_reel->process() != getpid();
}

void finish_at_exit(int status, void* /*unused*/) {
  finish_in_process_reel(ReelEnding::kExited, status & 0xff);
}

}  // namespace

void begin_in_process_reel(const InProcessReelOptions& options) {
  const engine::UntracedScope untraced;
  if (is_of_parent()) {
    g_in_process_reel = nullptr;
    new (&g_mutex) std::mutex();  // a thread of the parent's may hold it
  }
  std::lock_guard lock(g_mutex);
  if (g_in_process_reel != nullptr) return say(options.path + " is not recorded: this process records a reel already");
  engine::TracerState* const tracer = engine::tracer_state();
  if (tracer == nullptr || tracer->consolidated_elsewhere) {
    return say(options.path + " is not recorded: `heapreel run` records this program");
  }
  auto reel = std::make_unique<InProcessReel>(*tracer, options, in_process_judge());
  if (!engine::listen(*reel)) throw ReelError(options.path + ": the tracer of this process cannot be listened to");
  judge_by_reel();
  g_in_process_reel = reel.release();
  static const bool is_registered = on_exit(finish_at_exit, nullptr) == 0;
  if (!is_registered) say(options.path + " will have no end: the program must call heapreel::stop()");
}

void finish_in_process_reel(ReelEnding ending, int status) {
  if (is_of_parent()) return;
  const engine::UntracedScope untraced;
  std::lock_guard lock(g_mutex);
  if (g_in_process_reel == nullptr) return;
  engine::FrozenTraces last;
  if (!engine::stop_listening(last)) {
    // It is not destroyed, because the consolidator may still call it.
    g_in_process_reel = nullptr;
    return say("the reel has no end: the thread that consolidates does not answer");
  }
  try {
    if (const std::string error = g_in_process_reel->finish(last, ending, status); !error.empty()) say(error);
  } catch (const std::bad_alloc&) {
    say("the reel has no end: there is no memory to write it");
  }
  delete std::exchange(g_in_process_reel, nullptr);
  end_judging_by_reel();
}

}  // namespace heapreel
