// std::pmr: memory resources as domains. C++17 and later.
//
//     #include <heapreel/adapters/pmr.h>
//
//     heapreel::reported_resource entities("Entities", &pool);      // reports each block that is taken from `pool`
//     std::pmr::vector<Entity> all(&entities);
//
// A monotonic resource frees its blocks all at once, when it is released. Put a reported_chunks below it: it reports
// the blocks of the domain as freed when their chunk of memory goes back:
//
//     heapreel::reported_chunks chunks("Frame", std::pmr::new_delete_resource());
//     std::pmr::monotonic_buffer_resource monotonic(64 << 10, &chunks);
//     heapreel::reported_resource frame("Frame", &monotonic);
#ifndef HEAPREEL_ADAPTERS_PMR_H
#define HEAPREEL_ADAPTERS_PMR_H

#include <atomic>
#include <memory_resource>

#include <heapreel/adapters/adapter.h>

namespace heapreel {

// The domain of a resource. It is registered at the first report after tracing was started. Blocks may have any
// alignment. Any thread.
class reported_domain {
 public:
  // `name` must live as long as the resource.
  explicit reported_domain(const char* name) noexcept : name_(name) {}

#ifdef HEAPREEL_ENABLE
  void born(void* p, size_t n) noexcept {
    if (HEAPREEL_REACHABLE) heapreel_alloc(id(), p, n);
  }
  void dies(void* p) noexcept {
    if (HEAPREEL_REACHABLE) heapreel_free(id(), p);
  }
  void all_die(void* base, size_t n) noexcept {
    if (HEAPREEL_REACHABLE) heapreel_arena_reset(id(), base, n);
  }
#else
  void born(void*, size_t) noexcept {}
  void dies(void*) noexcept {}
  void all_die(void*, size_t) noexcept {}
#endif

 private:
  heapreel_domain_id id() noexcept {
    // relaxed: threads that race to register get the same number
    uint32_t known = id_plus_1_.load(std::memory_order_relaxed);
    if (known == 0) {
      known = heapreel_register_domain(name_, 1) + 1;
      id_plus_1_.store(known, std::memory_order_relaxed);
    }
    return known - 1;
  }

  const char* name_;
  std::atomic<uint32_t> id_plus_1_{0};
};

// Takes memory from `upstream` and reports it. As thread-safe as `upstream`, which must outlive it.
class reported_resource final : public std::pmr::memory_resource {
 public:
  explicit reported_resource(const char* name,
                             std::pmr::memory_resource* upstream = std::pmr::get_default_resource()) noexcept
      : domain_(name), upstream_(upstream) {}

  std::pmr::memory_resource* upstream_resource() const noexcept { return upstream_; }

 private:
  void* do_allocate(size_t n, size_t alignment) override {
    void* p = upstream_->allocate(n, alignment);
    domain_.born(p, n);
    return p;
  }
  void do_deallocate(void* p, size_t n, size_t alignment) override {
    domain_.dies(p);
    upstream_->deallocate(p, n, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

  reported_domain domain_;
  std::pmr::memory_resource* upstream_;
};

// Takes chunks of memory from `upstream`. When a chunk goes back there, all blocks of the domain that lie in it are
// reported as freed. As thread-safe as `upstream`, which must outlive it.
class reported_chunks final : public std::pmr::memory_resource {
 public:
  explicit reported_chunks(const char* name,
                           std::pmr::memory_resource* upstream = std::pmr::get_default_resource()) noexcept
      : domain_(name), upstream_(upstream) {}

 private:
  void* do_allocate(size_t n, size_t alignment) override { return upstream_->allocate(n, alignment); }
  void do_deallocate(void* p, size_t n, size_t alignment) override {
    domain_.all_die(p, n);
    upstream_->deallocate(p, n, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

  reported_domain domain_;
  std::pmr::memory_resource* upstream_;
};

}  // namespace heapreel

#endif
