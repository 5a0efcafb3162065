#include "snapshot/symbols/demangle.h"

#include <cxxabi.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "snapshot/symbols/demangle_rust.h"
#include "snapshot/symbols/demangled_bound.h"

namespace heapreel {

namespace {

// Demangles with the C++ runtime; empty when that does not accept the name.
std::string demangle_cpp(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status),
                                                         &std::free);
  return text != nullptr ? text.get() : "";
}

// The name without the suffix that LLVM adds when it makes a function visible to another unit; `name` itself when there
// is none. The C++ runtime accepts the suffix behind a list of parameters, which Rust's legacy names do not have.
std::string_view without_llvm_suffix(std::string_view name) {
  const size_t at = name.rfind(".llvm.");
  const bool has_suffix = at != std::string_view::npos && name.find_first_not_of("0123456789", at + 6) == name.npos;
  return has_suffix ? name.substr(0, at) : name;
}

}  // namespace

std::string demangle(const char* name) {
  if (std::strncmp(name, "_R", 2) == 0) {
    if (std::optional<std::string> rust = demangle_rust_v0(name)) return *std::move(rust);
    return name;
  }
  if (std::strncmp(name, "_Z", 2) != 0) return name;
  if (demangled_bound(name) > kMostDemangledBytes) return name;
  const std::string bare(without_llvm_suffix(name));
  std::string demangled = demangle_cpp(bare.c_str());
  if (std::optional<std::string> rust = demangle_rust_legacy(demangled)) return *std::move(rust);
  if (bare != name) demangled = demangle_cpp(name);
  return demangled.empty() ? name : demangled;
}

}  // namespace heapreel
