/* Every adapter of a C library that is installed; compiled as C99, enabled, disabled and weak, with warnings as errors. */
#include <stdarg.h>
#include <stddef.h>

#if __has_include(<SDL.h>)
#include <SDL.h>

#include <heapreel/adapters/sdl2.h>
#endif
#if __has_include(<lua.h>)
#include <lua.h>

#include <heapreel/adapters/lua.h>
#endif
#if __has_include(<vulkan/vulkan.h>)
#include <vulkan/vulkan.h>

#include <heapreel/adapters/vulkan.h>
#endif
#if __has_include(<physfs.h>)
#include <physfs.h>

#include <heapreel/adapters/physfs.h>
#endif
#if __has_include(<ft2build.h>)
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_MODULE_H

#include <heapreel/adapters/freetype.h>
#endif
#if __has_include(<sqlite3.h>)
#include <sqlite3.h>

#include <heapreel/adapters/sqlite.h>
#endif
#include <heapreel/adapters/godot.h>
