// What each key of statistics is, one row a key: its name, and what decides to which group a block belongs.
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

  // The name of a group, which stands for it in a Statistic.
  // kFrame; null for filename and lineno, whose groups are frames, as Python's are.
  std::string (*frame_label)(const Frame& frame) = nullptr;
  // kSite.
  std::string (*site_label)(const SiteRow& site, const TracebackSource& source) = nullptr;
  // kBlock: a number of what decides, and the name of such a number.
  uint32_t (*item_of)(const BlockRow& block) = nullptr;
  std::string (*item_label)(uint32_t item, const TracebackSource& source) = nullptr;
  // kBlock: tracers and reels keep sums over blocks that are gone, so that churn can be told by this key.
  bool has_history = false;
};

const KeyRow& key_row(KeyType key);

}  // namespace heapreel
