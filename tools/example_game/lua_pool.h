// The allocator that Lua is given.
#pragma once

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <heapreel/engine.h>

HEAPREEL_DOMAIN(g_lua_domain, "Lua");

// Power-of-two free lists cut from 64 KiB chunks; what is larger goes to malloc.
class LuaPool {
 public:
  ~LuaPool() {
    for (void* chunk : chunks_) std::free(chunk);
  }
  static void* lua_alloc(void* self, void* p, size_t old_size, size_t n) {
    return static_cast<LuaPool*>(self)->resize(p, p ? old_size : 0, n);
  }

 private:
  static constexpr size_t kLargest = 1024;
  static int size_class(size_t n) {
    int c = 0;
    while ((size_t{16} << c) < n) ++c;
    return c;
  }
  void* take(size_t n) {
    if (n > kLargest) return std::malloc(n);
    const int c = size_class(n);
    if (!free_[c]) refill(c);
    void* p = free_[c];
    std::memcpy(&free_[c], p, sizeof(void*));
    return p;
  }
  void give(void* p, size_t n) {
    if (n > kLargest) return std::free(p);
    const int c = size_class(n);
    std::memcpy(p, &free_[c], sizeof(void*));
    free_[c] = p;
  }
  void refill(int c) {
    const size_t step = size_t{16} << c;
    auto* chunk = static_cast<std::byte*>(std::malloc(65536));
    chunks_.push_back(chunk);
    for (size_t at = 0; at + step <= 65536; at += step) give(chunk + at, step);
  }
  void* resize(void* p, size_t old_size, size_t n) {
    if (n == 0) {
      if (p) {
        HEAPREEL_FREE(g_lua_domain, p);
        give(p, old_size);
      }
      return nullptr;
    }
    HEAPREEL_REALLOC_BEGIN(ticket, g_lua_domain, p);
    void* q = take(n);
    if (p) {
      std::memcpy(q, p, old_size < n ? old_size : n);
      give(p, old_size);
    }
    HEAPREEL_REALLOC_END(ticket, g_lua_domain, p, q, n);
    return q;
  }
  std::array<void*, 8> free_{};
  std::vector<void*> chunks_;
};
