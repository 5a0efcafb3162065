#include "snapshot/reel/write/section_index.h"

namespace heapreel {

void SectionIndex::add(const SectionHeader& header, uint64_t offset) {
  ByteWriter entry;
  entry.u8(static_cast<uint8_t>(header.kind));
  entry.u8(static_cast<uint8_t>(header.flags));
  entry.varint(header.still);
  entry.varint(offset - end_.last_offset);
  entries_.insert(entries_.end(), entry.bytes().begin(), entry.bytes().end());
  end_ = {entries_.size(), end_.sections + 1, offset};
}

void SectionIndex::end_group() {
  if (end_.sections == written_.sections) return;
  groups_.push_back(end_.sections - written_.sections);
  written_ = end_;
  found_.reset();
}

void SectionIndex::drop_open_group() {
  cut_to(written_);
}

void SectionIndex::cut_to(const Place& place) {
  entries_.resize(place.entry_bytes);
  end_ = place;
}

void SectionIndex::find_groups() {
  found_.emplace();
  const Bytes entries(entries_.begin(), entries_.end());
  ByteReader in(entries);
  Place place;
  for (const uint64_t sections : groups_.all()) {
    found_->push_back({place, place.last_offset});
    const uint64_t end = place.sections + sections;
    for (bool is_first = true; place.sections < end; is_first = false) {
      in.u16();  // kind and flags
      in.varint();
      const uint64_t offset = place.last_offset + in.varint();
      if (is_first) found_->back().offset = offset;
      place = {entries.size() - in.left(), place.sections + 1, offset};
    }
  }
}

std::optional<uint64_t> SectionIndex::take_back_group() {
  if (!found_) find_groups();
  if (found_->size() < 2) return {};
  const Group last = found_->back();
  found_->pop_back();
  groups_.pop_back();
  cut_to(last.before);
  written_ = end_;
  return last.offset;
}

ByteWriter SectionIndex::contents() const {
  ByteWriter out;
  out.varint(end_.sections);
  for (const uint8_t byte : entries_) out.u8(byte);
  return out;
}

}  // namespace heapreel
