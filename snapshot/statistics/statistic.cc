#include <heapreel/statistic.h>

#include <heapreel/size_text.h>

#include "snapshot/model/hash.h"

namespace heapreel {
namespace {

std::string with_sign(int64_t value) {
  std::string text = std::to_string(value);
  if (value >= 0) text.insert(text.begin(), '+');
  return text;
}

std::string average_text(uint64_t size, uint64_t count) {
  return count == 0 ? std::string() : ", average=" + format_size(average_size(size, count));
}

}  // namespace

size_t Statistic::hash() const {
  return combine_hash(combine_hash(traceback.hash(), size), count);
}

std::string Statistic::to_string() const {
  return traceback.to_string() + ": size=" + format_size(static_cast<double>(size)) +
         ", count=" + std::to_string(count) + average_text(size, count);
}

std::string Statistic::repr() const {
  return "<Statistic traceback=" + traceback.repr() + " size=" + std::to_string(size) +
         " count=" + std::to_string(count) + ">";
}

size_t StatisticDiff::hash() const {
  size_t hash = combine_hash(combine_hash(traceback.hash(), size), count);
  hash = combine_hash(hash, static_cast<size_t>(size_diff));
  return combine_hash(hash, static_cast<size_t>(count_diff));
}

std::string StatisticDiff::to_string() const {
  return traceback.to_string() + ": size=" + format_size(static_cast<double>(size)) + " (" +
         format_size(static_cast<double>(size_diff), true) + "), count=" + std::to_string(count) + " (" +
         with_sign(count_diff) + ")" + average_text(size, count);
}

std::string StatisticDiff::repr() const {
  return "<StatisticDiff traceback=" + traceback.repr() + " size=" + std::to_string(size) + " (" +
         with_sign(size_diff) + ") count=" + std::to_string(count) + " (" + with_sign(count_diff) + ")>";
}

}  // namespace heapreel
