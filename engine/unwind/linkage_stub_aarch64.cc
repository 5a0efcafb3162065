#include "engine/unwind/linkage_stub.h"
#include "engine/unwind/unwind_os.h"

namespace heapreel::engine {
namespace {

// An instruction, or 0 (which is none) where nothing can be read.
uint32_t instruction_at(uintptr_t address) {
  const uintptr_t word = address & ~uintptr_t{7};
  return address % 4 == 0 && unwind_os::is_readable_word(word) ? *reinterpret_cast<const uint32_t*>(address) : 0;
}

// A stub of the linker: adrp x16; ldr x17; add x16; br x17. The first stub, for lazy binding, pushes x16 and x30 before
// that. All leave the return address in x30. `pushed` is how many bytes lie on top of the caller's stack.
bool is_in_stub(uintptr_t pc, int64_t& pushed) {
  constexpr uint32_t kJump = 0xd61f0220;  // br x17
  constexpr uint32_t kPush = 0xa9bf7bf0;  // stp x16, x30, [sp, #-16]!
  constexpr int kInstructions = 4;
  bool jumps = false;
  for (int i = 0; i < kInstructions && !jumps; ++i) jumps = instruction_at(pc + 4 * static_cast<unsigned>(i)) == kJump;
  if (!jumps) return false;
  pushed = 0;
  for (int i = 1; i <= kInstructions; ++i) {
    const uint32_t before = instruction_at(pc - 4 * static_cast<unsigned>(i));
    if (before == kPush) pushed = 16;
    if (before == kPush || before == kJump) break;
  }
  return true;
}

}  // namespace

UnwindRule rule_of_stub(uintptr_t pc) noexcept {
  using Kind = UnwindRule::Kind;
  int64_t pushed = 0;
  return is_in_stub(pc, pushed) ? UnwindRule(Kind::kLinkRegister, pushed) : UnwindRule(Kind::kUncovered);
}

}  // namespace heapreel::engine
