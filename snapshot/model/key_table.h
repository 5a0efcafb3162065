// All keys of statistics, one row for each: its name, and what decides which group a block belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <heapreel/frame.h>
#include <heapreel/key_type.h>

namespace heapreel {

class TracebackSource;
struct BlockRow;
struct SiteRow;

enum class KeyDecides : uint8_t {
  kStack,  // the whole traceback
  kFrame,  // one frame of it; such a key can be cumulative
  kSite,   // where the block was allocated: its domain or its tag
  kBlock,  // the block itself
};

struct KeyRow {
  KeyType key;
  std::string_view name;
  KeyDecides decides;

  // The functions that name a group; the name stands for it in a Statistic.
  // For kFrame. Null for filename and lineno, whose groups are frames, as in Python.
  std::string (*frame_label)(const Frame& frame) = nullptr;
  // For kSite.
  std::string (*site_label)(const SiteRow& site, const TracebackSource& source) = nullptr;
  // For kBlock: the number of the item that decides, and the name of such a number.
  uint32_t (*item_of)(const BlockRow& block) = nullptr;
  std::string (*item_label)(uint32_t item, const TracebackSource& source) = nullptr;
  // For kBlock: whether tracers and reels keep sums of freed blocks, so that churn can be answered by this key.
  bool has_history = false;
};

const KeyRow& key_row(KeyType key);

}  // namespace heapreel
