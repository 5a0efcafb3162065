#include "tools/command/doctor/program_checks.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "hooks/game_frame/present_functions.h"
#include "snapshot/symbols/elf_file.h"
#include "snapshot/symbols/symbol_files.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/doctor/unwind_coverage.h"
#include "tools/command/run/own_allocator.h"
#include "tools/command/run/program_file.h"
#include "tools/command/text/file_name.h"

namespace heapreel::tools {
namespace {

using State = Finding::State;

// What the loader prints when it is asked to list libraries instead of running the program, as ldd does.
std::string loaders_list(const std::string& program) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
      dup2(null, STDIN_FILENO);
      dup2(null, STDERR_FILENO);
    }
    setenv("LD_TRACE_LOADED_OBJECTS", "1", 1);
    execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);
  std::string list;
  char some[4096];
  for (ssize_t got = 0; child > 0 && (got = read(ends[0], some, sizeof(some))) > 0;) {
    list.append(some, static_cast<size_t>(got));
  }
  close(ends[0]);
  if (child > 0) waitpid(child, nullptr, 0);
  return list;
}

struct Libraries {
  std::vector<std::string> found;  // paths
  std::vector<std::string> missing;
};

// Reads lines such as "\tlibm.so.6 => /lib/libm.so.6 (0x7f...)", "\t/lib64/ld-linux-x86-64.so.2 (0x7f...)", "\tlibx.so
// => not found".
Libraries libraries_of(const std::string& program) {
  Libraries libraries;
  const std::string list = loaders_list(program);
  for (size_t at = 0; at < list.size();) {
    const size_t end = std::min(list.find('\n', at), list.size());
    std::string line = list.substr(at, end - at);
    at = end + 1;
    line.erase(0, line.find_first_not_of(" \t"));
    if (line.find("=> not found") != std::string::npos) {
      libraries.missing.push_back(line.substr(0, line.find(' ')));
      continue;
    }
    const size_t arrow = line.find("=> ");
    if (arrow != std::string::npos) line.erase(0, arrow + 3);
    if (line.starts_with('/')) libraries.found.push_back(line.substr(0, line.find(" (")));
  }
  return libraries;
}

std::string listed(const std::vector<std::string>& names) {
  constexpr size_t kMost = 4;
  std::string text;
  for (size_t i = 0; i < std::min(kMost, names.size()); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMost) text += format(" and {} more", names.size() - kMost);
  return text;
}

uint64_t code_bytes(const ElfFile& file) {
  uint64_t bytes = 0;
  for (const AddressRange& range : file.code()) bytes += range.end - range.start;
  return bytes;
}

class ProgramDoctor {
 public:
  ProgramDoctor(std::string program, const SymbolizerOptions& symbols)
      : program_(std::move(program)), symbols_(symbols) {}

  std::vector<Finding> check() {
    std::string error;
    file_ = ElfFile::open(program_, error);
    if (file_ == nullptr) {
      add({State::kNote, "program", format("{} is a script: its interpreter is traced", program_),
           "name the program that it starts, to have that looked at; `run --follow-forks` traces all of them"});
      return std::move(findings_);
    }
    add({State::kGood, "program", format("{} can be traced", program_)});
    libraries_ = libraries_of(program_);
    if (!libraries_.missing.empty()) {
      add({State::kProblem, "libraries", format("not found: {}", listed(libraries_.missing)),
           "set LD_LIBRARY_PATH as the program needs it"});
    }
    check_allocator();
    check_stacks();
    check_symbols();
    check_game_frames();
    return std::move(findings_);
  }

 private:
  void add(Finding finding) { findings_.push_back(std::move(finding)); }

  void check_allocator() {
    const int fd = open(program_.c_str(), O_RDONLY | O_CLOEXEC);
    const OwnAllocator own = fd < 0 ? OwnAllocator{} : own_allocator_of(fd);
    if (fd >= 0) close(fd);
    switch (own.kind) {
      case OwnAllocator::kNone:
        return add(
            {State::kGood, "allocator", "the program brings no allocator of its own: all of malloc and new is seen"});
      case OwnAllocator::kUnseen:
        return add(
            {State::kProblem, "allocator",
             format("the program defines {} itself: what it allocates there is not seen", own.functions),
             "build it without that allocator, or report from it (heapreel_alloc, see the README's \"Build it in\")"});
      case OwnAllocator::kMayHandOn:
        return add({State::kNote, "allocator",
                    format("the program defines {} itself, which may hand on to the next allocator", own.functions),
                    "`heapreel info` says afterwards what was seen"});
    }
  }

