#include "tools/command/console/byte_text.h"

#include <gtest/gtest.h>

namespace heapreel::tools {
namespace {

TEST(ByteText, IsANumberOfBytes) {
  EXPECT_EQ(bytes_from("0"), 0u);
  EXPECT_EQ(bytes_from("4096"), 4096u);
  EXPECT_EQ(bytes_from("18446744073709551615"), UINT64_MAX);
}

TEST(ByteText, TakesOneSuffixThatIsAPowerOf1024) {
  EXPECT_EQ(bytes_from("1K"), 1024u);
  EXPECT_EQ(bytes_from("512M"), uint64_t{512} << 20);
  EXPECT_EQ(bytes_from("2G"), uint64_t{2} << 30);
  EXPECT_EQ(bytes_from("3T"), uint64_t{3} << 40);
}

TEST(ByteText, RefusesWhatDoesNotFit) {
  EXPECT_EQ(bytes_from("18446744073709551616"), std::nullopt);
  EXPECT_EQ(bytes_from("16777215T"), uint64_t{16777215} << 40);
  EXPECT_EQ(bytes_from("16777216T"), std::nullopt);
}

TEST(ByteText, RefusesOtherTexts) {
  for (const char* text : {"", "K", "-1", "+1", "1k", "1KB", "1 K", "1.5G", "0x10", " 1"}) {
    EXPECT_EQ(bytes_from(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace heapreel::tools
