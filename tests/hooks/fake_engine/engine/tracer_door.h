// The door between two copies of the engine, as the hooks see it: opaque.
#pragma once

namespace heapreel::engine {

struct TracerDoor;
extern const TracerDoor kOwnDoor;
bool use_door(const TracerDoor& other) noexcept;

}  // namespace heapreel::engine
