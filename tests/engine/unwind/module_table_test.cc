#include "engine/unwind/module_table.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <thread>
#include <vector>

#include "engine/unwind/unwind_os.h"
#include "mapped_elf.h"

namespace heapreel::engine {
namespace {

constexpr const char* kLibrary = "/lib/x86_64-linux-gnu/libgcc_s.so.1";
constexpr const char* kOther = "/lib/x86_64-linux-gnu/libm.so.6";

class ModuleTableTest : public testing::Test {
 protected:
  ModuleTableTest() : library_(kLibrary), other_(kOther) {
    memory_ = mmap(nullptr, sizeof(ModuleTable), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    table_ = ModuleTable::at(memory_);
  }
  ~ModuleTableTest() override { munmap(memory_, sizeof(ModuleTable)); }
  void SetUp() override {
    if (!library_.ok() || !other_.ok()) GTEST_SKIP() << "needs " << kLibrary << " and " << kOther;
  }

  MappedElf library_;
  MappedElf other_;
  void* memory_;
  ModuleTable* table_;
};

TEST_F(ModuleTableTest, starts_empty) {
  EXPECT_EQ(table_->count(), 0u);
  EXPECT_EQ(table_->overflowed(), 0u);
}

TEST_F(ModuleTableTest, tells_where_a_module_is_and_what_it_is) {
  table_->note(library_.image(), kLibrary);
  ASSERT_EQ(table_->count(), 1u);
  const ModuleTable::Instance* const instance = table_->instance(0);
  ASSERT_NE(instance, nullptr);
  EXPECT_EQ(instance->start, reinterpret_cast<uintptr_t>(library_.memory()));
  EXPECT_EQ(instance->load_bias, library_.image().load_bias());
  EXPECT_EQ(table_->path(*instance), kLibrary);
  EXPECT_EQ(instance->build_id_size, 20u) << "distributions build with a SHA-1 build-id";
  EXPECT_EQ(instance->unloaded_generation.load(), ModuleTable::kStillLoaded);
}

TEST_F(ModuleTableTest, notes_a_module_once) {
  table_->note(library_.image(), kLibrary);
  ModuleTable::bump_generation();
  table_->note(library_.image(), kLibrary);
  EXPECT_EQ(table_->count(), 1u);
}

TEST_F(ModuleTableTest, closes_an_instance_whose_place_was_taken) {
  table_->note(library_.image(), kLibrary);
  ModuleTable::bump_generation();
  uint8_t id[ModuleImage::kMaxBuildId];
  ASSERT_EQ(library_.image().build_id(id), 20u);
  void* const stored = memmem(library_.memory(), 4096, id, sizeof id < 20 ? sizeof id : 20);
  ASSERT_NE(stored, nullptr);
  static_cast<uint8_t*>(stored)[0] ^= 1;  // another build at the same address
  table_->note(library_.image(), kLibrary);
  ASSERT_EQ(table_->count(), 2u);
  EXPECT_EQ(table_->instance(0)->unloaded_generation.load(), ModuleTable::current_generation());
  EXPECT_EQ(table_->instance(1)->unloaded_generation.load(), ModuleTable::kStillLoaded);
}

TEST_F(ModuleTableTest, names_the_program_itself_by_its_file) {
  table_->note_program();
  table_->note(library_.image(), "");
  char expected[4096];
  const ssize_t size = readlink("/proc/self/exe", expected, sizeof expected);
  ASSERT_GT(size, 0);
  EXPECT_EQ(table_->path(*table_->instance(0)), std::string_view(expected, static_cast<size_t>(size)));
}

TEST_F(ModuleTableTest, makes_relative_paths_absolute) {
  table_->note_directory();
  table_->note(library_.image(), "./plugins/library.so");
  const std::string_view path = table_->path(*table_->instance(0));
  EXPECT_EQ(path.front(), '/');
  EXPECT_TRUE(path.ends_with("/./plugins/library.so"));
}

TEST_F(ModuleTableTest, takes_a_relative_path_from_the_directory_that_was_noted_last) {
  char before[4096];
  ASSERT_NE(getcwd(before, sizeof before), nullptr);
  table_->note_directory();
  ASSERT_EQ(chdir("/usr"), 0);
  table_->note_directory();
  ASSERT_EQ(chdir("/"), 0);
  table_->note(library_.image(), "./plugins/library.so");
  EXPECT_EQ(table_->path(*table_->instance(0)), "/usr/./plugins/library.so");
  ASSERT_EQ(chdir(before), 0);
}

TEST(MappedPathTest, TellsTheFileOfAnAddressAndNothingOfAnonymousMemory) {
  char path[4096];
  const size_t size = unwind_os::mapped_path(reinterpret_cast<uintptr_t>(&unwind_os::mapped_path), path, sizeof path);
  char expected[4096];
  const ssize_t expected_size = readlink("/proc/self/exe", expected, sizeof expected);
  EXPECT_EQ(std::string_view(path, size), std::string_view(expected, static_cast<size_t>(expected_size)));
  int local = 0;
  EXPECT_EQ(
      std::string_view(path, unwind_os::mapped_path(reinterpret_cast<uintptr_t>(&local), path, sizeof path)).find("/"),
      std::string_view::npos);
}

TEST_F(ModuleTableTest, leaves_names_that_are_no_paths_alone) {
  table_->note(library_.image(), "linux-vdso.so.1");
  EXPECT_EQ(table_->path(*table_->instance(0)), "linux-vdso.so.1");
}

TEST_F(ModuleTableTest, counts_what_does_not_fit) {
  for (uint32_t i = 0; i < ModuleTable::kCapacity + 3; ++i) {
    // Taking turns at one place makes every note a new instance: each closes the one before.
    library_.memory()[offsetof(Elf64_Ehdr, e_phoff) + sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_paddr)] ^= 1;
    table_->note(library_.image(), kLibrary);
  }
  EXPECT_EQ(table_->count(), ModuleTable::kCapacity);
  EXPECT_EQ(table_->overflowed(), 3u);
}

TEST_F(ModuleTableTest, holds_every_module_that_threads_note_at_once) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int round = 0; round < 100; ++round) {
        table_->note(library_.image(), kLibrary);
        table_->note(other_.image(), kOther);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Duplicates are allowed, one per thread at most.
  EXPECT_GE(table_->count(), 2u);
  EXPECT_LE(table_->count(), 8u);
  bool has_library = false;
  bool has_other = false;
  for (uint32_t i = 0; i < table_->count(); ++i) {
    ASSERT_NE(table_->instance(i), nullptr);
    has_library |= table_->path(*table_->instance(i)) == kLibrary;
    has_other |= table_->path(*table_->instance(i)) == kOther;
    EXPECT_EQ(table_->instance(i)->unloaded_generation.load(), ModuleTable::kStillLoaded);
  }
  EXPECT_TRUE(has_library && has_other);
}

}  // namespace
}  // namespace heapreel::engine
