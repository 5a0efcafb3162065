// A program of which is known what an arena, a pool and a page would tell, and that has a tag and a mark of a hostile name.
// With an argument it also hands blocks to another thread.
#include <heapreel/heapreel_weak.h>

#include <pthread.h>

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

// Two blocks a game frame that another thread frees in it, and one that it allocates and frees by itself.
static void* handed[2];
static void* free_what_was_handed(void*) {
  for (void* block : handed) std::free(block);
  sink = std::malloc(56);  // own of the other
  std::free(sink);
  return nullptr;
}
[[gnu::noinline]] static void hand_over() {
  for (void*& block : handed) block = std::malloc(40);  // handed
  pthread_t other;
  if (pthread_create(&other, nullptr, free_what_was_handed, nullptr) != 0) std::abort();
  pthread_join(other, nullptr);
}

int main(int argc, char**) {
  hostile();
  for (int game_frame = 0; game_frame < 12; ++game_frame) {
    temporaries(game_frame);
    pool(game_frame);
    if (argc > 1) hand_over();
    if (game_frame == 2) fill_pages();
    if (game_frame == 6) empty_pages();
    if (heapreel_game_frame) heapreel_game_frame();
  }
  return 0;
}
