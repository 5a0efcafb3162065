#include "engine/unwind/call_site.h"
#include "engine/unwind/unwind_os.h"

namespace heapreel::engine {

bool is_call_site(uintptr_t pc) noexcept {
  constexpr uintptr_t kLowest = 64 * 1024;  // nothing is mapped below
  constexpr uintptr_t kInstruction = 4;
  if (pc < kLowest || pc % kInstruction != 0 || static_cast<intptr_t>(pc) < 0) return false;
  if (!unwind_os::is_readable_word((pc - kInstruction) & ~uintptr_t{7})) return false;
  const uint32_t before = *reinterpret_cast<const uint32_t*>(pc - kInstruction);
  constexpr uint32_t kBranchWithLink = 0x94000000;  // bl, in the upper six bits
  constexpr uint32_t kToRegister = 0xd63f0000;      // blr, blraa and their like
  if ((before & 0xfc000000) == kBranchWithLink) {
    const auto distance = static_cast<intptr_t>(static_cast<int32_t>(before << 6) >> 4);
    return unwind_os::is_readable_word((pc - kInstruction + static_cast<uintptr_t>(distance)) & ~uintptr_t{7});
  }
  return (before & 0xfefff000) == kToRegister;
}

}  // namespace heapreel::engine
