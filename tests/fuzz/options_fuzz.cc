// Any text as HEAPREEL and HEAPREEL_OPTIONS, and any strings as the environment that holds them.
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "hooks/process/environment.h"
#include "hooks/process/options.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using heapreel::testing::require;
using namespace heapreel::hooks;

void check_error(const ErrorText& error) {
  const size_t length = strnlen(error, sizeof error);
  require(length > 0 && length < sizeof error, "an error has a text that ends");
}

void parse(const char* text) {
  heapreel::engine::TracerOptions options;
  ErrorText error = {};
  bool wanted = false;
  if (!parse_frames(text, options, wanted, error)) check_error(error);
  ErrorText options_error = {};
  if (!parse_options(text, options, options_error)) {
    check_error(options_error);
    return;
  }
  for (const Option& option : option_table()) {
    if (std::strcmp(option.name, "arena_fd") == 0) continue;  // its default, -1, is out of its range
    const uint64_t value = option.load(options);
    require(value >= option.min && value <= option.max, "a value that was accepted is in its range");
  }
}

// The entries of `text`, of exact size each, as the process's environment.
void read_environment(const std::string& text) {
  std::vector<std::vector<char>> entries;
  for (size_t at = 0; at < text.size();) {
    const size_t length = std::strlen(text.c_str() + at);
    entries.emplace_back(text.c_str() + at, text.c_str() + at + length + 1);
    at += length + 1;
  }
  std::vector<char*> pointers;
  for (auto& entry : entries) pointers.push_back(entry.data());
  pointers.push_back(nullptr);

  char** const before = environ;
  environ = pointers.data();
  StartRequest request;
  require(read_start_request(request), "an environment in memory can be read");
  require(strnlen(request.frames, sizeof request.frames) < sizeof request.frames, "the frames' text ends");
  require(strnlen(request.options, sizeof request.options) < sizeof request.options, "the options' text ends");
  remove_start_request();
  StartRequest left;
  read_start_request(left);
  environ = before;
  require(!left.present, "a request that was removed is gone");
  parse(request.options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  parse(text.c_str());
  read_environment(text);
  return 0;
}
