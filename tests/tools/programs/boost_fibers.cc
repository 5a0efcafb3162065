// Fibers of boost.context on stacks of three kinds, two of them with guard pages or from a pool. They allocate at many
// depths, throw, move between threads, and one is destroyed while it is suspended.
#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <vector>
namespace ctx = boost::context;
void* volatile sink;
__attribute__((noinline)) void deep(int n) {
  volatile char pad[100];
  pad[0] = n;
  if (n)
    deep(n - 1);
  else {
    void* volatile block = malloc(64);  // not a thing of all threads
    free(block);
  }
  pad[1] = pad[0];
}
template <class S>
void go(S stack, int fibers, int rounds) {
  std::vector<ctx::fiber> all;
  for (int i = 0; i < fibers; ++i)
    all.emplace_back(std::allocator_arg, stack, [i, rounds](ctx::fiber&& back) {
      for (int r = 0; r < rounds; ++r) {
        deep(i % 20);
        std::vector<int> v(r + 1);
        sink = v.data();
        try {
          if (r % 7 == 3) throw std::runtime_error("x");
        } catch (std::exception& e) {
          void* volatile block = malloc(10);  // not a thing of all threads
          free(block);
        }
        back = std::move(back).resume();
      }
      return std::move(back);
    });
  for (int r = 0; r <= rounds; ++r)
    for (auto& f : all)
      if (f) f = std::move(f).resume();
}
int main() {
  for (int t = 0; t < 2; ++t) {
    auto all = [] {
      for (int k = 0; k < 2; ++k) {
        go(ctx::fixedsize_stack(32 * 1024), 50, 20);
        go(ctx::protected_fixedsize_stack(32 * 1024), 50, 20);
        go(ctx::pooled_fixedsize_stack(32 * 1024), 50, 20);
      }
    };
    if (t == 0)
      all();
    else {
      std::thread a(all), b(all);
      a.join();
      b.join();
    }
  }
  // fibers that move between threads
  std::vector<ctx::fiber> fs;
  for (int i = 0; i < 8; ++i)
    fs.emplace_back(std::allocator_arg, ctx::protected_fixedsize_stack(32 * 1024), [](ctx::fiber&& back) {
      for (int r = 0; r < 40; ++r) {
        deep(r % 9);
        back = std::move(back).resume();
      }
      return std::move(back);
    });
  for (int r = 0; r < 41; ++r) {
    std::thread t([&] {
      for (auto& f : fs)
        if (f) f = std::move(f).resume();
      deep(3);
    });
    t.join();
  }
  // unwound unfinished
  {
    ctx::fiber f(std::allocator_arg, ctx::protected_fixedsize_stack(32 * 1024), [](ctx::fiber&& b) {
      std::vector<int> v(100);
      for (;;) {
        deep(2);
        b = std::move(b).resume();
      }
      return std::move(b);
    });
    f = std::move(f).resume();
    f = std::move(f).resume();
  }
  puts("done");
}
