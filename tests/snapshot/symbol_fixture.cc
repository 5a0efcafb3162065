#include "tests/snapshot/symbol_fixture.h"

#include <stdlib.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace heapreel {
namespace fs = std::filesystem;

std::string read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return std::move(bytes).str();
}

void write_bytes(const fs::path& path, const std::string& bytes) {
  fs::remove(path);  // a file that is emptied and written again has to wait for the disk
  std::ofstream(path, std::ios::binary) << bytes;
}

bool run(const std::string& command) {
  return std::system((command + " > /dev/null 2>&1").c_str()) == 0;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (fs::temp_directory_path() / "heapreel.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory: " + name);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;  // the system clears it in time
  fs::remove_all(path_, ignored);
}

fs::path fixture_path(const std::string& variant) {
  const char* directory = std::getenv("HEAPREEL_SYMBOL_FIXTURES");
  if (directory == nullptr) throw std::runtime_error("set HEAPREEL_SYMBOL_FIXTURES to the folder of symbol_fixture_*");
  return fs::path(directory) / ("symbol_fixture_" + variant);
}

std::map<std::string, uint64_t> fixture_addresses(const std::string& variant) {
  std::map<std::string, uint64_t> addresses;
  FILE* output = popen(fixture_path(variant).c_str(), "r");
  if (output == nullptr) throw std::runtime_error("cannot run " + fixture_path(variant).string());
  char name[32];
  for (size_t offset; std::fscanf(output, "%31s %zx", name, &offset) == 2;) addresses[name] = kFixtureBias + offset;
  pclose(output);
  return addresses;
}

ModuleImage fixture_module(const fs::path& path, const fs::path& recorded) {
  std::string error;
  const auto file = ElfFile::open(recorded, error);
  if (file == nullptr) throw std::runtime_error(recorded.string() + ": " + error);
  return {path.string(), file->build_id(), kFixtureBias, kFixtureBias + 0x100000, kFixtureBias};
}

std::vector<std::string> describe(const SourceFrames& frames) {
  std::vector<std::string> lines;
  for (const SourceFrame& frame : frames) {
    lines.push_back(frame.function + " " + frame.filename + ":" + std::to_string(frame.lineno));
  }
  return lines;
}

}  // namespace heapreel
