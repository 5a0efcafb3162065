#include "tools/example_game/game.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <heapreel/engine.h>

using namespace heapreel::literals;
HEAPREEL_BUDGET("Physics/Step", .allocs_per_game_frame = 100);
HEAPREEL_BUDGET("domain:FrameArena", .alloc_bytes_per_game_frame = 96_KiB);
// Each defect breaks one of these.
HEAPREEL_BUDGET("Combat", .live_bytes = 16_KiB);
HEAPREEL_BUDGET("Level/Lightmap", .live_bytes = 64_KiB);
HEAPREEL_BUDGET("AI/Paths", .allocs_per_game_frame = 1000);
HEAPREEL_BUDGET("thread:audio", .allocs_per_game_frame = 0);
HEAPREEL_BUDGET("AI/Cache", .live_bytes = 64_KiB);
HEAPREEL_BUDGET("FrameArena/Overflow", .allocs_per_game_frame = 0);

static void* bullet_alloc(size_t n) {
  return std::malloc(n);
}
static void bullet_free(void* p) {
  std::free(p);
}

static const char* kScript = R"lua(
local npcs = {}
for i = 1, 50 do npcs[i] = { name = "npc" .. i, x = i, y = 0, log = {} } end
function update(frame)
  local said = 0
  for i, npc in ipairs(npcs) do
    npc.x = npc.x + math.sin(frame + i) * 0.1
    npc.target = { x = npc.x + 1, y = npc.y }
    if (frame + i) % 10 == 0 then
      npc.log[#npc.log % 8 + 1] = npc.name .. " at " .. string.format("%.2f", npc.x)
      said = said + 1
    end
  end
  return said
end
)lua";

