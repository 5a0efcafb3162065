// Where the sections of a reel lie, while the reel is made: the entries of its index, as they will stand in it.
//
// It is what a recording keeps of each game frame until its end. A game frame has two sections or little more, and each
// takes 4 to 8 bytes. They lie in small pieces, so that a list of many never has to be copied to grow.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "snapshot/reel/format/packed_numbers.h"
#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/format/reel_section.h"

namespace heapreel {

// One thread. Sections come in the order of the file, in groups that are written together.
class SectionIndex {
 public:
  void add(const SectionHeader& header, uint64_t offset);
  // What was added since the group before is in the file now.
  void end_group();
  // What was added since the group before is not going to be in the file.
  void drop_open_group();
  // Forgets the last group that was ended. Returns where it began in the file, or nothing when only the first group is
  // left, which stays. No group may be open. The first call costs what there is, and the memory of a list of all groups.
  std::optional<uint64_t> take_back_group();

  uint64_t count() const { return end_.sections; }
  // Bytes of memory, without what the list's pieces need for themselves.
  uint64_t bytes() const { return entries_.size() + groups_.bytes(); }
  // The contents of the file's index.
  ByteWriter contents() const;

 private:
  // How far the lists reach.
  struct Place {
    uint64_t entry_bytes = 0;
    uint64_t sections = 0;
    uint64_t last_offset = 0;  // of the last section
  };

  void find_groups();
  void cut_to(const Place& place);

  std::deque<uint8_t> entries_;
  PackedNumbers groups_;  // how many sections each has
  Place end_;
  Place written_;  // the end of the last group
  // Where each group begins, and then in the file. Only once one was taken back.
  struct Group {
    Place before;
    uint64_t offset;
  };
  std::optional<std::deque<Group>> found_;
};

}  // namespace heapreel
