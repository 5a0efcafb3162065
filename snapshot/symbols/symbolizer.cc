#include "snapshot/symbols/symbolizer.h"

#include <algorithm>

#include "snapshot/symbols/demangle.h"
#include "snapshot/symbols/dwarf_resolver.h"
#include "snapshot/symbols/elf_symbols.h"
#include "snapshot/symbols/symbol_cache.h"
#include "snapshot/symbols/symbol_files.h"
#include "snapshot/symbols/symbol_path.h"

namespace heapreel {
namespace {

bool is_code(std::span<const AddressRange> code, uint64_t vaddr) {
  return std::ranges::any_of(code,
                             [&](const AddressRange& range) { return range.start <= vaddr && vaddr < range.end; });
}

// Adds what the symbol table knows: the function where debug information has none, and the full name where that has
// only a short one.
void add_symbol(const ElfSymbols& symbols, uint64_t vaddr, DwarfFrames& found) {
  const char* name = found.has_complete_function && !found.frames.empty() ? nullptr : symbols.find(vaddr);
  if (name == nullptr) return;
  if (found.frames.empty()) found.frames.emplace_back();
  std::string& function = found.frames.back().function;
  std::string demangled = demangle(name);
  if (function.empty() || demangled != name) function = std::move(demangled);
}

}  // namespace

Symbolizer::Symbolizer(SymbolizerOptions options) : options_(std::move(options)) {}

std::vector<SourceFrames> Symbolizer::resolve(const ModuleImage& module, std::span<const uint64_t> addresses) {
  // Addresses outside the module have no meaning in its file: they keep module and offset.
  std::vector<uint64_t> vaddrs;
  for (const uint64_t address : addresses) {
    if (module.start <= address && address < module.end) vaddrs.push_back(address - module.bias);
  }
  std::ranges::sort(vaddrs);
  vaddrs.erase(std::unique(vaddrs.begin(), vaddrs.end()), vaddrs.end());

  std::vector<SourceFrames> unique = resolve_unique(module, vaddrs);
  ModuleCoverage& covered = coverage_.modules[module.path];
  for (size_t i = 0; i < vaddrs.size(); i++) {
    finish(module, vaddrs[i], unique[i]);
    covered.addresses++;
    if (unique[i].front().lineno == 0) covered.without_line++;
    if (unique[i].front().lineno == 0 && unique[i].front().function.empty()) covered.without_name++;
  }

  std::vector<SourceFrames> result(addresses.size());
  for (size_t i = 0; i < addresses.size(); i++) {
    const uint64_t vaddr = addresses[i] - module.bias;
    const auto at = std::ranges::lower_bound(vaddrs, vaddr);
    if (at != vaddrs.end() && *at == vaddr) {
      result[i] = unique[at - vaddrs.begin()];
    } else {
      finish(module, vaddr, result[i]);
    }
  }
  return result;
}

std::vector<SourceFrames> Symbolizer::resolve_unique(const ModuleImage& module, std::span<const uint64_t> vaddrs) {
  std::vector<SourceFrames> result(vaddrs.size());
  std::vector<size_t> missing;  // indices into vaddrs
  std::vector<uint64_t> missing_vaddrs;
  for (size_t i = 0; i < vaddrs.size(); i++) {
    if (module.known != nullptr) {
      if (const auto known = module.known->find(vaddrs[i]); known != module.known->end()) result[i] = known->second;
    }
    if (detail_of(result[i]) == 2) continue;
    missing.push_back(i);
    missing_vaddrs.push_back(vaddrs[i]);
  }
  if (missing.empty()) {
    coverage_.modules[module.path].has_debug_information = !vaddrs.empty();
    return result;
  }
  std::vector<SourceFrames> found = look_up(module, missing_vaddrs);
  for (size_t k = 0; k < missing.size(); k++) {
    if (detail_of(found[k]) >= detail_of(result[missing[k]])) result[missing[k]] = std::move(found[k]);
  }
  return result;
}

std::vector<SourceFrames> Symbolizer::look_up(const ModuleImage& module, std::span<const uint64_t> vaddrs) {
  std::vector<SourceFrames> result(vaddrs.size());
  // These warnings are given only when a name is missing because of them: names that were resolved before stay,
  // whatever became of the files.
  std::vector<std::string> file_warnings;
  const SymbolFiles files =
      find_symbol_files(module, options_, [&](const std::string& message) { file_warnings.push_back(message); });
  const std::string name = !module.build_id.empty() ? to_hex(module.build_id) : module.content_name;
  SymbolCache cache(options_.cache_directory, options_.cache_limit, name, files.identity());
  if (!cache.problem().empty()) warn(cache.problem());
  ModuleCoverage& covered = coverage_.modules[module.path];
  covered.has_debug_information = covered.has_debug_information || files.dwarf() != nullptr;

  if (files.empty()) {
    bool all_are_named = !vaddrs.empty();
    for (size_t i = 0; i < vaddrs.size(); i++) {
      std::optional<SourceFrames> known = cache.find_older(vaddrs[i]);
      if (!known) known = cache.find(vaddrs[i]);
      if (known) result[i] = *std::move(known);
      all_are_named = all_are_named && known.has_value();
      covered.has_debug_information = covered.has_debug_information || detail_of(result[i]) == 2;
    }
    if (!all_are_named) std::ranges::for_each(file_warnings, [this](const std::string& text) { warn(text); });
    return result;
  }
  std::ranges::for_each(file_warnings, [this](const std::string& text) { warn(text); });

  std::vector<size_t> missing;  // indices into vaddrs
  std::vector<uint64_t> missing_vaddrs;
  for (size_t i = 0; i < vaddrs.size(); i++) {
    if (!is_code(files.code(), vaddrs[i])) continue;
    if (std::optional<SourceFrames> known = cache.find(vaddrs[i])) {
      result[i] = *std::move(known);
    } else {
      missing.push_back(i);
      missing_vaddrs.push_back(vaddrs[i]);
    }
  }
  if (missing.empty()) return result;

  DwarfResolution resolution;
  if (ElfFile* dwarf = files.dwarf()) {
    const auto progress = [&](size_t done) {
      if (options_.progress) options_.progress(vaddrs.size() - missing.size() + done, vaddrs.size());
    };
    resolution =
        resolve_by_dwarf(*dwarf, files.shared.get(), files.package.get(), files.code(), missing_vaddrs, progress);
  }
  resolution.frames.resize(missing.size());
  const ElfSymbols symbols(files.symbols());
  for (size_t k = 0; k < missing.size(); k++) {
    add_symbol(symbols, missing_vaddrs[k], resolution.frames[k]);
    SourceFrames& frames = resolution.frames[k].frames;
    if (auto older = cache.find_older(missing_vaddrs[k]); older && detail_of(*older) > detail_of(frames)) {
      frames = *std::move(older);
    }
    cache.add(missing_vaddrs[k], frames);
    result[missing[k]] = std::move(frames);
  }
  for (const std::string& problem : resolution.problems) warn(problem);
  // An answer that a repaired installation would improve must not be remembered.
  if (resolution.problems.empty()) {
    if (const std::string problem = cache.save(); !problem.empty()) warn(problem);
  }
  return result;
}

// Fills in what holds for every module and run, and is therefore not cached.
void Symbolizer::finish(const ModuleImage& module, uint64_t vaddr, SourceFrames& frames) const {
  if (frames.empty()) frames.emplace_back();
  for (SourceFrame& frame : frames) {
    frame.module = module.path;
    if (frame.filename.empty()) {
      frame.filename = module.path;
      frame.lineno = 0;
    } else {
      frame.filename = map_path_prefix(frame.filename, options_.path_prefix_map);
    }
    frame.offset = frame.lineno == 0 ? vaddr : 0;
  }
}

void Symbolizer::warn(const std::string& message) {
  if (warned_.insert(message).second) warnings_.push_back(message);
}

}  // namespace heapreel
