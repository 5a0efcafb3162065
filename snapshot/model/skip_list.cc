#include <heapreel/skip_list.h>

#include "snapshot/model/frame_picker.h"

namespace heapreel {

namespace {

// `[[]` is a literal bracket, as everywhere below.
constexpr const char* kFunctions[] = {
    // The allocation functions themselves.
    "malloc", "calloc", "realloc", "reallocarray", "memalign", "aligned_alloc", "valloc", "pvalloc", "posix_memalign",
    "__libc_malloc", "__libc_calloc", "__libc_realloc", "__libc_memalign", "operator new", "operator new(*",
    "operator new[[]]*", "*::operator new(*", "*::operator new[[]](*",
    // The functions that free, and heapreel's own functions that these call.
    "free", "cfree", "free_sized", "free_aligned_sized", "operator delete*", "*::operator delete*",
    "heapreel::hooks::*", "heapreel::engine::record_*", "heapreel::engine::(anonymous namespace)::record_*",
    // Functions of the C library that allocate for their caller.
    "strdup", "strndup", "__strdup", "__strndup", "wcsdup", "asprintf", "vasprintf", "__asprintf", "__vasprintf",
    // The standard library, where it has no line table.
    "std::*", "__gnu_cxx::*",
    // What C programs call their wrappers that end the program when memory is spent: libiberty's, gnulib's, git's.
    "xmalloc", "xcalloc", "xzalloc", "xrealloc", "xreallocarray", "xnmalloc", "xnrealloc", "x2realloc", "x2nrealloc",
    "xcharalloc", "xstrdup", "xstrndup", "xmemdup", "xmemdupz", "xmallocz", "xvasprintf", "xasprintf",
    // Rust's. Its generic code bears the name of what it is generic over, and a hash or none.
    "__rust_alloc", "__rust_alloc_zeroed", "__rust_realloc", "__rdl_*", "__rg_*", "alloc::alloc::*",
    "alloc::raw_vec::*", "alloc::vec::*", "alloc::string::*", "alloc::boxed::*", "alloc::rc::*", "alloc::sync::*",
    "alloc::slice::*", "alloc::str::*", "alloc::collections::*", "<alloc::*", "hashbrown::*", "<hashbrown::*",
    // CPython's.
    "PyMem_Malloc", "PyMem_Calloc", "PyMem_Realloc", "PyMem_RawMalloc", "PyMem_RawCalloc", "PyMem_RawRealloc",
    "PyObject_Malloc", "PyObject_Calloc", "PyObject_Realloc", "_PyMem_Raw*", "_PyMem_Strdup", "_PyMem_Debug*",
    "_PyObject_Malloc", "_PyObject_Calloc", "_PyObject_Realloc", "_PyObject_New", "_PyObject_NewVar",
    "_PyObject_GC_Malloc", "_PyObject_GC_New", "_PyObject_GC_NewVar", "_PyObject_GC_Resize", "pymalloc_alloc",
    "object_malloc", "gc_alloc", "arena_map_*", "new_arena", "PyType_GenericAlloc", "_PyType_AllocNoTrack",
    // OpenSSL's, GLib's, SQLite's, zlib's.
    "CRYPTO_malloc", "CRYPTO_zalloc", "CRYPTO_realloc", "CRYPTO_clear_realloc", "CRYPTO_strdup", "CRYPTO_strndup",
    "CRYPTO_memdup", "g_malloc", "g_malloc0", "g_malloc_n", "g_malloc0_n", "g_realloc", "g_realloc_n", "g_try_malloc",
    "g_try_malloc0", "g_try_malloc_n", "g_try_realloc", "g_try_realloc_n", "g_slice_alloc", "g_slice_alloc0",
    "g_slice_copy", "g_strdup", "g_strndup", "g_memdup", "g_memdup2", "sqlite3MemMalloc", "sqlite3MemRealloc",
    "sqlite3Malloc", "sqlite3MallocZero", "sqlite3Realloc", "mallocWithAlarm", "zcalloc",
    // FFmpeg's and x264's, SDL's, Lua's, ImageMagick's, PHP's, Redis's, and those of Java's HotSpot.
    "av_malloc", "av_mallocz", "av_calloc", "av_malloc_array", "av_realloc", "av_realloc_f", "av_realloc_array",
    "av_reallocp", "av_reallocp_array", "av_strdup", "av_strndup", "av_memdup", "av_fast_malloc", "av_fast_mallocz",
    "av_fast_realloc", "x264_malloc", "SDL_malloc", "SDL_calloc", "SDL_realloc", "SDL_strdup", "SDL_malloc_REAL",
    "SDL_calloc_REAL", "SDL_realloc_REAL", "SDL_strdup_REAL", "l_alloc", "luaM_malloc_", "luaM_realloc_",
    "luaM_saferealloc_", "luaM_growaux_", "luaM_shrinkvector_", "AcquireMagickMemory", "AcquireQuantumMemory",
    "AcquireAlignedMemory", "AcquireCriticalMemory", "ResizeMagickMemory", "ResizeQuantumMemory", "__zend_malloc",
    "__zend_calloc", "__zend_realloc", "zmalloc", "zmalloc_usable", "zrealloc", "ztrymalloc_usable", "os::malloc(*",
    "os::realloc(*", "os::strdup(*", "AllocateHeap(*", "ReallocateHeap(*",
    // heapreel's own functions, and those of libraries that call the adapters.
    "heapreel_*", "heapreel::reported_*", "btAlignedAllocInternal(*", "b2Alloc_Default(*", "b2Alloc(*",
    "b2BlockAllocator::Allocate(*", "b2StackAllocator::Allocate(*", "ImGui::MemAlloc(*", "ft_mem_alloc",
    "ft_mem_qalloc", "ft_mem_realloc", "ft_mem_qrealloc", "vk_alloc", "vk_zalloc",
    // GCC's, LLVM's and V8's.
    "ggc_internal_alloc(*", "ggc_internal_cleared_alloc(*", "ggc_realloc(*", "ggc_alloc_*", "llvm::allocate_buffer(*",
    "llvm::safe_malloc(*", "llvm::SmallVectorBase<*>::grow_pod(*", "llvm::SmallVectorBase<*>::mallocForGrow(*",
    "v8::base::Malloc(*", "v8::internal::AllocWithRetry(*", "v8::internal::AlignedAllocWithRetry(*",
    "v8::internal::AlignedAlloc(*", "v8::internal::NewArray<*", "v8::internal::StrDup(*", "v8::internal::StrNDup(*"};

// Sources of libstdc++, libc++, Rust's library and CPython's allocator, wherever they are kept or were built.
constexpr const char* kFilenames[] = {
    "*/include/c++/*",     "*/c++/v1/*",           "*/library/alloc/src/*",    "*/library/std/src/alloc.rs",
    "*/hashbrown-*/src/*", "*/Objects/obmalloc.c", "*/libheapreel_preload*.so"};

}  // namespace

SkipList SkipList::for_native_code() {
  SkipList list;
  for (const char* pattern : kFunctions) list.skip_function(pattern);
  for (const char* pattern : kFilenames) list.skip_filename(pattern);
  return list;
}

bool SkipList::skips(const Frame& frame) const {
  return FramePicker(*this).skips(frame);
}

}  // namespace heapreel
