#include "hooks/game_frame/entry_code.h"

namespace heapreel::hooks {

uint64_t hash_of_code(const uint8_t* /*code*/, size_t /*bytes*/) noexcept {
  return 0;
}

size_t instruction_bytes(const uint8_t* /*code*/, size_t /*bytes*/) noexcept {
  return 0;
}

size_t movable_entry_bytes(const uint8_t* /*code*/, size_t /*bytes*/) noexcept {
  return 0;
}

bool may_jump_into_entry(const uint8_t* /*code*/, size_t /*bytes*/, size_t /*moved*/) noexcept {
  return true;
}

bool move_entry(const uint8_t* /*code*/, size_t /*moved*/, uint8_t* /*to*/, uintptr_t /*place*/) noexcept {
  return false;
}

}  // namespace heapreel::hooks
