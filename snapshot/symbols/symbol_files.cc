#include "snapshot/symbols/symbol_files.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "snapshot/symbols/debuginfod.h"
#include "snapshot/symbols/mini_debug_info.h"
#include "snapshot/symbols/regular_file.h"

namespace heapreel {
namespace {

using Warn = std::function<void(const std::string&)>;

// Null, and a warning, when the file cannot be read; a warning alone when it can in part.
std::unique_ptr<ElfFile> open_reporting(const std::string& path, const Warn& warn) {
  std::string error;
  std::unique_ptr<ElfFile> file = ElfFile::open(path, error);
  if (file == nullptr) {
    warn(path + ": cannot be read for symbols: " + error);
  } else if (!file->damage().empty()) {
    warn(path + ": is damaged: " + file->damage());
  }
  return file;
}

bool exists(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0;
}

// ROOT/.build-id/ab/cdef.debug
std::string build_id_path(const std::string& root, const BuildId& id) {
  const std::string hex = to_hex(id);
  return root + "/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2) + ".debug";
}

bool has_crc(const std::string& path, uint32_t expected) {
  std::string error;
  const int file = open_regular_file(path, error);
  if (file < 0) return false;
  std::array<char, 1 << 16> buffer;
  uLong crc = crc32(0, nullptr, 0);
  ssize_t got = 0;
  while ((got = read(file, buffer.data(), buffer.size())) > 0) {
    crc = crc32(crc, reinterpret_cast<const Bytef*>(buffer.data()), static_cast<uInt>(got));
  }
  close(file);
  return got == 0 && crc == expected;
}

enum class PathKind {
  kFile,
  kKernel,   // "[vdso]" and the like: no file ever
  kProcess,  // meant something in the traced process only: here it would name another file, or none
};

PathKind kind_of(std::string_view path) {
  if (path.empty() || path.front() == '[') return PathKind::kKernel;
  for (const std::string_view prefix : {"/proc/", "/dev/fd/", "/memfd:", "/dev/zero"}) {
    if (path.starts_with(prefix)) return PathKind::kProcess;
  }
  return path.ends_with(" (deleted)") ? PathKind::kProcess : PathKind::kFile;
}

std::unique_ptr<ElfFile> open_image(const ModuleImage& module, const SymbolizerOptions& options, const Warn& warn) {
  if (kind_of(module.path) == PathKind::kKernel) return nullptr;
  if (kind_of(module.path) == PathKind::kProcess) {
    warn(module.path +
         ": had no file that is still there, so only a debug file with its build-id can name its functions");
    return nullptr;
  }
  std::vector<std::string> candidates;
  for (const std::string& root : options.module_directories) {
    candidates.push_back(root + "/" + module.path);
    candidates.push_back(root + "/" + std::filesystem::path(module.path).filename().string());
  }
  candidates.push_back(module.path);
  for (const std::string& path : candidates) {
    if (!exists(path)) continue;
    std::unique_ptr<ElfFile> file = open_reporting(path, warn);
    if (file == nullptr) continue;
    if (!module.build_id.empty() && file->build_id() != module.build_id) {
      warn(path + ": is another build than the recorded one (build-id " + to_hex(file->build_id()) + " instead of " +
           to_hex(module.build_id) + "): its symbols are not used");
    } else if (module.build_id.empty() && module.is_same_file && !module.is_same_file(*file)) {
      warn(path + ": was recorded without a build-id, and nothing proves that this is still the same build: its " +
           "symbols are not used (link with -Wl,--build-id, or seal a reel while the program is there)");
    } else {
      if (module.build_id.empty() && !module.is_same_file) {
        warn(path + ": was recorded without a build-id: that this is the same build cannot be checked");
      }
      return file;
    }
  }
  return nullptr;
}

std::unique_ptr<ElfFile> open_by_build_id(const BuildId& id, const SymbolizerOptions& options, const Warn& warn) {
  if (id.size() < 2) return nullptr;
  for (const std::string& root : options.debug_directories) {
    const std::string path = build_id_path(root, id);
    if (!exists(path)) continue;
    std::unique_ptr<ElfFile> file = open_reporting(path, warn);
    if (file == nullptr) continue;
    if (file->build_id() != id) {
      warn(path + ": carries build-id " + to_hex(file->build_id()) + ", not the one it is filed under: not used");
    } else {
      return file;
    }
  }
  return nullptr;
}

// ROOT/NAME.debug and ROOT/FOLDER/NAME.debug, as objcopy's users and build systems name the debug file of NAME. Its
// build-id must be the module's: its name alone proves nothing.
std::unique_ptr<ElfFile> open_by_name(const ModuleImage& module, const BuildId& id, const SymbolizerOptions& options,
                                      const Warn& warn) {
  if (id.empty() || kind_of(module.path) != PathKind::kFile) return nullptr;
  const std::string name = std::filesystem::path(module.path).filename().string();
  for (const std::string& root : options.debug_directories) {
    for (const std::string& path :
         {root + "/" + name + ".debug", root + module.path + ".debug", root + "/.debug/" + name + ".debug"}) {
      if (!exists(path)) continue;
      std::unique_ptr<ElfFile> file = open_reporting(path, warn);
      if (file == nullptr) continue;
      if (file->build_id() == id) return file;
      warn(path + ": is of another build than the recorded one (build-id " + to_hex(file->build_id()) + " instead of " +
           to_hex(id) + "): not used");
    }
  }
  return nullptr;
}

std::unique_ptr<ElfFile> open_by_debug_link(const ElfFile& image, const SymbolizerOptions& options, const Warn& warn) {
  if (!image.debug_link()) return nullptr;
  const std::string& name = image.debug_link()->name;
  std::error_code ignored;  // of a relative path in a folder that is gone: then nothing is found there
  const std::string folder = std::filesystem::absolute(image.path(), ignored).parent_path().string();
  std::vector<std::string> candidates = {folder + "/" + name, folder + "/.debug/" + name};
  for (const std::string& root : options.debug_directories) {
    candidates.push_back(root + folder + "/" + name);
    candidates.push_back(root + "/" + name);
  }
  for (const std::string& path : candidates) {
    if (!exists(path) || std::filesystem::equivalent(path, image.path(), ignored)) continue;
    std::unique_ptr<ElfFile> file = open_reporting(path, warn);
    if (file == nullptr) continue;
    // Equal build-ids say all that the CRC would, without reading the file from end to end.
    const bool same_build = !image.build_id().empty() && file->build_id() == image.build_id();
    if (same_build || has_crc(path, image.debug_link()->crc)) return file;
    warn(path + ": is not the debug file of " + image.path() + " (checksum and build-id differ): not used");
  }
  return nullptr;
}

std::unique_ptr<ElfFile> open_from_servers(const BuildId& id, const Warn& warn) {
  if (id.empty()) return nullptr;
  std::string error;
  const std::string path = fetch_debug_file(id, error);
  if (!error.empty()) warn("debuginfod: " + to_hex(id) + ": " + error);
  std::unique_ptr<ElfFile> file = path.empty() ? nullptr : open_reporting(path, warn);
  if (file != nullptr && file->build_id() != id) {
    warn(path + ": a server sent it for build-id " + to_hex(id) + ", but it has another: not used");
    return nullptr;
  }
  return file;
}

// Looks at the path that dwz wrote down, and in every folder of debug files: by build-id, and in the folder that
// Debian uses.
std::unique_ptr<ElfFile> open_shared(const ElfFile& debug, const SymbolizerOptions& options, const Warn& warn) {
  const SharedDebugLink& link = *debug.shared_debug_link();
  const std::filesystem::path name(link.path);
  std::vector<std::string> candidates = {std::filesystem::path(debug.path()).parent_path() / name};
  for (const std::string& root : options.debug_directories) {
    if (link.build_id.size() >= 2) candidates.push_back(build_id_path(root, link.build_id));
    candidates.push_back(root + "/.dwz/" + name.filename().string());
    const size_t folder = link.path.find("/.dwz/");
    if (folder != std::string::npos) candidates.push_back(root + link.path.substr(folder));
  }
  for (const std::string& path : candidates) {
    if (!exists(path)) continue;
    std::string error;
    std::unique_ptr<ElfFile> file = ElfFile::open_shared(path, error);
    if (file == nullptr) {
      warn(path + ": cannot be read for symbols: " + error);
    } else if (file->build_id() != link.build_id) {
      warn(path + ": is not what " + debug.path() + " shares with other debug files (build-ids differ): not used");
    } else {
      return file;
    }
  }
  warn(debug.path() + ": the debug file that it shares with others (dwz) is missing: " + link.path + " (build-id " +
       to_hex(link.build_id) + ")");
  return nullptr;
}

// Beside the file that has the skeletons, or in a root of debug files by its name or build-id. Nothing in it tells what
// it belongs to but the units' own ids, which are compared when one is looked for.
std::unique_ptr<ElfFile> open_package(const ElfFile& dwarf, const ModuleImage& module, const SymbolizerOptions& options,
                                      const Warn& warn) {
  std::vector<std::string> candidates = {dwarf.path() + ".dwp"};
  for (const std::string& root : options.debug_directories) {
    if (dwarf.build_id().size() >= 2) {
      candidates.push_back(build_id_path(root, dwarf.build_id()) + ".dwp");
    }
    candidates.push_back(root + "/" + std::filesystem::path(module.path).filename().string() + ".dwp");
  }
  for (const std::string& path : candidates) {
    if (!exists(path)) continue;
    std::string error;
    std::unique_ptr<ElfFile> file = ElfFile::open_shared(path, error);
    if (file != nullptr) return file;
    warn(path + ": cannot be read for symbols: " + error);
  }
  return nullptr;
}

}  // namespace

ElfFile* SymbolFiles::dwarf() const {
  for (const auto& file : {std::cref(debug), std::cref(image)}) {
    if (file.get() != nullptr && file.get()->has_dwarf()) return file.get().get();
  }
  return nullptr;
}

std::vector<const ElfFile*> SymbolFiles::symbols() const {
  for (const auto& file : {std::cref(debug), std::cref(image)}) {
    if (file.get() != nullptr && file.get()->has_symbol_table()) return {file.get().get()};
  }
  // MiniDebugInfo leaves out what the dynamic symbol table has.
  std::vector<const ElfFile*> files;
  for (const auto& file : {std::cref(mini), std::cref(image)}) {
    if (file.get() != nullptr) files.push_back(file.get().get());
  }
  return files;
}

std::string SymbolFiles::identity() const {
  std::string text;
  for (const auto& file : {std::cref(image), std::cref(debug), std::cref(shared), std::cref(package)}) {
    struct stat status;
    if (file.get() == nullptr || stat(file.get()->path().c_str(), &status) != 0) continue;
    text += file.get()->path() + '|' + std::to_string(status.st_size) + '|' + std::to_string(status.st_mtim.tv_sec) +
            '.' + std::to_string(status.st_mtim.tv_nsec) + '\n';
  }
  // MiniDebugInfo is in the module's own file. Versions that could not read it have cached names under the lines
  // above.
  if (mini != nullptr) text += "MiniDebugInfo\n";
  return text;
}

namespace {

// The module's own files, without what they share with others.
SymbolFiles find_own_files(const ModuleImage& module, const SymbolizerOptions& options, const Warn& warn) {
  SymbolFiles files;
  files.image = open_image(module, options, warn);
  if (files.image != nullptr && files.image->has_dwarf()) return files;
  // Even without a file of that build on this machine, the recorded build-id finds its debug file.
  const BuildId& id = files.image != nullptr ? files.image->build_id() : module.build_id;
  files.debug = open_by_build_id(id, options, warn);
  if (files.debug == nullptr) files.debug = open_by_name(module, id, options, warn);
  if (files.debug == nullptr && files.image != nullptr) {
    files.debug = open_by_debug_link(*files.image, options, warn);
  }
  if (files.debug == nullptr && options.use_debuginfod) files.debug = open_from_servers(id, warn);
  if (files.empty() && kind_of(module.path) == PathKind::kFile && !exists(module.path)) {
    warn(module.path + ": no such file here, nor a debug file of its build");
  }
  return files;
}

bool has_symbol_table(const std::unique_ptr<ElfFile>& file) {
  return file != nullptr && file->has_symbol_table();
}

bool needs_mini_debug_info(const SymbolFiles& files) {
  return files.image != nullptr && !has_symbol_table(files.image) && !has_symbol_table(files.debug);
}

std::unique_ptr<ElfFile> open_mini(const ElfFile& image, const Warn& warn) {
  std::string error;
  std::unique_ptr<ElfFile> mini = open_mini_debug_info(image, error);
  if (!error.empty()) warn(image.path() + ": its compressed symbol table (.gnu_debugdata) cannot be read: " + error);
  return mini;
}

}  // namespace

SymbolFiles find_symbol_files(const ModuleImage& module, const SymbolizerOptions& options, const Warn& warn) {
  SymbolFiles files = find_own_files(module, options, warn);
  const ElfFile* dwarf = files.dwarf();
  if (dwarf != nullptr && dwarf->shared_debug_link()) files.shared = open_shared(*dwarf, options, warn);
  if (dwarf != nullptr) files.package = open_package(*dwarf, module, options, warn);
  if (needs_mini_debug_info(files)) files.mini = open_mini(*files.image, warn);
  return files;
}

}  // namespace heapreel
