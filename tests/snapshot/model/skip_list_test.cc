#include <heapreel/skip_list.h>

#include <gtest/gtest.h>

namespace heapreel {
namespace {

bool skips(const char* function, const char* filename = "/home/me/game/main.cc") {
  return SkipList::for_native_code().skips(Frame(
      {.filename = filename, .lineno = 1, .function = function, .module = "/usr/bin/game", .address = 0, .offset = 0}));
}

// As real programs show them on top of their stacks: cc1plus, clang, node, python, ripgrep, godot, ffmpeg, php, java.
TEST(SkipListForNativeCode, SkipsWhatAllocatesForItsCaller) {
  for (const char* function :
       {"malloc",
        "operator new(unsigned long)",
        "operator new[](unsigned long, std::align_val_t)",
        "v8::internal::Malloced::operator new(unsigned long)",
        "Pool::operator new[](unsigned long)",
        "std::vector<int, std::allocator<int> >::_M_realloc_insert(int&&)",
        "void std::vector<int, std::allocator<int> >::_M_realloc_insert<int>(int&&)",
        "user::Mesh* std::__relocate_a<user::Mesh*>(user::Mesh*, user::Mesh*)",
        "user::load(int)::{lambda()#1}&& std::forward<user::load(int)::{lambda()#1}>(std::type&)",
        "non-virtual thunk to std::ostringstream::~ostringstream()",
        "char* std::string::_S_construct<char const*>(char const*, char const*, std::allocator<char> const&)",
        "__gnu_cxx::new_allocator<int>::allocate(unsigned long, void const*)",
        "xmalloc",
        "xcalloc",
        "xrealloc",
        "xstrdup",
        "_PyObject_Malloc",
        "PyMem_RawMalloc",
        "_PyMem_RawWcsdup",
        "PyType_GenericAlloc",
        "CRYPTO_zalloc",
        "ggc_internal_alloc(unsigned long, void (*)(void*), unsigned long, unsigned long)",
        "g_malloc0",
        "av_mallocz",
        "x264_malloc",
        "SDL_malloc_REAL",
        "luaM_growaux_",
        "AcquireAlignedMemory",
        "__zend_malloc",
        "zmalloc",
        "os::malloc(unsigned long, MEMFLAGS, NativeCallStack const&)",
        "v8::internal::AlignedAllocWithRetry(unsigned long, unsigned long)",
        "llvm::SmallVectorBase<unsigned int>::grow_pod(void*, unsigned long, unsigned long)",
        "llvm::allocate_buffer(unsigned long, unsigned long)",
        "__rust_alloc",
        "__rdl_realloc",
        "alloc::raw_vec::RawVec<T,A>::allocate_in",
        "alloc::raw_vec::finish_grow",
        "<alloc::string::String as core::clone::Clone>::clone",
        "hashbrown::raw::RawTable<T,A>::reserve_rehash"}) {
    EXPECT_TRUE(skips(function)) << function;
  }
}

TEST(SkipListForNativeCode, SkipsTheSourcesOfStandardLibraries) {
  EXPECT_TRUE(skips("push_back", "/usr/include/c++/12/bits/stl_vector.h"));
  EXPECT_TRUE(skips("push_back", "/opt/llvm/include/c++/v1/vector"));
  EXPECT_TRUE(skips("new_arena", "/build/Python-3.11.7/Objects/obmalloc.c"));
  EXPECT_TRUE(skips("grow_one", "/rustc/897e37553bba8b42751c67658967889d11ecd120/library/alloc/src/raw_vec.rs"));
  EXPECT_TRUE(skips("reserve", "/usr/share/cargo/registry/hashbrown-0.12.3/src/raw/mod.rs"));
}

TEST(SkipListForNativeCode, KeepsTheProgramsOwnCode) {
  for (const char* function : {"",
                               "main",
                               "Mesh::load(std::string const&)",
                               "game::alloc::Pool::take()",
                               "xmalloc_statistics",
                               "mallocator",
                               "game::malloc_hook()",
                               "Renderer::operator()(int)",
                               "operator_new_window",
                               "PyList_New",
                               "PyDict_Copy",
                               "llvm::SmallVectorTest::run()",
                               "CRYPTO_THREAD_run_once",
                               "g_main_loop_run",
                               "av_frame_alloc",
                               "luaH_resize",
                               "os::create_thread(Thread*, os::ThreadType, unsigned long)",
                               "render::allocate_texture(int)",
                               "std_vector_of_meshes",
                               "std::vector<Mesh, std::allocator<Mesh> > load<Mesh>(int)",
                               "std::function<void ()> game::make<int>()",
                               "std::enable_if<(4)<(9), std::string>::type game::name<4>()",
                               "<game::Mesh as core::clone::Clone>::clone",
                               "core::ops::function::FnOnce::call_once"}) {
    EXPECT_FALSE(skips(function)) << function;
  }
  EXPECT_FALSE(skips("load", "/home/me/game/library/alloc/pool.cc"));
}

}  // namespace
}  // namespace heapreel
