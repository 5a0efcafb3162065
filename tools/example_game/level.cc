#include "tools/example_game/level.h"

#include <cstring>

#include <heapreel/engine.h>

static uint8_t* bake_lightmap(size_t side) {
  HEAPREEL_TAG("Level/Lightmap");
  auto* texels = new uint8_t[side * side];
  std::memset(texels, 0x7f, side * side);
  return texels;
}

Level::Level(btDiscreteDynamicsWorld& world, std::pmr::memory_resource& pool, std::string level_name, int bodies,
             bool forgetful)
    : entities(&pool), name(std::move(level_name)), world_(world), lightmap_(nullptr), forgetful_(forgetful) {
  HEAPREEL_TAG("Level/Load");
  for (int i = 0; i < 40; ++i) {
    auto mesh = std::make_unique<Mesh>();
    mesh->vertices.resize(size_t(300 + i * 10));
    mesh->indices.resize(size_t(900));
    meshes_.push_back(std::move(mesh));
  }
  lightmap_ = bake_lightmap(256);
  HEAPREEL_TAG("Physics/Setup");
  shapes_.push_back(std::make_unique<btStaticPlaneShape>(btVector3(0, 1, 0), 0));
  shapes_.push_back(std::make_unique<btBoxShape>(btVector3(0.5, 0.5, 0.5)));
  for (int i = 0; i <= bodies; ++i) {
    btTransform at;
    at.setIdentity();
    at.setOrigin(btVector3(btScalar(i % 5) * 1.1f, i ? btScalar(1 + i / 5) * 1.05f : 0, btScalar(i % 3)));
    motions_.push_back(std::make_unique<btDefaultMotionState>(at));
    btCollisionShape* shape = shapes_[i ? 1 : 0].get();
    btVector3 inertia(0, 0, 0);
    if (i) shape->calculateLocalInertia(1, inertia);
    auto* body = new btRigidBody(i ? 1.f : 0.f, motions_.back().get(), shape, inertia);
    body->setActivationState(DISABLE_DEACTIVATION);
    world_.addRigidBody(body);
    Entity entity{std::pmr::string("a crate with a long name, number " + std::to_string(i), entities.get_allocator()),
                  body};
    entities.push_back(std::move(entity));
  }
}
Level::~Level() {
  for (Entity& e : entities) {
    world_.removeRigidBody(e.body);
    delete e.body;
  }
  if (!forgetful_) delete[] lightmap_;  // DEFECT 2
}
