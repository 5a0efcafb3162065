#include "tools/command/read/symbol_options.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "snapshot/recorded/current_symbol_options.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/read/symbol_progress.h"

namespace heapreel::tools {
namespace {

std::string cache_directory() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return std::string(cache) + "/heapreel";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.cache/heapreel" : "";
}

std::pair<std::string, std::string> path_mapping(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    throw usage_error(format("--map-path: '{}': expected FROM=TO, as in /build/game=/home/me/game", text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace

std::vector<OptionSpec> symbol_option_table() {
  return {
      {"--debug-path", "", "DIR", "look in this folder first for modules and their debug files, by build-id or name",
       true},
      {"--map-path", "", "FROM=TO",
       "show source files below FROM as if they were below TO; the longest FROM that fits is taken", true},
      {"--debuginfod", "", "", "ask the servers in DEBUGINFOD_URLS for debug files that are not here"},
      {"--no-symbol-cache", "", "",
       "do not keep resolved names in ~/.cache/heapreel or XDG_CACHE_HOME (at most 256 MiB)"},
  };
}

SymbolizerOptions symbol_options(const Arguments& arguments) {
  SymbolOptions given;
  given.debug_paths = arguments.all_values("--debug-path");
  for (const std::string& directory : given.debug_paths) {
    struct stat status {};
    if (stat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
      throw usage_error(format("--debug-path: '{}': no such folder", directory));
    }
  }
  for (const std::string& text : arguments.all_values("--map-path")) {
    given.path_map.push_back(path_mapping(text));
  }
  if (!arguments.has("--no-symbol-cache")) given.cache_directory = cache_directory();
  if (arguments.has("--debuginfod")) {
    const char* urls = std::getenv("DEBUGINFOD_URLS");
    if (urls == nullptr || *urls == '\0') {
      throw usage_error("--debuginfod: DEBUGINFOD_URLS names no server to ask");
    }
    given.use_debuginfod = true;
  }
  SymbolizerOptions options = symbolizer_options(given);
  if (isatty(STDERR_FILENO) == 1) {
    options.progress = [progress = std::make_shared<SymbolProgress>()](size_t done, size_t total) {
      progress->show(done, total);
    };
  }
  return options;
}

}  // namespace heapreel::tools
