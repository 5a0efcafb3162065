// What the comparison gives a compiler to do: templates of the standard library.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

template <int kNumber>
struct Table {
  std::map<std::string, std::vector<std::shared_ptr<Table>>> by_name;
  std::unordered_map<int, std::function<std::string(const Table&)>> by_number;

  std::string first_match(const std::string& text) const {
    std::smatch match;
    return std::regex_search(text, match, std::regex("([a-z]+)" + std::to_string(kNumber))) ? match[1].str() : text;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, tables] : by_name) {
      for (const auto& table : tables) all.push_back(name + table->first_match(name));
    }
    std::sort(all.begin(), all.end(), std::greater<>());
    return all;
  }
};

template <int... kNumber>
size_t names_of_all(std::integer_sequence<int, kNumber...>) {
  return (Table<kNumber>().names().size() + ...);
}

size_t names_of_three() {
  return names_of_all(std::make_integer_sequence<int, 3>());
}
