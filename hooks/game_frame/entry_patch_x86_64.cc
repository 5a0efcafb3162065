// Before main this writes a jump over the first instructions of the function. It leads to a page near by, whose code
// reports, executes these instructions, and jumps back behind them. `run` has looked at the function's code in the
// file. The code in memory must be the same, so that no other program that inherits the variable is changed.
//
// All registers are preserved, the vector registers too, because a function may be called with anything in them.
#include "hooks/game_frame/entry_patch.h"

#include <cpuid.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "engine/tracer/tracer.h"
#include "hooks/base/message.h"
#include "hooks/game_frame/entry_code.h"
#include "hooks/game_frame/present_functions.h"

extern "C" [[gnu::visibility("hidden")]] void heapreel_entry_gate() noexcept;

// The gate calls it. The gate saves and restores everything that belongs to the caller.
extern "C" [[gnu::visibility("hidden"), gnu::used]] void heapreel_entry_reached() noexcept {
  namespace engine = heapreel::engine;
  if (engine::tracing()) engine::game_frame_ended_by(engine::GameFrameSource::kPresent, heapreel::hooks::kFrameAtEntry);
}

// The area of xsave: 512 bytes, 64 of a header that must be zero, and what x87, SSE, AVX and AVX-512 (0xe7) add at
// most.
asm(R"(
  .pushsection .text
  .hidden heapreel_entry_gate
  .globl heapreel_entry_gate
  .type heapreel_entry_gate, @function
heapreel_entry_gate:
  endbr64
  pushfq
  pushq %rax
  pushq %rcx
  pushq %rdx
  pushq %rbx
  pushq %rsi
  pushq %rdi
  pushq %r8
  pushq %r9
  pushq %r10
  pushq %r11
  movq %rsp, %rbx
  subq $3072, %rsp
  andq $-64, %rsp
  xorl %eax, %eax
  movq %rax, 512(%rsp)
  movq %rax, 520(%rsp)
  movq %rax, 528(%rsp)
  movq %rax, 536(%rsp)
  movq %rax, 544(%rsp)
  movq %rax, 552(%rsp)
  movq %rax, 560(%rsp)
  movq %rax, 568(%rsp)
  xorl %edx, %edx
  movl $0xe7, %eax
  xsave64 (%rsp)
  cld
  call heapreel_entry_reached
  xorl %edx, %edx
  movl $0xe7, %eax
  xrstor64 (%rsp)
  movq %rbx, %rsp
  popq %r11
  popq %r10
  popq %r9
  popq %r8
  popq %rdi
  popq %rsi
  popq %rbx
  popq %rdx
  popq %rcx
  popq %rax
  popfq
  ret
  .size heapreel_entry_gate, .-heapreel_entry_gate
  .popsection
)");

namespace heapreel::hooks {
namespace {

constinit bool g_is_patched = false;

bool has_xsave() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & (1u << 27)) != 0;
}

bool read_entry(FrameEntry& entry) {
  const char* text = std::getenv(kFrameEntryVariable);
  if (text == nullptr) return false;
  char* end = nullptr;
  entry.vaddr = std::strtoull(text, &end, 10);
  if (*end != ':') return false;
  entry.bytes = std::strtoull(end + 1, &end, 10);
  if (*end != ':') return false;
  entry.hash = std::strtoull(end + 1, &end, 10);
  return *end == '\0';
}

struct Search {
  FrameEntry entry;
  uint8_t* code;
};

// The first module is the program.
int find_in_program(dl_phdr_info* info, size_t /*bytes*/, void* data) {
  auto& search = *static_cast<Search*>(data);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    const uint64_t from = search.entry.vaddr - segment.p_vaddr;
    if (from < segment.p_filesz && search.entry.bytes <= segment.p_filesz - from) {
      search.code = reinterpret_cast<uint8_t*>(info->dlpi_addr + search.entry.vaddr);
    }
  }
  return 1;
}

