// Names of domains, scopes (tags) and threads, by number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace heapreel {

enum class NameKind : uint8_t { kDomain = 0, kScope = 1, kThread = 2 };
inline constexpr int kNameKinds = 3;

// Names of this kind have numbers below this.
constexpr uint32_t most_names(NameKind kind) {
  return kind == NameKind::kDomain ? 4096 : 1u << 16;
}

struct RecordedName {
  std::string text;
  uint32_t number = 0;  // a thread's kernel id, a domain's alignment; 0 = not known
  bool known = false;
};

// The names of one kind. Numbers may have gaps, because names arrive in any order.
class RecordedNames {
 public:
  void set(uint32_t place, RecordedName name) {
    if (place >= names_.size()) names_.resize(size_t{place} + 1);
    names_[place] = std::move(name);
    names_[place].known = true;
  }
  size_t count() const { return names_.size(); }
  // Null where there is none.
  const RecordedName* find(uint32_t place) const {
    return place < names_.size() && names_[place].known ? &names_[place] : nullptr;
  }

 private:
  std::vector<RecordedName> names_;
};

}  // namespace heapreel
