// The unwinders of other libraries, for TracerOptions::crosscheck_stacks.
#pragma once

namespace heapreel::hooks {

// Loads libunwind and libgcc and gives them to the engine, or says that they cannot be loaded. Allocates, so that
// only the constructor may call it, never a hook.
[[gnu::cold]] void load_reference_unwinders() noexcept;

}  // namespace heapreel::hooks
