/* Godot 4, GDExtension: the memory that an extension takes from the engine, as the domain "GDExtension".
 *
 * Godot's own memory needs no adapter: Memory::alloc_static, realloc_static and free_static call malloc, realloc and
 * free, which heapreel sees. In debug builds, and where padding was asked for, the engine's pointer lies some bytes
 * behind the beginning of malloc's block; get_object_traceback() takes such pointers. This adapter adds a name for the
 * memory of one extension:
 *
 *     #include <gdextension_interface.h>
 *     #include <heapreel/adapters/godot.h>
 *
 *     GDExtensionBool entry(GDExtensionInterfaceGetProcAddress get_proc_address, ...) {
 *       get_proc_address = heapreel_godot_functions(get_proc_address);      // first, and used from then on
 *
 * Written against the names and types in gdextension_interface.h of Godot 4.1 to 4.5, and tested against functions of
 * that form; Godot 4 is in no package.
 */
#ifndef HEAPREEL_ADAPTERS_GODOT_H
#define HEAPREEL_ADAPTERS_GODOT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <heapreel/adapters/adapter.h>

/* The types of gdextension_interface.h. */
typedef void (*heapreel_godot_function)(void);
typedef heapreel_godot_function (*heapreel_godot_get_proc_address)(const char* name);

/* The engine's functions. mem_alloc2 and its kin are of Godot 4.5, and say whether a block is padded. */
typedef struct heapreel_godot_memory {
  heapreel_godot_get_proc_address get_proc_address;
  void* (*alloc_of)(size_t n);
  void* (*realloc_of)(void* p, size_t n);
  void (*free_of)(void* p);
  void* (*alloc2_of)(size_t n, uint8_t padded);
  void* (*realloc2_of)(void* p, size_t n, uint8_t padded);
  void (*free2_of)(void* p, uint8_t padded);
} heapreel_godot_memory;
HEAPREEL_ADAPTER heapreel_godot_memory heapreel_godot_inner = {NULL, NULL, NULL, NULL, NULL, NULL, NULL};

HEAPREEL_DOMAIN(heapreel_godot_domain, "GDExtension");

HEAPREEL_ADAPTER void* heapreel_godot_alloc(size_t n) {
  void* p = heapreel_godot_inner.alloc_of(n);
  if (p != NULL) HEAPREEL_ALLOC(heapreel_godot_domain, p, n);
  return p;
}
HEAPREEL_ADAPTER void* heapreel_godot_realloc(void* p, size_t n) {
  HEAPREEL_REALLOC_BEGIN(ticket, heapreel_godot_domain, p);
  void* q = heapreel_godot_inner.realloc_of(p, n);
  HEAPREEL_REALLOC_END(ticket, heapreel_godot_domain, p, q, n);
  return q;
}
HEAPREEL_ADAPTER void heapreel_godot_free(void* p) {
  if (p != NULL) HEAPREEL_FREE(heapreel_godot_domain, p);
  heapreel_godot_inner.free_of(p);
}
HEAPREEL_ADAPTER void* heapreel_godot_alloc2(size_t n, uint8_t padded) {
  void* p = heapreel_godot_inner.alloc2_of(n, padded);
  if (p != NULL) HEAPREEL_ALLOC(heapreel_godot_domain, p, n);
  return p;
}
HEAPREEL_ADAPTER void* heapreel_godot_realloc2(void* p, size_t n, uint8_t padded) {
  HEAPREEL_REALLOC_BEGIN(ticket, heapreel_godot_domain, p);
  void* q = heapreel_godot_inner.realloc2_of(p, n, padded);
  HEAPREEL_REALLOC_END(ticket, heapreel_godot_domain, p, q, n);
  return q;
}
HEAPREEL_ADAPTER void heapreel_godot_free2(void* p, uint8_t padded) {
  if (p != NULL) HEAPREEL_FREE(heapreel_godot_domain, p);
  heapreel_godot_inner.free2_of(p, padded);
}

/* A GDExtensionInterfaceGetProcAddress that answers as the engine's does, except for the memory functions, which are
 * the adapter's. */
HEAPREEL_ADAPTER heapreel_godot_function heapreel_godot_look_up(const char* name) {
  static const struct {
    const char* name;
    heapreel_godot_function function;
  } reported[] = {
      {"mem_alloc", (heapreel_godot_function)heapreel_godot_alloc},
      {"mem_realloc", (heapreel_godot_function)heapreel_godot_realloc},
      {"mem_free", (heapreel_godot_function)heapreel_godot_free},
      {"mem_alloc2", (heapreel_godot_function)heapreel_godot_alloc2},
      {"mem_realloc2", (heapreel_godot_function)heapreel_godot_realloc2},
      {"mem_free2", (heapreel_godot_function)heapreel_godot_free2},
  };
  const heapreel_godot_function found = heapreel_godot_inner.get_proc_address(name);
  if (found == NULL) return NULL;
  for (size_t i = 0; i < sizeof reported / sizeof reported[0]; ++i) {
    if (strcmp(name, reported[i].name) == 0) return reported[i].function;
  }
  return found;
}

/* Returns the function that the extension uses in place of the `get_proc_address` that the engine gave it. Call it
 * once, at the extension's entry. */
HEAPREEL_ADAPTER heapreel_godot_get_proc_address
heapreel_godot_functions(heapreel_godot_get_proc_address get_proc_address) {
  heapreel_godot_memory* inner = &heapreel_godot_inner;
  if (get_proc_address == heapreel_godot_look_up) return get_proc_address;
  inner->get_proc_address = get_proc_address;
  inner->alloc_of = (void* (*)(size_t))get_proc_address("mem_alloc");
  inner->realloc_of = (void* (*)(void*, size_t))get_proc_address("mem_realloc");
  inner->free_of = (void (*)(void*))get_proc_address("mem_free");
  inner->alloc2_of = (void* (*)(size_t, uint8_t))get_proc_address("mem_alloc2");
  inner->realloc2_of = (void* (*)(void*, size_t, uint8_t))get_proc_address("mem_realloc2");
  inner->free2_of = (void (*)(void*, uint8_t))get_proc_address("mem_free2");
  return heapreel_godot_look_up;
}

#endif
