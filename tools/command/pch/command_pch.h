// Parsed once for the command's files, where the build has -Db_pch=true. Every file includes what it uses all the same:
// builds without it see to that. No "#pragma once": g++ warns of it in a header that it precompiles.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tools/command/console/format.h"
