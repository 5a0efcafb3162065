// A program that links libheapreel and asks it about itself. Does the same, with the same answers, alone and under
// `heapreel run`; argv[1] says whether it has to start tracing. Exit status: the number of the first check that failed.
#include <heapreel/heapreel.h>
#include <heapreel/heapreel_c.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace {

int checks = 0;

void check(bool holds, const char* what) {
  ++checks;
  if (holds) return;
  std::fprintf(stderr, "check %d failed: %s\n", checks, what);
  std::exit(checks);
}

size_t current() {
  return heapreel::get_traced_memory().current;
}

void look_at_everything() {
  const heapreel::Snapshot before = heapreel::take_snapshot();
  std::vector<void*> blocks;
  for (int i = 0; i < 100; ++i) blocks.push_back(std::malloc(1000));
  const heapreel::Snapshot after = heapreel::take_snapshot();
  for (void* block : blocks) std::free(block);

  const size_t traced = current();
  size_t grown = 0;
  {
    const auto statistics = after.statistics(heapreel::KeyType::traceback);
    check(!statistics.empty(), "the snapshot has statistics");
    for (const heapreel::StatisticDiff& diff : after.compare_to(before, heapreel::KeyType::traceback)) {
      if (diff.size_diff == 100 * 1000 && diff.count_diff == 100) ++grown;
    }
    check(current() == traced, "what statistics and compare_to allocate is not the program's");
  }
  check(grown == 1, "a hundred blocks of one place are found in the difference");
  check(current() == traced, "nor are their results when they are gone");
}

void ask_in_c(void* block) {
  heapreel_traced_memory memory = {};
  memory.size = sizeof memory;
  check(heapreel_get_traced_memory(&memory) == HEAPREEL_OK, "C: traced memory");
  check(memory.current == current() && memory.peak >= memory.current, "C and C++ agree");
  heapreel_traced_memory estimate = {};
  estimate.size = sizeof estimate;
  check(heapreel_get_traced_memory_estimate(&estimate) == HEAPREEL_OK, "C: estimate");
  check(heapreel_get_tracer_memory() > 0, "C: the tracer's own memory");
  check(heapreel_traceback_limit() == heapreel::get_traceback_limit(), "C: limit");
  check(heapreel::get_object_traceback(block).has_value(), "the block's traceback is known");
}

}  // namespace

int main(int argc, char** argv) {
  const bool starts = argc > 1 && std::strcmp(argv[1], "start") == 0;
  check(heapreel::is_tracing() != starts, "is_tracing() tells of the one tracer there is");
  heapreel::start(64);
  check(heapreel::is_tracing(), "it traces");
  check(heapreel::get_traceback_limit() == (starts ? 64 : 256), "an earlier start's limit stays");

  const size_t before = current();
  void* block = std::malloc(12345);
  check(current() == before + 12345, "the traced memory is exact");
  ask_in_c(block);
  look_at_everything();
  heapreel_game_frame();
  heapreel_mark("looked");
  check(heapreel_register_domain("Pool", 16) != HEAPREEL_NO_NAME, "domains can be registered");

  const auto kept = std::make_unique<heapreel::Snapshot>(heapreel::take_snapshot());
  heapreel::stop();
  check(!heapreel::is_tracing(), "stop() ends tracing");
  bool thrown = false;
  try {
    heapreel::take_snapshot();
  } catch (const heapreel::NotTracing&) {
    thrown = true;
  }
  check(thrown, "without tracing there is no snapshot");
  check(!kept->statistics(heapreel::KeyType::filename).empty(), "an earlier snapshot stays");

  heapreel::start(32);
  check(heapreel::is_tracing() && heapreel::get_traceback_limit() == 32, "start() begins anew, with its own limit");
  check(!heapreel::get_object_traceback(block).has_value(), "the block of before is forgotten");
  void* fresh = std::malloc(777);
  check(current() == 777, "only what came after is traced");
  heapreel::clear_traces();
  check(current() == 0, "clear_traces() forgets it");
  std::free(fresh);
  std::free(block);
  return 0;
}
