// Debian package: libimgui-dev
#include <imgui.h>

#include <heapreel/adapters/imgui.h>

#include <heapreel/testing/gtest.h>

#include "tests/hooks/adapters/domain_blocks.h"

namespace heapreel::testing {
namespace {

TEST_F(AdapterTest, ImGuisBlocksAreThoseThatImGuiCounts) {
  heapreel_imgui_install();
  heapreel_imgui_install();
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.DisplaySize = ImVec2(640, 480);
  unsigned char* pixels = nullptr;
  int width = 0, height = 0;
  io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
  const auto draw = [] {
    ImGui::NewFrame();
    ImGui::Begin("window");
    for (int i = 0; i < 50; ++i) ImGui::Text("line %d", i);
    ImGui::End();
    ImGui::Render();
  };
  for (int game_frame = 0; game_frame < 3; ++game_frame) draw();
  EXPECT_NO_ALLOCS(draw());
  const DomainBlocks blocks = DomainBlocks::of("ImGui");
  EXPECT_EQ(blocks.found_in_malloc, blocks.count);
  // Its context and the font atlas are there before ImGui can count.
  EXPECT_EQ(blocks.count, uint64_t(io.MetricsActiveAllocations) + 2);
  ImGui::DestroyContext();
  EXPECT_EQ(DomainBlocks::of("ImGui").count, 0u);
}

}  // namespace
}  // namespace heapreel::testing
