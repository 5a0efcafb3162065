#include "tools/command/read/code_names.h"

#include <set>

#include "snapshot/text/function_name.h"

namespace heapreel::tools {
namespace {

std::string without_folders(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string name_in(const Frame& frame, BudgetName::Kind kind) {
  if (kind == BudgetName::Kind::kFunction) return without_parameters(frame.function());
  return without_folders(kind == BudgetName::Kind::kFile ? frame.filename() : frame.module());
}

}  // namespace

std::string without_parameters(const std::string& function) {
  const std::string_view name = without_return_type(function);
  // Not the brackets of "(anonymous namespace)::f()", nor of "operator()()".
  const size_t end = name.rfind(')');
  size_t begin = end;
  for (size_t depth = 0; begin != name.npos && begin > 0; --begin) {
    if (name[begin] == ')') ++depth;
    if (name[begin] == '(' && --depth == 0) break;
  }
  return std::string(begin == 0 || begin == name.npos ? name : name.substr(0, begin));
}

std::vector<std::string> code_names(const Reel& reel, BudgetName::Kind kind) {
  const auto source = reel.source();
  std::set<std::string> names;
  for (uint32_t site = 0; site < source->tables().site_count(); ++site) {
    for (const Frame& frame : source->traceback(source->tables().site(site).traceback)) {
      const std::string name = name_in(frame, kind);
      names.insert(name);
      // The last part alone means it as well.
      const size_t scope = name.rfind("::");
      const bool has_part =
          kind == BudgetName::Kind::kFunction && scope != name.npos && name.find('>', scope) == name.npos;
      if (has_part) names.insert(name.substr(scope + 2));
    }
  }
  names.erase("");
  return {names.begin(), names.end()};
}

}  // namespace heapreel::tools
