#include <heapreel/testing/benchmark.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

namespace heapreel::testing {
namespace {

TEST(MemoryManager, CountsAllThreadsExactly) {
  MemoryManager memory;
  // Debian's library keeps a constant to itself that the constructor of a Result needs.
  alignas(benchmark::MemoryManager::Result) char place[sizeof(benchmark::MemoryManager::Result)] = {};
  auto& result = *reinterpret_cast<benchmark::MemoryManager::Result*>(place);
  void* kept = nullptr;
  memory.Start();
  std::thread thread([&] {
    for (int i = 0; i < 1000; ++i) std::free(std::malloc(100));
    kept = std::malloc(5000);
  });
  thread.join();
  std::free(std::malloc(20000));
  memory.Stop(result);
  std::free(kept);
  // The thread has a block of its own besides, as std::thread has it.
  EXPECT_GE(result.num_allocs, 1002);
  EXPECT_LE(result.num_allocs, 1012);
  EXPECT_GE(result.total_allocated_bytes, 1000 * 100 + 5000 + 20000);
  EXPECT_GE(result.net_heap_growth, 5000);
  EXPECT_LT(result.net_heap_growth, 7000);
  EXPECT_GE(result.max_bytes_used, 25000);
  EXPECT_LT(result.max_bytes_used, 30000);
  EXPECT_FALSE(is_tracing());
}

void allocate_three_times(benchmark::State& state) {
  for (auto _ : state) {
    for (int i = 0; i < 3; ++i) {
      void* p = std::malloc(64);
      benchmark::DoNotOptimize(p);
      std::free(p);
    }
  }
}

struct KeptReports : benchmark::BenchmarkReporter {
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) allocs_per_iter = run.allocs_per_iter;
  }
  double allocs_per_iter = 0;
};

TEST(MemoryManager, GivesGoogleBenchmarkItsColumns) {
  MemoryManager memory;
  benchmark::RegisterMemoryManager(&memory);
  benchmark::RegisterBenchmark("three", allocate_three_times)->Iterations(1000);
  KeptReports reports;
  benchmark::RunSpecifiedBenchmarks(&reports);
  benchmark::RegisterMemoryManager(nullptr);
  EXPECT_GE(reports.allocs_per_iter, 3);
  EXPECT_LT(reports.allocs_per_iter, 5);
}

}  // namespace
}  // namespace heapreel::testing
