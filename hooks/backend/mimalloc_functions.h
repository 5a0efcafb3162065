// The functions of mimalloc that the hooks call, as found in the library that is loaded.
//
// They are not called by their names, because a program may define the same names (when mimalloc is linked into it),
// and because the hooks themselves stand in front of those that allocate and free (hooks/malloc/mimalloc_interpose.cc).
// Besides, a name that only some versions have must not be needed for loading.
#pragma once

#include <mimalloc.h>

#include <cstddef>

namespace heapreel::hooks::backend {

template <class Function>
class MimallocFunction;

// One function. A call of it looks for the function first, until find_mimalloc() has done so. A call costs what a call
// through the linkage table costs.
template <class Result, class... Arguments>
class MimallocFunction<Result(Arguments...)> {
 public:
  using Function = Result (*)(Arguments...);

  constexpr explicit MimallocFunction(Function at_first) : function_(at_first) {}

  Result operator()(Arguments... arguments) const { return function_(arguments...); }

  // Threads that race for it store the same value, so that it does not matter which one a reader sees. It is no atomic,
  // because g++ would first load that into a register, in every hook; a call through the linkage table does not use one
  // either.
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

// Looks for all of them. Any thread; may be called again.
[[gnu::cold]] void find_mimalloc() noexcept;

// The major version in the number of mi_version(), which is written in several ways: 209 is 2.0.9, 3206 is 3.2.6, 20401
// is 2.4.1.
constexpr int mimalloc_major(int version) {
  return version < 1'000 ? version / 100 : version < 10'000 ? version / 1'000 : version / 10'000;
}

// Finds a function that some versions do not have; null then. Any thread.
[[gnu::cold]] void* in_mimalloc(const char* name) noexcept;

}  // namespace heapreel::hooks::backend