Game::Game(GameOptions options) : options_(options), audio_(options.defects) {
  HEAPREEL_TAG("Startup");
  SDL_setenv("SDL_VIDEODRIVER", "dummy", 1);
  SDL_Init(SDL_INIT_VIDEO);
  window_ = SDL_CreateWindow("game", 0, 0, 320, 200, 0);
  renderer_ = SDL_CreateRenderer(window_, -1, SDL_RENDERER_SOFTWARE);
  btAlignedAllocSetCustom(bullet_alloc, bullet_free);
  config_ = std::make_unique<btDefaultCollisionConfiguration>();
  dispatcher_ = std::make_unique<btCollisionDispatcher>(config_.get());
  broadphase_ = std::make_unique<btDbvtBroadphase>();
  solver_ = std::make_unique<btSequentialImpulseConstraintSolver>();
  world_ =
      std::make_unique<btDiscreteDynamicsWorld>(dispatcher_.get(), broadphase_.get(), solver_.get(), config_.get());
  lua_ = lua_newstate(&LuaPool::lua_alloc, &lua_pool_);
  luaL_openlibs(lua_);
  if (luaL_dostring(lua_, kScript) != LUA_OK) std::fprintf(stderr, "lua: %s\n", lua_tostring(lua_, -1));
  churn_.reserve(8192);
  change_level("forest", 60);
}
Game::~Game() {
  level_.reset();
  lua_close(lua_);
  SDL_DestroyRenderer(renderer_);
  SDL_DestroyWindow(window_);
  SDL_Quit();
}
void Game::change_level(const std::string& name, int bodies) {
  HEAPREEL_TAG("Level");
  if (level_) {
    level_.reset();
    HEAPREEL_MARK("level-unloaded");
  }
  level_ = std::make_unique<Level>(*world_, entity_pool_, name, bodies, options_.defects);
  HEAPREEL_MARK("level-loaded");
}
void Game::scripts(int number) {
  HEAPREEL_TAG("Scripts");
  lua_getglobal(lua_, "update");
  lua_pushinteger(lua_, number);
  if (lua_pcall(lua_, 1, 1, 0) != LUA_OK) std::fprintf(stderr, "lua: %s\n", lua_tostring(lua_, -1));
  lua_pop(lua_, 1);
}
void Game::physics() {
  HEAPREEL_TAG("Physics/Step");
  world_->stepSimulation(1.f / 60, 1);
}
void Game::jobs(int number) {
  HEAPREEL_TAG("Particles");
  for (int j = 0; j < 4; ++j)
    jobs_.submit([number, j] {
      HEAPREEL_TAG("Particles/Emit");
      std::vector<float> spawned(size_t(64 + (number + j) % 16));
      Jobs::yield();  // may go on on the other worker
      std::vector<float> sorted(spawned);
      std::sort(sorted.begin(), sorted.end());
    });
  jobs_.wait_all();
}
struct HitEvent {
  int frame, attacker, victim;
  float damage[13];
};
static HitEvent* g_last_hit;  // what went before is lost
void Game::combat(int number) {
  HEAPREEL_TAG("Combat");
  auto* hit = new HitEvent{number, 1, 2, {}};
  level_->entities[1].health -= hit->attacker;
  if (!options_.defects) delete g_last_hit;  // DEFECT 1: 64 bytes a game frame
  g_last_hit = hit;
}
void Game::paths(int number) {
  HEAPREEL_TAG("AI/Paths");
  if (options_.defects && number == 250)  // DEFECT 3: a storm of temporaries
    for (int i = 0; i < 20000; ++i) std::string key = "waypoint/" + std::to_string(i) + "/of/a/long/path";
  HEAPREEL_TAG("AI/Cache");
  if (options_.defects && number < 400 && number % 3 == 0) path_cache_.emplace_back(size_t(200), number);  // DEFECT 5
}
void Game::ui(int number) {
  HEAPREEL_TAG("UI");
  std::vector<std::string> lines;
  for (const Entity& e : level_->entities)
    lines.push_back(std::string(e.name) + ": " + std::to_string(e.health) + " of 100 health points");
  // DEFECT 6: twice as many glyphs as the arena has room for
  const size_t glyph_bytes = options_.defects && number >= 333 && number < 338 ? 64 : 16;
  SDL_SetRenderDrawColor(renderer_, 0, 0, 0, 255);
  SDL_RenderClear(renderer_);
  for (size_t i = 0; i < lines.size(); ++i) {
    auto* glyphs = static_cast<char*>(arena.allocate(lines[i].size() * glyph_bytes));
    std::memset(glyphs, 0, lines[i].size() * glyph_bytes);
    SDL_Rect box{int(i % 16) * 20, int(i / 16) * 20, int(lines[i].size() % 18), 12};
    SDL_SetRenderDrawColor(renderer_, 200, 200, 200, 255);
    SDL_RenderFillRect(renderer_, &box);
  }
  SDL_RenderPresent(renderer_);
}
void Game::churn(int number) {
  HEAPREEL_TAG("Churn");
  for (int i = 0; i < options_.churn; ++i) churn_.push_back(std::malloc(size_t(16 + (i * 37 + number) % 240)));
  for (void* p : churn_) std::free(p);
  churn_.clear();
}
void Game::frame(int number) {
  if (number == 200) change_level("cave", 80);
  if (number == 450) change_level("castle", 60);
  scripts(number);
  physics();
  jobs(number);
  combat(number);
  paths(number);
  ui(number);
  churn(number);
  audio_.mix_block();
  arena.reset();
}

std::vector<double> run_game(const GameOptions& options, const std::function<void(int)>& after) {
  using clock = std::chrono::steady_clock;
  std::vector<double> times;
  times.reserve(size_t(options.frames));
  std::this_thread::sleep_for(std::chrono::milliseconds(options.load_ms));
  Game game(options);
  HEAPREEL_GAME_FRAME();
  auto next = clock::now();
  for (int n = 1; n <= options.frames; ++n) {
    const auto begin = clock::now();
    game.frame(n);
    HEAPREEL_GAME_FRAME();
    times.push_back(double(std::chrono::nanoseconds(clock::now() - begin).count()));
    if (after) after(n);
    if (options.fps) std::this_thread::sleep_until(next += std::chrono::nanoseconds(1'000'000'000 / options.fps));
  }
  if (game.arena.overflows) std::fprintf(stderr, "game: frame arena exceeded %zu times\n", game.arena.overflows);
  return times;
}
