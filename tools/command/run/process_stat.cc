#include "tools/command/run/process_stat.h"

#include <fstream>
#include <iterator>
#include <sstream>

#include "tools/command/console/format.h"

namespace heapreel::tools {

std::vector<std::string> process_stat(pid_t id) {
  std::ifstream file(format("/proc/{}/stat", id));
  std::string line;
  std::getline(file, line);
  // The name stands in parentheses, and may hold any byte, those of a parenthesis and a space too.
  const size_t after_name = line.rfind(')');
  if (after_name == std::string::npos) return {};
  std::istringstream fields(line.substr(after_name + 1));
  return {std::istream_iterator<std::string>(fields), {}};
}

}  // namespace heapreel::tools
