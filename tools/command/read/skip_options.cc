#include "tools/command/read/skip_options.h"

#include <fstream>
#include <string>
#include <string_view>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

constexpr std::string_view kFunction = "function ";
constexpr std::string_view kFilename = "filename ";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

// Lines "function PATTERN" and "filename PATTERN"; "#" begins a comment line.
void add_from_file(SkipList& list, const std::string& path) {
  std::ifstream file(path);
  if (!file) throw usage_error(format("--skip-list: {}: cannot be read", path));
  std::string text;
  for (size_t number = 1; std::getline(file, text); ++number) {
    const std::string_view line = trimmed(text);
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with(kFunction)) {
      list.skip_function(std::string(trimmed(line.substr(kFunction.size()))));
    } else if (line.starts_with(kFilename)) {
      list.skip_filename(std::string(trimmed(line.substr(kFilename.size()))));
    } else {
      throw usage_error(format("--skip-list: {}:{}: expected `function PATTERN` or `filename PATTERN`, not '{}'", path,
                               number, line));
    }
  }
  if (file.bad()) throw usage_error(format("--skip-list: {}: cannot be read to its end", path));
}

}  // namespace

std::vector<OptionSpec> skip_option_table() {
  return {
      {"--skip-function", "", "PATTERN",
       "group by the caller of functions that match, such as those of your own allocator", true},
      {"--skip-filename", "", "PATTERN", "group by the caller of functions in source files that match", true},
      {"--skip", "", "PATTERN",
       "both of the above at once; a frame without symbols is matched by its place: */libgame.so+0x1f40", true},
      {"--skip-list", "", "FILE", "read patterns from a file, each in a line: `function PATTERN` or `filename PATTERN`",
       true},
      {"--library-frames", "", "",
       "do not skip allocation functions and the C++ library, which are skipped by default"},
  };
}

SkipList skip_list_from(const Arguments& arguments) {
  SkipList list = arguments.has("--library-frames") ? SkipList() : SkipList::for_native_code();
  for (const std::string& pattern : arguments.all_values("--skip-function")) list.skip_function(pattern);
  for (const std::string& pattern : arguments.all_values("--skip-filename")) list.skip_filename(pattern);
  for (const std::string& pattern : arguments.all_values("--skip")) {
    list.skip_function(pattern);
    list.skip_filename(pattern);
    list.skip_place(pattern);
  }
  for (const std::string& path : arguments.all_values("--skip-list")) add_from_file(list, path);
  return list;
}

}  // namespace heapreel::tools
