#include <cstring>

#include "hooks/game_frame/entry_code.h"

namespace heapreel::hooks {
namespace {

// What is needed of one instruction: where it ends and where it leads.
struct Instruction {
  size_t bytes = 0;        // 0: not known
  size_t relative_at = 0;  // where its operand's displacement from the next instruction is; 0: it has none
  bool leads_elsewhere = false;
  bool is_computed_jump = false;
  bool has_target = false;  // it jumps to `target`, counted from its own beginning
  int64_t target = 0;
  bool takes_stack = false;  // push, or sub of the stack pointer
};

// What follows an opcode: a ModRM byte or none, and how many bytes of a number.
struct Operands {
  bool known = true;
  bool modrm = false;
  size_t number = 0;
};

constexpr Operands kUnknown = {.known = false};

bool is_among(uint8_t opcode, const char* opcodes, size_t count) {
  return std::memchr(opcodes, opcode, count) != nullptr;
}

// For opcodes of one byte. `word` is the length of a number of the operand size; `wide`: that size is 64 bits.
Operands operands_of(uint8_t opcode, size_t word, bool wide) {
  if (is_among(opcode, "\x06\x07\x0e\x16\x17\x1e\x1f\x27\x2f\x37\x3f\x60\x61\x82\x9a\xce\xd4\xd5\xd6\xea", 20)) {
    return kUnknown;
  }
  const int low = opcode & 7;
  if (opcode < 0x40) return {.modrm = low < 4, .number = low == 4 ? 1 : low == 5 ? word : 0};
  if (opcode < 0x60) return {};
  if (opcode == 0x63) return {.modrm = true};
  if (opcode == 0x68) return {.number = word};
  if (opcode == 0x69) return {.modrm = true, .number = word};
  if (opcode == 0x6a) return {.number = 1};
  if (opcode == 0x6b) return {.modrm = true, .number = 1};
  if (opcode >= 0x6c && opcode <= 0x6f) return {};
  if (opcode >= 0x70 && opcode <= 0x7f) return {.number = 1};
  if (opcode == 0x81) return {.modrm = true, .number = word};
  if (opcode == 0x80 || opcode == 0x83) return {.modrm = true, .number = 1};
  if (opcode >= 0x84 && opcode <= 0x8f) return {.modrm = true};
  if (opcode >= 0x90 && opcode <= 0x9f) return {};
  if (opcode >= 0xa0 && opcode <= 0xa3) return {.number = 8};
  if (opcode == 0xa8) return {.number = 1};
  if (opcode == 0xa9) return {.number = word};
  if (opcode >= 0xa4 && opcode <= 0xaf) return {};
  if (opcode >= 0xb0 && opcode <= 0xb7) return {.number = 1};
  if (opcode >= 0xb8 && opcode <= 0xbf) return {.number = wide ? 8 : word};
  if (opcode == 0xc0 || opcode == 0xc1 || opcode == 0xc6) return {.modrm = true, .number = 1};
  if (opcode == 0xc2 || opcode == 0xca) return {.number = 2};
  if (opcode == 0xc7) return {.modrm = true, .number = word};
  if (opcode == 0xc8) return {.number = 3};
  if (opcode == 0xcd) return {.number = 1};
  if (opcode >= 0xc3 && opcode <= 0xcf) return {};
  if (opcode >= 0xd0 && opcode <= 0xdf) return {.modrm = opcode != 0xd7};
  if (opcode >= 0xe0 && opcode <= 0xe7) return {.number = 1};
  if (opcode == 0xe8 || opcode == 0xe9) return {.number = 4};
  if (opcode == 0xeb) return {.number = 1};
  return {.modrm = opcode == 0xf6 || opcode == 0xf7 || opcode >= 0xfe};
}

// For opcodes after 0x0f, or in the first of the VEX maps.
Operands operands_of_long(uint8_t opcode) {
  if (opcode >= 0x80 && opcode <= 0x8f) return {.number = 4};
  if (opcode >= 0x05 && opcode <= 0x0b) return {};
  if (opcode == 0x0e || opcode == 0x77 || (opcode >= 0x30 && opcode <= 0x37) || opcode >= 0xff) return {};
  if (opcode >= 0xc8 && opcode <= 0xcf) return {};
  if (opcode == 0xa0 || opcode == 0xa1 || opcode == 0xa2 || (opcode >= 0xa8 && opcode <= 0xaa)) return {};
  if (opcode == 0x04 || (opcode >= 0x24 && opcode <= 0x27)) return kUnknown;
  const bool has_number = (opcode >= 0x70 && opcode <= 0x73) || is_among(opcode, "\xa4\xac\xba\xc2\xc4\xc5\xc6", 7);
  return {.modrm = true, .number = has_number ? size_t{1} : size_t{0}};
}

Operands operands_in_map(int map, uint8_t opcode) {
  if (map == 1) return operands_of_long(opcode);
  if (map == 2) return {.modrm = true};
  if (map == 3) return {.modrm = true, .number = 1};
  return kUnknown;
}

int64_t number_at(const uint8_t* code, size_t bytes) {
  int32_t word = 0;
  if (bytes == 1) return static_cast<int8_t>(*code);
  std::memcpy(&word, code, sizeof word);
  return word;
}

// Reads one byte after the other up to the end. After that `spent` is set, and it returns zeros.
struct Reader {
  const uint8_t* code;
  size_t left;
  size_t at = 0;
  bool spent = false;

