#include "tools/command/run/process_stat.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tools/command/console/format.h"

namespace heapreel::tools {

std::vector<std::string> process_stat(pid_t id) {
  std::ifstream file(format("/proc/{}/stat", id));
  std::string line;
  std::getline(file, line);
  // The name stands in parentheses, and may contain any byte, also parentheses and spaces.
  const size_t after_name = line.rfind(')');
  if (after_name == std::string::npos) return {};
  std::istringstream fields(line.substr(after_name + 1));
  return {std::istream_iterator<std::string>(fields), {}};
}

std::vector<std::string> command_line_of(pid_t process) {
  std::ifstream file(format("/proc/{}/cmdline", process), std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

std::string program_of(pid_t process) {
  std::error_code error;
  const std::string path = std::filesystem::read_symlink(format("/proc/{}/exe", process), error);
  return error ? "unknown" : path;
}

}  // namespace heapreel::tools
