#include "tests/snapshot/life_history.h"

#include <iterator>

#include "engine/consolidate/tracer_state.h"
#include "engine/record/recorder.h"
#include "engine/tracer/tracer.h"
#include "engine/unwind/frame_pc.h"
#include "snapshot/model/group_label.h"
#include "snapshot/model/size_class.h"

namespace heapreel::testing {

namespace {

[[gnu::noinline]] engine::GivenStack given(const std::vector<uintptr_t>& pcs) {
  return {.pcs = pcs.data(), .depth = static_cast<uint32_t>(pcs.size()), .reached_bottom = true};
}

// Places in the middle of one function: they differ in their offset alone.
uintptr_t code(size_t place) {
  return reinterpret_cast<uintptr_t>(&given) + 2 + 2 * place;
}

const void* address(uintptr_t p) {
  return reinterpret_cast<const void*>(p);
}

}  // namespace

void LifeHistory::make_code_known() {
  engine::record_alloc(0, address(0x1000), 1, HEAPREEL_WALK_START());
}

LifeHistory::LifeHistory() {
  domains_ = {{0, "malloc"}, {engine::register_domain("Pool", 16), "Pool"}};
  scopes_ = {{0, ""},
             {engine::register_scope("Physics"), "Physics"},
             {engine::register_scope("Physics/Solver"), "Physics/Solver"}};
}

LifeHistory::Life LifeHistory::new_life(std::mt19937_64& random, uint32_t domain) {
  const uint32_t scope = scopes_[random() % scopes_.size()].first;
  engine::set_scope(scope);
  return {.domain = domain,
          .scope = scope,
          .thread = engine::platform::thread_id(),
          .pcs = {code(random() % 5), code(5 + random() % 3)},
          .size = random() % 700,
          .moved_into = false,
          .born = game_frame_,
          .died = kNever};
}

uintptr_t LifeHistory::free_address(std::mt19937_64& random, uint32_t domain) {
  for (;;) {
    const uintptr_t p = 0x10'0000 + 16 * (random() % 4'000);
    if (!live_.contains({domain, p})) return p;
  }
}

void LifeHistory::bear(Place place, Life life) {
  live_[place] = lives_.size();
  lives_.push_back(std::move(life));
}

void LifeHistory::step(std::mt19937_64& random) {
  std::lock_guard lock(mutex_);
  const uint64_t dice = random() % 100;
  if (live_.empty() || dice < 52) {
    const uint32_t domain = domains_[random() % domains_.size()].first;
    const uintptr_t p = free_address(random, domain);
    Life life = new_life(random, domain);
    engine::record_alloc(domain, address(p), life.size, given(life.pcs));
    bear({domain, p}, std::move(life));
    return;
  }
  const auto victim = std::next(live_.begin(), static_cast<ptrdiff_t>(random() % live_.size()));
  const auto [domain, p] = victim->first;
  lives_[victim->second].died = game_frame_;
  lives_[victim->second].freed_by = engine::platform::thread_id();
  live_.erase(victim);
  if (dice < 90) {
    engine::record_free(domain, address(p));
    return;
  }
  const uintptr_t to = dice < 95 ? p : free_address(random, domain);
  Life life = new_life(random, domain);
  life.moved_into = true;
  engine::record_move(domain, address(p), address(to), life.size, given(life.pcs));
  bear({domain, to}, std::move(life));
}

std::string LifeHistory::group_of(const Life& life, KeyType key) const {
  const auto place = [](uintptr_t pc) { return std::to_string(engine::frame_pc::lookup_address(pc)) + " "; };
  switch (key) {
    case KeyType::traceback:
      return place(life.pcs[1]) + place(life.pcs[0]);
    case KeyType::lineno:
      return place(life.pcs[0]);
    case KeyType::domain:
      return life.domain == 0 ? "malloc" : "Pool";
    case KeyType::tag:
      for (const auto& [scope, name] : scopes_) {
        if (scope == life.scope) return tag_label(name);
      }
      return "?";
    case KeyType::thread:
      return std::to_string(life.thread);
    case KeyType::size_class:
      return size_class_name(size_class_of(life.size));
    default:  // all code is of one function
      return "one";
  }
}

std::string LifeHistory::name_of(const Traceback& group, KeyType key) {
  if (key == KeyType::traceback || key == KeyType::lineno) {
    std::string name;
    for (const Frame& frame : group) name += std::to_string(frame.address()) + " ";
    return name;
  }
  if (key == KeyType::filename || key == KeyType::function || key == KeyType::module) return "one";
  const std::string text = group.to_string();
  if (key != KeyType::thread) return text;
  // "name (123)"
  const size_t open = text.rfind('(');
  return text.substr(open + 1, text.size() - open - 2);
}

}  // namespace heapreel::testing
