#include <dlfcn.h>
#include <gtest/gtest.h>

#include "tests/hooks/fake_recorder.h"

namespace heapreel::testing {
namespace {

TEST(Dlclose, AnnouncesThatAModuleMayHaveGone) {
  void* const module = dlopen("libz.so.1", RTLD_NOW);
  if (module == nullptr) GTEST_SKIP() << "no libz.so.1 here";
  const int before = unload_notices();
  EXPECT_EQ(dlclose(module), 0);
  EXPECT_GE(unload_notices(), before + 2);
}

}  // namespace
}  // namespace heapreel::testing
