// How mimalloc lays its blocks out, as far as the engine's dense map relies on it (engine/record/size_classes.h): asked
// of the library that is loaded, and tried on it, never assumed of a version.
#pragma once

namespace heapreel::hooks::backend {

// Describes mimalloc to the engine, unless what it does is not what the dense map needs: then the engine goes on with
// its granule map, which needs nothing. Allocates and frees a few blocks. Any thread, again and again.
void describe_mimalloc() noexcept;

}  // namespace heapreel::hooks::backend
