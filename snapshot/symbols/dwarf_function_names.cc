#include "snapshot/symbols/dwarf_function_names.h"

#include "snapshot/symbols/demangle.h"

namespace heapreel {
namespace {

constexpr size_t kMostNameBytes = 4096;  // of a name that is put together here
constexpr unsigned kMostNestedFunctions = 16;

// The entry that stands where the function was declared: others refer to it.
Dwarf_Die declaration_of(Dwarf_Die function) {
  for (unsigned steps = 0; steps < kMostNestedFunctions; ++steps) {
    Dwarf_Attribute reference;
    Dwarf_Die origin;
    Dwarf_Attribute* found = dwarf_attr(&function, DW_AT_abstract_origin, &reference);
    if (found == nullptr) found = dwarf_attr(&function, DW_AT_specification, &reference);
    if (dwarf_formref_die(found, &origin) == nullptr) break;
    function = origin;
  }
  return function;
}

// In C and assembly no scopes belong to a name.
bool has_scopes(Dwarf_Die entry) {
  Dwarf_Die unit;
  if (dwarf_diecu(&entry, &unit, nullptr, nullptr) == nullptr) return false;
  switch (dwarf_srclang(&unit)) {
    case DW_LANG_C:
    case DW_LANG_C89:
    case DW_LANG_C99:
    case DW_LANG_C11:
    case DW_LANG_Mips_Assembler:
      return false;
    default:
      return true;
  }
}

}  // namespace

const FunctionName& DwarfFunctionNames::of(Dwarf_Die& function) {
  // All copies of one function refer to the same entry.
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
  // A C function that only the linker knows by another name ("__GI_abort") has its own name. Where a long C++ name
  // could not be demangled, the short name says more.
  if (linkage == nullptr || name.text == linkage) name.text = die_string(function, DW_AT_name, name.text.c_str());
  if (linkage == nullptr && !name.text.empty()) name.text = qualified(function, name.text);
  return name;
}

std::string DwarfFunctionNames::qualified(const Dwarf_Die& function, const std::string& name) {
  const Dwarf_Die declared = declaration_of(function);
  if (depth_ >= kMostNestedFunctions || !has_scopes(declared)) return name;
  std::string text = name;
  for (Dwarf_Die& scope : scopes_.around(declared)) {
    std::string around;
    const int tag = dwarf_tag(&scope);
    if (tag == DW_TAG_subprogram) {
      ++depth_;
      around = of(scope).text;
      --depth_;
    } else {
      const bool is_space = tag == DW_TAG_namespace || tag == DW_TAG_module;
      const bool is_lambda = !is_space && name == "operator()";
      around = die_string(scope, DW_AT_name,
                          is_space    ? "(anonymous namespace)"
                          : is_lambda ? "<lambda>"
                                      : "(anonymous class)");
    }
    if (around.empty() || text.size() + around.size() + 2 > kMostNameBytes) return text;
    text.insert(0, around + "::");
    if (tag == DW_TAG_subprogram) break;  // its name already says what encloses it
  }
  return text;
}

}  // namespace heapreel
