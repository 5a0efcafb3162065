#include <heapreel/size_text.h>

#include <charconv>
#include <cmath>
#include <iterator>

namespace heapreel {
namespace {

__extension__ using uint128 = unsigned __int128;

std::string format_fixed(double value, int decimals, bool sign) {
  char digits[512];  // the largest double has 309 digits before the point
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value, std::chars_format::fixed, decimals).ptr;
  std::string text = sign && !std::signbit(value) ? "+" : "";
  text.append(digits, end);
  return text;
}

}  // namespace

std::string format_size(double bytes, bool sign) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  constexpr size_t kLast = std::size(kUnits) - 1;
  for (size_t unit = 0;; ++unit, bytes /= 1024) {
    if (std::fabs(bytes) < 100 && unit != 0) return format_fixed(bytes, 1, sign) + " " + kUnits[unit];
    if (std::fabs(bytes) < 10 * 1024 || unit == kLast) return format_fixed(bytes, 0, sign) + " " + kUnits[unit];
  }
}

double average_size(uint64_t bytes, uint64_t count) {
  // The quotient in 64 significant bits, the lowest of which says whether anything was cut off: rounding that
  // to a double rounds the true quotient once. Dividing two doubles would round three times above 2^53.
  if (bytes == 0) return 0;
  uint128 dividend = bytes;
  int shift = 0;
  while (dividend >> 127 == 0) {
    dividend <<= 1;
    ++shift;
  }
  uint128 quotient = dividend / count;
  bool inexact = dividend % count != 0;
  while (quotient >> 64 != 0) {
    inexact |= quotient & 1;
    quotient >>= 1;
    --shift;
  }
  const auto significant = static_cast<uint64_t>(quotient) | (inexact ? 1 : 0);
  return std::ldexp(static_cast<double>(significant), -shift);
}

}  // namespace heapreel
