// The example game: a small headless game with six planted defects, for heapreel to find (README.md lists them).
#pragma once

#include <functional>
#include <memory>
#include <memory_resource>
#include <string>
#include <unordered_map>
#include <vector>

#include <SDL.h>
#include <btBulletDynamicsCommon.h>
extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}

#include "tools/example_game/audio.h"
#include "tools/example_game/frame_arena.h"
#include "tools/example_game/jobs.h"
#include "tools/example_game/level.h"
#include "tools/example_game/lua_pool.h"

struct GameOptions {
  int frames = 600;
  int churn = 0;    // additional short-lived allocations in each game frame
  int fps = 0;      // 0: as fast as it goes
  int load_ms = 0;  // how long the start takes before the first game frame
  bool defects = true;
  const char* reel = nullptr;  // a file that the game records of itself, where heapreel is linked into it
};

class Game {
 public:
  explicit Game(GameOptions options);
  ~Game();
  void frame(int number);
  FrameArena arena{96 << 10};

 private:
  void scripts(int number);
  void physics();
  void jobs(int number);
  void combat(int number);
  void paths(int number);
  void ui(int number);
  void churn(int number);
  void change_level(const std::string& name, int bodies);

  GameOptions options_;
  SDL_Window* window_ = nullptr;
  SDL_Renderer* renderer_ = nullptr;
  LuaPool lua_pool_;
  lua_State* lua_ = nullptr;
  std::pmr::unsynchronized_pool_resource entity_pool_;
  std::unique_ptr<btDefaultCollisionConfiguration> config_;
  std::unique_ptr<btCollisionDispatcher> dispatcher_;
  std::unique_ptr<btDbvtBroadphase> broadphase_;
  std::unique_ptr<btSequentialImpulseConstraintSolver> solver_;
  std::unique_ptr<btDiscreteDynamicsWorld> world_;
  std::unique_ptr<Level> level_;
  Jobs jobs_;
  Audio audio_;
  std::vector<std::vector<int>> path_cache_;
  std::vector<void*> churn_;
};

// Runs all frames; `after` is called at the end of each one, and outside of its time. Returns times in ns.
std::vector<double> run_game(const GameOptions& options, const std::function<void(int)>& after = {});
