// Debian package: libphysfs-dev
#include <physfs.h>

#include <heapreel/adapters/physfs.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/hooks/adapters/domain_blocks.h"

namespace heapreel::testing {
namespace {

TEST_F(AdapterTest, PhysFssBlocksAreADomain) {
  const std::string folder = ::testing::TempDir() + "/physfs_adapter_" + std::to_string(getpid());
  std::filesystem::create_directory(folder);
  std::ofstream(folder + "/level.txt") << "a level";
  ASSERT_NE(heapreel_physfs_install(), 0);
  ASSERT_NE(PHYSFS_init("adapter_test"), 0);
  ASSERT_NE(PHYSFS_mount(folder.c_str(), "/data", 1), 0);
  PHYSFS_File* file = PHYSFS_openRead("data/level.txt");
  ASSERT_NE(file, nullptr);
  ASSERT_NE(PHYSFS_setBuffer(file, 12345), 0);
  char text[8] = {};
  EXPECT_EQ(PHYSFS_readBytes(file, text, 7), 7);
  EXPECT_STREQ(text, "a level");

  const DomainBlocks blocks = DomainBlocks::of("PhysFS");
  EXPECT_GE(blocks.bytes, 12345u);
  EXPECT_EQ(blocks.found_in_malloc, blocks.count);
  EXPECT_EQ(heapreel_physfs_install(), 0) << "PhysFS takes no other allocator while it runs";

  PHYSFS_close(file);
  ASSERT_NE(PHYSFS_deinit(), 0);
  EXPECT_EQ(DomainBlocks::of("PhysFS").count, 0u);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace heapreel::testing
