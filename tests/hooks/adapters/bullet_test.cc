// Debian package: libbullet-dev
#include <btBulletDynamicsCommon.h>

#include <heapreel/adapters/bullet.h>

#include <memory>

#include "tests/hooks/adapters/domain_blocks.h"

namespace heapreel::testing {
namespace {

uint64_t live_below = 0;  // blocks that the functions below the adapter have given out

void* counted_alloc(size_t n, int alignment) {
  ++live_below;
  return heapreel_bullet_plain_alloc(n, alignment);
}
void counted_free(void* p) {
  if (p != nullptr) --live_below;
  heapreel_bullet_plain_free(p);
}

TEST_F(AdapterTest, BulletsBlocksAreThoseThatItsAllocatorGaveOut) {
  heapreel_bullet_install(counted_alloc, counted_free);
  {
    btDefaultCollisionConfiguration config;
    btCollisionDispatcher dispatcher(&config);
    btDbvtBroadphase broadphase;
    btSequentialImpulseConstraintSolver solver;
    btDiscreteDynamicsWorld world(&dispatcher, &broadphase, &solver, &config);
    auto ball = std::make_unique<btSphereShape>(1.0f);
    auto ground = std::make_unique<btStaticPlaneShape>(btVector3(0, 1, 0), 0.0f);
    btRigidBody below(0, nullptr, ground.get());
    world.addRigidBody(&below);
    std::vector<std::unique_ptr<btRigidBody>> bodies;
    for (int i = 0; i < 20; ++i) {
      bodies.push_back(std::make_unique<btRigidBody>(1.0f, nullptr, ball.get(), btVector3(1, 1, 1)));
      btTransform at;
      at.setIdentity();
      at.setOrigin(btVector3(0, btScalar(i), 0));
      bodies.back()->setWorldTransform(at);
      world.addRigidBody(bodies.back().get());
    }
    for (int i = 0; i < 30; ++i) world.stepSimulation(1.0f / 60);
    const DomainBlocks blocks = DomainBlocks::of("Bullet");
    EXPECT_EQ(blocks.count, live_below);
    EXPECT_EQ(blocks.found_in_malloc, blocks.count);
    EXPECT_GT(blocks.count, 20u);
    for (auto& body : bodies) world.removeRigidBody(body.get());
    world.removeRigidBody(&below);
  }
  EXPECT_EQ(DomainBlocks::of("Bullet").count, live_below);
}

}  // namespace
}  // namespace heapreel::testing
