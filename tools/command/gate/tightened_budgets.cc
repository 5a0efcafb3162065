#include "tools/command/gate/tightened_budgets.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/gate/suggested_budgets.h"

namespace heapreel::tools {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) throw usage_error(format("{}: cannot be read", path));
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    lines.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return lines;
}

// Replaces the value in "key = value # comment". False for another form, such as an inline table.
bool replace_value(std::string& line, std::string_view key, const std::string& value) {
  size_t at = line.find_first_not_of(" \t");
  if (at == line.npos || line.compare(at, key.size(), key) != 0) return false;
  at = line.find_first_not_of(" \t", at + key.size());
  if (at == line.npos || line[at] != '=') return false;
  at = line.find_first_not_of(" \t", at + 1);
  if (at == line.npos) return false;
  const size_t end = line.find_first_of(" \t\r\n#", at);
  line.replace(at, (end == line.npos ? line.size() : end) - at, value);
  return true;
}

}  // namespace

TightenedBudgets tightened_budgets(const BudgetFile& file, const std::vector<Reel>& reels, Headroom headroom) {
  std::vector<std::string> lines = lines_of(file.path);
  const std::vector<ObservedUse> used = observed_use(reels, file.plan);
  TightenedBudgets result;
  for (size_t budget = 0; budget < used.size(); ++budget) {
    for (const BudgetLimit& limit : file.plan.budgets[budget].limits) {
      const auto value = used[budget].values.find(limit.kind);
      // The name is not in every recording: those without it say nothing.
      if (value == used[budget].values.end()) continue;
      const LimitInfo& info = limit_info(limit.kind);
      const uint64_t most = headroom.over(value->second);
      // Rounding up may undo the change.
      const bool rounds = info.is_bytes && most >= 64 * 1024;
      if ((rounds ? (most + 1023) / 1024 * 1024 : most) >= limit.most) continue;
      std::string& line = lines.at(limit.line - 1);
      if (!replace_value(line, info.name, info.is_bytes ? toml_bytes(most) : std::to_string(most))) {
        throw usage_error(
            format("{}:{}: the limit cannot be lowered in this form: write `{} = NUMBER` in a line of its "
                   "own",
                   file.path, limit.line, info.name));
      }
      ++result.lowered;
    }
  }
  for (const std::string& line : lines) result.text += line;
  return result;
}

}  // namespace heapreel::tools
