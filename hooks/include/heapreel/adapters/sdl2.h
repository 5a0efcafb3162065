/* SDL 2: its memory as the domain "SDL".
 *
 *     #include <SDL.h>
 *     #include <heapreel/adapters/sdl2.h>
 *
 *     int main(int argc, char** argv) {
 *       heapreel_sdl2_install();      // before any other call of SDL
 *       SDL_Init(SDL_INIT_VIDEO);
 */
#ifndef HEAPREEL_ADAPTERS_SDL2_H
#define HEAPREEL_ADAPTERS_SDL2_H

#ifndef SDL_h_
#error "include SDL.h first"
#endif

#include <heapreel/adapters/adapter.h>

/* The functions that SDL used before, and that the adapter hands each call on to. */
typedef struct heapreel_sdl2_functions {
  SDL_malloc_func malloc_of;
  SDL_calloc_func calloc_of;
  SDL_realloc_func realloc_of;
  SDL_free_func free_of;
} heapreel_sdl2_functions;
HEAPREEL_ADAPTER heapreel_sdl2_functions heapreel_sdl2_inner = {NULL, NULL, NULL, NULL};

HEAPREEL_DOMAIN(heapreel_sdl2_domain, "SDL");

HEAPREEL_ADAPTER void* heapreel_sdl2_malloc(size_t n) {
  void* p = heapreel_sdl2_inner.malloc_of(n);
  if (p != NULL) HEAPREEL_ALLOC(heapreel_sdl2_domain, p, n);
  return p;
}

HEAPREEL_ADAPTER void* heapreel_sdl2_calloc(size_t count, size_t n) {
  void* p = heapreel_sdl2_inner.calloc_of(count, n);
  if (p != NULL) HEAPREEL_ALLOC(heapreel_sdl2_domain, p, count * n);
  return p;
}

HEAPREEL_ADAPTER void* heapreel_sdl2_realloc(void* p, size_t n) {
  HEAPREEL_REALLOC_BEGIN(ticket, heapreel_sdl2_domain, p);
  void* q = heapreel_sdl2_inner.realloc_of(p, n);
  HEAPREEL_REALLOC_END(ticket, heapreel_sdl2_domain, p, q, n);
  return q;
}

HEAPREEL_ADAPTER void heapreel_sdl2_free(void* p) {
  if (p != NULL) HEAPREEL_FREE(heapreel_sdl2_domain, p);
  heapreel_sdl2_inner.free_of(p);
}

/* Puts the adapter before the functions that SDL uses now. Call it before any other call of SDL, on one thread. Returns
 * what SDL_SetMemoryFunctions returns: 0, or -1 when it failed and nothing changed. A second call does nothing. */
HEAPREEL_ADAPTER int heapreel_sdl2_install(void) {
  heapreel_sdl2_functions now;
  SDL_GetMemoryFunctions(&now.malloc_of, &now.calloc_of, &now.realloc_of, &now.free_of);
  if (now.malloc_of == heapreel_sdl2_malloc) return 0;
  heapreel_sdl2_inner = now;
  return SDL_SetMemoryFunctions(heapreel_sdl2_malloc, heapreel_sdl2_calloc, heapreel_sdl2_realloc, heapreel_sdl2_free);
}

#endif
