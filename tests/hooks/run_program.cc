#include "tests/hooks/run_program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>
#include <stdexcept>

namespace heapreel::testing {
namespace {

class TemporaryFile {
 public:
  TemporaryFile() {
    if (fd_ < 0) throw std::runtime_error("mkstemp");
  }
  ~TemporaryFile() {
    close(fd_);
    unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  int fd() const { return fd_; }
  std::string contents() const {
    std::stringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "heapreel-test-XXXXXX";
  int fd_ = mkostemp(path_.data(), O_CLOEXEC);
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << "status " << outcome.status << "\n--- stdout\n" << outcome.out << "--- stderr\n" << outcome.err;
}

Outcome run(const std::vector<std::string>& command, const Variables& variables) {
  TemporaryFile out;
  TemporaryFile err;
  const pid_t child = fork();
  if (child == 0) {
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(out.fd(), STDOUT_FILENO);
    dup2(err.fd(), STDERR_FILENO);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  Outcome outcome = {};
  if (child < 0 || waitpid(child, &outcome.status, 0) != child) throw std::runtime_error("fork or waitpid");
  if (WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == 127) throw std::runtime_error(command[0]);
  outcome.out = out.contents();
  outcome.err = err.contents();
  return outcome;
}

std::string test_setting(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set: run this through `meson test`");
  return value;
}

bool installed(const std::string& program) {
  // dash says 127 for "no", which is also what a program that cannot be run says.
  return run({"sh", "-c", "command -v " + program + " || exit 1"}).status == 0;
}

}  // namespace heapreel::testing
