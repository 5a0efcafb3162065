/* Vulkan: what drivers and layers allocate on the host, as the domain "Vulkan". Device memory is not in it.
 *
 *     #include <vulkan/vulkan.h>
 *     #include <heapreel/adapters/vulkan.h>
 *
 *     const VkAllocationCallbacks* host = heapreel_vulkan_callbacks();
 *     vkCreateInstance(&info, host, &instance);
 *     ...
 *     vkDestroyInstance(instance, host);   // an object is destroyed with the callbacks that it was made with
 *
 * Memory that a driver takes without these callbacks shows as malloc's.
 */
#ifndef HEAPREEL_ADAPTERS_VULKAN_H
#define HEAPREEL_ADAPTERS_VULKAN_H

#ifndef VULKAN_CORE_H_
#error "include vulkan/vulkan.h first"
#endif

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <heapreel/adapters/adapter.h>

HEAPREEL_DOMAIN(heapreel_vulkan_domain, "Vulkan");

/* For programs without callbacks of their own: memory of malloc. Some drivers ask for 0 bytes and need an address. */
HEAPREEL_ADAPTER VKAPI_ATTR void* VKAPI_CALL heapreel_vulkan_plain_alloc(void* ud, size_t n, size_t alignment,
                                                                         VkSystemAllocationScope scope) {
  void* p = NULL;
  (void)ud;
  (void)scope;
  if (alignment < sizeof(void*)) alignment = sizeof(void*);
  return posix_memalign(&p, alignment, n != 0 ? n : 1) == 0 ? p : NULL;
}
HEAPREEL_ADAPTER VKAPI_ATTR void VKAPI_CALL heapreel_vulkan_plain_free(void* ud, void* p) {
  (void)ud;
  free(p);
}
HEAPREEL_ADAPTER VKAPI_ATTR void* VKAPI_CALL heapreel_vulkan_plain_realloc(void* ud, void* p, size_t n,
                                                                           size_t alignment,
                                                                           VkSystemAllocationScope scope) {
  void* q = NULL;
  if (n == 0) {
    free(p);
    return NULL;
  }
  q = heapreel_vulkan_plain_alloc(ud, n, alignment, scope);
  if (q != NULL && p != NULL) {
    const size_t had = malloc_usable_size(p);
    memcpy(q, p, had < n ? had : n);
    free(p);
  }
  return q;
}

HEAPREEL_ADAPTER VKAPI_ATTR void* VKAPI_CALL heapreel_vulkan_alloc(void* ud, size_t n, size_t alignment,
                                                                   VkSystemAllocationScope scope) {
  const VkAllocationCallbacks* inner = (const VkAllocationCallbacks*)ud;
  void* p = inner->pfnAllocation(inner->pUserData, n, alignment, scope);
  if (p != NULL) HEAPREEL_ALLOC(heapreel_vulkan_domain, p, n);
  return p;
}
HEAPREEL_ADAPTER VKAPI_ATTR void VKAPI_CALL heapreel_vulkan_free(void* ud, void* p) {
  const VkAllocationCallbacks* inner = (const VkAllocationCallbacks*)ud;
  if (p != NULL) HEAPREEL_FREE(heapreel_vulkan_domain, p);
  inner->pfnFree(inner->pUserData, p);
}
HEAPREEL_ADAPTER VKAPI_ATTR void* VKAPI_CALL heapreel_vulkan_realloc(void* ud, void* p, size_t n, size_t alignment,
                                                                     VkSystemAllocationScope scope) {
  const VkAllocationCallbacks* inner = (const VkAllocationCallbacks*)ud;
  if (n == 0) { /* a free */
    if (p != NULL) HEAPREEL_FREE(heapreel_vulkan_domain, p);
    return inner->pfnReallocation(inner->pUserData, p, 0, alignment, scope);
  }
  HEAPREEL_REALLOC_BEGIN(ticket, heapreel_vulkan_domain, p);
  void* q = inner->pfnReallocation(inner->pUserData, p, n, alignment, scope);
  HEAPREEL_REALLOC_END(ticket, heapreel_vulkan_domain, p, q, n);
  return q;
}
/* A driver calls these two about memory that it took by itself. They give no address, so that the adapter reports
 * nothing and only hands the calls on. */
HEAPREEL_ADAPTER VKAPI_ATTR void VKAPI_CALL heapreel_vulkan_internal_alloc(void* ud, size_t n,
                                                                           VkInternalAllocationType type,
                                                                           VkSystemAllocationScope scope) {
  const VkAllocationCallbacks* inner = (const VkAllocationCallbacks*)ud;
  inner->pfnInternalAllocation(inner->pUserData, n, type, scope);
}
HEAPREEL_ADAPTER VKAPI_ATTR void VKAPI_CALL heapreel_vulkan_internal_free(void* ud, size_t n,
                                                                          VkInternalAllocationType type,
                                                                          VkSystemAllocationScope scope) {
  const VkAllocationCallbacks* inner = (const VkAllocationCallbacks*)ud;
  inner->pfnInternalFree(inner->pUserData, n, type, scope);
}

/* Returns callbacks that report each block and hand each call on to `inner`. `inner` must live as long as any object
 * that is made with them. The result is a plain value, which keeps `inner` in pUserData. */
HEAPREEL_ADAPTER VkAllocationCallbacks heapreel_vulkan_callbacks_over(const VkAllocationCallbacks* inner) {
  VkAllocationCallbacks callbacks;
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.pUserData = (void*)inner;
  callbacks.pfnAllocation = heapreel_vulkan_alloc;
  callbacks.pfnReallocation = heapreel_vulkan_realloc;
  callbacks.pfnFree = heapreel_vulkan_free;
  if (inner->pfnInternalAllocation != NULL && inner->pfnInternalFree != NULL) {
    callbacks.pfnInternalAllocation = heapreel_vulkan_internal_alloc;
    callbacks.pfnInternalFree = heapreel_vulkan_internal_free;
  }
  return callbacks;
}

/* Not const, because in C++ a const variable would be another one in each source file. */
HEAPREEL_ADAPTER VkAllocationCallbacks heapreel_vulkan_plain = {
    NULL, heapreel_vulkan_plain_alloc, heapreel_vulkan_plain_realloc, heapreel_vulkan_plain_free, NULL, NULL};
HEAPREEL_ADAPTER VkAllocationCallbacks heapreel_vulkan_over_malloc = {
    &heapreel_vulkan_plain, heapreel_vulkan_alloc, heapreel_vulkan_realloc, heapreel_vulkan_free, NULL, NULL};

/* Callbacks that take memory from malloc. They are valid for the whole life of the program. */
HEAPREEL_ADAPTER const VkAllocationCallbacks* heapreel_vulkan_callbacks(void) {
  return &heapreel_vulkan_over_malloc;
}

#endif
