// Every adapter whose library is installed; compiled as C++17, enabled, disabled and weak, with warnings as errors.
#include "tests/hooks/adapters/adapters_compile.c"

#if __has_include(<imgui.h>)
#include <imgui.h>

#include <heapreel/adapters/imgui.h>
#endif
#if __has_include(<LinearMath/btAlignedAllocator.h>)
#include <LinearMath/btAlignedAllocator.h>

#include <heapreel/adapters/bullet.h>
#endif
#if __has_include(<box2d/box2d.h>)
#include <box2d/box2d.h>

#include <heapreel/adapters/box2d.h>
#endif
#include <heapreel/adapters/pmr.h>
#include <heapreel/adapters/unreal.h>
