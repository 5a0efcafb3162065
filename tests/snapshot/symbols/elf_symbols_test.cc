#include "snapshot/symbols/elf_symbols.h"

#include "snapshot/symbols/elf_file.h"
#include "tests/snapshot/symbol_fixture.h"

namespace heapreel {
namespace {

TEST(ElfSymbols, FindsTheFunctionAroundAnAddress) {
  std::string error;
  const auto file = ElfFile::open(fixture_path("symbols"), error);
  ASSERT_NE(file, nullptr) << error;
  const ElfSymbols symbols(*file);
  const auto addresses = fixture_addresses("symbols");
  EXPECT_STREQ(symbols.find(addresses.at("plain") - kFixtureBias), "plain_c");
  EXPECT_STREQ(symbols.find(addresses.at("inlined") - kFixtureBias), "_ZN6shapes4walkERKNS_6CircleE");
  EXPECT_EQ(symbols.find(0), nullptr);
}

TEST(ElfSymbols, AnEmptyTableHasNothing) {
  EXPECT_TRUE(ElfSymbols().empty());
  EXPECT_EQ(ElfSymbols().find(0x1000), nullptr);
}

}  // namespace
}  // namespace heapreel
