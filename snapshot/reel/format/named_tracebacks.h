// Tracebacks whose frames are resolved, as stills hold them.
#pragma once

#include <functional>
#include <vector>

#include <heapreel/traceback.h>

#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

// Writes one payload or several, each complete in itself.
void write_named_tracebacks(const std::vector<Traceback>& tracebacks,
                            const std::function<void(const ByteWriter&)>& emit);
// Appends those of one payload. Throws ReelError.
void read_named_tracebacks(ByteReader& in, std::vector<Traceback>& tracebacks);

}  // namespace heapreel
