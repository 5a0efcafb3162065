#include "snapshot/symbols/dwarf_die.h"

#include <limits>

namespace heapreel {

const char* die_string(Dwarf_Die& die, unsigned attribute, const char* fallback) {
  Dwarf_Attribute found;
  const char* text = dwarf_formstring(dwarf_attr_integrate(&die, attribute, &found));
  return text != nullptr ? text : fallback;
}

uint32_t die_number(Dwarf_Die& die, unsigned attribute) {
  Dwarf_Attribute found;
  Dwarf_Word value = 0;
  const bool readable = dwarf_formudata(dwarf_attr(&die, attribute, &found), &value) == 0;
  return readable && value <= std::numeric_limits<uint32_t>::max() ? static_cast<uint32_t>(value) : 0;
}

}  // namespace heapreel
