// A library is unloaded and another is loaded at its place: rules of the first must not be used for the
// second.
#include <dlfcn.h>
#include <link.h>

#include <memory>

#include "engine/unwind/module_table.h"
#include "unwind_oracle.h"

namespace heapreel::engine {
namespace {

using CallBack = int (*)(void (*)(void*), void*);

struct Visit {
  Capture capture;
  uintptr_t base = 0;
};

Visit call_through(const char* path) {
  Visit visit;
  void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  EXPECT_NE(library, nullptr) << dlerror();
  if (library == nullptr) return visit;
  link_map* map = nullptr;
  dlinfo(library, RTLD_DI_LINKMAP, &map);
  visit.base = map->l_addr;
  const auto call_back = reinterpret_cast<CallBack>(dlsym(library, "call_back"));
  call_back([](void* into) { *static_cast<Capture*>(into) = capture(); }, &visit.capture);
  ModuleTable::bump_generation();
  dlclose(library);
  ModuleTable::bump_generation();
  return visit;
}

class StackWalkerReload : public testing::Test {
 protected:
  StackWalkerReload() {
    memory_ = mmap(nullptr, sizeof(ModuleTable), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    table_ = ModuleTable::at(memory_);
    ModuleTable::install(table_);
  }
  ~StackWalkerReload() override {
    ModuleTable::install(nullptr);
    munmap(memory_, sizeof(ModuleTable));
  }

  void* memory_;
  ModuleTable* table_;
};

TEST_F(StackWalkerReload, walks_through_the_code_that_is_there_now) {
  const Visit first = call_through(RELOADED_LIBRARY_SMALL);
  const Visit second = call_through(RELOADED_LIBRARY_LARGE);
  const Visit third = call_through(RELOADED_LIBRARY_SMALL);
  expect_exact(first.capture);
  expect_exact(second.capture);
  expect_exact(third.capture);
  if (first.base != second.base) GTEST_SKIP() << "the loader chose another place";
}

TEST_F(StackWalkerReload, lists_each_library_as_an_instance_of_its_own) {
  const Visit first = call_through(RELOADED_LIBRARY_SMALL);
  const Visit second = call_through(RELOADED_LIBRARY_LARGE);
  if (first.base != second.base) GTEST_SKIP() << "the loader chose another place";
  const ModuleTable::Instance* small = nullptr;
  const ModuleTable::Instance* large = nullptr;
  for (uint32_t i = 0; i < table_->count(); ++i) {
    const ModuleTable::Instance* const instance = table_->instance(i);
    ASSERT_NE(instance, nullptr);
    if (table_->path(*instance) == RELOADED_LIBRARY_SMALL) small = instance;
    if (table_->path(*instance) == RELOADED_LIBRARY_LARGE) large = instance;
  }
  ASSERT_NE(small, nullptr);
  ASSERT_NE(large, nullptr);
  EXPECT_EQ(small->start, large->start);
  EXPECT_NE(small->unloaded_generation.load(), ModuleTable::kStillLoaded);
  EXPECT_EQ(large->unloaded_generation.load(), ModuleTable::kStillLoaded);
  EXPECT_GE(large->loaded_generation, small->unloaded_generation.load());
}

TEST_F(StackWalkerReload, keeps_one_instance_of_what_stayed_loaded) {
  const Visit first = call_through(RELOADED_LIBRARY_SMALL);
  const uint32_t before = table_->count();
  const Visit second = call_through(RELOADED_LIBRARY_SMALL);
  if (first.base != second.base) GTEST_SKIP() << "the loader chose another place";
  EXPECT_EQ(table_->count(), before);
}

}  // namespace
}  // namespace heapreel::engine
