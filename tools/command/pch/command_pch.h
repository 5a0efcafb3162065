// A precompiled header of the command's files, where the build has -Db_pch=true. Every file still includes what it
// uses, which builds without it check. There is no "#pragma once", because g++ warns of it in a header that it
// precompiles.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tools/command/console/format.h"
