// The overlay in a program with ImGui and no graphics card: what it says, that it allocates nothing, and how it looks.
#include <imgui.h>

#include <heapreel/engine.h>
#include <heapreel/heapreel.h>
#include <heapreel/overlay/imgui.h>

#include <heapreel/testing/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/snapshot/overlay/drawn_picture.h"

HEAPREEL_DOMAIN(g_textures, "Textures");
HEAPREEL_BUDGET("Physics", .allocs_per_game_frame = 20);
HEAPREEL_BUDGET("domain:Textures", .live_bytes = 64 << 20);

// A game whose physics allocates more than it may in every fiftieth game frame.
struct SmallGame {
  std::vector<std::unique_ptr<char[]>> level;
  int game_frame = 0;

  __attribute__((noinline)) void solve() {
    HEAPREEL_TAG("Physics");
    for (int i = 0; i < (game_frame % 50 == 0 ? 60 : 12); ++i) {
      std::unique_ptr<char[]> contact(new char[96]);
      asm volatile("" : : "r"(contact.get()) : "memory");  // or the compiler leaves out both new and delete
    }
  }
  __attribute__((noinline)) void find_paths() {
    for (int i = 0; i < 7; ++i) level.emplace_back(new char[512]);
  }
  __attribute__((noinline)) void stream_textures() {
    HEAPREEL_ALLOC(g_textures, reinterpret_cast<void*>(0x10000000ull + 0x100000ull * unsigned(game_frame % 40)),
                   1 << 20);
  }
  void step() {
    solve();
    find_paths();
    if (game_frame < 40) stream_textures();
    ++game_frame;
  }
};

namespace heapreel::testing {
namespace {

constexpr int kWidth = 680, kHeight = 460;

std::string g_clipboard;

class ImGuiOverlayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    heapreel::start();
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = ImVec2(kWidth, kHeight);
    io.SetClipboardTextFn = [](void*, const char* text) { g_clipboard = text; };
    io.Fonts->GetTexDataAsRGBA32(&texture_, &texture_width_, &texture_height_);
  }
  void TearDown() override {
    ImGui::DestroyContext();
    heapreel::stop();
  }

  void draw(ImGuiOverlay& overlay) {
    ImGui::NewFrame();
    ImGui::SetNextWindowPos(ImVec2(10, 10));
    overlay.draw();
    ImGui::Render();
  }
  // Everything that the overlay writes, as text.
  std::string text_of(ImGuiOverlay& overlay) {
    ImGui::NewFrame();
    ImGui::LogToClipboard();
    overlay.draw();
    ImGui::LogFinish();
    ImGui::Render();
    return g_clipboard;
  }
  // Plays so many game frames, and waits after each until the overlay shows it: none is left out.
  void play(ImGuiOverlay& overlay, SmallGame& game, int game_frames) {
    for (int i = 0; i < game_frames; ++i) {
      game.step();
      draw(overlay);
      HEAPREEL_GAME_FRAME();
      overlay.end_game_frame();
      const uint64_t ended = take_snapshot().game_frame() - 1;
      while (overlay.newest().state != GameFrameFigures::State::kLive || overlay.newest().game_frame != ended) {
        std::this_thread::yield();
      }
    }
  }

  unsigned char* texture_ = nullptr;
  int texture_width_ = 0, texture_height_ = 0;
};

TEST_F(ImGuiOverlayTest, ShowsWhatTheGameFrameDid) {
  ImGuiOverlay overlay;
  EXPECT_NE(text_of(overlay).find("nothing is traced"), std::string::npos) << "no game frame was ended yet";
  SmallGame game;
  play(overlay, game, 301);  // game frame 300 breaks the budget
  const std::string text = text_of(overlay);
  EXPECT_NE(text.find("exact"), std::string::npos) << text;
  EXPECT_NE(text.find("OVER  Physics  allocs_per_game_frame"), std::string::npos) << text;
  EXPECT_NE(text.find("domain:Textures  live_bytes"), std::string::npos) << text;
  EXPECT_NE(text.find("SmallGame::find_paths"), std::string::npos) << text;
  EXPECT_NE(text.find("imgui_overlay_test.cc:"), std::string::npos) << text;
  EXPECT_NE(text.find("40.0 MiB"), std::string::npos) << "live bytes of the domain Textures\n" << text;
  EXPECT_NE(text.find("allocs of the last 240 game frames, at most"), std::string::npos) << text;

  draw(overlay);
  DrawnPicture picture(kWidth, kHeight);
  picture.draw(*ImGui::GetDrawData(), texture_, texture_width_, texture_height_);
  EXPECT_GT(picture.drawn_pixels(), size_t(kWidth) * kHeight / 4);
  const char* folder = std::getenv("HEAPREEL_PICTURE_FOLDER");
  ASSERT_TRUE(picture.write_png((folder != nullptr ? std::string(folder) + "/" : std::string()) + "overlay.png"));
}

TEST_F(ImGuiOverlayTest, AllocatesNothingOnceItIsWarm) {
  ImGuiOverlay overlay;
  SmallGame game;
  play(overlay, game, 260);
  for (int i = 0; i < 3; ++i) draw(overlay);
  EXPECT_NO_ALLOCS({
    draw(overlay);
    HEAPREEL_GAME_FRAME();
    overlay.end_game_frame();
  });
}

TEST_F(ImGuiOverlayTest, SaysWhenTracingIsOff) {
  ImGuiOverlay overlay;
  HEAPREEL_GAME_FRAME();
  overlay.end_game_frame();
  heapreel::stop();
  overlay.end_game_frame();
  EXPECT_NE(text_of(overlay).find("nothing is traced: call heapreel::start()"), std::string::npos);
}

}  // namespace
}  // namespace heapreel::testing
