// A program with known lines, compiled in several ways: prints, by name, ELF addresses inside calls that were
// inlined. The #line directives give its functions file names and lines that no machine changes.
#include <cstdio>
#include <string>

extern "C" const char __executable_start;

namespace shapes {

// The address of the call to here(), minus one byte of the instruction behind it: inside the call.
[[gnu::noinline]] const char* here() {
  asm volatile("");
  return static_cast<const char*>(__builtin_return_address(0)) - 1;
}

// What follows a call keeps it from being a tail call, which would leave no frame.
#define KEEP(address) asm volatile("" : "+r"(address))

#line 10 "/build/game/./src//physics/../shapes.h"
struct Circle {
  [[gnu::always_inline]] inline const char* area(int scale) const {
    const char* address = here();  // line 12
    KEEP(address);
    return address + (radius - radius) * scale;
  }
  int radius;
};

#line 30 "/build/game/src/world.cc"
template <class Shape>
[[gnu::always_inline]] inline const char* measure(const Shape& shape) {
  const char* address = shape.area(2);  // line 32
  KEEP(address);
  return address;
}

#line 50 "generated/./world.cc"
[[gnu::noinline]] const char* walk(const Circle& circle) {
  const char* address = measure(circle);  // line 51
  KEEP(address);
  return address;
}

#line 70 "/build/game/src/local.cc"
[[gnu::noinline]] const char* in_local_class() {
  struct Local {
    [[gnu::noinline]] static const char* method() {
      const char* address = here();  // line 73
      KEEP(address);
      return address;
    }
  };
  const char* address = Local::method();
  KEEP(address);
  return address;
}

}  // namespace shapes

#line 90 "/build/game/src/plain.c"
extern "C" [[gnu::noinline, gnu::visibility("default")]] const char* plain_c() {
  const char* address = shapes::here();  // line 91
  KEEP(address);
  return address;
}

static void print(const char* name, const char* address) {
  std::printf("%s %zx\n", name, static_cast<size_t>(address - &__executable_start));
}

int main(int argc, char**) {
  print("inlined", shapes::walk(shapes::Circle{argc}));
  print("local", shapes::in_local_class());
  print("plain", plain_c());
  print("main", shapes::here());
  return 0;
}
