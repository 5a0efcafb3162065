// A game before an edit: build_after/game.cc is the same game after it. Every allocation is known.
#define HEAPREEL_ENABLE
#define HEAPREEL_WEAK
#include <heapreel/engine.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace {

std::vector<void*> meshes;

void* take(size_t n) {
  return std::malloc(n);
}

struct Mesh {
  void load(int vertices);
};

void Mesh::load(int vertices) {
  void* volatile scratch = take(100);
  std::free(scratch);
  meshes.push_back(std::malloc(32 * static_cast<size_t>(vertices)));
}

void think(int number) {
  std::string text(static_cast<size_t>(100 + number % 3), 'x');
  void* volatile path = std::malloc(10);
  std::free(path);
  void* volatile target = std::malloc(400);
  std::free(target);
}

void draw() {
  void* volatile list = std::malloc(5'000);
  std::free(list);
}

void old_effects() {
  void* volatile particles = std::malloc(7'000);
  std::free(particles);
}

}  // namespace

int main() {
  meshes.reserve(1'000);
  for (int number = 0; number < 100; ++number) {
    Mesh().load(1);
    think(number);
    draw();
    old_effects();
    HEAPREEL_GAME_FRAME();
  }
  return 0;
}
