#include "snapshot/demangle.h"

#include <cxxabi.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "snapshot/demangle_rust.h"
#include "snapshot/demangled_bound.h"

namespace heapreel {

std::string demangle(const char* name) {
  if (std::strncmp(name, "_R", 2) == 0) {
    if (std::optional<std::string> rust = demangle_rust_v0(name)) return *std::move(rust);
    return name;
  }
  if (std::strncmp(name, "_Z", 2) != 0) return name;
  if (demangled_bound(name) > kMostDemangledBytes) return name;
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status),
                                                         &std::free);
  if (text == nullptr) return name;
  std::string demangled = text.get();
  if (std::optional<std::string> rust = demangle_rust_legacy(demangled)) return *std::move(rust);
  return demangled;
}

}  // namespace heapreel
