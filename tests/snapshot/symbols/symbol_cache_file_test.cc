#include "snapshot/symbols/symbol_cache_file.h"

#include <gtest/gtest.h>

namespace heapreel {
namespace {

CachedSymbols example() {
  return {"game|100|1.5\n",
          {"main", "", "/src/main.cc"},
          {{0x1000, {{0, 2, 7, false}, {0, 2, 9, true}}}, {0xffff'ffff'ffff'fff0, {}}}};
}

TEST(SymbolCacheFile, WhatIsWrittenIsRead) {
  EXPECT_EQ(decode_cached_symbols(encode_cached_symbols(example())), example());
  EXPECT_EQ(decode_cached_symbols(encode_cached_symbols({})), CachedSymbols{});
}

TEST(SymbolCacheFile, AnyTruncationIsRefused) {
  const std::string bytes = encode_cached_symbols(example());
  for (size_t size = 0; size < bytes.size(); size++) {
    EXPECT_EQ(decode_cached_symbols(bytes.substr(0, size)), std::nullopt) << size;
  }
  EXPECT_EQ(decode_cached_symbols(bytes + '\0'), std::nullopt);
}

TEST(SymbolCacheFile, AnyFlippedBitIsRefused) {
  const std::string bytes = encode_cached_symbols(example());
  for (size_t bit = 0; bit < bytes.size() * 8; bit++) {
    std::string damaged = bytes;
    damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_EQ(decode_cached_symbols(damaged), std::nullopt) << bit;
  }
}

TEST(SymbolCacheFile, AStringThatIsNotThereIsRefusedDespiteARightChecksum) {
  CachedSymbols symbols = example();
  symbols.frames[0x1000][0].function = 3;
  EXPECT_EQ(decode_cached_symbols(encode_cached_symbols(symbols)), std::nullopt);
}

}  // namespace
}  // namespace heapreel
