// How tests/vectors/golden_groups.reel, of version 1.2, was made: three threads, two of one name, whose blocks another
// one frees; more game frames than one section of their sums tells of, some of them merged, and a clear_traces().
// golden_cross_thread.reel, of version 1.4, was made by the same; so was golden_domains.reel, where an arena is filled and
// reset in each game frame besides.
//
//     write_golden_groups FILE [domains]

#include <bit>
#include <functional>
#include <thread>

#include "engine/consolidate/consolidator.h"
#include "engine/cut/cut.h"
#include "engine/tracer/tracer.h"
#include "snapshot/reel/write/reel_writer.h"

namespace {

using namespace heapreel;

// Every fifth game frame is merged into the next.
class Writer : public engine::CutListener {
 public:
  explicit Writer(ReelWriter& writer) : writer_(writer) {}

  bool on_game_frame(const engine::FrozenTraces& state) override {
    if (state.game_frame % 5 == 0) {
      writer_.write_merged_game_frame(state, domain_peaks_of(state));
      return false;
    }
    writer_.write_game_frame(has_before_ ? &before_ : nullptr, state);
    before_ = state;
    has_before_ = true;
    return true;
  }
  bool on_mark(const char*, const engine::FrozenTraces&) override { return false; }
  void on_generation_end(const engine::FrozenTraces& last) override {
    writer_.write_generation_end(last);
    has_before_ = false;
  }

 private:
  ReelWriter& writer_;
  engine::FrozenTraces before_;
  bool has_before_ = false;
};

void run_thread(const char* name, const std::function<void()>& work) {
  std::thread([&] {
    engine::note_thread_name(name);
    work();
  }).join();
}

void* at(uintptr_t number) {
  return reinterpret_cast<void*>(number * 4096);
}

void alloc(uintptr_t number, size_t size) {
  static constexpr uintptr_t kPcs[] = {0x40'1234, 0x40'1000};
  engine::record_alloc(0, at(number), size, engine::GivenStack{kPcs, 2, true});
}

void free(uintptr_t number) {
  engine::record_free(0, at(number));
}

// Allocates in game frame n one block of 64 bytes for each 1 bit of n. The arena is reset after that, except in every
// eighth game frame.
void use_arena(uintptr_t frame) {
  static const engine::DomainIndex arena = engine::register_domain("Arena", 16);
  static constexpr uintptr_t kPc = 0x40'1400;
  for (int i = 0; i < std::popcount(frame); ++i) {
    engine::record_alloc(arena, at(1000 + static_cast<uintptr_t>(i)), 64, engine::GivenStack{&kPc, 1, true});
  }
  if (frame % 8 != 7) engine::record_arena_reset(arena, at(1000), 100 * 4096);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
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
  constexpr uintptr_t kMoved = 500;
  for (uintptr_t frame = 0; frame < 90; ++frame) {
    alloc(1, frame);
    if (frame % 30 == 0) {
      run_thread("audio", [&] {
        for (uintptr_t i = 0; i < 3; ++i) alloc(10 + i, i == 2 ? size_t{1} << 40 : i * 24);
        alloc(100 + frame, 1);
      });
    }
    if (frame == 40) {
      static constexpr uintptr_t kPc = 0x40'1300;
      run_thread("physics", [&] {
        engine::record_move(0, at(130), at(kMoved), 70'000, engine::GivenStack{&kPc, 1, true});
      });
    }
    if (frame % 30 == 1) {
      for (uintptr_t i = 0; i < 3; ++i) free(10 + i);
    }
    free(1);
    if (argc > 2) use_arena(frame);
    if (frame == 84) engine::clear_traces();
    engine::game_frame();
    consolidator.run_round(&listener);
  }
  alloc(2, 33);
  engine::SnapshotHandle last(engine::request_cut(*engine::tracer_state(), engine::CutKind::kSnapshot, true));
  consolidator.run_round(&listener);
  if (!writer.write_end_state(nullptr, *last.get()).empty()) return 1;
  return writer.finish({.ending = ReelEnding::kExited, .time_ns = 3}).empty() ? 0 : 1;
}
