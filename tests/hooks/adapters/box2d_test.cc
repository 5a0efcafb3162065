// Debian package: libbox2d-dev
#include <box2d/box2d.h>

#include <heapreel/adapters/box2d.h>

#include <memory>

#include "tests/hooks/adapters/domain_blocks.h"

namespace heapreel::testing {
namespace {

TEST_F(AdapterTest, Box2dsBlocksAreADomain) {
  auto world = std::make_unique<b2World>(b2Vec2(0, -10));
  b2PolygonShape box;
  box.SetAsBox(0.5f, 0.5f);
  for (int i = 0; i < 200; ++i) {
    b2BodyDef body;
    body.type = b2_dynamicBody;
    body.position.Set(float(i % 10), float(i));
    world->CreateBody(&body)->CreateFixture(&box, 1);
  }
  for (int i = 0; i < 20; ++i) world->Step(1.0f / 60, 8, 3);

  const DomainBlocks blocks = DomainBlocks::of("Box2D");
  EXPECT_GT(blocks.count, 3u);
  EXPECT_GT(blocks.bytes, 200 * sizeof(b2Body)) << "the chunks in which the bodies lie";
  EXPECT_EQ(blocks.found_in_malloc, blocks.count);

  world.reset();
  EXPECT_EQ(DomainBlocks::of("Box2D").count, 0u);
}

}  // namespace
}  // namespace heapreel::testing
