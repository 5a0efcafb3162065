// What linkers write for x86_64, where N is the number of the function, and GOT the module's table of addresses:
//
//     stub     [endbr64] [mov $N, %r11d] jmp *(GOT + ...)    a function's, as the program calls it
//              [endbr64] push $N; jmp first                  reached by the jump above as long as N was never called
//     first    [endbr64] [push %r11] push (GOT + 8); jmp *(GOT + 16)    to the loader, which finds the function
//
// A jump may have a bnd prefix. The loader finds two words on top of the return address, whichever way it was reached. Not
// recognised are lld's stubs for `-z retpolineplt`, which call.
#include <cstring>
#include <initializer_list>

#include "engine/unwind/linkage_stub.h"
#include "engine/unwind/unwind_os.h"

namespace heapreel::engine {
namespace {

using Kind = UnwindRule::Kind;

constexpr int kWord = 8;
constexpr int kNoStub = -1;

enum class Operation : uint8_t {
  kOther,
  kEndbr,
  kNumberToR11,  // mov $N, %r11d
  kPushNumber,   // push $N
  kPushR11,
  kPushMemory,  // push (operand)
  kJumpMemory,  // jmp *(operand)
  kJump,        // jmp operand
};

struct Instruction {
  Operation operation = Operation::kOther;
  uint8_t length = 0;
  uintptr_t operand = 0;
};

struct Form {
  Operation operation;
  uint8_t opcode_length;
  uint8_t opcode[4];
  bool has_operand;  // 32 bits, of which memory and targets are told by their distance from the next instruction
};

constexpr Form kForms[] = {
    {Operation::kEndbr, 4, {0xf3, 0x0f, 0x1e, 0xfa}, false},
    {Operation::kNumberToR11, 2, {0x41, 0xbb}, true},
    {Operation::kPushNumber, 1, {0x68}, true},
    {Operation::kPushR11, 2, {0x41, 0x53}, false},
    {Operation::kPushMemory, 2, {0xff, 0x35}, true},
    {Operation::kJumpMemory, 2, {0xff, 0x25}, true},
    {Operation::kJumpMemory, 3, {0xf2, 0xff, 0x25}, true},
    {Operation::kJump, 1, {0xe9}, true},
    {Operation::kJump, 2, {0xf2, 0xe9}, true},
};
constexpr int kPushNumberBytes = 5;
constexpr int kPushMemoryBytes = 6;

// Eight bytes of code; zeros, which begin none of these instructions, where nothing can be read.
void read_code(uintptr_t address, uint8_t (&code)[kWord]) {
  std::memset(code, 0, sizeof code);
  const uintptr_t boundary = (address | (kWord - 1)) + 1;
  const size_t before = boundary - address;
  if (!unwind_os::is_readable_word(boundary - kWord)) return;
  const bool is_all = before == sizeof code || unwind_os::is_readable_word(boundary);
  std::memcpy(code, reinterpret_cast<const void*>(address), is_all ? sizeof code : before);
}

Instruction instruction_at(uintptr_t address) {
  uint8_t code[kWord];
  read_code(address, code);
  for (const Form& form : kForms) {
    if (std::memcmp(code, form.opcode, form.opcode_length) != 0) continue;
    if (!form.has_operand) return {form.operation, form.opcode_length, 0};
    int32_t operand;
    std::memcpy(&operand, code + form.opcode_length, sizeof operand);
    const auto length = static_cast<uint8_t>(form.opcode_length + sizeof operand);
    return {form.operation, length, address + length + static_cast<uintptr_t>(intptr_t{operand})};
  }
  return {};
}

// Whether these are the last two instructions of the module's first stub.
bool are_to_loader(const Instruction& push, const Instruction& jump) {
  return push.operation == Operation::kPushMemory && jump.operation == Operation::kJumpMemory &&
         jump.operand == push.operand + kWord && jump.operand % kWord == 0;
}

bool is_first_stub(uintptr_t pc) {
  Instruction at = instruction_at(pc);
  for (const Operation optional : {Operation::kEndbr, Operation::kPushR11}) {
    if (at.operation != optional) continue;
    pc += at.length;
    at = instruction_at(pc);
  }
  return are_to_loader(at, instruction_at(pc + at.length));
}

// Whether the jump at `pc` may be the one of a function's stub: these begin where every eighth byte does, and the jump is
// their first instruction but for those that push nothing.
bool is_jump_of_stub(uintptr_t pc, const Instruction& jump) {
  constexpr uintptr_t kAlignment = 8;
  if (jump.operand % kWord != 0) return false;
  for (const int before : {0, 4, 6, 10}) {
    uintptr_t at = pc - static_cast<unsigned>(before);
    if (at % kAlignment != 0) continue;
    while (at < pc) {
      const Instruction passed = instruction_at(at);
      if (passed.operation != Operation::kEndbr && passed.operation != Operation::kNumberToR11) break;
      at += passed.length;
    }
    if (at == pc) return true;
  }
  return false;
}

// How many words lie on top of the return address; kNoStub when this is no stub.
int words_pushed(uintptr_t pc) {
  Instruction at = instruction_at(pc);
  if (at.operation == Operation::kEndbr) {
    pc += at.length;
    at = instruction_at(pc);
  }
  const uintptr_t next_pc = pc + at.length;
  const Instruction next = instruction_at(next_pc);
  switch (at.operation) {
    case Operation::kNumberToR11:
      return next.operation == Operation::kJumpMemory && is_jump_of_stub(next_pc, next) ? 0 : kNoStub;
    case Operation::kPushNumber:
      return next.operation == Operation::kJump && is_first_stub(next.operand) ? 0 : kNoStub;
    case Operation::kJump:
      return instruction_at(pc - kPushNumberBytes).operation == Operation::kPushNumber && is_first_stub(at.operand)
                 ? 1
                 : kNoStub;
    case Operation::kPushR11:
      return are_to_loader(next, instruction_at(next_pc + next.length)) ? 0 : kNoStub;
    case Operation::kPushMemory:
      return are_to_loader(at, next) ? 1 : kNoStub;
    case Operation::kJumpMemory:
      if (are_to_loader(instruction_at(pc - kPushMemoryBytes), at)) return 2;
      return is_jump_of_stub(pc, at) ? 0 : kNoStub;
    default:
      return kNoStub;
  }
}

}  // namespace

UnwindRule rule_of_stub(uintptr_t pc) noexcept {
  const int pushed = words_pushed(pc);
  return pushed == kNoStub ? UnwindRule(Kind::kUncovered) : UnwindRule(Kind::kStackPointer, kWord * (1 + pushed));
}

}  // namespace heapreel::engine
