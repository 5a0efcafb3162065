#include "snapshot/model/key_table.h"

#include <array>
#include <stdexcept>

#include "snapshot/model/group_label.h"
#include "snapshot/model/size_class.h"
#include "snapshot/model/trace_set.h"
#include "snapshot/text/python_repr.h"

namespace heapreel {
namespace {

std::string domain_of(const SiteRow& site, const TracebackSource& source) {
  return source.domain_name(site.domain);
}
std::string tag_of(const SiteRow& site, const TracebackSource& source) {
  return tag_label(source.tag_name(site.tag));
}
uint32_t thread_of(const BlockRow& block) {
  return block.thread;
}
std::string thread_name(uint32_t thread, const TracebackSource& source) {
  return source.thread_name(thread);
}
uint32_t size_class_of_block(const BlockRow& block) {
  return size_class_of(block.size);
}
std::string name_of_size_class(uint32_t size_class, const TracebackSource& /*source*/) {
  return size_class_name(size_class);
}

// Births are grouped by their first digit, so that a run of any length has few groups.
uint32_t width_of_births_from(uint32_t game_frame) {
  uint32_t width = 1;
  while (game_frame / width >= 10) width *= 10;
  return width;
}
uint32_t first_of_births_with(const BlockRow& block) {
  return block.born - block.born % width_of_births_from(block.born);
}
std::string name_of_births(uint32_t first, const TracebackSource& /*source*/) {
  const uint64_t last = uint64_t{first} + width_of_births_from(first) - 1;
  if (first == last) return "game frame " + std::to_string(first);
  return "game frames " + std::to_string(first) + " to " + std::to_string(last);
}

// In the order of KeyType.
constexpr std::array kRows = {
    KeyRow{KeyType::filename, "filename", KeyDecides::kFrame},
    KeyRow{KeyType::lineno, "lineno", KeyDecides::kFrame},
    KeyRow{KeyType::traceback, "traceback", KeyDecides::kStack},
    KeyRow{KeyType::function, "function", KeyDecides::kFrame, function_label},
    KeyRow{KeyType::module, "module", KeyDecides::kFrame, module_label},
    KeyRow{KeyType::domain, "domain", KeyDecides::kSite, nullptr, domain_of},
    KeyRow{KeyType::tag, "tag", KeyDecides::kSite, nullptr, tag_of},
    KeyRow{KeyType::thread, "thread", KeyDecides::kBlock, nullptr, nullptr, thread_of, thread_name, true},
    KeyRow{KeyType::size_class, "size_class", KeyDecides::kBlock, nullptr, nullptr, size_class_of_block,
           name_of_size_class, true},
    KeyRow{KeyType::birth, "birth", KeyDecides::kBlock, nullptr, nullptr, first_of_births_with, name_of_births},
};

constexpr auto kKeys = [] {
  std::array<KeyType, kRows.size()> keys{};
  for (size_t i = 0; i < keys.size(); ++i) keys[i] = kRows[i].key;
  return keys;
}();

constexpr bool rows_are_in_order() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<size_t>(kRows[i].key) != i) return false;
  }
  return true;
}
static_assert(rows_are_in_order());

}  // namespace

const KeyRow& key_row(KeyType key) {
  return kRows.at(static_cast<size_t>(key));
}

std::span<const KeyType> key_types() {
  return kKeys;
}

std::string_view to_string(KeyType key_type) {
  return key_row(key_type).name;
}

KeyType key_type_from_string(std::string_view name) {
  for (const KeyRow& row : kRows) {
    if (row.name == name) return row.key;
  }
  throw std::invalid_argument("unknown key_type: " + python_repr(name));
}

bool is_frame_key(KeyType key_type) {
  return key_row(key_type).decides == KeyDecides::kFrame;
}

}  // namespace heapreel
