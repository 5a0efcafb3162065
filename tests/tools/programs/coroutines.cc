// C++20 coroutines that allocate, on one thread and resumed by others.
#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>
struct Task {
  struct promise_type {
    Task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::abort(); }
  };
  std::coroutine_handle<promise_type> h;
};
void* volatile sink;
Task work(int n) {
  for (int i = 0; i < n; ++i) {
    std::string s(100 + i, 'x');
    sink = s.data();
    co_await std::suspend_always{};
    std::vector<int> v(10);
    sink = v.data();
  }
}
int main() {
  auto all = [] {
    std::vector<Task> t;
    for (int i = 0; i < 200; ++i) t.push_back(work(30));
    for (int r = 0; r < 32; ++r)
      for (auto& x : t)
        if (!x.h.done()) x.h.resume();
    for (auto& x : t) x.h.destroy();
  };
  all();
  std::thread a(all), b(all);
  a.join();
  b.join();
  std::vector<Task> t;
  for (int i = 0; i < 20; ++i) t.push_back(work(30));
  for (int r = 0; r < 32; ++r) {
    std::thread q([&] {
      for (auto& x : t)
        if (!x.h.done()) x.h.resume();
    });
    q.join();
  }
  for (auto& x : t) x.h.destroy();
  puts("done");
}
