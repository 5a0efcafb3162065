// Debian package: libsdl2-dev
#include <SDL.h>

#include <heapreel/adapters/sdl2.h>

#include "tests/hooks/adapters/domain_blocks.h"

namespace heapreel::testing {
namespace {

TEST_F(AdapterTest, SdlsBlocksAreThoseThatSdlCounts) {
  ASSERT_EQ(heapreel_sdl2_install(), 0);
  ASSERT_EQ(heapreel_sdl2_install(), 0);  // a second adapter over the first would report every block twice
  SDL_setenv("SDL_VIDEODRIVER", "dummy", 1);
  ASSERT_EQ(SDL_Init(SDL_INIT_VIDEO), 0) << SDL_GetError();
  SDL_Surface* surface = SDL_CreateRGBSurfaceWithFormat(0, 64, 64, 32, SDL_PIXELFORMAT_RGBA32);
  SDL_Surface* wide = SDL_ConvertSurfaceFormat(surface, SDL_PIXELFORMAT_RGB24, 0);
  char* text = SDL_strdup("a text");
  text = static_cast<char*>(SDL_realloc(text, 5000));
  ASSERT_NE(text, nullptr);

  const DomainBlocks blocks = DomainBlocks::of("SDL");
  EXPECT_EQ(blocks.count, uint64_t(SDL_GetNumAllocations()));
  EXPECT_GE(blocks.bytes, 64u * 64 * 4 + 64 * 64 * 3 + 5000);

  SDL_free(text);
  SDL_FreeSurface(wide);
  SDL_FreeSurface(surface);
  SDL_Quit();
  EXPECT_EQ(DomainBlocks::of("SDL").count, uint64_t(SDL_GetNumAllocations()));
}

}  // namespace
}  // namespace heapreel::testing