  uint8_t peek() const { return at < left ? code[at] : 0; }
  uint8_t next() {
    if (at < left) return code[at++];
    spent = true;
    return 0;
  }
  void skip(size_t bytes) {
    spent |= left - at < bytes;
    at = spent ? left : at + bytes;
  }
};

void note_control_flow(Instruction& instruction, uint8_t opcode, bool is_long, uint8_t modrm, int64_t number,
                       bool has_modrm) {
  const int reg = (modrm >> 3) & 7;
  const bool conditional = is_long ? opcode >= 0x80 && opcode <= 0x8f : opcode >= 0x70 && opcode <= 0x7f;
  const bool relative =
      !is_long && (opcode == 0xe8 || opcode == 0xe9 || opcode == 0xeb || (opcode >= 0xe0 && opcode <= 0xe3));
  const bool calls_or_jumps = !is_long && opcode == 0xff && has_modrm && reg >= 2 && reg <= 5;
  const bool returns = !is_long && (is_among(opcode, "\xc2\xc3\xca\xcb\xcc\xcd\xcf\xf1\xf4", 9));
  const bool traps = is_long && (opcode == 0x05 || opcode == 0x0b || opcode == 0x34);
  const bool begins_transaction = !is_long && opcode == 0xc7 && modrm == 0xf8;
  instruction.has_target = conditional || relative || begins_transaction;
  instruction.target = static_cast<int64_t>(instruction.bytes) + number;
  instruction.is_computed_jump = calls_or_jumps && reg >= 4;
  instruction.leads_elsewhere = instruction.has_target || calls_or_jumps || returns || traps;
  const bool subtracts = !is_long && (opcode == 0x81 || opcode == 0x83) && modrm == 0xec;
  instruction.takes_stack = subtracts || (!is_long && opcode >= 0x50 && opcode <= 0x57);
}

Instruction decode(const uint8_t* code, size_t left) {
  Reader in{code, left};
  bool narrow = false;
  bool has_short_addresses = false;
  while (is_among(in.peek(), "\x66\x67\xf2\xf3\x64\x65\x2e\x36\x3e\x26\xf0", 11)) {
    const uint8_t prefix = in.next();
    narrow |= prefix == 0x66;
    has_short_addresses |= prefix == 0x67;
  }
  bool wide = false;
  if ((in.peek() & 0xf0) == 0x40) wide = (in.next() & 8) != 0;
  uint8_t opcode = in.next();
  const bool is_vex = opcode == 0xc5 || opcode == 0xc4 || opcode == 0x62;
  bool is_long = is_vex;
  Operands operands;
  if (is_vex) {
    const uint8_t payload = in.next();
    int map = 1;
    if (opcode == 0xc4) map = payload & 31;
    if (opcode == 0x62) map = payload & 7;
    in.skip(opcode == 0xc5 ? 0 : opcode == 0xc4 ? 1 : 2);
    opcode = in.next();
    operands = operands_in_map(map, opcode);
    if (map != 1) opcode = 0;
  } else if (opcode == 0x0f) {
    is_long = true;
    opcode = in.next();
    const int map = opcode == 0x38 ? 2 : opcode == 0x3a ? 3 : 1;
    if (map != 1) in.next();
    operands = operands_in_map(map, opcode);
  } else {
    operands = operands_of(opcode, narrow ? 2 : 4, wide);
  }
  if (!operands.known || (has_short_addresses && !operands.modrm)) return {};
  Instruction instruction;
  uint8_t modrm = 0;
  if (operands.modrm) {
    modrm = in.next();
    const int mod = modrm >> 6;
    const int rm = modrm & 7;
    bool has_word = mod == 2;
    if (mod != 3 && rm == 4) {
      has_word |= (in.next() & 7) == 5 && mod == 0;
    } else if (mod == 0 && rm == 5) {
      instruction.relative_at = in.at;
      has_word = true;
    }
    in.skip(has_word ? 4 : mod == 1 ? 1 : 0);
    const bool tests = !is_long && (opcode == 0xf6 || opcode == 0xf7) && (modrm & 0x30) == 0;
    if (tests) operands.number = opcode == 0xf6 ? 1 : narrow ? 2 : 4;
  }
  const size_t number_at_byte = in.at;
  in.skip(operands.number);
  if (in.spent || (has_short_addresses && instruction.relative_at != 0)) return {};
  instruction.bytes = in.at;
  const bool has_number = operands.number == 1 || operands.number == 4;
  const int64_t number = has_number ? number_at(code + number_at_byte, operands.number) : 0;
  note_control_flow(instruction, opcode, is_long, modrm, number, operands.modrm);
  return instruction;
}

// Whether the code at `from` can be the beginning of a loop. It cannot when it makes the stack grow before anything
// leads elsewhere, because the stack would grow in each turn.
bool may_begin_loop(const uint8_t* code, size_t bytes, size_t from) {
  while (from < bytes) {
    const Instruction instruction = decode(code + from, bytes - from);
    if (instruction.takes_stack) return false;
    if (instruction.bytes == 0 || instruction.leads_elsewhere) return true;
    from += instruction.bytes;
  }
  return true;
}

}  // namespace

uint64_t hash_of_code(const uint8_t* code, size_t bytes) noexcept {
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i < bytes && i < kMostHashedBytes; ++i) hash = (hash ^ code[i]) * 0x100000001b3;
  return hash;
}

