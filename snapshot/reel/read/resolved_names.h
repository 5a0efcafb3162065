// Functions and lines of the addresses in a reel, as sealing writes them (SectionKind::kResolvedNames).
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/symbols/symbolizer.h"

namespace heapreel {

// Writes the names of one module, which is the reel's module number `position`.
void write_resolved_names(ByteWriter& out, uint32_t position, const KnownFrames& names);
// Adds names to those of their module in `modules`; later ones replace earlier ones. Throws ReelError.
void read_resolved_names(ByteReader& in, std::map<uint32_t, std::shared_ptr<const KnownFrames>>& modules);

}  // namespace heapreel
