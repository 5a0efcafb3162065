#include "hooks/tag_stack.h"

#include "engine/recorder.h"

namespace heapreel::hooks {
namespace {

struct TagStack {
  uint32_t depth;
  uint32_t tags[kMostTagLevels];
};

constinit thread_local TagStack stack = {};

}  // namespace

void push_tag(uint32_t tag) noexcept {
  if (stack.depth < kMostTagLevels) stack.tags[stack.depth] = tag;
  ++stack.depth;
  engine::set_scope(current_tag());
}

void pop_tag() noexcept {
  if (stack.depth == 0) return;
  --stack.depth;
  engine::set_scope(current_tag());
}

uint32_t current_tag() noexcept {
  if (stack.depth == 0) return 0;
  return stack.tags[stack.depth < kMostTagLevels ? stack.depth - 1 : kMostTagLevels - 1];
}

}  // namespace heapreel::hooks
