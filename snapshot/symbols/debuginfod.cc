#include "snapshot/symbols/debuginfod.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace heapreel {
namespace {

// The library is loaded only when it is needed, so that heapreel does not depend on it. Its functions are declared here
// as elfutils documents them, because the header comes in a package of its own.
struct Client;
using Begin = Client* (*)();
using End = void (*)(Client*);
using FindDebugFile = int (*)(Client*, const unsigned char* build_id, int length, char** path);

struct CloseLibrary {
  void operator()(void* library) const { dlclose(library); }
};

}  // namespace

std::string fetch_debug_file(const BuildId& id, std::string& error) {
  const std::unique_ptr<void, CloseLibrary> library(dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL));
  if (library == nullptr) {
    error = "libdebuginfod.so.1 cannot be loaded (package libdebuginfod1)";
    return {};
  }
  const auto begin = reinterpret_cast<Begin>(dlsym(library.get(), "debuginfod_begin"));
  const auto end = reinterpret_cast<End>(dlsym(library.get(), "debuginfod_end"));
  const auto find = reinterpret_cast<FindDebugFile>(dlsym(library.get(), "debuginfod_find_debuginfo"));
  if (begin == nullptr || end == nullptr || find == nullptr) {
    error = "libdebuginfod.so.1 lacks a function";
    return {};
  }
  const std::unique_ptr<Client, End> client(begin(), end);
  if (client == nullptr) {
    error = "a client of libdebuginfod cannot be created";
    return {};
  }
  char* path = nullptr;
  const int file = find(client.get(), id.data(), static_cast<int>(id.size()), &path);
  const std::unique_ptr<char, decltype(&std::free)> owned(path, &std::free);
  if (file < 0) {
    if (file != -ENOENT) error = std::strerror(-file);
    return {};
  }
  close(file);
  return path;
}

}  // namespace heapreel
