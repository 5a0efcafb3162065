// The memory columns of Google Benchmark, exact and over all threads. The benchmark links libheapreel.
//
//     #include <heapreel/testing/benchmark.h>
//
//     int main(int argc, char** argv) {
//       benchmark::Initialize(&argc, argv);
//       heapreel::testing::MemoryManager memory;
//       benchmark::RegisterMemoryManager(&memory);
//       benchmark::RunSpecifiedBenchmarks();
//       benchmark::RegisterMemoryManager(nullptr);
//     }
//
// Google Benchmark measures memory in a run of its own, so that tracing does not slow down the runs that are timed:
// heapreel traces from Start to Stop only. --benchmark_format=json shows allocs_per_iter and max_bytes_used.
#pragma once

#include <benchmark/benchmark.h>

#include <heapreel/heapreel.h>

namespace heapreel::testing {

class MemoryManager final : public benchmark::MemoryManager {
 public:
  // Throws CannotTrace when the program's allocations cannot be counted.
  void Start() override {
    began_ = !is_tracing();
    if (began_) start();
    if (!sees_malloc()) throw CannotTrace("the program's malloc is not heapreel's: its allocations cannot be counted");
    reset_peak();
    before_ = take_snapshot();
    bytes_before_ = get_traced_memory().current;
  }

  // Fills in the figures of everything between Start and Stop, on all threads. `num_allocs` and `total_allocated_bytes`
  // include blocks that were freed again. `max_bytes_used` is the peak less what was live at Start: exact while one
  // thread allocates, and with several threads the most that it can have been.
  void Stop(Result& result) override {
    const Snapshot after = take_snapshot();
    const TracedMemory memory = get_traced_memory();
    ChurnStatistic sum;
    for (const ChurnStatistic& domain : after.churn_since(*before_, KeyType::domain)) {
      sum.allocs += domain.allocs;
      sum.alloc_bytes += domain.alloc_bytes;
      sum.freed_bytes += domain.freed_bytes;
    }
    before_.reset();
    if (began_) stop();
    result.num_allocs = static_cast<int64_t>(sum.allocs);
    result.total_allocated_bytes = static_cast<int64_t>(sum.alloc_bytes);
    result.net_heap_growth = static_cast<int64_t>(sum.alloc_bytes - sum.freed_bytes);
    result.max_bytes_used = static_cast<int64_t>(memory.peak_bound - bytes_before_);
  }
  // The form of older versions, which Google Benchmark still declares.
  void Stop(Result* result) override { Stop(*result); }

 private:
  bool began_ = false;
  size_t bytes_before_ = 0;
  std::optional<Snapshot> before_;
};

}  // namespace heapreel::testing
