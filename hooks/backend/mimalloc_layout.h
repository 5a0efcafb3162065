// How mimalloc lays out its blocks, as far as the engine's dense map relies on it (engine/record/size_classes.h). This
// is asked of the library that is loaded, and tried on it, never assumed of a version.
#pragma once

namespace heapreel::hooks::backend {

// Describes mimalloc to the engine, unless mimalloc does not do what the dense map needs: then the engine uses its
// granule map, which needs nothing. Allocates and frees a few blocks. Any thread; may be called again.
void describe_mimalloc() noexcept;

}  // namespace heapreel::hooks::backend
