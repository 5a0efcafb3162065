// The heapreel command: finds the subcommand and reports what went wrong in it.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/help_command.h"
#include "tools/command/help_text.h"
#include "tools/command/option_table.h"

namespace heapreel::tools {
namespace {

int execute(const std::vector<std::string>& words) {
  if (words.empty()) throw usage_error("no command given (see `heapreel help`)");
  const std::string& name = words[0];
  if (name == "--version" || name == "-V" || name == "version") {
    std::puts("heapreel " HEAPREEL_VERSION);
    return kOk;
  }
  const bool asks_for_help = name == "--help" || name == "-h";
  const CommandSpec* command = find_command(asks_for_help ? "help" : name);
  if (command == nullptr) throw unknown_command(name);
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (!rest.empty() && (rest[0] == "--help" || rest[0] == "-h")) {
    std::fputs(help_text(*command).c_str(), stdout);
    return kOk;
  }
  return command->execute(Arguments::parse(*command, command_table(), rest));
}

int report(int status, const char* text) {
  std::fflush(stdout);
  std::fputs(format("heapreel: {}\n", text).c_str(), stderr);
  return status;
}

}  // namespace
}  // namespace heapreel::tools

int main(int argc, char** argv) {
  using namespace heapreel::tools;
  try {
    const int status = execute({argv + 1, argv + argc});
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    if (errno == EPIPE) return status;  // the reader of the pipe has closed it
    return report(kUnreadable, format("the result cannot be written: {}", std::strerror(errno)).c_str());
  } catch (const CommandError& error) {
    return report(error.status(), error.what());
  } catch (const std::exception& error) {
    return report(kUnreadable, error.what());
  }
}
