// Parsed once for the command's files, where the build has -Db_pch=true. Every file includes what it uses all the same:
// builds without it see to that.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tools/command/console/format.h"
