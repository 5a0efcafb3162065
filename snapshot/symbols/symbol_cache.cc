#include "snapshot/symbols/symbol_cache.h"

namespace heapreel {
namespace {

constexpr const char* kExtension = ".symbols";

}  // namespace

int detail_of(const SourceFrames& frames) {
  if (frames.empty()) return 0;
  if (frames.front().lineno != 0) return 2;
  return frames.front().function.empty() ? 0 : 1;
}

SymbolCache::SymbolCache(const std::string& directory, uint64_t size_limit, const std::string& module,
                         std::string identity)
    : directory_(directory), size_limit_(size_limit) {
  if (directory.empty() || module.empty()) return;
  const CacheFolder folder(directory, CacheFolder::Missing::kLeave);
  problem_ = folder.problem();
  if (!problem_.empty()) return;
  name_ = module + kExtension;
  // A file over the limit is not from this cache, or the next save() removes it.
  const std::optional<std::string> bytes = folder.read(name_, size_limit_);
  std::optional<CachedSymbols> known = bytes ? decode_cached_symbols(*bytes) : std::nullopt;
  if (known) (known->identity == identity ? symbols_ : older_) = *std::move(known);
  symbols_.identity = std::move(identity);
  for (uint32_t i = 0; i < symbols_.strings.size(); i++) string_index_.emplace(symbols_.strings[i], i);
}

std::optional<SourceFrames> SymbolCache::found_in(const CachedSymbols& symbols, uint64_t vaddr) {
  const auto at = symbols.frames.find(vaddr);
  if (at == symbols.frames.end()) return std::nullopt;
  SourceFrames frames;
  for (const CachedFrame& frame : at->second) {
    frames.push_back(
        {symbols.strings[frame.function], symbols.strings[frame.filename], frame.lineno, frame.inlined, {}, 0});
  }
  return frames;
}

void SymbolCache::add(uint64_t vaddr, const SourceFrames& frames) {
  if (!enabled()) return;
  std::vector<CachedFrame>& cached = symbols_.frames[vaddr];
  cached.clear();
  for (const SourceFrame& frame : frames) {
    cached.push_back({intern(frame.function), intern(frame.filename), frame.lineno, frame.inlined});
  }
  changed_ = true;
}

uint32_t SymbolCache::intern(const std::string& text) {
  const auto [at, fresh] = string_index_.try_emplace(text, static_cast<uint32_t>(symbols_.strings.size()));
  if (fresh) symbols_.strings.push_back(text);
  return at->second;
}

std::string SymbolCache::save() {
  if (!enabled() || !changed_) return {};
  changed_ = false;
  // Lines that nobody asked for this time stay, because no other symbol file would name them better.
  for (const auto& [vaddr, frames] : older_.frames) {
    if (symbols_.frames.contains(vaddr)) continue;
    if (const auto known = found_in(older_, vaddr); detail_of(*known) == 2) add(vaddr, *known);
  }
  changed_ = false;
  const std::string bytes = encode_cached_symbols(symbols_);
  if (bytes.size() > size_limit_) {
    return directory_ + "/" + name_ + ": needs " + std::to_string(bytes.size()) +
           " bytes, more than the cache may hold (" + std::to_string(size_limit_) + "): not written";
  }
  const CacheFolder folder(directory_, CacheFolder::Missing::kMake);
  if (!folder.is_open()) return folder.problem();
  if (std::string error = folder.replace(name_, bytes); !error.empty()) return error;
  folder.trim(kExtension, size_limit_, name_);
  return {};
}

}  // namespace heapreel
