// Box2D 2.4: its memory as the domain "Box2D". C++ only.
//
//     #include <box2d/box2d.h>
//     #include <heapreel/adapters/box2d.h>      // in exactly one source file of the program
//
// Box2D 2.4 has no function that sets an allocator. This header defines, in the program, the two functions by which
// Box2D allocates; its shared library then calls the program's. This does not work where Box2D is linked statically, or
// built with
// -Bsymbolic: there call HEAPREEL_ALLOC and HEAPREEL_FREE in b2_user_settings.h. Box2D 3 has b2SetAllocator(): give it
// functions of this form.
#ifndef HEAPREEL_ADAPTERS_BOX2D_H
#define HEAPREEL_ADAPTERS_BOX2D_H

#ifndef B2_SETTINGS_H
#error "include box2d/box2d.h first"
#endif

#include <stdlib.h>

#include <heapreel/adapters/adapter.h>

HEAPREEL_DOMAIN(heapreel_box2d_domain, "Box2D");

__attribute__((visibility("default"))) void* b2Alloc_Default(int32 n) {
  void* p = malloc(size_t(n));
  if (p != nullptr) HEAPREEL_ALLOC(heapreel_box2d_domain, p, size_t(n));
  return p;
}
__attribute__((visibility("default"))) void b2Free_Default(void* p) {
  if (p != nullptr) HEAPREEL_FREE(heapreel_box2d_domain, p);
  free(p);
}

#endif
