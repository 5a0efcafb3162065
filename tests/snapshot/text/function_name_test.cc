#include "snapshot/text/function_name.h"

#include <gtest/gtest.h>

namespace heapreel {
namespace {

TEST(WithoutReturnType, LeavesTheNameOfAFunctionTemplate) {
  struct Case {
    const char* function;
    const char* name;
  };
  for (const auto& [function, name] : {
           Case{"int std::max<int>(int, int)", "std::max<int>(int, int)"},
           Case{"std::vector<int, std::allocator<int> > user::make<int>(int)", "user::make<int>(int)"},
           Case{"std::function<void ()> make<int>()", "make<int>()"},
           Case{"unsigned long user::count<char const*>(char const*)", "user::count<char const*>(char const*)"},
           Case{"char const* const& name<1>() [clone .cold]", "name<1>() [clone .cold]"},
           Case{"Key constant<int>()", "constant<int>()"},
           Case{"decltype(auto) user::text<int>(int)", "user::text<int>(int)"},
           Case{"decltype ({parm#1}+(1)) user::next<int>(int)", "user::next<int>(int)"},
           Case{"decltype ({parm#1}->size()) user::size<S*>(S*)", "user::size<S*>(S*)"},
           Case{"std::enable_if<((4)>(3)), int>::type user::more<4>()", "user::more<4>()"},
           Case{"std::enable_if<(4)<(9), int>::type user::less<4>()", "user::less<4>()"},
           Case{"(anonymous namespace)::Mesh (anonymous namespace)::load<int>(int)",
                "(anonymous namespace)::load<int>(int)"},
           // Operators, and what is made of them.
           Case{"std::vector<int> user::S::operator()<int>(int) const", "user::S::operator()<int>(int) const"},
           Case{"std::vector<int> user::S::operator< <int>(int) const", "user::S::operator< <int>(int) const"},
           Case{"std::vector<int> user::S::operator<< <int>(int)", "user::S::operator<< <int>(int)"},
           Case{"std::vector<int> user::S::operator><int>(int)", "user::S::operator><int>(int)"},
           Case{"bool operator<=><int>(A<int>, A<int>)", "operator<=><int>(A<int>, A<int>)"},
           Case{"std::vector<int> user::S::operator->*<int>(int)", "user::S::operator->*<int>(int)"},
           Case{"std::string user::operator\"\" _s<'a'>()", "user::operator\"\" _s<'a'>()"},
           Case{"void* Pool::operator new<int>(unsigned long, int)", "Pool::operator new<int>(unsigned long, int)"},
           Case{"std::string wrap<&(S::operator<(S const&))>(int)", "wrap<&(S::operator<(S const&))>(int)"},
           Case{"void std::sort<Less<operator<<(Out&, int)::{lambda()#2}> >(Less<int>)",
                "std::sort<Less<operator<<(Out&, int)::{lambda()#2}> >(Less<int>)"},
           // Lambdas.
           Case{"user::make<int>(int)::{lambda(int)#1}&& std::forward<int>(int)", "std::forward<int>(int)"},
           Case{"main::{lambda()#1} const& std::get<0>() const", "std::get<0>() const"},
           Case{"S::run() const::{lambda()#1} user::pass<int>()", "user::pass<int>()"},
           Case{"auto user::run(int)::{lambda(auto:1)#1}::operator()<int>(int) const",
                "user::run(int)::{lambda(auto:1)#1}::operator()<int>(int) const"},
           // Where the type is around the name.
           Case{"void (*user::get<int>(int))(char)", "user::get<int>(int)"},
           Case{"void (*(*user::get<int>(int))(char))(long)", "user::get<int>(int)"},
           Case{"int (&user::table<int>(int)) [3]", "user::table<int>(int)"},
           Case{"int (user::S::*user::member<int>(int))(int) const", "user::member<int>(int)"},
           Case{"virtual thunk to std::ostream::~ostream()", "std::ostream::~ostream()"},
       }) {
    EXPECT_EQ(without_return_type(function), name) << function;
  }
}

TEST(WithoutReturnType, LeavesEveryOtherNameAsItIs) {
  for (const char* name : {"",
                           " ",
                           "main",
                           "malloc",
                           "operator new(unsigned long)",
                           "operator new[](unsigned long, std::align_val_t)",
                           "Pool::operator delete[](void*)",
                           "user::S::operator std::vector<int, std::allocator<int> >() const",
                           "user::S::operator unsigned long() const",
                           "user::S::operator char const*() const &",
                           "user::S::operator()(int) const",
                           "std::vector<int, std::allocator<int> >::push_back(int&&)",
                           "std::function<void (int)>::operator()(int) const",
                           "(anonymous namespace)::load(int)",
                           "user::get() const &",
                           "user::get() const volatile",
                           "user::run()::{lambda(int)#1}::operator()(int) const",
                           "user::S::run(int) const::{lambda()#1}::operator()() const",
                           "user::text[abi:cxx11]() const [clone .cold]",
                           "run(int) [clone .part.0] [clone .constprop.0]",
                           "run() (.isra.0)",
                           "operator_table",
                           "user::operators(int)",
                           "alloc::vec::Vec<T,A>::push",
                           "<alloc::string::String as core::clone::Clone>::clone",
                           "<fn(i32) -> u8 as game::Run>::run",
                           "core::ops::function::FnOnce::call_once{{vtable.shim}}",
                           "-[View drawRect:]"}) {
    EXPECT_EQ(without_return_type(name), name);
  }
}

TEST(WithoutReturnType, LeavesANameWhoseBracketsDoNotMatch) {
  for (const char* name :
       {"int f<(int)", "int f)", "int f(", "int f<[>]", "void }", "void (*f(", "operator", "int operator<"}) {
    EXPECT_FALSE(without_return_type(name).empty()) << name;
  }
  EXPECT_EQ(without_return_type("int f)"), "int f)");
  EXPECT_EQ(without_return_type("int f<(int)"), "int f<(int)");
}

}  // namespace
}  // namespace heapreel
