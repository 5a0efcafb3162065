// What the name of a budget covers.
#pragma once

#include <string>
#include <string_view>

namespace heapreel {

class BudgetName {
 public:
  enum class Kind : uint8_t { kTag, kDomain, kThread, kFunction, kFile, kModule, kEverything };

  explicit BudgetName(std::string_view name);

  Kind kind() const { return kind_; }
  // The name without the prefix that says its kind.
  const std::string& text() const { return text_; }

  // Whether the allocating code decides, whose names have to be read first.
  bool is_of_code() const { return kind_ == Kind::kFunction || kind_ == Kind::kFile || kind_ == Kind::kModule; }
  // Whether it covers threads: its figures are the sums of all threads of that name, and it covers no site.
  bool is_of_thread() const { return kind_ == Kind::kThread; }

  // Whether it covers what is allocated under a tag in a domain. Never true for a budget of code or of a thread.
  bool covers(std::string_view tag, std::string_view domain) const;
  bool covers_thread(std::string_view thread) const { return is_of_thread() && thread == text_; }

 private:
  Kind kind_ = Kind::kTag;
  std::string text_;
};

}  // namespace heapreel
