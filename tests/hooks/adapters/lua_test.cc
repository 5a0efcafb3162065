// Debian package: liblua5.4-dev
extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}

#include <heapreel/adapters/lua.h>

#include "tests/hooks/adapters/domain_blocks.h"

namespace heapreel::testing {
namespace {

// Lua's own count of the bytes that its state has.
uint64_t counted_by_lua(lua_State* lua) {
  return uint64_t(lua_gc(lua, LUA_GCCOUNT)) * 1024 + uint64_t(lua_gc(lua, LUA_GCCOUNTB));
}

constexpr const char* kScript = R"lua(
  local t = {}
  for i = 1, 2000 do t[i] = { name = "object " .. i, at = { i, i } } end
  for i = 1, 2000, 2 do t[i] = nil end
  kept = t
  assert(not pcall(function() error({ "thrown" }) end))
  co = coroutine.wrap(function() coroutine.yield(string.rep("x", 1e5)) end)
  co()
)lua";

TEST_F(AdapterTest, LuasBytesAreThoseThatLuaCounts) {
  heapreel_lua_memory memory;
  lua_State* lua = heapreel_lua_newstate(&memory, nullptr, nullptr);
  ASSERT_NE(lua, nullptr);
  luaL_openlibs(lua);
  ASSERT_EQ(luaL_dostring(lua, kScript), LUA_OK) << lua_tostring(lua, -1);
  DomainBlocks blocks = DomainBlocks::of("Lua");
  EXPECT_EQ(blocks.bytes, counted_by_lua(lua));
  EXPECT_EQ(blocks.found_in_malloc, blocks.count);
  lua_gc(lua, LUA_GCCOLLECT);
  blocks = DomainBlocks::of("Lua");
  EXPECT_EQ(blocks.bytes, counted_by_lua(lua));
  EXPECT_GT(blocks.count, 1000u);
  lua_close(lua);
  EXPECT_EQ(DomainBlocks::of("Lua").count, 0u);
}

TEST_F(AdapterTest, ALuaStateThatIsThereAlreadyReportsWhatItAllocatesFromThenOn) {
  lua_State* lua = luaL_newstate();
  luaL_openlibs(lua);
  heapreel_lua_memory memory;
  heapreel_lua_attach(&memory, lua);
  heapreel_lua_attach(&memory, lua);  // once is enough
  const uint64_t before = counted_by_lua(lua);
  ASSERT_EQ(luaL_dostring(lua, "kept = string.rep('y', 50000)"), LUA_OK) << lua_tostring(lua, -1);
  EXPECT_GE(DomainBlocks::of("Lua").bytes, 50000u);
  EXPECT_LE(DomainBlocks::of("Lua").bytes, counted_by_lua(lua));
  EXPECT_GT(counted_by_lua(lua), before);
  lua_close(lua);
  EXPECT_EQ(DomainBlocks::of("Lua").count, 0u);
}

}  // namespace
}  // namespace heapreel::testing
