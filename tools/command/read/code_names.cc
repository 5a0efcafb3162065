#include "tools/command/read/code_names.h"

#include <set>

#include "snapshot/text/bare_function.h"
#include "tools/command/text/file_name.h"

namespace heapreel::tools {
namespace {

std::string name_in(const Frame& frame, BudgetName::Kind kind) {
  if (kind == BudgetName::Kind::kFunction) return std::string(bare_function(frame.function()));
  return file_name(kind == BudgetName::Kind::kFile ? frame.filename() : frame.module());
}

}  // namespace

std::vector<std::string> code_names(const Reel& reel, BudgetName::Kind kind) {
  const auto source = reel.source();
  std::set<std::string> names;
  for (uint32_t site = 0; site < source->tables().site_count(); ++site) {
    for (const Frame& frame : source->traceback(source->tables().site(site).traceback)) {
      const std::string name = name_in(frame, kind);
      names.insert(name);
      if (kind == BudgetName::Kind::kFunction) names.emplace(last_part_of_function(name));  // it means the same
    }
  }
  names.erase("");
  return {names.begin(), names.end()};
}

}  // namespace heapreel::tools
