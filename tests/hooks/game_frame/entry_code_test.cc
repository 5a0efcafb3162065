// The beginnings of functions, as compilers make them: which can be moved, and what they are like at their new place.
#include "hooks/game_frame/entry_code.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <vector>

namespace heapreel::hooks {
namespace {

using Code = std::vector<uint8_t>;

Code operator+(Code a, const Code& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

size_t movable(const Code& code) {
  return movable_entry_bytes(code.data(), code.size());
}
bool may_jump_in(const Code& code) {
  return may_jump_into_entry(code.data(), code.size(), movable(code));
}

const Code kPushRbp = {0x55};
const Code kMovRbpRsp = {0x48, 0x89, 0xe5};
const Code kSubRsp16 = {0x48, 0x83, 0xec, 0x10};
const Code kEndbr64 = {0xf3, 0x0f, 0x1e, 0xfa};
const Code kMovEaxEsi = {0x89, 0xf0};
const Code kDecEdi = {0xff, 0xcf};
const Code kRet = {0xc3};
const Code kJmpTable = {0xff, 0xe0};  // jmp *%rax

TEST(EntryCode, WholeInstructionsMakeRoomForTheJump) {
  EXPECT_EQ(movable(kPushRbp + kMovRbpRsp + kSubRsp16 + kRet), 8u);
  EXPECT_EQ(movable(kEndbr64 + kMovEaxEsi + kRet), 6u);
  EXPECT_EQ(movable({0x48, 0x81, 0xec, 0x28, 0x01, 0, 0, 0xc3}), 7u);
  EXPECT_EQ(movable({0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0, 0xc3}), 9u) << "mov %fs:0x28,%rax";
  EXPECT_EQ(movable({0xc5, 0xf8, 0x28, 0xc1, 0x90, 0xc3}), 5u) << "vmovaps %xmm1,%xmm0; nop";
}

TEST(EntryCode, WhatLeadsElsewhereIsNotMoved) {
  EXPECT_EQ(movable(kPushRbp + Code{0xe8, 1, 2, 3, 4} + kRet), 0u) << "call";
  EXPECT_EQ(movable(kMovEaxEsi + kRet + kSubRsp16), 0u) << "ret";
  EXPECT_EQ(movable({0x85, 0xff, 0x74, 0x10, 0x55, 0x90, 0x90}), 0u) << "test; je";
  EXPECT_EQ(movable({0xff, 0x25, 1, 2, 3, 4}), 0u) << "jmp *table";
  EXPECT_EQ(movable({0xe9, 1, 2, 3, 4}), 0u) << "jmp: another one was here first";
}

TEST(EntryCode, WhatIsNotKnownOrTooShortIsNotMoved) {
  EXPECT_EQ(movable({0x06, 0x90, 0x90, 0x90, 0x90, 0x90}), 0u);
  EXPECT_EQ(movable(kPushRbp + kMovRbpRsp), 0u);
  EXPECT_EQ(movable({}), 0u);
  EXPECT_EQ(movable({0x48}), 0u);
  EXPECT_EQ(movable({0x66, 0x66, 0x66, 0x66, 0x66}), 0u);
}

TEST(EntryCode, AFunctionThatIsALoopFromItsSecondInstructionOnIsLeftAlone) {
  const Code loop_from_4 = kEndbr64 + kMovEaxEsi + kDecEdi + Code{0x75, 0xfa} + kRet;  // jne 4
  EXPECT_EQ(movable(loop_from_4), 6u);
  EXPECT_TRUE(may_jump_in(loop_from_4));
  const Code far_loop_from_4 = kEndbr64 + kMovEaxEsi + kDecEdi + Code{0x0f, 0x85, 0xf6, 0xff, 0xff, 0xff} + kRet;
  EXPECT_TRUE(may_jump_in(far_loop_from_4));
  const Code loop_from_0 = kEndbr64 + kMovEaxEsi + kDecEdi + Code{0x75, 0xf6} + kRet;
  EXPECT_FALSE(may_jump_in(loop_from_0)) << "each time around is a call";
  const Code loop_from_6 = kEndbr64 + kMovEaxEsi + kDecEdi + Code{0x75, 0xfc} + kRet;
  EXPECT_FALSE(may_jump_in(loop_from_6));
}

TEST(EntryCode, AJumpTableMayLeadWhereALoopMayBegin) {
  EXPECT_TRUE(may_jump_in(kEndbr64 + kMovEaxEsi + kDecEdi + kJmpTable));
  EXPECT_FALSE(may_jump_in(kEndbr64 + kMovEaxEsi + kPushRbp + kDecEdi + kJmpTable)) << "each time around would push";
  EXPECT_FALSE(may_jump_in(Code{0x48, 0x81, 0xec, 0x28, 0x01, 0, 0} + kJmpTable)) << "one instruction";
}

TEST(EntryCode, CodeThatCannotBeReadToItsEndIsLeftAlone) {
  EXPECT_TRUE(may_jump_in(kPushRbp + kMovRbpRsp + kSubRsp16 + Code{0x06}));
}

TEST(EntryCode, DataThatIsNamedByItsDistanceIsNamedFromTheNewPlace) {
  // cmpl $7, 0x1000(%rip); push %rbp
  Code code = {0x83, 0x3d, 0x00, 0x10, 0, 0, 7, 0x55, 0xc3};
  ASSERT_EQ(movable(code), 7u);
  std::array<uint8_t, 32> moved = {};
  const auto from = reinterpret_cast<uintptr_t>(code.data());
  ASSERT_TRUE(move_entry(code.data(), 7, moved.data(), from + 0x100));
  int32_t distance = 0;
  std::memcpy(&distance, moved.data() + 2, sizeof distance);
  EXPECT_EQ(distance, 0x1000 - 0x100);
  EXPECT_EQ(moved[6], 7);
  EXPECT_FALSE(move_entry(code.data(), 7, moved.data(), from + (uintptr_t{3} << 30))) << "out of reach";
}

TEST(EntryCode, TheSameCodeHasTheSameHash) {
  const Code a = kPushRbp + kMovRbpRsp;
  EXPECT_EQ(hash_of_code(a.data(), a.size()), hash_of_code(Code(a).data(), a.size()));
  EXPECT_NE(hash_of_code(a.data(), a.size()), hash_of_code(a.data(), a.size() - 1));
}

}  // namespace
}  // namespace heapreel::hooks
