// The fixture program as a module: its variants, addresses in it, and copies to damage.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "snapshot/symbols/elf_file.h"
#include "snapshot/symbols/symbolizer.h"

namespace heapreel {

// As if loaded there; ELF addresses start at 0 in the fixture.
constexpr uint64_t kFixtureBias = 0x5555'0000'0000;

std::string read_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);
// Whether the command, run by the shell, succeeded.
bool run(const std::string& command);

// Removed with everything in it at the end of a test.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::string string() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// Path of a variant, such as "dwarf5".
std::filesystem::path fixture_path(const std::string& variant);

// The addresses that the program printed, by name. They are what a recording of the program would hold.
std::map<std::string, uint64_t> fixture_addresses(const std::string& variant);

// The module as recorded when it was `recorded`, found now at `path`.
ModuleImage fixture_module(const std::filesystem::path& path, const std::filesystem::path& recorded);
inline ModuleImage fixture_module(const std::filesystem::path& path) {
  return fixture_module(path, path);
}

// "function file:line" of each frame, innermost first.
std::vector<std::string> describe(const SourceFrames& frames);

}  // namespace heapreel
