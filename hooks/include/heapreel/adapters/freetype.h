/* FreeType: the memory of a library as the domain "FreeType".
 *
 *     #include <ft2build.h>
 *     #include FT_FREETYPE_H
 *     #include FT_MODULE_H
 *     #include <heapreel/adapters/freetype.h>
 *
 *     FT_Library library;
 *     heapreel_freetype_init(&library);      // in place of FT_Init_FreeType
 *     ...
 *     heapreel_freetype_done(library);       // in place of FT_Done_FreeType
 */
#ifndef HEAPREEL_ADAPTERS_FREETYPE_H
#define HEAPREEL_ADAPTERS_FREETYPE_H

#ifndef FREETYPE_H_
#error "include ft2build.h, FT_FREETYPE_H and FT_MODULE_H first"
#endif

#include <stdlib.h>

#include <heapreel/adapters/adapter.h>

HEAPREEL_DOMAIN(heapreel_freetype_domain, "FreeType");

HEAPREEL_ADAPTER void* heapreel_freetype_alloc(FT_Memory memory, long n) {
  (void)memory;
  void* p = malloc((size_t)n);
  if (p != NULL) HEAPREEL_ALLOC(heapreel_freetype_domain, p, (size_t)n);
  return p;
}
HEAPREEL_ADAPTER void* heapreel_freetype_realloc(FT_Memory memory, long old_size, long n, void* p) {
  (void)memory;
  (void)old_size;
  HEAPREEL_REALLOC_BEGIN(ticket, heapreel_freetype_domain, p);
  void* q = realloc(p, (size_t)n);
  HEAPREEL_REALLOC_END(ticket, heapreel_freetype_domain, p, q, (size_t)n);
  return q;
}
HEAPREEL_ADAPTER void heapreel_freetype_free(FT_Memory memory, void* p) {
  (void)memory;
  if (p != NULL) HEAPREEL_FREE(heapreel_freetype_domain, p);
  free(p);
}

/* One for all libraries: it has no state. */
HEAPREEL_ADAPTER struct FT_MemoryRec_ heapreel_freetype_memory = {NULL, heapreel_freetype_alloc, heapreel_freetype_free,
                                                                  heapreel_freetype_realloc};

/* Makes a library that allocates by malloc and reports it, with the modules and properties that FT_Init_FreeType gives.
 * Returns FreeType's error, or 0 when all went well. End the library by heapreel_freetype_done(): FT_Done_FreeType
 * would free heapreel_freetype_memory, which was never allocated. */
HEAPREEL_ADAPTER FT_Error heapreel_freetype_init(FT_Library* library) {
  const FT_Error error = FT_New_Library(&heapreel_freetype_memory, library);
  if (error != 0) return error;
  FT_Add_Default_Modules(*library);
  FT_Set_Default_Properties(*library);
  return 0;
}
HEAPREEL_ADAPTER FT_Error heapreel_freetype_done(FT_Library library) {
  return FT_Done_Library(library);
}

#endif
