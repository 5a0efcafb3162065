// One side of tracemalloc_ratios.py: makes a quarter of a million traces, writes them for the other side, asks its questions of
// them and writes what they took and said.
//
// Usage: tracemalloc_probe FOLDER
#include <heapreel/heapreel.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <random>

#include "bench/call_tree.h"
#include "bench/median.h"

namespace heapreel::bench {
namespace {

constexpr uint32_t kBlocks = 250'000;
constexpr uint32_t kTracebacks = 5'000;
constexpr uint32_t kFrames = 25;
constexpr uint32_t kSourceFiles = 150;
constexpr int kRounds = 3;
constexpr ptrdiff_t kRowsCompared = 100;

struct Block {
  uint32_t traceback;
  uint32_t size;
};

std::vector<Block> make_blocks(uint32_t seed) {
  std::minstd_rand random(seed);
  std::vector<Block> blocks(kBlocks);
  for (Block& block : blocks) {
    block.traceback = static_cast<uint32_t>(random() >> 4) % kTracebacks;
    block.size = static_cast<uint32_t>(random() >> 4) % 4096;
  }
  return blocks;
}

std::vector<Trace> traces_of(const std::vector<Block>& blocks, const std::vector<Traceback>& tracebacks) {
  std::vector<Trace> traces(blocks.size());
  for (size_t i = 0; i < blocks.size(); ++i) {
    traces[i].size = blocks[i].size;
    traces[i].traceback = tracebacks[blocks[i].traceback];
  }
  return traces;
}

void write_inputs(const std::string& folder, const std::vector<Traceback>& tracebacks,
                  const std::vector<Block>& old_blocks, const std::vector<Block>& new_blocks) {
  std::ofstream text(folder + "/tracebacks.txt");
  for (const Traceback& traceback : tracebacks) {
    for (const Frame& frame : traceback) text << frame.filename() << '\t' << frame.lineno() << '\t';
    text << '\n';
  }
  const auto write = [&](const char* name, const std::vector<Block>& blocks) {
    std::ofstream file(folder + "/" + name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(blocks.data()),
               static_cast<std::streamsize>(blocks.size() * sizeof(Block)));
  };
  write("old.bin", old_blocks);
  write("new.bin", new_blocks);
}

// One line a question: name, nanoseconds, number of rows; then the first rows as text, one a line.
template <class Rows>
void write_answer(std::ofstream& out, const char* question, std::vector<double> ns, const Rows& rows) {
  const auto shown = std::min<size_t>(kRowsCompared, rows.size());
  out << question << '\t' << median(std::move(ns)) << '\t' << rows.size() << '\t' << shown << '\n';
  for (size_t i = 0; i < shown; ++i) out << rows[i].to_string() << '\n';
}

// Every question is asked of snapshots that were never looked at.
template <class Ask>
void measure(std::ofstream& out, const char* question, const std::vector<Trace>& old_traces,
             const std::vector<Trace>& new_traces, Ask ask) {
  std::vector<double> ns;
  std::invoke_result_t<Ask, const Snapshot&, const Snapshot&> rows;
  for (int round = 0; round < kRounds; ++round) {
    const Snapshot old_snapshot = Snapshot::from_traces(old_traces, kFrames);
    const Snapshot new_snapshot = Snapshot::from_traces(new_traces, kFrames);
    ns.push_back(time_of([&] { rows = ask(old_snapshot, new_snapshot); }));
  }
  write_answer(out, question, std::move(ns), rows);
}

void run(const std::string& folder) {
  const std::vector<Traceback> tracebacks = call_tree_tracebacks(kTracebacks, kFrames, kSourceFiles);
  const std::vector<Block> old_blocks = make_blocks(1);
  const std::vector<Block> new_blocks = make_blocks(2);
  write_inputs(folder, tracebacks, old_blocks, new_blocks);
  const std::vector<Trace> old_traces = traces_of(old_blocks, tracebacks);
  const std::vector<Trace> new_traces = traces_of(new_blocks, tracebacks);

  std::ofstream out(folder + "/answers.txt");
  const auto ask = [&](const char* question, auto how) { measure(out, question, old_traces, new_traces, how); };
  ask("statistics lineno", [](const Snapshot&, const Snapshot& now) { return now.statistics(KeyType::lineno); });
  ask("statistics filename", [](const Snapshot&, const Snapshot& now) { return now.statistics(KeyType::filename); });
  ask("statistics lineno cumulative",
      [](const Snapshot&, const Snapshot& now) { return now.statistics(KeyType::lineno, true); });
  ask("compare_to lineno", [](const Snapshot& before, const Snapshot& now) {
    return std::vector<StatisticDiff>(now.compare_to(before, KeyType::lineno));
  });
  ask("filter_traces, statistics lineno", [](const Snapshot&, const Snapshot& now) {
    return now.filter_traces({Filter(false, "*/module1?.cc"), Filter(true, "*/engine/src/*")})
        .statistics(KeyType::lineno);
  });
}

}  // namespace
}  // namespace heapreel::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: tracemalloc_probe FOLDER\n");
    return 2;
  }
  heapreel::bench::run(argv[1]);
  return 0;
}
