#include "snapshot/text/utf8.h"

namespace heapreel {
namespace {

struct LeadByte {
  int length;
  char32_t bits;
  char32_t smallest;  // of a sequence of this length: anything below is overlong
};

constexpr LeadByte classify(unsigned char byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte < 0xc0) return {0, 0, 0};
  if (byte < 0xe0) return {2, byte & 0x1fu, 0x80};
  if (byte < 0xf0) return {3, byte & 0x0fu, 0x800};
  if (byte < 0xf8) return {4, byte & 0x07u, 0x10000};
  return {0, 0, 0};
}

}  // namespace

char32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const LeadByte lead = classify(first);
  const auto escape = [&] {
    text.remove_prefix(1);
    return char32_t{0xdc00} + first;
  };
  if (lead.length == 0 || text.size() < static_cast<size_t>(lead.length)) return escape();
  char32_t code_point = lead.bits;
  for (int i = 1; i < lead.length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) != 0x80) return escape();
    code_point = code_point << 6 | (byte & 0x3f);
  }
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (code_point < lead.smallest || surrogate || code_point > 0x10ffff) return escape();
  text.remove_prefix(lead.length);
  return code_point;
}

std::u32string decode_utf8(std::string_view text) {
  std::u32string code_points;
  code_points.reserve(text.size());
  while (!text.empty()) code_points.push_back(take_code_point(text));
  return code_points;
}

}  // namespace heapreel
