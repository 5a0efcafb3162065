// Objects that free and allocate after main, in destructors, in atexit handlers, and a block that outlives
// them all.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

struct Farewell {
  std::vector<std::string> words{100, std::string(50, 'a')};
  ~Farewell() {
    words.clear();
    words.shrink_to_fit();
    std::printf("goodbye %zu\n", std::string(1000, 'b').size());
  }
};
Farewell first;

}  // namespace

int main() {
  static Farewell second;
  static char* leaked = new char[1000];
  leaked[0] = 1;
  std::atexit([] {
    char* late = static_cast<char*>(std::malloc(1 << 20));
    late[0] = 1;
    std::free(late);
    std::puts("atexit");
  });
  return 3;
}
