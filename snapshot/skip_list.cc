#include <heapreel/skip_list.h>

#include "snapshot/frame_picker.h"

namespace heapreel {

SkipList SkipList::for_native_code() {
  SkipList list;
  // The allocation functions themselves, and libc functions that exist to allocate for their caller.
  for (const char* name : {"malloc", "calloc", "realloc", "reallocarray", "memalign", "aligned_alloc", "valloc",
                           "pvalloc", "posix_memalign", "strdup", "strndup", "__strdup", "__strndup", "wcsdup",
                           "asprintf", "vasprintf", "__libc_malloc", "__libc_calloc", "__libc_realloc"}) {
    list.skip_function(name);
  }
  // `[[]` is a literal bracket.
  for (const char* pattern : {"operator new", "operator new(*", "operator new[[]]*"}) list.skip_function(pattern);
  // Instantiations without a line table; a function template's name may begin with its return type.
  for (const char* pattern : {"std::*", "void std::*", "__gnu_cxx::*", "void __gnu_cxx::*"}) {
    list.skip_function(pattern);
  }
  // Headers of libstdc++ and libc++, wherever the toolchain keeps them.
  for (const char* pattern : {"*/include/c++/*", "*/c++/v1/*"}) list.skip_filename(pattern);
  return list;
}

bool SkipList::skips(const Frame& frame) const {
  return FramePicker(*this).skips(frame);
}

}  // namespace heapreel
