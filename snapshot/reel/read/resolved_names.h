// Functions and lines of the addresses in a reel, as sealing writes them (SectionKind::kResolvedNames).
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/symbols/symbolizer.h"

namespace heapreel {

// One module's, which is at `position` of the reel's modules.
void write_resolved_names(ByteWriter& out, uint32_t position, const KnownFrames& names);
// Adds a module to `modules`, or replaces it. Throws ReelError.
void read_resolved_names(ByteReader& in, std::map<uint32_t, std::shared_ptr<const KnownFrames>>& modules);

}  // namespace heapreel
