// The adapters of engines that are in no package, against small classes and functions of the same form.
#include <heapreel/adapters/godot.h>
#include <heapreel/adapters/unreal.h>

#include <cstdlib>
#include <cstring>
#include <new>

#include "tests/hooks/adapters/domain_blocks.h"

namespace heapreel::testing {
namespace {

struct OutputDevice {
  int lines = 0;
};

// The virtual functions of an engine's allocator, over malloc, and a few that count how often they were handed on.
class EngineMalloc {
 public:
  virtual ~EngineMalloc() = default;
  virtual void* Malloc(size_t n, uint32_t) { return std::malloc(n); }
  virtual void* TryMalloc(size_t n, uint32_t) { return n > (size_t{1} << 40) ? nullptr : std::malloc(n); }
  virtual void* MallocZeroed(size_t n, uint32_t) { return std::calloc(1, n); }
  virtual void* TryMallocZeroed(size_t n, uint32_t) { return std::calloc(1, n); }
  virtual void* Realloc(void* p, size_t n, uint32_t alignment) { return TryRealloc(p, n, alignment); }
  virtual void* TryRealloc(void* p, size_t n, uint32_t) {
    if (n != 0) return std::realloc(p, n);
    std::free(p);
    return nullptr;
  }
  virtual void Free(void* p) { std::free(p); }
  virtual size_t QuantizeSize(size_t n, uint32_t) { return (n + 15) / 16 * 16; }
  virtual bool GetAllocationSize(void*, size_t& n) { return n = 7, true; }
  virtual void Trim(bool) { ++handed_on; }
  virtual void SetupTLSCachesOnCurrentThread() { ++handed_on; }
  virtual void ClearAndDisableTLSCachesOnCurrentThread() { ++handed_on; }
  virtual void MarkTLSCachesAsUsedOnCurrentThread() { ++handed_on; }
  virtual void MarkTLSCachesAsUnusedOnCurrentThread() { ++handed_on; }
  virtual void UpdateStats() { ++handed_on; }
  virtual void DumpAllocatorStats(OutputDevice& out) { ++out.lines; }
  virtual bool IsInternallyThreadSafe() const { return true; }
  virtual bool ValidateHeap() { return true; }
  virtual const char16_t* GetDescriptiveName() { return u"plain"; }
  virtual void OnMallocInitialized() { ++handed_on; }
  virtual void OnPreFork() { ++handed_on; }
  virtual void OnPostFork() { ++handed_on; }
  int handed_on = 0;
};

TEST_F(AdapterTest, AnFMallocProxyReportsAndHandsOn) {
  using Reported = reported_fmalloc<EngineMalloc, OutputDevice>;
  EngineMalloc plain;
  Reported proxy(&plain);
  EngineMalloc* gmalloc = &proxy;

  void* a = gmalloc->Malloc(100, 16);
  void* b = gmalloc->MallocZeroed(200, 16);
  void* c = gmalloc->TryMalloc(300, 16);
  EXPECT_EQ(gmalloc->TryMalloc(size_t{1} << 41, 16), nullptr);
  a = gmalloc->Realloc(a, 1000, 16);
  void* d = gmalloc->Realloc(nullptr, 10, 16);
  DomainBlocks blocks = DomainBlocks::of("GMalloc");
  EXPECT_EQ(blocks.count, 4u);
  EXPECT_EQ(blocks.bytes, 1000u + 200 + 300 + 10);
  EXPECT_EQ(blocks.found_in_malloc, 4u);

  gmalloc->Free(a);
  gmalloc->Free(b);
  EXPECT_EQ(gmalloc->Realloc(c, 0, 16), nullptr);
  EXPECT_EQ(gmalloc->TryRealloc(d, 0, 16), nullptr);
  gmalloc->Free(nullptr);
  EXPECT_EQ(DomainBlocks::of("GMalloc").count, 0u);

  OutputDevice out;
  size_t size = 0;
  gmalloc->Trim(true);
  gmalloc->SetupTLSCachesOnCurrentThread();
  gmalloc->ClearAndDisableTLSCachesOnCurrentThread();
  gmalloc->MarkTLSCachesAsUsedOnCurrentThread();
  gmalloc->MarkTLSCachesAsUnusedOnCurrentThread();
  gmalloc->UpdateStats();
  gmalloc->OnMallocInitialized();
  gmalloc->OnPreFork();
  gmalloc->OnPostFork();
  gmalloc->DumpAllocatorStats(out);
  EXPECT_EQ(plain.handed_on, 9);
  EXPECT_EQ(out.lines, 1);
  EXPECT_EQ(gmalloc->QuantizeSize(17, 16), 32u);
  EXPECT_TRUE(gmalloc->GetAllocationSize(nullptr, size) && size == 7);
  EXPECT_TRUE(gmalloc->IsInternallyThreadSafe() && gmalloc->ValidateHeap());
  EXPECT_EQ(std::u16string(gmalloc->GetDescriptiveName()), u"plain");
}

// What an engine gives an extension: functions by name. A padded block begins 16 bytes into that of malloc.
void* mem_alloc2(size_t n, uint8_t padded) {
  auto* p = static_cast<char*>(std::malloc(n + 16));
  return padded ? p + 16 : p;
}
void* mem_realloc2(void* p, size_t n, uint8_t padded) {
  const size_t skipped = padded ? 16 : 0;
  return static_cast<char*>(std::realloc(p ? static_cast<char*>(p) - skipped : nullptr, n + 16)) + skipped;
}
void mem_free2(void* p, uint8_t padded) {
  std::free(p && padded ? static_cast<char*>(p) - 16 : p);
}
void other_function() {}

heapreel_godot_function engine_function(const char* name) {
  if (!std::strcmp(name, "mem_alloc")) return reinterpret_cast<heapreel_godot_function>(&std::malloc);
  if (!std::strcmp(name, "mem_realloc")) return reinterpret_cast<heapreel_godot_function>(&std::realloc);
  if (!std::strcmp(name, "mem_free")) return reinterpret_cast<heapreel_godot_function>(&std::free);
  if (!std::strcmp(name, "mem_alloc2")) return reinterpret_cast<heapreel_godot_function>(&mem_alloc2);
  if (!std::strcmp(name, "mem_realloc2")) return reinterpret_cast<heapreel_godot_function>(&mem_realloc2);
  if (!std::strcmp(name, "mem_free2")) return reinterpret_cast<heapreel_godot_function>(&mem_free2);
  if (!std::strcmp(name, "other")) return &other_function;
  return nullptr;
}

TEST_F(AdapterTest, AGodotExtensionsBlocksAreADomain) {
  const heapreel_godot_get_proc_address look_up = heapreel_godot_functions(&engine_function);
  EXPECT_EQ(heapreel_godot_functions(look_up), look_up);
  EXPECT_EQ(look_up("other"), &other_function);
  EXPECT_EQ(look_up("no such function"), nullptr);
  const auto alloc = reinterpret_cast<void* (*)(size_t)>(look_up("mem_alloc"));
  const auto resize = reinterpret_cast<void* (*)(void*, size_t)>(look_up("mem_realloc"));
  const auto release = reinterpret_cast<void (*)(void*)>(look_up("mem_free"));
  const auto alloc2 = reinterpret_cast<void* (*)(size_t, uint8_t)>(look_up("mem_alloc2"));
  const auto resize2 = reinterpret_cast<void* (*)(void*, size_t, uint8_t)>(look_up("mem_realloc2"));
  const auto release2 = reinterpret_cast<void (*)(void*, uint8_t)>(look_up("mem_free2"));

  void* a = resize(alloc(100), 1000);
  void* b = resize2(alloc2(10, 1), 2000, 1);
  const DomainBlocks blocks = DomainBlocks::of("GDExtension");
  EXPECT_EQ(blocks.count, 2u);
  EXPECT_EQ(blocks.bytes, 3000u);
  EXPECT_TRUE(get_object_traceback(b).has_value()) << "a pointer into malloc's block";
  release(a);
  release2(b, 1);
  EXPECT_EQ(DomainBlocks::of("GDExtension").count, 0u);
}

}  // namespace
}  // namespace heapreel::testing
