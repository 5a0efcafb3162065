// A program of which is known what an arena, a pool and a page would tell, and that has a tag and a mark of a hostile name.
#include <heapreel/heapreel_weak.h>

#include <cstdlib>
#include <cstring>

static void* volatile sink;

// 48 and 100 bytes, gone before the game frame ends; in game frame i there are i of each.
[[gnu::noinline]] static void temporaries(int count) {
  for (int i = 0; i < count; ++i) {
    sink = std::malloc(48);  // fixed
    std::free(sink);
  }
  for (int i = 0; i < count; ++i) {
    sink = std::malloc(100 + static_cast<std::size_t>(i));  // varied
    std::free(sink);
  }
}

// Blocks of 24 bytes: two more than go, until eight live; each lives for two game frames at least.
static void* pooled[8];
[[gnu::noinline]] static void pool(int game_frame) {
  const int slot = game_frame * 2 % 8;
  for (int i = slot; i < slot + 2; ++i) {
    std::free(pooled[i]);
    pooled[i] = std::malloc(24);  // pool
  }
}

// Many pages of blocks, of which one in sixty-four is kept.
static constexpr int kMany = 20'000;
static void* many[kMany];
[[gnu::noinline]] static void fill_pages() {
  for (int i = 0; i < kMany; ++i) many[i] = std::malloc(256);  // pinning
}
[[gnu::noinline]] static void empty_pages() {
  for (int i = 0; i < kMany; ++i) {
    if (i % 64 != 0) std::free(many[i]);
  }
}

// Names that mean something to somebody: to CSV, SQL, JSON, a terminal, a page.
static const char kHostile[] = "a;b,\"c\"\n\t\\.\x1b[31m'); DROP TABLE sites;--</script>\xff gr\u00f6\u00dfe";
[[gnu::noinline]] static void hostile() {
  if (!heapreel_present()) return;
  const heapreel_tag_id before = heapreel_tag_push(heapreel_register_tag(kHostile));
  sink = std::malloc(33);  // hostile
  heapreel_tag_pop(before);
  heapreel_mark(kHostile);
}

int main() {
  hostile();
  for (int game_frame = 0; game_frame < 12; ++game_frame) {
    temporaries(game_frame);
    pool(game_frame);
    if (game_frame == 2) fill_pages();
    if (game_frame == 6) empty_pages();
    if (heapreel_game_frame) heapreel_game_frame();
  }
  return 0;
}