  // Checks the program and its libraries, weighted by the bytes of their code.
  void check_stacks() {
    uint64_t code = 0, covered = 0;
    std::vector<std::string> lacking;
    const auto look_at = [&](const ElfFile& file) {
      const uint64_t all = code_bytes(file);
      const uint64_t known = std::min(all, covered_code_bytes(section_bytes(file.handle(), ".eh_frame")));
      code += all;
      covered += known;
      constexpr uint64_t kHardlyAny = 64 << 10;  // libpthread.so.0 has become an empty library
      if (known * 2 < all && all > kHardlyAny) lacking.push_back(file_name(file.path()));
    };
    look_at(*file_);
    std::string error;
    for (const std::string& path : libraries_.found) {
      if (const auto library = ElfFile::open(path, error); library != nullptr) look_at(*library);
    }
    const std::string share =
        format("{:.0f} %", code == 0 ? 0.0 : 100.0 * static_cast<double>(covered) / static_cast<double>(code));
    if (lacking.empty()) {
      return add({State::kGood, "stacks",
                  format("unwind tables cover {} of the code of the program and its libraries", share)});
    }
    add({State::kNote, "stacks",
         format("unwind tables cover {} of the code; less than half of {}", share, listed(lacking)),
         "build with -fasynchronous-unwind-tables; stacks through code without them are guessed, and marked so"});
  }

  void check_symbols() {
    ModuleImage image;
    image.path = program_;
    image.build_id = file_->build_id();
    const SymbolFiles files = find_symbol_files(image, symbols_, [](const std::string&) {});
    if (files.dwarf() != nullptr) {
      add({State::kGood, "symbols", format("functions and lines come from {}", files.dwarf()->path())});
    } else if (!files.symbols().empty() && file_->has_symbol_table()) {
      add({State::kNote, "symbols", "the program has function names, but no lines", "build with -g"});
    } else {
      add({State::kNote, "symbols",
           "the program is stripped: only functions that it exports have names, and no code has lines",
           "name a folder of its debug files when reading (--debug-path DIR), ask servers (--debuginfod), or build "
           "with -g"});
    }
    if (file_->build_id().empty()) {
      add({State::kNote, "build-id",
           "the program has none: a reel cannot tell whether a file is the one that was traced",
           "link with -Wl,--build-id"});
    }
  }

  // Checks by the names in the files: functions that are linked, and functions that are looked up by name.
  void check_game_frames() {
    std::vector<std::string> found;
    const auto look_at = [&](const ElfFile& file) {
      const auto content = file.content();
      const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
      for (const std::string_view function : hooks::kPresentFunctions) {
        const std::string name = '\0' + std::string(function) + '\0';
        if (std::ranges::find(found, function) == found.end() && text.find(name) != text.npos)
          found.emplace_back(function);
      }
    };
    look_at(*file_);
    std::string error;
    for (const std::string& path : libraries_.found) {
      const std::string name = file_name(path);
      const bool is_the_drawers = name.starts_with("libSDL") || name.starts_with("libGL") ||
                                  name.starts_with("libEGL") || name.starts_with("libvulkan") ||
                                  name.starts_with("libglfw");
      if (is_the_drawers || path.starts_with("/lib/") || path.starts_with("/usr/lib/")) continue;
      if (const auto library = ElfFile::open(path, error); library != nullptr) look_at(*library);
    }
    if (!found.empty()) {
      return add({State::kGood, "game frames", format("end where the program shows its picture: {}", listed(found))});
    }
    add({State::kNote, "game frames",
         "no call that shows a picture is named in the program: a timer ends a game frame every 16 ms, unless the "
         "program "
         "marks its own or draws by way of a library",
         "mark them with HEAPREEL_GAME_FRAME(), or choose the timer's period with `run --frame-every`"});
  }

  const std::string program_;
  const SymbolizerOptions& symbols_;
  std::unique_ptr<ElfFile> file_;
  Libraries libraries_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_program(const std::string& name, const SymbolizerOptions& symbols) {
  try {
    return ProgramDoctor(traceable_program(name), symbols).check();
  } catch (const CommandError& error) {
    // In this error, what was wrong and what to do are one text.
    return {{State::kProblem, "program", error.what()}};
  }
}

}  // namespace heapreel::tools
