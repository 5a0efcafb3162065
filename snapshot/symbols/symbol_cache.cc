#include "snapshot/symbols/symbol_cache.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace heapreel {
namespace fs = std::filesystem;
namespace {

constexpr const char* kExtension = ".symbols";

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return std::move(content).str();
}

}  // namespace

SymbolCache::SymbolCache(std::string directory, uint64_t size_limit, const BuildId& build_id, std::string identity)
    : directory_(std::move(directory)), size_limit_(size_limit) {
  if (directory_.empty() || build_id.empty()) return;
  path_ = directory_ + "/" + to_hex(build_id) + kExtension;
  std::error_code ignored;
  // A file over the limit is none of ours, or will go with the next save.
  const bool readable = fs::is_regular_file(path_, ignored) && fs::file_size(path_, ignored) <= size_limit_;
  std::optional<CachedSymbols> known = readable ? decode_cached_symbols(read_file(path_)) : std::nullopt;
  if (known && known->identity == identity) {
    symbols_ = *std::move(known);
    fs::last_write_time(path_, fs::file_time_type::clock::now(), ignored);  // used: not the next to go
  }
  symbols_.identity = std::move(identity);
  for (uint32_t i = 0; i < symbols_.strings.size(); i++) string_index_.emplace(symbols_.strings[i], i);
}

std::optional<SourceFrames> SymbolCache::find(uint64_t vaddr) const {
  const auto at = symbols_.frames.find(vaddr);
  if (at == symbols_.frames.end()) return std::nullopt;
  SourceFrames frames;
  for (const CachedFrame& frame : at->second) {
    frames.push_back(
        {symbols_.strings[frame.function], symbols_.strings[frame.filename], frame.lineno, frame.inlined, {}, 0});
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
  const std::string bytes = encode_cached_symbols(symbols_);
  if (bytes.size() > size_limit_) {
    return path_ + ": needs " + std::to_string(bytes.size()) + " bytes, more than the cache may hold (" +
           std::to_string(size_limit_) + "): not written";
  }
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) return directory_ + ": symbol cache cannot be created: " + error.message();

  std::string temporary = path_ + ".XXXXXX";
  const int fd = mkstemp(temporary.data());
  if (fd < 0) return directory_ + ": symbol cache cannot be written";
  close(fd);
  std::ofstream file(temporary, std::ios::binary);
  file << bytes;
  file.close();
  if (file) fs::rename(temporary, path_, error);
  if (!file || error) {
    fs::remove(temporary, error);
    return path_ + ": symbol cache cannot be written";
  }
  trim_directory();
  return {};
}

void SymbolCache::trim_directory() const {
  struct Entry {
    fs::file_time_type used;
    uint64_t size;
    fs::path path;
  };
  std::vector<Entry> entries;
  uint64_t total = 0;
  std::error_code ignored;  // other runs add and remove files meanwhile: what is gone needs no removal
  for (fs::directory_iterator at(directory_, ignored), end; at != end; at.increment(ignored)) {
    const fs::directory_entry& file = *at;
    if (file.path().extension() != kExtension || !file.is_regular_file(ignored)) continue;
    const uint64_t size = file.file_size(ignored);
    if (size == static_cast<uint64_t>(-1)) continue;
    entries.push_back({file.last_write_time(ignored), size, file.path()});
    total += size;
  }
  std::ranges::sort(entries, {}, &Entry::used);
  for (const Entry& entry : entries) {
    if (total <= size_limit_) break;
    if (entry.path == fs::path(path_)) continue;
    if (fs::remove(entry.path, ignored)) total -= entry.size;
  }
}

}  // namespace heapreel
