// The functions of mimalloc that the hooks call, as found in the library that is loaded.
//
// Not called by their names: a program may define them too (mimalloc linked into it), and the hooks themselves stand
// before those that allocate and free (hooks/malloc/mimalloc_interpose.cc). Nor may a name that only some versions have
// be needed to load.
#pragma once

#include <mimalloc.h>

#include <cstddef>

namespace heapreel::hooks::backend {

template <class Function>
class MimallocFunction;

// One function. Until find_mimalloc() has looked, a call of it looks first. Calls cost what calls through the linkage
// table cost.
template <class Result, class... Arguments>
class MimallocFunction<Result(Arguments...)> {
 public:
  using Function = Result (*)(Arguments...);

  constexpr explicit MimallocFunction(Function at_first) : function_(at_first) {}

  Result operator()(Arguments... arguments) const { return function_(arguments...); }

  // Threads that race for it store the same value, and so it does not matter who reads which. Not an atomic, which g++
  // would first load into a register, in every hook: a call through the linkage table is not made of one either.
  void set(void* found) { function_ = reinterpret_cast<Function>(found); }

 private:
  Function function_;
};

// Every version that is known has these.
[[gnu::visibility("hidden")]] extern constinit MimallocFunction<void*(size_t)> mimalloc_malloc;
[[gnu::visibility("hidden")]] extern constinit MimallocFunction<void*(size_t)> mimalloc_zalloc;
[[gnu::visibility("hidden")]] extern constinit MimallocFunction<void(void*)> mimalloc_free;
[[gnu::visibility("hidden")]] extern constinit MimallocFunction<void*(size_t, size_t, size_t)>
    mimalloc_malloc_aligned_at;
[[gnu::visibility("hidden")]] extern constinit MimallocFunction<void*(void*, size_t)> mimalloc_expand;
[[gnu::visibility("hidden")]] extern constinit MimallocFunction<size_t(const void*)> mimalloc_usable_size;
[[gnu::visibility("hidden")]] extern constinit MimallocFunction<size_t(size_t)> mimalloc_good_size;
[[gnu::visibility("hidden")]] extern constinit MimallocFunction<bool(const void*)> mimalloc_is_in_heap_region;
[[gnu::visibility("hidden")]] extern constinit MimallocFunction<int()> mimalloc_version;
[[gnu::visibility("hidden")]] extern constinit MimallocFunction<void(mi_error_fun*, void*)> mimalloc_register_error;

// Looks for all of them. Any thread, again and again.
[[gnu::cold]] void find_mimalloc() noexcept;

// Of what mi_version() says, which is written in several ways: 209 is 2.0.9, 3206 is 3.2.6, 20401 is 2.4.1.
constexpr int mimalloc_major(int version) {
  return version < 1'000 ? version / 100 : version < 10'000 ? version / 1'000 : version / 10'000;
}

// A function that some versions lack; null then. Any thread.
[[gnu::cold]] void* in_mimalloc(const char* name) noexcept;

}  // namespace heapreel::hooks::backend
