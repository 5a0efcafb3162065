// How tests/vectors/golden_marks.reel, of version 1.5, was made: marks before the first game frame, several in one, one of
// which has its sums alone, one behind a merged game frame, and one after a clear_traces(). golden_marks_test.cc knows the
// numbers.
//
//     write_golden_marks FILE
#include <optional>

#include "engine/consolidate/consolidator.h"
#include "engine/cut/cut.h"
#include "engine/tracer/tracer.h"
#include "snapshot/reel/write/reel_writer.h"

namespace {

using namespace heapreel;

// Lets every state stay pinned: the process is short.
class Writer : public engine::CutListener {
 public:
  explicit Writer(ReelWriter& writer) : writer_(writer) {}

  bool on_game_frame(const engine::FrozenTraces& state) override {
    if (state.game_frame == 3) {
      writer_.write_merged_game_frame(state);
      return false;
    }
    writer_.write_game_frame(still_ ? &*still_ : nullptr, state);
    still_ = last_ = state;
    return true;
  }
  bool wants_mark_state() override { return marks_ != 3; }
  bool on_mark(const char* name, const engine::FrozenTraces& state) override {
    ++marks_;
    writer_.write_mark(name, last_ ? &*last_ : nullptr, state);
    if (state.store_epoch == 0) return false;
    last_ = state;
    return true;
  }
  void on_generation_end(const engine::FrozenTraces& last) override {
    writer_.write_generation_end(last);
    still_.reset();
    last_.reset();
  }

 private:
  ReelWriter& writer_;
  int marks_ = 0;
  std::optional<engine::FrozenTraces> still_;
  std::optional<engine::FrozenTraces> last_;  // of a still or a mark
};

void* at(uintptr_t number) {
  return reinterpret_cast<void*>(number * 4096);
}

void alloc(uintptr_t number, size_t size) {
  const uintptr_t pcs[] = {0x40'1234 + number, 0x40'1000};
  engine::record_alloc(0, at(number), size, engine::GivenStack{pcs, 2, true});
}

void free(uintptr_t number) {
  engine::record_free(0, at(number));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  engine::TracerOptions options;
  options.frame_every_ms = 0;
  options.traceback_limit = 2;
  if (!engine::start(options)) return 1;
  engine::Consolidator& consolidator = *engine::tracer_state()->consolidator;
  ReelWriter writer(*engine::tracer_state(), {.overwrite = true});
  ReelHeader header;
  header.writer = "golden";
  header.program = "game";
  header.traceback_limit = 2;
  if (!writer.open(argv[1], header).empty()) return 1;
  Writer listener(writer);
  consolidator.run_round(&listener);

  alloc(1, 10);
  engine::mark("started");
  alloc(2, 20);
  engine::game_frame();  // 0: 10, 20
  free(1);
  engine::mark("loaded");
  alloc(3, 30);
  engine::mark("loaded");
  free(2);
  engine::mark("without a state");
  alloc(4, 40);
  engine::mark("größe");
  engine::game_frame();  // 1: 30, 40
  alloc(5, 50);
  engine::game_frame();  // 2, merged
  free(3);
  alloc(6, 60);
  engine::mark("loaded");
  free(4);
  engine::game_frame();  // 3: 50, 60
  consolidator.run_round(&listener);
  engine::clear_traces();
  alloc(7, 70);
  engine::mark("cleared");
  free(7);
  engine::SnapshotHandle last(engine::request_cut(*engine::tracer_state(), engine::CutKind::kSnapshot, true));
  consolidator.run_round(&listener);
  if (!writer.write_end_state(nullptr, *last.get()).empty()) return 1;
  return writer.finish({.ending = ReelEnding::kExited, .time_ns = 3}).empty() ? 0 : 1;
}
