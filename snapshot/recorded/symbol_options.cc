#include <heapreel/symbol_options.h>

#include <sys/stat.h>

#include <mutex>
#include <stdexcept>

#include "engine/tracer/tracer.h"
#include "snapshot/recorded/current_symbol_options.h"

namespace heapreel {

namespace {

struct Current {
  std::mutex mutex;
  CurrentSymbolOptions value;
};

// Never destroyed, because snapshots may be looked at while the process exits.
Current& current() {
  static Current& instance = *new Current;
  return instance;
}

void check(const SymbolOptions& options) {
  for (const std::string& path : options.debug_paths) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
      throw std::invalid_argument("symbol options: the debug path '" + path + "' is not a folder");
    }
  }
  for (const auto& [from, to] : options.path_map) {
    if (from.empty()) throw std::invalid_argument("symbol options: the path map names nothing to map to '" + to + "'");
  }
  if (!options.cache_directory.empty() && options.cache_directory.front() != '/') {
    throw std::invalid_argument("symbol options: the cache directory '" + options.cache_directory +
                                "' is not an absolute path");
  }
}

}  // namespace

void set_symbol_options(SymbolOptions options) {
  const engine::UntracedScope untraced_scope;
  check(options);
  std::lock_guard lock(current().mutex);
  if (current().value.options == options) return;
  current().value = {std::move(options), current().value.version + 1};
}

SymbolOptions get_symbol_options() {
  const engine::UntracedScope untraced_scope;
  return current_symbol_options().options;
}

CurrentSymbolOptions current_symbol_options() {
  std::lock_guard lock(current().mutex);
  return current().value;
}

SymbolizerOptions symbolizer_options(const SymbolOptions& options) {
  SymbolizerOptions result;
  result.module_directories = options.debug_paths;
  result.debug_directories.insert(result.debug_directories.begin(), options.debug_paths.begin(),
                                  options.debug_paths.end());
  result.path_prefix_map = options.path_map;
  result.use_debuginfod = options.use_debuginfod;
  result.cache_directory = options.cache_directory;
  return result;
}

}  // namespace heapreel
