// Debian package: libfreetype-dev
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_MODULE_H

#include <heapreel/adapters/freetype.h>

#include <filesystem>

#include "tests/hooks/adapters/domain_blocks.h"

namespace heapreel::testing {
namespace {

constexpr const char* kFont = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

TEST_F(AdapterTest, FreeTypesBlocksAreADomain) {
  if (!std::filesystem::exists(kFont)) GTEST_SKIP() << kFont << " is not installed (fonts-dejavu-core)";
  FT_Library library = nullptr;
  ASSERT_EQ(heapreel_freetype_init(&library), 0);
  FT_Face face = nullptr;
  ASSERT_EQ(FT_New_Face(library, kFont, 0, &face), 0);
  ASSERT_EQ(FT_Set_Pixel_Sizes(face, 0, 48), 0);
  for (FT_ULong letter = 'A'; letter <= 'Z'; ++letter) ASSERT_EQ(FT_Load_Char(face, letter, FT_LOAD_RENDER), 0);

  const DomainBlocks blocks = DomainBlocks::of("FreeType");
  EXPECT_GT(blocks.count, 20u);
  EXPECT_EQ(blocks.found_in_malloc, blocks.count);

  FT_Done_Face(face);
  EXPECT_LT(DomainBlocks::of("FreeType").bytes, blocks.bytes);
  ASSERT_EQ(heapreel_freetype_done(library), 0);
  EXPECT_EQ(DomainBlocks::of("FreeType").count, 0u);
}

}  // namespace
}  // namespace heapreel::testing
