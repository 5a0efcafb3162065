// What only assembly can ask of the processor that this is built for.
#pragma once

#if defined(__aarch64__)
#include "engine/unwind/cpu_aarch64.h"
#else
#include "engine/unwind/cpu_x86_64.h"
#endif
