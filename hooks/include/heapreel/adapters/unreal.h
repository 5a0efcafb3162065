// Unreal Engine: the memory that is taken from GMalloc, as the domain "GMalloc". C++ only.
//
// Written against the form of FMalloc in UE 5, and tested against a class of that form; Unreal itself is in no package.
// In a module of the game that loads early (LoadingPhase EarliestPossible), with HEAPREEL_ENABLE and HEAPREEL_WEAK:
//
//     #include "HAL/MemoryBase.h"
//     #include <heapreel/adapters/unreal.h>
//
//     using ReportedMalloc = heapreel::reported_fmalloc<FMalloc, FOutputDevice>;
//     GMalloc = new (std::malloc(sizeof(ReportedMalloc))) ReportedMalloc(GMalloc);
//
// The object is made in the C library's memory, because operator new of a module leads to GMalloc. What was allocated
// before is not reported; its frees are counted as untracked. Libraries that Unreal does not compile use malloc, which
// heapreel sees without help. UE's binned allocators take their memory from mmap, so that nothing is counted twice.
//
// To mark game frames, add a function that calls HEAPREEL_GAME_FRAME() to FCoreDelegates::OnEndFrame (AddStatic).
#ifndef HEAPREEL_ADAPTERS_UNREAL_H
#define HEAPREEL_ADAPTERS_UNREAL_H

#include <stddef.h>
#include <stdint.h>

#include <heapreel/adapters/adapter.h>

namespace heapreel {

HEAPREEL_DOMAIN(gmalloc_domain, "GMalloc");

// A proxy, as FMallocProfiler and the other wrappers of UE are. `Allocator` is FMalloc, `OutputDevice` is
// FOutputDevice. It hands every call on, and reports those that allocate or free. As thread-safe as the inner
// allocator.
template <class Allocator, class OutputDevice>
class reported_fmalloc : public Allocator {
 public:
  // `inner` must outlive this object.
  explicit reported_fmalloc(Allocator* inner) : inner_(inner) {}

  void* Malloc(size_t n, uint32_t alignment) override { return born(inner_->Malloc(n, alignment), n); }
  void* TryMalloc(size_t n, uint32_t alignment) override { return born(inner_->TryMalloc(n, alignment), n); }
  void* MallocZeroed(size_t n, uint32_t alignment) override { return born(inner_->MallocZeroed(n, alignment), n); }
  void* TryMallocZeroed(size_t n, uint32_t alignment) override {
    return born(inner_->TryMallocZeroed(n, alignment), n);
  }
  void* Realloc(void* p, size_t n, uint32_t alignment) override {
    return moved(p, n, [&] { return inner_->Realloc(p, n, alignment); });
  }
  void* TryRealloc(void* p, size_t n, uint32_t alignment) override {
    return moved(p, n, [&] { return inner_->TryRealloc(p, n, alignment); });
  }
  void Free(void* p) override {
    if (p != nullptr) HEAPREEL_FREE(gmalloc_domain, p);
    inner_->Free(p);
  }

  size_t QuantizeSize(size_t n, uint32_t alignment) override { return inner_->QuantizeSize(n, alignment); }
  bool GetAllocationSize(void* p, size_t& n) override { return inner_->GetAllocationSize(p, n); }
  void Trim(bool thread_caches) override { inner_->Trim(thread_caches); }
  void SetupTLSCachesOnCurrentThread() override { inner_->SetupTLSCachesOnCurrentThread(); }
  void ClearAndDisableTLSCachesOnCurrentThread() override { inner_->ClearAndDisableTLSCachesOnCurrentThread(); }
  void MarkTLSCachesAsUsedOnCurrentThread() override { inner_->MarkTLSCachesAsUsedOnCurrentThread(); }
  void MarkTLSCachesAsUnusedOnCurrentThread() override { inner_->MarkTLSCachesAsUnusedOnCurrentThread(); }
  void UpdateStats() override { inner_->UpdateStats(); }
  void DumpAllocatorStats(OutputDevice& out) override { inner_->DumpAllocatorStats(out); }
  bool IsInternallyThreadSafe() const override { return inner_->IsInternallyThreadSafe(); }
  bool ValidateHeap() override { return inner_->ValidateHeap(); }
  auto GetDescriptiveName() -> decltype(static_cast<Allocator*>(nullptr)->GetDescriptiveName()) override {
    return inner_->GetDescriptiveName();
  }
  void OnMallocInitialized() override { inner_->OnMallocInitialized(); }
  void OnPreFork() override { inner_->OnPreFork(); }
  void OnPostFork() override { inner_->OnPostFork(); }

 private:
  static void* born(void* p, size_t n) {
    if (p != nullptr) HEAPREEL_ALLOC(gmalloc_domain, p, n);
    return p;
  }
  // In UE a Realloc to 0 bytes is a free.
  template <class Call>
  static void* moved(void* p, size_t n, Call call) {
    if (n == 0) {
      if (p != nullptr) HEAPREEL_FREE(gmalloc_domain, p);
      return call();
    }
    HEAPREEL_REALLOC_BEGIN(ticket, gmalloc_domain, p);
    void* q = call();
    HEAPREEL_REALLOC_END(ticket, gmalloc_domain, p, q, n);
    return q;
  }

  Allocator* inner_;
};

}  // namespace heapreel

#endif
