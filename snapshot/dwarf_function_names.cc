#include "snapshot/dwarf_function_names.h"

#include "snapshot/demangle.h"

namespace heapreel {

const FunctionName& DwarfFunctionNames::of(Dwarf_Die& function) {
  // Copies of one function meet in the entry they refer to.
  Dwarf_Attribute reference;
  Dwarf_Die origin;
  const bool refers =
      dwarf_formref_die(dwarf_attr(&function, DW_AT_abstract_origin, &reference), &origin) != nullptr;
  const auto [at, fresh] = names_.try_emplace(refers ? origin.addr : function.addr);
  FunctionName& name = at->second;
  if (!fresh) return name;
  const char* linkage = die_string(function, DW_AT_linkage_name, nullptr);
  if (linkage == nullptr) linkage = die_string(function, DW_AT_MIPS_linkage_name, nullptr);
  name.complete = linkage != nullptr;
  name.text = name.complete ? demangle(linkage) : die_string(function, DW_AT_name, "");
  return name;
}

}  // namespace heapreel
