#include "tools/command/report/call_tree.h"

namespace heapreel::tools {

uint32_t TextTable::number_of(std::string_view text) {
  const auto [entry, is_new] = numbers_.try_emplace(std::string(text), static_cast<uint32_t>(texts_.size()));
  if (is_new) texts_.push_back(&entry->first);
  return entry->second;
}

void TextTable::write(ByteWriter& out) const {
  out.varint(texts_.size());
  for (const std::string* text : texts_) out.text(*text);
}

uint32_t CallTree::number_of(const Frame& frame) {
  const uint32_t function = texts_.number_of(frame.function());
  const uint32_t file = texts_.number_of(frame.is_label() ? frame.to_string() : frame.filename());
  ByteWriter key;
  for (const uint64_t part : {uint64_t{function}, uint64_t{file}, uint64_t{frame.lineno()}, frame.offset()}) {
    key.varint(part);
  }
  const std::string name(key.bytes().begin(), key.bytes().end());
  const auto [entry, is_new] = frame_numbers_.try_emplace(name, static_cast<uint32_t>(frames_.size()));
  if (is_new) frames_.push_back({frame, function, file, texts_.number_of(frame.module()), picker_.skips(frame)});
  return entry->second;
}

CallTree::Place CallTree::add(const Traceback& traceback) {
  uint32_t node = 0;
  uint32_t picked = 0;
  for (const Frame& frame : traceback) {
    const uint32_t number = number_of(frame);
    const auto [entry, is_new] =
        node_numbers_.try_emplace(uint64_t{node} << 32 | number, static_cast<uint32_t>(nodes_.size() + 1));
    if (is_new) nodes_.push_back({node, number});
    node = entry->second;
    if (!frames_[number].skipped) picked = node;
  }
  return {node, picked == 0 ? node : picked};
}

void CallTree::write_frames(ByteWriter& out) const {
  out.varint(frames_.size());
  for (const KnownFrame& known : frames_) out.varint(known.function);
  for (const KnownFrame& known : frames_) out.varint(known.file);
  for (const KnownFrame& known : frames_) out.varint(known.frame.lineno());
  for (const KnownFrame& known : frames_) out.varint(known.frame.offset());
  for (const KnownFrame& known : frames_) out.varint(known.module);
  for (const KnownFrame& known : frames_) out.varint(known.skipped ? 1 : 0);
}

void CallTree::write_nodes(ByteWriter& out) const {
  out.varint(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); ++i) out.varint(i + 1 - nodes_[i].parent);
  for (const Node& node : nodes_) out.varint(node.frame);
}

}  // namespace heapreel::tools
