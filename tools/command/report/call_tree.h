// The tracebacks of a reel as one tree of calls, which costs far less than a list of tracebacks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <heapreel/skip_list.h>
#include <heapreel/traceback.h>

#include "snapshot/model/frame_picker.h"
#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel::tools {

// A table of texts, each of which has one number.
class TextTable {
 public:
  uint32_t number_of(std::string_view text);
  const std::string& text(uint32_t number) const { return *texts_[number]; }
  void write(ByteWriter& out) const;

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<const std::string*> texts_;
};

class CallTree {
 public:
  struct Place {
    uint32_t leaf;    // the most recent frame
    uint32_t picked;  // the frame that statistics group by: the most recent one that is not skipped
  };

  // `texts` outlives the tree.
  CallTree(const SkipList& skip_list, TextTable& texts) : picker_(skip_list), texts_(texts) {}

  // Nodes are numbered from 1; 0 is the root, which is no frame. A parent's number is below its children's.
  Place add(const Traceback& traceback);

  uint32_t frame_of(uint32_t node) const { return nodes_[node - 1].frame; }
  const Frame& frame(uint32_t number) const { return frames_[number].frame; }

  // Columns of varints: the frames, then the nodes.
  void write_frames(ByteWriter& out) const;
  void write_nodes(ByteWriter& out) const;

 private:
  // Frames of one line are one frame to tracemalloc. Here they are told apart by their functions too, since a line that
  // is inlined in two functions is two places in a call tree.
  struct KnownFrame {
    Frame frame;
    uint32_t function;
    uint32_t file;
    uint32_t module;
    bool skipped;
  };
  struct Node {
    uint32_t parent;
    uint32_t frame;
  };

  uint32_t number_of(const Frame& frame);

  FramePicker picker_;
  TextTable& texts_;
  std::vector<KnownFrame> frames_;
  std::unordered_map<std::string, uint32_t> frame_numbers_;
  std::vector<Node> nodes_;
  std::unordered_map<uint64_t, uint32_t> node_numbers_;  // by parent and frame
};

}  // namespace heapreel::tools
