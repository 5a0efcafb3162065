/* Lua 5.1 to 5.4 and LuaJIT: the memory of a state as the domain "Lua".
 *
 *     #include <lua.h>
 *     #include <heapreel/adapters/lua.h>
 *
 *     static heapreel_lua_memory g_lua_memory;                          // lives as long as the state
 *     lua_State* lua = heapreel_lua_newstate(&g_lua_memory, NULL, NULL);  // in place of lua_newstate or luaL_newstate
 *
 * In C++ include lua.h as C: extern "C", or lua.hpp.
 */
#ifndef HEAPREEL_ADAPTERS_LUA_H
#define HEAPREEL_ADAPTERS_LUA_H

#ifndef lua_h
#error "include lua.h first"
#endif

#include <stdlib.h>

#include <heapreel/adapters/adapter.h>

/* The allocator that a state was given. Belongs to the caller, and must live as long as the state. */
typedef struct heapreel_lua_memory {
  lua_Alloc inner;
  void* inner_ud;
} heapreel_lua_memory;

HEAPREEL_DOMAIN(heapreel_lua_domain, "Lua");

/* A lua_Alloc whose `ud` is a heapreel_lua_memory. */
HEAPREEL_ADAPTER void* heapreel_lua_alloc(void* ud, void* p, size_t old_size, size_t n) {
  heapreel_lua_memory* memory = (heapreel_lua_memory*)ud;
  if (n == 0) {
    if (p != NULL) HEAPREEL_FREE(heapreel_lua_domain, p);
    return memory->inner(memory->inner_ud, p, old_size, 0);
  }
  /* Where p is NULL, old_size is the kind of the new object, which the inner allocator may want to know. */
  HEAPREEL_REALLOC_BEGIN(ticket, heapreel_lua_domain, p);
  void* q = memory->inner(memory->inner_ud, p, old_size, n);
  HEAPREEL_REALLOC_END(ticket, heapreel_lua_domain, p, q, n);
  return q;
}

/* The allocator that luaL_newstate gives a state. */
HEAPREEL_ADAPTER void* heapreel_lua_plain_alloc(void* ud, void* p, size_t old_size, size_t n) {
  (void)ud;
  (void)old_size;
  if (n != 0) return realloc(p, n);
  free(p);
  return NULL;
}

/* Makes a state over the allocator `inner`, or over realloc and free when it is NULL. Returns NULL when there is no
 * memory, as lua_newstate does. It sets no panic function, which luaL_newstate does. */
HEAPREEL_ADAPTER lua_State* heapreel_lua_newstate(heapreel_lua_memory* memory, lua_Alloc inner, void* inner_ud) {
  memory->inner = inner != NULL ? inner : heapreel_lua_plain_alloc;
  memory->inner_ud = inner_ud;
  return lua_newstate(heapreel_lua_alloc, memory);
}

/* Puts the adapter before the allocator of a state that exists already. What the state allocated before is not
 * reported. Does nothing when the state has the adapter already. */
HEAPREEL_ADAPTER void heapreel_lua_attach(heapreel_lua_memory* memory, lua_State* state) {
  void* ud = NULL;
  lua_Alloc now = lua_getallocf(state, &ud);
  if (now == heapreel_lua_alloc) return;
  memory->inner = now;
  memory->inner_ud = ud;
  lua_setallocf(state, heapreel_lua_alloc, memory);
}

#endif
