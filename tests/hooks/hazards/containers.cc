// A bit of everything from the standard library.
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <vector>

int main() {
  std::map<std::string, std::vector<int>> map;
  const std::regex pattern("a+b");
  for (int i = 0; i < 10; ++i) map[std::to_string(i)].push_back(i);
  std::cout << map.size() << std::regex_search("aab", pattern) << "\n";
}
