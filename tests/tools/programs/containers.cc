// Allocates through the standard library's containers, one way a function: what the tests of skip lists group by.
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct Level {
  std::vector<int> tiles;
  std::map<int, std::string> names;
  std::unordered_map<std::string, std::vector<double>> tracks;
  std::deque<std::string> events;
  std::vector<std::shared_ptr<int>> shared;
  std::vector<std::function<int()>> callbacks;
};

[[gnu::noinline]] void fill_tiles(Level& level) {
  for (int i = 0; i < 1000; i++) level.tiles.push_back(i);
}
[[gnu::noinline]] void name_things(Level& level) {
  for (int i = 0; i < 100; i++) level.names[i] = std::string(100, 'n') + std::to_string(i);
}
[[gnu::noinline]] void lay_tracks(Level& level) {
  for (int i = 0; i < 50; i++) level.tracks["a track with a long name " + std::to_string(i)].assign(20, 1.0);
}
[[gnu::noinline]] void queue_events(Level& level) {
  for (int i = 0; i < 200; i++) level.events.emplace_back(64, 'e');
}
[[gnu::noinline]] void share_numbers(Level& level) {
  for (int i = 0; i < 30; i++) level.shared.push_back(std::make_shared<int>(i));
}
[[gnu::noinline]] void add_callbacks(Level& level) {
  const std::vector<int> captured(8, 1);
  for (int i = 0; i < 10; i++) level.callbacks.emplace_back([captured] { return static_cast<int>(captured.size()); });
}

}  // namespace

int main() {
  static Level level;
  fill_tiles(level);
  name_things(level);
  lay_tracks(level);
  queue_events(level);
  share_numbers(level);
  add_callbacks(level);
  _Exit(static_cast<int>(level.callbacks.front()()) - 8);  // with everything alive
}
