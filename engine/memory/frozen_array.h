// The side of a VersionedArray that readers see: an immutable radix tree of pages. Any thread may read it without a
// lock while the snapshot that it belongs to is held.
#pragma once

#include <bit>
#include <cstdint>

#include "engine/memory/store_memory.h"

namespace heapreel::engine {

struct RadixNode {
  static constexpr int kBits = 6;
  static constexpr uint32_t kFanOut = 1 << kBits;

  uint32_t born;
  uint32_t unused[15];
  ArenaRef child[kFanOut];
};
static_assert(sizeof(RadixNode) == 320);

template <class Page>
class FrozenArray {
 public:
  FrozenArray() = default;
  FrozenArray(ArenaRef root, uint32_t height) : root_(root), height_(height) {}

  // Null where nothing was ever stored.
  const Page* page(uint32_t index) const {
    if (root_ == 0 || index >> (RadixNode::kBits * height_) != 0) return nullptr;
    ArenaRef at = root_;
    for (uint32_t level = height_; level > 0 && at != 0; --level) {
      at = node(at)->child[index >> (RadixNode::kBits * (level - 1)) & (RadixNode::kFanOut - 1)];
    }
    return at == 0 ? nullptr : static_cast<const Page*>(Arena::at(at));
  }

  // visit(index, page), ascending.
  template <class Visit>
  void for_each(Visit&& visit) const {
    walk(root_, height_, 0, visit);
  }

  // Calls visit(index, old page or null, new page or null) for the pages that the two do not share, ascending. It skips
  // equal subtrees at their root, so that the cost follows what differs.
  template <class Visit>
  static void for_each_difference(const FrozenArray& before, const FrozenArray& after, Visit&& visit) {
    const uint32_t height = before.height_ > after.height_ ? before.height_ : after.height_;
    walk_both(before.root_, before.height_, after.root_, after.height_, height, 0, visit);
  }

 private:
  static const RadixNode* node(ArenaRef at) { return static_cast<const RadixNode*>(Arena::at(at)); }
  static const Page* page_at(ArenaRef at) { return at == 0 ? nullptr : static_cast<const Page*>(Arena::at(at)); }

  template <class Visit>
  static void walk(ArenaRef at, uint32_t level, uint32_t index, Visit& visit) {
    if (at == 0) return;
    if (level == 0) {
      visit(index, static_cast<const Page*>(Arena::at(at)));
      return;
    }
    for (uint32_t i = 0; i < RadixNode::kFanOut; ++i) {
      walk(node(at)->child[i], level - 1, index << RadixNode::kBits | i, visit);
    }
  }

  // A tree lower than `level` stands under child 0 of the nodes it lacks.
  static ArenaRef child_of(ArenaRef at, uint32_t height, uint32_t level, uint32_t i) {
    if (at == 0) return 0;
    if (height < level) return i == 0 ? at : 0;
    return node(at)->child[i];
  }

  template <class Visit>
  static void walk_both(ArenaRef old_at, uint32_t old_height, ArenaRef new_at, uint32_t new_height, uint32_t level,
                        uint32_t index, Visit& visit) {
    if (old_at == new_at && (old_height < level ? old_height : level) == (new_height < level ? new_height : level)) {
      return;
    }
    if (level == 0) {
      visit(index, page_at(old_at), page_at(new_at));
      return;
    }
    if (level == 1 && old_at != 0 && new_at != 0 && old_height != 0 && new_height != 0) {
      visit_differing_pages(*node(old_at), *node(new_at), index << RadixNode::kBits, visit);
      return;
    }
    for (uint32_t i = 0; i < RadixNode::kFanOut; ++i) {
      walk_both(child_of(old_at, old_height, level, i), old_height, child_of(new_at, new_height, level, i), new_height,
                level - 1, index << RadixNode::kBits | i, visit);
    }
  }

  // A comparison mostly waits for memory. So all pages of a node are prefetched before the first one is looked at.
  template <class Visit>
  static void visit_differing_pages(const RadixNode& before, const RadixNode& after, uint32_t first, Visit& visit) {
    uint64_t differing = 0;
    for (uint32_t i = 0; i < RadixNode::kFanOut; ++i) {
      differing |= uint64_t{before.child[i] != after.child[i]} << i;
    }
    for (uint64_t rest = differing; rest != 0; rest &= rest - 1) {
      const auto i = static_cast<uint32_t>(std::countr_zero(rest));
      __builtin_prefetch(Arena::at(before.child[i]));
      __builtin_prefetch(Arena::at(after.child[i]));
    }
    for (uint64_t rest = differing; rest != 0; rest &= rest - 1) {
      const auto i = static_cast<uint32_t>(std::countr_zero(rest));
      visit(first | i, page_at(before.child[i]), page_at(after.child[i]));
    }
  }

  ArenaRef root_ = 0;
  uint32_t height_ = 0;
};

}  // namespace heapreel::engine
