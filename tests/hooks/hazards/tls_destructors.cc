// Threads that allocate and free in thread_local destructors and in pthread-key destructors.
#include <pthread.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Names {
  std::vector<std::string> names;
  ~Names() {
    names.push_back(std::string(100, 'x'));
    names.clear();
    names.shrink_to_fit();
  }
};
thread_local Names per_thread;
Names global;

}  // namespace

int main() {
  pthread_key_t key;
  pthread_key_create(&key, [](void* p) { delete static_cast<Names*>(p); });
  for (int i = 0; i < 50; ++i) {
    std::thread([key] {
      per_thread.names.resize(10);
      pthread_setspecific(key, new Names);
    }).join();
  }
  global.names.resize(10);
  std::puts("ok");
}
