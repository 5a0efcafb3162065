// Other unwinders, with which the walker's stacks can be compared. They come from libraries of their own, which take
// locks and may allocate: load these libraries before you install the unwinders.
#pragma once

namespace heapreel::engine {

struct ReferenceUnwinders {
  // Each writes at most `capacity` return addresses of its caller's stack, most recent first, and returns their number.
  int (*libunwind)(void** pcs, int capacity) = nullptr;
  int (*libgcc)(void** pcs, int capacity) = nullptr;  // the arbiter where libunwind disagrees; may be null
};

// From now on stacks are compared, if TracerOptions::crosscheck_stacks is set. Call it once, on the thread that starts
// the tracer.
void use_reference_unwinders(const ReferenceUnwinders& unwinders) noexcept;

}  // namespace heapreel::engine
