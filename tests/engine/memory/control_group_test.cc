#include "engine/memory/control_group.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace heapreel::engine::testing {
namespace {

using platform::control_group_limit;

class ControlGroupTest : public ::testing::Test {
 protected:
  ControlGroupTest() {
    std::string folder = std::filesystem::temp_directory_path() / "control_groups.XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary directory: " + folder);
    mounts_ = folder;
  }
  ~ControlGroupTest() override { std::filesystem::remove_all(mounts_); }

  void write(const std::string& file, const std::string& text) const {
    const std::filesystem::path path = mounts_ + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  uint64_t limit(const std::string& membership) const {
    return control_group_limit(membership.c_str(), mounts_.c_str());
  }

  std::string mounts_;
};

TEST_F(ControlGroupTest, WithoutGroupsNothingIsLimited) {
  EXPECT_EQ(limit(""), UINT64_MAX);
  EXPECT_EQ(limit("0::/\n"), UINT64_MAX);
  EXPECT_EQ(limit("0::/nobody/there\n"), UINT64_MAX);
}

TEST_F(ControlGroupTest, TheLeastOfAGroupAndThoseAboveItCounts) {
  write("/memory.max", "max\n");
  write("/games/memory.max", "3000\n");
  write("/games/mine/memory.max", "5000\n");
  EXPECT_EQ(limit("0::/games/mine\n"), 3000u);
  EXPECT_EQ(limit("0::/games/\n"), 3000u);
  EXPECT_EQ(limit("0::/\n"), UINT64_MAX);
}

TEST_F(ControlGroupTest, WhatSlowsAProgramDownCountsAsWhatEndsIt) {
  write("/games/memory.max", "3000\n");
  write("/games/memory.high", "2000\n");
  EXPECT_EQ(limit("0::/games\n"), 2000u);
}

TEST_F(ControlGroupTest, OfVersionOneTheHierarchyWithTheMemoryControllerCounts) {
  write("/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("/memory/games/memory.limit_in_bytes", "700\n");
  write("/games/memory.max", "1\n");
  EXPECT_EQ(limit("5:cpu,cpuacct:/games\n4:memory:/games\n1:name=systemd:/games\n0::/\n"), 700u);
  EXPECT_EQ(limit("4:hugetlb,memory:/games\n"), 700u);
  EXPECT_EQ(limit("4:memory_like:/games\n"), UINT64_MAX);
}

TEST_F(ControlGroupTest, InAContainerThatShowsTheHostsPathTheTopGroupIsTheContainers) {
  write("/memory/memory.limit_in_bytes", "600\n");
  EXPECT_EQ(limit("4:memory:/docker/0123456789abcdef\n"), 600u);
}

TEST_F(ControlGroupTest, TextThatIsNoMembershipLimitsNothing) {
  write("/memory.max", "10\n");
  for (const char* text : {"\n", ":\n", "::\n", "0:\n", "0::/cut short", "0\n\n", "memory\n"}) {
    EXPECT_EQ(limit(text), UINT64_MAX) << text;
  }
  EXPECT_EQ(limit("0::no-slash\n"), 10u);
  EXPECT_EQ(limit("0::/" + std::string(5000, 'x') + "\n"), 10u);
  write("/memory.max", "99999999999999999999999\n");
  EXPECT_EQ(limit("0::/\n"), UINT64_MAX);
  write("/memory.max", "");
  EXPECT_EQ(limit("0::/\n"), UINT64_MAX);
}

}  // namespace
}  // namespace heapreel::engine::testing
