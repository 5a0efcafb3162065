// A game after an edit: build_before/game.cc is the same game before it. Lines moved, a function is called through
// another one, and two regressions came: Mesh::load keeps three blocks where it kept one, and think has a new call site.
#define HEAPREEL_ENABLE
#define HEAPREEL_WEAK
#include <heapreel/engine.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace {

// The meshes of a level.
std::vector<void*> meshes;

inline void* take(size_t n) {
  // Some day this will come from a pool.
  return std::malloc(n);
}

struct Mesh {
  void load(int vertices);
};

void Mesh::load(int vertices) {
  if (vertices < 0) return;
  void* volatile scratch = take(100);
  std::free(scratch);
  for (int lod = 0; lod < 3; ++lod) meshes.push_back(std::malloc(32 * static_cast<size_t>(vertices)));
}

void think(int number) {
  std::string text(static_cast<size_t>(100 + number % 3), 'x');
  // The new one.
  void* volatile memory = std::malloc(200);
  std::free(memory);
  void* volatile path = std::malloc(10);
  std::free(path);
  void* volatile target = std::malloc(400);
  std::free(target);
}

void draw() {
  void* volatile list = std::malloc(5'000);

  std::free(list);
}

void render(int number) {
  think(number);
  draw();
}

}  // namespace

int main() {
  meshes.reserve(1'000);
  for (int number = 0; number < 120; ++number) {
    Mesh().load(1);
    render(number);
    HEAPREEL_GAME_FRAME();
  }
  return 0;
}
