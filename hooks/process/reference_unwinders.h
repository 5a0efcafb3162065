// The unwinders of other libraries, for TracerOptions::crosscheck_stacks.
#pragma once

namespace heapreel::hooks {

// Loads libunwind and libgcc, if they can be had, and gives them to the engine; else says so. Allocates: from the
// constructor, never from a hook.
[[gnu::cold]] void load_reference_unwinders() noexcept;

}  // namespace heapreel::hooks