size_t instruction_bytes(const uint8_t* code, size_t bytes) noexcept {
  return decode(code, bytes).bytes;
}

size_t movable_entry_bytes(const uint8_t* code, size_t bytes) noexcept {
  size_t moved = 0;
  while (moved < kEntryJumpBytes) {
    const Instruction instruction = decode(code + moved, bytes - moved);
    if (instruction.bytes == 0 || instruction.leads_elsewhere) return 0;
    moved += instruction.bytes;
  }
  return moved <= kMostEntryBytes ? moved : 0;
}

bool may_jump_into_entry(const uint8_t* code, size_t bytes, size_t moved) noexcept {
  bool computes_jumps = false;
  for (size_t at = 0; at < bytes;) {
    const Instruction instruction = decode(code + at, bytes - at);
    if (instruction.bytes == 0) return true;
    const int64_t target = static_cast<int64_t>(at) + instruction.target;
    if (instruction.has_target && target > 0 && target < static_cast<int64_t>(moved)) return true;
    computes_jumps |= instruction.is_computed_jump;
    at += instruction.bytes;
  }
  if (!computes_jumps) return false;
  for (size_t at = decode(code, bytes).bytes; at < moved; at += decode(code + at, bytes - at).bytes) {
    if (may_begin_loop(code, bytes, at)) return true;
  }
  return false;
}

bool move_entry(const uint8_t* code, size_t moved, uint8_t* to, uintptr_t place) noexcept {
  std::memcpy(to, code, moved);
  for (size_t at = 0; at < moved;) {
    const Instruction instruction = decode(code + at, moved - at);
    if (instruction.bytes == 0) return false;
    if (instruction.relative_at != 0) {
      const auto distance = static_cast<int64_t>(reinterpret_cast<uintptr_t>(code)) - static_cast<int64_t>(place);
      const int64_t displacement = number_at(code + at + instruction.relative_at, 4) + distance;
      const auto narrow = static_cast<int32_t>(displacement);
      if (narrow != displacement) return false;
      std::memcpy(to + at + instruction.relative_at, &narrow, sizeof narrow);
    }
    at += instruction.bytes;
  }
  return true;
}

}  // namespace heapreel::hooks
