#include "snapshot/reel/read/resolved_names.h"

#include <unordered_map>

#include "engine/unwind/module_table.h"

namespace heapreel {

void write_resolved_names(ByteWriter& out, uint32_t position, const KnownFrames& names) {
  std::unordered_map<std::string, uint64_t> numbers;
  ByteWriter texts, places;
  const auto number_of = [&](const std::string& text) {
    const auto [entry, is_new] = numbers.try_emplace(text, numbers.size());
    if (is_new) texts.text(text);
    return entry->second;
  };
  uint64_t before = 0;
  for (const auto& [vaddr, frames] : names) {
    places.varint(vaddr - before);
    before = vaddr;
    places.varint(frames.size());
    for (const SourceFrame& frame : frames) {
      places.varint(number_of(frame.function));
      places.varint(number_of(frame.filename));
      places.varint(frame.lineno);
      places.u8(frame.inlined ? 1 : 0);
    }
  }
  out.varint(position);
  out.varint(numbers.size());
  out.append(texts);
  out.varint(names.size());
  out.append(places);
}

void read_resolved_names(ByteReader& in, std::map<uint32_t, std::shared_ptr<const KnownFrames>>& modules) {
  constexpr size_t kLeastFrameBytes = 4;
  const uint32_t position = in.varint32();
  if (position >= engine::ModuleTable::kCapacity) throw ReelError("a module's number is out of range");
  std::vector<std::string> texts(in.count(1));
  for (std::string& text : texts) text = in.text();
  const auto text = [&]() -> const std::string& {
    const uint64_t number = in.varint();
    if (number >= texts.size()) throw ReelError("a name is a text that is not there");
    return texts[number];
  };
  const auto before = modules.find(position);
  auto names = std::make_shared<KnownFrames>(before != modules.end() ? *before->second : KnownFrames());
  uint64_t vaddr = 0;
  for (size_t left = in.count(2); left > 0; --left) {
    vaddr += in.varint();
    SourceFrames frames(in.count(kLeastFrameBytes));
    for (SourceFrame& frame : frames) {
      frame.function = text();
      frame.filename = text();
      frame.lineno = in.varint32();
      const uint8_t flags = in.u8();
      if (flags > 1) throw ReelError("a name is of an unknown kind");
      frame.inlined = flags == 1;
    }
    names->insert_or_assign(vaddr, std::move(frames));
  }
  modules[position] = std::move(names);
}

}  // namespace heapreel
