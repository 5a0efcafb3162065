// Any text as a mangled name: C++, and both of Rust's schemes.
#include <string>

#include "snapshot/symbols/demangle.h"
#include "snapshot/symbols/demangle_rust.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string name(reinterpret_cast<const char*>(data), size);
  const std::string text = heapreel::demangle(name.c_str());
  heapreel::testing::require(!text.empty() || name.c_str()[0] == '\0', "a name does not vanish");
  heapreel::demangle_rust_legacy(name);
  heapreel::demangle_rust_v0(name);
  return 0;
}
