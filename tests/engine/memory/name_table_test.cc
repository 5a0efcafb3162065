#include "engine/memory/name_table.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace heapreel::engine::testing {
namespace {

using SmallTable = NameTable<4, 16>;

TEST(NameTableTest, NamesAreFoundWhereTheyWereAdded) {
  auto table = std::make_unique<SmallTable>();
  EXPECT_EQ(table->find("a"), SmallTable::kNone);
  EXPECT_EQ(table->add("a", 1), 0u);
  EXPECT_EQ(table->add("b", 2), 1u);
  EXPECT_EQ(table->find("b"), 1u);
  EXPECT_EQ(table->at(1)->number, 2u);
  EXPECT_STREQ(table->at(1)->text, "b");
  EXPECT_EQ(table->at(2), nullptr);
}

TEST(NameTableTest, FullTableSaysSoAndStaysAsItIs) {
  auto table = std::make_unique<SmallTable>();
  for (int i = 0; i < 4; ++i) table->add("x", 0);
  EXPECT_EQ(table->add("y", 0), SmallTable::kNone);
  EXPECT_EQ(table->count(), 4u);
  EXPECT_EQ(table->find("y"), SmallTable::kNone);
}

TEST(NameTableTest, LongNameIsCutAtAWholeCharacterAndFoundAgain) {
  auto table = std::make_unique<SmallTable>();
  const std::string name = "fourteen chars\u00e9\u00e9";  // the first of the last two would straddle the end
  EXPECT_EQ(table->add(name.c_str(), 0), 0u);
  EXPECT_STREQ(table->at(0)->text, "fourteen chars");
  EXPECT_EQ(table->find(name.c_str()), 0u);
}

TEST(NameTableTest, NameOfFullLengthIsKeptWhole) {
  auto table = std::make_unique<SmallTable>();
  EXPECT_EQ(table->add("fifteen letters", 0), 0u);
  EXPECT_STREQ(table->at(0)->text, "fifteen letters");
  EXPECT_EQ(table->find("fifteen letters"), 0u);
  EXPECT_EQ(table->find("fifteen"), SmallTable::kNone);
}

}  // namespace
}  // namespace heapreel::engine::testing
