// Proves that a file is the recorded module, when the module has no build-id.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snapshot/symbols/symbolizer.h"

namespace heapreel {

// A hash of the whole file, 16 bytes; empty where it cannot be read. Two files of one hash have the same code, names
// and lines.
std::vector<uint8_t> content_id_of(const ElfFile& file);

// The hash of the file at `path`, if `fingerprint` was made from that file when it was loaded (engine::ModuleImage).
// Empty when it is another file by now, or is not there.
std::vector<uint8_t> content_id_of_loaded(const std::string& path, uint64_t fingerprint);

// Accepts a file as the one of `module` when it has this content; with an empty content id no file is accepted.
void prove_by_content(ModuleImage& module, std::vector<uint8_t> content_id);
// Accepts a file as the one of `module` when loading it would give this fingerprint. For a module of this very
// process.
void prove_by_fingerprint(ModuleImage& module, uint64_t fingerprint);

}  // namespace heapreel
