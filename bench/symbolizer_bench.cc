// Speed of symbol resolution: batches of random code addresses of one ELF file. HEAPREEL_BENCH_ELF names the
// file; by default it is the benchmark itself, which has few symbols unless built with -g.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "snapshot/symbols/elf_file.h"
#include "snapshot/symbols/symbolizer.h"

namespace heapreel {
namespace {

std::string bench_elf() {
  const char* path = std::getenv("HEAPREEL_BENCH_ELF");
  return path != nullptr ? path : "/proc/self/exe";
}

std::vector<uint64_t> random_addresses(const ElfFile& file, size_t count) {
  std::vector<uint64_t> addresses;
  std::mt19937_64 random(1);
  // The last code segment or the only one: never the few bytes of a separate start-up segment in front.
  const AddressRange code = file.code().back();
  while (addresses.size() < count) addresses.push_back(code.start + random() % (code.end - code.start));
  return addresses;
}

void resolve(benchmark::State& state, const std::string& cache_directory) {
  std::string error;
  const auto file = ElfFile::open(bench_elf(), error);
  if (file == nullptr || file->code().empty()) {
    state.SkipWithError((bench_elf() + ": " + error).c_str());
    return;
  }
  const ModuleImage module{bench_elf(), file->build_id(), 0, UINT64_MAX, 0};
  const auto addresses = random_addresses(*file, static_cast<size_t>(state.range(0)));
  SymbolizerOptions options;
  options.cache_directory = cache_directory;
  if (!cache_directory.empty()) Symbolizer(options).resolve(module, addresses);  // fills it
  size_t frames = 0;
  for (auto _ : state) {
    for (const SourceFrames& chain : Symbolizer(options).resolve(module, addresses)) frames += chain.size();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["frames_per_address"] =
      static_cast<double>(frames) / static_cast<double>(state.iterations() * state.range(0));
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_rss_mb"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

void resolve_batch(benchmark::State& state) {
  resolve(state, "");
}
BENCHMARK(resolve_batch)->Arg(1)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);

void resolve_cached(benchmark::State& state) {
  std::string directory = std::filesystem::temp_directory_path() / "heapreel_bench.XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return state.SkipWithError("no temporary directory");
  resolve(state, directory);
  std::filesystem::remove_all(directory);
}
BENCHMARK(resolve_cached)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace heapreel

BENCHMARK_MAIN();
