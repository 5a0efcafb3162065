// The small pieces that make up tracemalloc's texts.
#include <gtest/gtest.h>
#include <heapreel/heapreel.h>

#include "snapshot/model/size_class.h"
#include "snapshot/text/fnmatch_pattern.h"
#include "snapshot/text/python_repr.h"
#include "snapshot/text/strip.h"

namespace heapreel::testing {
namespace {

TEST(PythonRepr, ChoosesTheQuoteThatSavesAnEscape) {
  EXPECT_EQ(python_repr("it's"), "\"it's\"");
  EXPECT_EQ(python_repr("say \"hi\""), "'say \"hi\"'");
  EXPECT_EQ(python_repr("it's \"both\""), "'it\\'s \"both\"'");
}

TEST(PythonRepr, ShowsBytesThatAreNotUtf8AsPythonHoldsThem) {
  EXPECT_EQ(python_repr("a\xff\xed\xa0\x80.cc"), "'a\\udcff\\udced\\udca0\\udc80.cc'");
}

TEST(FnmatchPattern, TakesOneCodePointOrOneStrayByteForAQuestionMark) {
  EXPECT_TRUE(FnmatchPattern("?.cc").matches("日.cc"));
  EXPECT_TRUE(FnmatchPattern("?.cc").matches("\xff.cc"));
  EXPECT_FALSE(FnmatchPattern("?.cc").matches("ab.cc"));
}

TEST(FnmatchPattern, StaysQuickOnPatternsFullOfRuns) {
  EXPECT_FALSE(FnmatchPattern("*a*a*a*a*a*a*a*a*a*a*b").matches(std::string(2000, 'a')));
}

TEST(Strip, KnowsUnicodeSpaces) {
  EXPECT_EQ(strip("\xe3\x80\x80 x y \xc2\xa0"), "x y");
  EXPECT_EQ(strip(" \t\n"), "");
}

TEST(AverageSize, RoundsTheQuotientOnce) {
  EXPECT_EQ(average_size(10, 4), 2.5);
  EXPECT_EQ(average_size(0, 3), 0);
  EXPECT_EQ(average_size(18014398509481987, 2), 9007199254740994.0);  // 2^53 + 1.5 halves to even upwards
}

TEST(SizeClass, IsTheSmallestPowerOfTwoThatHoldsTheBlock) {
  EXPECT_EQ(size_class_name(size_class_of(0)), "0 B");
  EXPECT_EQ(size_class_name(size_class_of(1)), "up to 1 B");
  EXPECT_EQ(size_class_name(size_class_of(64)), "up to 64 B");
  EXPECT_EQ(size_class_name(size_class_of(65)), "up to 128 B");
  EXPECT_EQ(size_class_name(size_class_of(~uint64_t{0})), "up to 16777216 TiB");
}

TEST(Frame, KeepsFunctionModuleAndAddressOutsideItsIdentity) {
  const Frame plain("a.cc", 2);
  const Frame rich(FrameDetails{"a.cc", 2, "f", "game", 0x1000, 0x10});
  EXPECT_EQ(plain, rich);
  EXPECT_EQ(plain.hash(), rich.hash());
  EXPECT_EQ(rich.offset(), 0u);
}

TEST(KeyTypeNames, LeadThereAndBack) {
  EXPECT_EQ(key_type_from_string(to_string(KeyType::size_class)), KeyType::size_class);
  EXPECT_THROW(key_type_from_string("it's"), std::invalid_argument);
}

// TestTraceback.test_repr
TEST(TestTraceback, test_repr) {
  EXPECT_EQ(Traceback().repr(), "<Traceback ()>");
  EXPECT_EQ(Traceback({Frame("f1", 1)}, 3).repr(), "<Traceback (<Frame filename='f1' lineno=1>,) total_nframe=3>");
}

}  // namespace
}  // namespace heapreel::testing
