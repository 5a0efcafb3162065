// Parsed once for the many files of one test program, where the build has -Db_pch=true. Every file includes what it
// uses all the same: builds without it see to that.
#pragma once

#include <gtest/gtest.h>
