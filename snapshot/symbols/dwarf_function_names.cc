#include "snapshot/symbols/dwarf_function_names.h"

#include "snapshot/symbols/demangle.h"

namespace heapreel {

const FunctionName& DwarfFunctionNames::of(Dwarf_Die& function) {
  // Copies of one function meet in the entry they refer to.
  Dwarf_Attribute reference;
  Dwarf_Die origin;
  const bool refers = dwarf_formref_die(dwarf_attr(&function, DW_AT_abstract_origin, &reference), &origin) != nullptr;
  const auto [at, fresh] = names_.try_emplace(refers ? origin.addr : function.addr);
  FunctionName& name = at->second;
  if (!fresh) return name;
  const char* linkage = die_string(function, DW_AT_linkage_name, nullptr);
  if (linkage == nullptr) linkage = die_string(function, DW_AT_MIPS_linkage_name, nullptr);
  name.complete = linkage != nullptr;
  if (linkage != nullptr) name.text = demangle(linkage);
  // A C function that is only renamed for the linker ("__GI_abort") is known by its own name, and where a
  // long C++ name could not be demangled, the short one says more.
  if (linkage == nullptr || name.text == linkage) name.text = die_string(function, DW_AT_name, name.text.c_str());
  return name;
}

}  // namespace heapreel
