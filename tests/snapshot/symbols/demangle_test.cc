#include "snapshot/symbols/demangle.h"

#include <gtest/gtest.h>

#include <random>

#include "snapshot/symbols/demangle_rust.h"

namespace heapreel {
namespace {

TEST(Demangle, CppNamesAreSpelledOut) {
  EXPECT_EQ(demangle("_ZNSt6vectorIiSaIiEE9push_backEOi"), "std::vector<int, std::allocator<int> >::push_back(int&&)");
}

TEST(Demangle, OtherNamesStay) {
  EXPECT_EQ(demangle("main"), "main");
  EXPECT_EQ(demangle(""), "");
  EXPECT_EQ(demangle("i"), "i");  // a C function, not the type int
  EXPECT_EQ(demangle("_Znonsense"), "_Znonsense");
  EXPECT_EQ(demangle("_Rnonsense"), "_Rnonsense");
}

TEST(Demangle, RustLegacyNamesLoseTheirHash) {
  EXPECT_EQ(demangle("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE"), "core::fmt::Write::write_fmt");
}

TEST(Demangle, RustLegacyNamesLoseWhatLlvmPutBehindThem) {
  EXPECT_EQ(demangle("_ZN3raw21RawTable$LT$T$C$A$GT$14reserve_rehash17hf21cebe38a569c4fE.llvm.5784155710871534296"),
            "raw::RawTable<T,A>::reserve_rehash");
  EXPECT_EQ(demangle("_ZN4game4loadEi.llvm.57841557"), "game::load(int) [clone .llvm.57841557]");
  EXPECT_EQ(demangle("_ZN3raw3new17hf21cebe38a569c4fE.llvm.x"), "_ZN3raw3new17hf21cebe38a569c4fE.llvm.x");
}

TEST(Demangle, RustLegacyEscapesAreUndone) {
  EXPECT_EQ(
      demangle("_ZN66_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..ops..drop..Drop$GT$4drop17h0123456789abcdefE"),
      "<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop");
}

TEST(Demangle, ACppNameWithoutRustsHashIsNotTakenForRust) {
  EXPECT_EQ(demangle_rust_legacy("game::h0123456789abcde"), std::nullopt);
  EXPECT_EQ(demangle_rust_legacy("game::h0123456789abcdeg"), std::nullopt);
  EXPECT_EQ(demangle_rust_legacy("::h0123456789abcdef"), std::nullopt);
}

TEST(Demangle, RustV0PathsAndGenerics) {
  EXPECT_EQ(demangle("_RNvC6_123foo3bar"), "123foo::bar");
  EXPECT_EQ(demangle("_RINvNtC3std3mem8align_ofjE"), "std::mem::align_of::<usize>");
  EXPECT_EQ(demangle("_RNvMs_NtC5alloc3vecINtB4_3VechE3new"), "<alloc::vec::Vec<u8>>::new");
  EXPECT_EQ(demangle("_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_"), "cc::spawn::{closure#0}::{closure#0}");
  EXPECT_EQ(demangle("_RNvXCs1_1aNtB2_1SNtB2_1T1f"), "<a::S as a::T>::f");
}

TEST(Demangle, RustV0Types) {
  EXPECT_EQ(demangle("_RINvC1a1fRShQAmj4_TEE"), "a::f::<&[u8], &mut [u32; 4], ()>");
  EXPECT_EQ(demangle("_RINvC1a1fDNtC1b1Tp4ItemlEL_E"), "a::f::<dyn b::T<Item = i32>>");
  EXPECT_EQ(demangle("_RINvC1a1fFUKCjEuE"), "a::f::<unsafe extern \"C\" fn(usize)>");
  EXPECT_EQ(demangle("_RINvC1a1fKan1_Kb1_Kc61_E"), "a::f::<-1, true, 'a'>");
  EXPECT_EQ(demangle("_RINvC1a1fFG_RL0_hEuE"), "a::f::<for<'a> fn(&'a u8)>");
}

TEST(Demangle, RustV0CrateIdsMayTakeAll64Bits) {
  EXPECT_EQ(demangle("_RNvCslNYArtu3iFV_5alloc1f"), "alloc::f");
  EXPECT_EQ(demangle("_RNvCszzzzzzzzzzzzzz_5alloc1f"), "_RNvCszzzzzzzzzzzzzz_5alloc1f");  // more than 64
}

TEST(Demangle, RustV0LinkerSuffixesAreCutOff) {
  EXPECT_EQ(demangle("_RNvC1a1f.llvm.123"), "a::f");
}

// What a back reference spells: "_" is 0, "0_" is 1, ...
std::string base62(size_t value) {
  if (value == 0) return "_";
  std::string digits;
  size_t rest = value - 1;
  do {
    digits.insert(digits.begin(), "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest % 62]);
    rest /= 62;
  } while (rest != 0);
  digits += '_';
  return digits;
}

TEST(Demangle, RustV0NamesThatDescribeEndlessOnesAreRefused) {
  // Each tuple names the one before it twice.
  std::string name = "INvC1a1fTuuE";
  size_t previous = name.find('T');
  for (int i = 0; i < 40; i++) {
    const size_t at = name.size();
    std::string tuple = "TB";
    tuple += base62(previous);
    tuple += 'B';
    tuple += base62(previous);
    tuple += 'E';
    name += tuple;
    previous = at;
    if (i == 0) {
      ASSERT_EQ(demangle_rust_v0("_R" + name + "E"), "a::f::<((), ()), (((), ()), ((), ()))>");
    }
  }
  EXPECT_EQ(demangle_rust_v0("_R" + name + "E"), std::nullopt);
}

TEST(Demangle, DamagedRustNamesNeverCrash) {
  const std::string names[] = {"_RINvC1a1fDNtC1b1Tp4ItemlEL_E", "_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_",
                               "_RINvC1a1fFG_RL0_hEuE", "_RNvMs_NtC5alloc3vecINtB4_3VechE3new"};
  constexpr std::string_view kAlphabet = "_09azAZBCDEFGIKLMNSTXYhpsu";
  std::mt19937 random(1);
  for (int i = 0; i < 200'000; i++) {
    std::string name = names[random() % std::size(names)];
    for (unsigned edits = 1 + random() % 4; edits > 0; edits--) {
      name[2 + random() % (name.size() - 2)] = kAlphabet[random() % kAlphabet.size()];
    }
    EXPECT_LE(demangle(name.c_str()).size(), size_t{1} << 16);
  }
}

// _Z1fI1AIiiES0_IS1_S1_E ... : every argument is twice as long as the one before.
std::string name_that_doubles(int times) {
  const auto seq = [](int n) {  // S_, S0_, S1_ ... in base 36
    std::string digits;
    for (int rest = n - 1; n > 0 && (rest > 0 || digits.empty()); rest /= 36) {
      digits.insert(digits.begin(), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest % 36]);
    }
    return "S" + digits + "_";
  };
  std::string name = "_Z1fI1AIiiE";
  for (int i = 0; i < times; i++) name += seq(1) + "I" + seq(2 + i) + seq(2 + i) + "E";
  return name + "Evv";
}

TEST(Demangle, ANameThatDoublesItselfForeverComesBackAsItIs) {
  EXPECT_EQ(demangle(name_that_doubles(2).c_str()),
            "void f<A<int, int>, A<A<int, int>, A<int, int> >, "
            "A<A<A<int, int>, A<int, int> >, A<A<int, int>, A<int, int> > > >()");
  EXPECT_EQ(demangle(name_that_doubles(60).c_str()), name_that_doubles(60));
}

}  // namespace
}  // namespace heapreel
