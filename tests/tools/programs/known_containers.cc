// A C++ program whose every allocation is made by a container, on lines that are known, with a tag, a domain and a
// thread of its own. Argument: how many game frames.
#include <heapreel/heapreel_weak.h>
#include <pthread.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

struct Level {
  std::vector<int> ints;
  std::map<int, std::string> names;
  std::unordered_map<int, std::vector<char>> chunks;
  std::unique_ptr<int[]> raw;
  std::shared_ptr<Level> next;
  std::function<void()> callback;
};

static Level* level = nullptr;
static char pool[4096];

[[gnu::noinline]] static void fill_level() {
  level = new Level;                                              // level
  for (int i = 0; i < 1'000; ++i) level->ints.push_back(i);       // vector
  for (int i = 0; i < 50; ++i) level->names[i].append(100, 'n');  // map
  for (int i = 0; i < 20; ++i) level->chunks[i].resize(200);      // unordered_map
  level->raw = std::make_unique<int[]>(500);                      // make_unique
  level->next = std::make_shared<Level>();                        // make_shared
  char big[64] = {};
  level->callback = [big] { (void)big; };  // function
}

static void* kept[64];

[[gnu::noinline]] static void work_on_thread() {
  pthread_setname_np(pthread_self(), "worker");
  kept[0] = std::malloc(777);  // thread
}

[[gnu::noinline]] static void work_in_scope() {
  if (!heapreel_present()) return;
  const heapreel_domain_id domain = heapreel_register_domain("Pool", 16);
  heapreel_alloc(domain, pool, 64);  // pool
  heapreel_alloc(domain, pool + 64, 36);
  const heapreel_tag_id before = heapreel_tag_push(heapreel_register_tag("Physics/Solver"));
  kept[1] = std::malloc(555);  // tag
  heapreel_tag_pop(before);
}

int main(int argc, char** argv) {
  const int game_frames = argc > 1 ? std::atoi(argv[1]) : 0;
  fill_level();
  std::thread(work_on_thread).join();
  work_in_scope();
  for (int frame = 0; frame < game_frames; ++frame) {
    if (heapreel_game_frame) heapreel_game_frame();
    for (int i = 0; i < 10; ++i) std::free(std::malloc(100));  // temporary
    kept[2 + frame % 60] = std::malloc(10);                    // leak
  }
  return 0;
}
