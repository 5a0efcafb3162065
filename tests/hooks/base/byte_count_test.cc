#include "hooks/base/byte_count.h"

#include <gtest/gtest.h>

namespace heapreel {
namespace {

TEST(ByteCount, IsANumberOfBytes) {
  EXPECT_EQ(byte_count("0"), 0u);
  EXPECT_EQ(byte_count("4096"), 4096u);
  EXPECT_EQ(byte_count("18446744073709551615"), UINT64_MAX);
}

TEST(ByteCount, TakesOneSuffixThatIsAPowerOf1024) {
  EXPECT_EQ(byte_count("1K"), 1024u);
  EXPECT_EQ(byte_count("512M"), uint64_t{512} << 20);
  EXPECT_EQ(byte_count("2G"), uint64_t{2} << 30);
  EXPECT_EQ(byte_count("3T"), uint64_t{3} << 40);
}

TEST(ByteCount, RefusesWhatDoesNotFit) {
  EXPECT_EQ(byte_count("18446744073709551616"), std::nullopt);
  EXPECT_EQ(byte_count("16777215T"), uint64_t{16777215} << 40);
  EXPECT_EQ(byte_count("16777216T"), std::nullopt);
}

TEST(ByteCount, RefusesOtherTexts) {
  for (const char* text : {"", "K", "-1", "+1", "1k", "1KB", "1 K", "1.5G", "0x10", " 1"}) {
    EXPECT_EQ(byte_count(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace heapreel