// A page that a jump from the function can reach, and that is near the data which the function's first instructions
// name.
uint8_t* page_near(const uint8_t* code) {
  const auto page = reinterpret_cast<uintptr_t>(code) & ~(kEntryPatchSize - 1);
  const auto try_at = [](uintptr_t place) -> uint8_t* {
    void* got = mmap(reinterpret_cast<void*>(place), kEntryPatchSize, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (got == reinterpret_cast<void*>(place)) return static_cast<uint8_t*>(got);
    if (got != MAP_FAILED) munmap(got, kEntryPatchSize);  // a kernel that does not know the flag
    return nullptr;
  };
  // Places below are tried first, because memory that grows lies above the program.
  for (uintptr_t away = 64 << 10; away < (uintptr_t{1} << 30); away *= 2) {
    if (away >= page) break;
    if (uint8_t* got = try_at(page - away)) return got;
  }
  for (uintptr_t away = uintptr_t{1} << 30; away < (uintptr_t{15} << 27); away += uintptr_t{64} << 20) {
    if (uint8_t* got = try_at(page + away)) return got;
  }
  return nullptr;
}

void write_word(uint8_t* to, int64_t value) {
  const auto word = static_cast<int32_t>(value);
  std::memcpy(to, &word, sizeof word);
}

// The page holds: call *gate; the moved instructions; jmp *back; the two addresses.
bool fill(uint8_t* page, const uint8_t* code, size_t moved) {
  constexpr size_t kAddresses = 128;
  const auto gate = reinterpret_cast<uintptr_t>(&heapreel_entry_gate);
  const uintptr_t back = reinterpret_cast<uintptr_t>(code) + moved;
  uint8_t* at = page;
  *at++ = 0xff;
  *at++ = 0x15;
  write_word(at, page + kAddresses - (at + 4));
  at += 4;
  if (!move_entry(code, moved, at, reinterpret_cast<uintptr_t>(at))) return false;
  at += moved;
  *at++ = 0xff;
  *at++ = 0x25;
  write_word(at, page + kAddresses + 8 - (at + 4));
  std::memcpy(page + kAddresses, &gate, sizeof gate);
  std::memcpy(page + kAddresses + 8, &back, sizeof back);
  return mprotect(page, kEntryPatchSize, PROT_READ | PROT_EXEC) == 0;
}

// Returns null, or what went wrong.
const char* patch(uint8_t* code, size_t bytes) {
  const size_t moved = movable_entry_bytes(code, bytes);
  if (moved == 0 || may_jump_into_entry(code, bytes, moved)) return "its first instructions cannot be moved";
  if (!has_xsave()) return "this processor cannot save its registers for it";
  uint8_t* page = page_near(code);
  if (page == nullptr) return "there is no memory near it";
  const auto first = reinterpret_cast<uintptr_t>(code) & ~(kEntryPatchSize - 1);
  const size_t touched = reinterpret_cast<uintptr_t>(code) + kEntryJumpBytes - first;
  void* const pages = reinterpret_cast<void*>(first);
  if (!fill(page, code, moved) || mprotect(pages, touched, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) {
    munmap(page, kEntryPatchSize);
    return "the system does not let its code be changed";
  }
  const int64_t distance = page - (code + kEntryJumpBytes);
  code[0] = 0xe9;
  write_word(code + 1, distance);
  mprotect(pages, touched, PROT_READ | PROT_EXEC);
  return nullptr;
}

[[gnu::constructor]] void patch_entry() {
  Search search = {.entry = {}, .code = nullptr};
  if (!read_entry(search.entry)) return;
  dl_iterate_phdr(find_in_program, &search);
  // This is another program, which inherited the variable.
  if (search.code == nullptr || hash_of_code(search.code, search.entry.bytes) != search.entry.hash) return;
  if (const char* failed = patch(search.code, search.entry.bytes)) {
    return say("--frame-at: game frames do not end at this function: ", failed);
  }
  g_is_patched = true;
}

}  // namespace

bool frames_end_at_entry() noexcept {
  return g_is_patched;
}

}  // namespace heapreel::hooks
