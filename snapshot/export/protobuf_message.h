// A message of Protocol Buffers while it is put together: fields in the order of the calls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace heapreel {

class ProtobufMessage {
 public:
  // A field of a numeric type (int32 to uint64, bool, enum). A field that is 0 is left out, which means the same.
  ProtobufMessage& number(uint32_t field, uint64_t value) {
    varint(uint64_t{field} << 3);
    varint(value);
    return *this;
  }
  // string, bytes, or a message that is finished.
  ProtobufMessage& text(uint32_t field, std::string_view value) {
    varint(uint64_t{field} << 3 | 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  ProtobufMessage& message(uint32_t field, const ProtobufMessage& value) { return text(field, value.bytes_); }
  // fixed64, sfixed64.
  ProtobufMessage& fixed64(uint32_t field, uint64_t value) {
    varint(uint64_t{field} << 3 | 1);
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(value >> shift);
    return *this;
  }

  const std::string& bytes() const { return bytes_; }

 private:
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

}  // namespace heapreel
