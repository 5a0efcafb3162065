/* SQLite: its memory as the domain "SQLite".
 *
 *     #include <sqlite3.h>
 *     #include <heapreel/adapters/sqlite.h>
 *
 *     heapreel_sqlite_install();      // before sqlite3_initialize() or the first sqlite3_open()
 */
#ifndef HEAPREEL_ADAPTERS_SQLITE_H
#define HEAPREEL_ADAPTERS_SQLITE_H

#ifndef SQLITE_VERSION
#error "include sqlite3.h first"
#endif

#include <string.h>

#include <heapreel/adapters/adapter.h>

HEAPREEL_DOMAIN(heapreel_sqlite_domain, "SQLite");

/* The functions that SQLite used before, and that the adapter hands each call on to. */
HEAPREEL_ADAPTER sqlite3_mem_methods heapreel_sqlite_inner = {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL};

HEAPREEL_ADAPTER void* heapreel_sqlite_malloc(int n) {
  void* p = heapreel_sqlite_inner.xMalloc(n);
  if (p != NULL) HEAPREEL_ALLOC(heapreel_sqlite_domain, p, (size_t)n);
  return p;
}
HEAPREEL_ADAPTER void heapreel_sqlite_free(void* p) {
  if (p != NULL) HEAPREEL_FREE(heapreel_sqlite_domain, p);
  heapreel_sqlite_inner.xFree(p);
}
HEAPREEL_ADAPTER void* heapreel_sqlite_realloc(void* p, int n) {
  HEAPREEL_REALLOC_BEGIN(ticket, heapreel_sqlite_domain, p);
  void* q = heapreel_sqlite_inner.xRealloc(p, n);
  HEAPREEL_REALLOC_END(ticket, heapreel_sqlite_domain, p, q, (size_t)n);
  return q;
}

/* Puts the adapter before the allocator that SQLite has now. The reported sizes are those to which SQLite rounds its
 * requests. Call it before sqlite3_initialize(), on one thread. Returns SQLITE_OK, or SQLite's error, after which
 * nothing has changed: SQLITE_MISUSE when SQLite is initialised already. A second call does nothing. */
HEAPREEL_ADAPTER int heapreel_sqlite_install(void) {
  sqlite3_mem_methods methods;
  memset(&methods, 0, sizeof methods);
  int result = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &methods);
  if (result != SQLITE_OK || methods.xMalloc == heapreel_sqlite_malloc) return result;
  const sqlite3_mem_methods inner = methods;
  methods.xMalloc = heapreel_sqlite_malloc;
  methods.xFree = heapreel_sqlite_free;
  methods.xRealloc = heapreel_sqlite_realloc;
  result = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
  if (result == SQLITE_OK) heapreel_sqlite_inner = inner;
  return result;
}

#endif
