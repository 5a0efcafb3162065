// A plugin that links libheapreel: what it finds out about the program that loads it.
#include <heapreel/heapreel.h>
#include <heapreel/heapreel_c.h>

#include <cstdio>
#include <cstdlib>

// Sizes that the loader asks for nowhere, whatever the paths that it keeps.
constexpr size_t kBlockBytes = 10'007;
constexpr size_t kPoolBytes = 50'021;

extern "C" __attribute__((visibility("default"))) void play() {
  heapreel::start();
  for (int i = 0; i < 100; ++i) {
    void* volatile const block = std::malloc(kBlockBytes);
    static_cast<void>(block);
  }
  static char pool[kPoolBytes];
  heapreel_alloc(heapreel_register_domain("Pool", 16), pool, sizeof pool);
  const heapreel::Snapshot snapshot = heapreel::take_snapshot();
  size_t blocks = 0;
  for (const heapreel::Statistic& line : snapshot.statistics(heapreel::KeyType::traceback)) {
    if (line.size == 100 * kBlockBytes || line.size == kPoolBytes) blocks += line.count;
  }
  std::printf("sees malloc %d %d, exact %d, %zu blocks\n", heapreel::sees_malloc(), heapreel_sees_malloc(),
              snapshot.completeness().is_exact(), blocks);
  snapshot.dump("plugin.still");
  std::printf("loaded: exact %d\n", heapreel::Snapshot::load("plugin.still").completeness().is_exact());
}
