#include "tools/command/read/symbol_report.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "tools/command/console/format.h"
#include "tools/command/text/file_name.h"

namespace heapreel::tools {
namespace {

constexpr size_t kModulesNamed = 3;

struct Lacking {
  std::string module;
  size_t count;
};

}  // namespace

std::string coverage_text(const SymbolCoverage& coverage) {
  ModuleCoverage sum{.addresses = coverage.outside_modules,
                     .without_line = coverage.outside_modules,
                     .without_name = coverage.outside_modules};
  std::vector<Lacking> lacking;
  if (coverage.outside_modules != 0) lacking.push_back({"code that is in no file (JIT)", coverage.outside_modules});
  for (const auto& [path, module] : coverage.modules) {
    sum.addresses += module.addresses;
    sum.without_line += module.without_line;
    sum.without_name += module.without_name;
    // Start-up code and assembly have no lines anywhere: no file would help.
    if (module.without_line != 0 && !module.has_debug_information)
      lacking.push_back({file_name(path), module.without_line});
  }
  if (lacking.empty()) return {};
  std::ranges::stable_sort(lacking, std::ranges::greater(), &Lacking::count);
  std::string text = format("symbols: {} of {} addresses have no source line, {} of them no function name either: ",
                            grouped(sum.without_line), grouped(sum.addresses), grouped(sum.without_name));
  for (size_t i = 0; i < lacking.size() && i < kModulesNamed; ++i) {
    text += format("{}{} ({})", i == 0 ? "" : ", ", lacking[i].module, grouped(lacking[i].count));
  }
  if (lacking.size() > kModulesNamed) text += format(" and {} more modules", lacking.size() - kModulesNamed);
  return text +
         "; to see them, name a folder of debug files (--debug-path DIR), ask servers (--debuginfod), or install what "
         "`find-dbgsym-packages FILE` names";
}

void report_symbols(const Reel& reel) {
  std::fflush(stdout);
  for (const std::string& warning : reel.source()->warnings()) {
    std::fputs(format("heapreel: {}\n", warning).c_str(), stderr);
  }
  if (const std::string text = coverage_text(reel.source()->coverage()); !text.empty()) {
    std::fputs(format("heapreel: {}\n", text).c_str(), stderr);
  }
}

}  // namespace heapreel::tools
