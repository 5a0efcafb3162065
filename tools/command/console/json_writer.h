// Writes JSON member by member. Bytes that are no UTF-8 become U+FFFD, because names are untrusted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heapreel::tools {

class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(uint64_t number);
  JsonWriter& value(uint32_t number) { return value(uint64_t{number}); }
  JsonWriter& value(int64_t number);
  JsonWriter& value(bool yes);
  JsonWriter& null();

  template <class Value>
  JsonWriter& member(std::string_view name, const Value& of) {
    return key(name).value(of);
  }

  // The text, with a newline at its end; every object and array must be closed.
  std::string take();

 private:
  void separate();
  void put_text(std::string_view text);

  std::string text_;
  std::vector<bool> has_members_;  // per open object or array
  bool after_key_ = false;
};

}  // namespace heapreel::tools
