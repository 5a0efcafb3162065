// Parsed once for the many files of one test program, where the build has -Db_pch=true. Every file includes what it
// uses all the same: builds without it see to that. No "#pragma once": g++ warns of it in a header that it precompiles.

#include <gtest/gtest.h>
