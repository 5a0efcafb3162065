// How tests/vectors/golden.reel and golden.still were made: one of everything that a reel can hold.
//
//     write_golden DIRECTORY
#include <heapreel/heapreel.h>

#include <cstdio>
#include <fstream>

#include "engine/consolidate/consolidator.h"
#include "engine/cut/cut.h"
#include "engine/tracer/tracer.h"
#include "snapshot/reel/write/reel_writer.h"
#include "tests/snapshot/random_history.h"
#include "tests/snapshot/reel_description.h"

namespace {

using namespace heapreel;

// Every third game frame is merged into the next.
class Writer : public engine::CutListener {
 public:
  explicit Writer(ReelWriter& writer) : writer_(writer) {}

  bool on_game_frame(const engine::FrozenTraces& state) override {
    if (state.game_frame % 3 == 0) {
      writer_.write_merged_game_frame(state);
      return false;
    }
    writer_.write_game_frame(has_before_ ? &before_ : nullptr, state);
    before_ = state;
    has_before_ = true;
    return true;
  }
  bool on_mark(const char* name, const engine::FrozenTraces& state) override {
    writer_.write_mark(name, has_before_ ? &before_ : nullptr, state);
    return false;
  }
  void on_generation_end(const engine::FrozenTraces& last) override {
    writer_.write_generation_end(last);
    has_before_ = false;
  }

 private:
  ReelWriter& writer_;
  engine::FrozenTraces before_;
  bool has_before_ = false;
};

std::vector<Trace> some_traces() {
  const Frame exact(
      {.filename = "lib.so", .lineno = 0, .function = "f", .module = "lib.so", .address = 7, .offset = 0x40});
  std::vector<Trace> traces;
  for (uint32_t i = 0; i < 12; ++i) {
    Trace trace;
    trace.domain = i % 3;
    trace.size = (300 - i) * 5;
    trace.traceback = Traceback({Frame("a.cc", i % 4), exact, Frame("b.cc", i % 2)},
                                i % 2 == 0 ? std::optional<uint32_t>(30) : std::nullopt);
    trace.address = 0x1000 + i * 64;
    trace.thread = i % 2;
    trace.born_game_frame = i;
    trace.tag = i % 5 == 0 ? "Physics/Solver" : "";
    traces.push_back(trace);
  }
  return traces;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string directory = argv[1];
  Snapshot::from_traces(some_traces(), 12).dump(directory + "/golden.still");

  engine::TracerOptions options;
  options.frame_every_ms = 0;
  options.traceback_limit = 2;
  if (!engine::start(options)) return 1;
  engine::Consolidator& consolidator = *engine::tracer_state()->consolidator;
  ReelWriter writer(*engine::tracer_state(), {.overwrite = true, .least_key_distance = 200, .key_every = 0});
  ReelHeader header{.writer = "golden",
                    .program = "game",
                    .command_line = {"game", "--level", ""},
                    .process_id = 7,
                    .started_wall_ns = 1,
                    .started_monotonic_ns = 2,
                    .traceback_limit = 2,
                    .allocator = "mimalloc"};
  writer.open(directory + "/golden.reel", header);
  Writer listener(writer);
  consolidator.run_round(&listener);
  heapreel::testing::RandomHistory history(0, 11);
  const engine::DomainIndex pool = engine::register_domain("Physics pool", 16);
  static char pooled[64];
  const uintptr_t pc = 0x40'1234;
  engine::set_scope(engine::register_scope("Physics/Solver"));
  for (int frame = 1; frame <= 12; ++frame) {
    history.step(30);
    if (frame % 4 == 1) engine::record_alloc(pool, pooled + frame % 3 * 16, 16, engine::GivenStack{&pc, 1, true});
    if (frame == 5) engine::mark("level loaded");
    if (frame == 8) engine::clear_traces();
    engine::game_frame();
    consolidator.run_round(&listener);
  }
  history.step(10);
  engine::SnapshotHandle last(engine::request_cut(*engine::tracer_state(), engine::CutKind::kSnapshot, true));
  consolidator.run_round(&listener);
  writer.write_end_state(nullptr, *last.get());
  writer.finish({.ending = ReelEnding::kSignalled,
                 .status = 11,
                 .time_ns = 3,
                 .unrecorded = 4,
                 .tracer_bytes = 5,
                 .consolidator_ns = 6,
                 .rounds = 7,
                 .copied_bytes = 8});
  return 0;
}
