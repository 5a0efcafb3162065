// Dear ImGui: its memory as the domain "ImGui". C++ only.
//
//     #include <imgui.h>
//     #include <heapreel/adapters/imgui.h>
//
//     heapreel_imgui_install();      // before ImGui::CreateContext(), once in each library that has its own ImGui
#ifndef HEAPREEL_ADAPTERS_IMGUI_H
#define HEAPREEL_ADAPTERS_IMGUI_H

#ifndef IMGUI_VERSION
#error "include imgui.h first"
#endif

#include <heapreel/adapters/adapter.h>

struct heapreel_imgui_functions {
  ImGuiMemAllocFunc alloc_of;
  ImGuiMemFreeFunc free_of;
  void* user_data;
};
HEAPREEL_ADAPTER heapreel_imgui_functions heapreel_imgui_inner = {nullptr, nullptr, nullptr};

HEAPREEL_DOMAIN(heapreel_imgui_domain, "ImGui");

HEAPREEL_ADAPTER void* heapreel_imgui_alloc(size_t n, void*) {
  void* p = heapreel_imgui_inner.alloc_of(n, heapreel_imgui_inner.user_data);
  if (p != nullptr) HEAPREEL_ALLOC(heapreel_imgui_domain, p, n);
  return p;
}
HEAPREEL_ADAPTER void heapreel_imgui_free(void* p, void*) {
  if (p != nullptr) HEAPREEL_FREE(heapreel_imgui_domain, p);
  heapreel_imgui_inner.free_of(p, heapreel_imgui_inner.user_data);
}

// Puts the adapter before the functions that ImGui uses now. Call it before ImGui::CreateContext(), on one thread. A
// second call does nothing.
HEAPREEL_ADAPTER void heapreel_imgui_install() {
  heapreel_imgui_functions now;
  ImGui::GetAllocatorFunctions(&now.alloc_of, &now.free_of, &now.user_data);
  if (now.alloc_of == heapreel_imgui_alloc) return;
  heapreel_imgui_inner = now;
  ImGui::SetAllocatorFunctions(heapreel_imgui_alloc, heapreel_imgui_free, nullptr);
}

#endif
