// Debian package: libvulkan-dev
#include <vulkan/vulkan.h>

#include <heapreel/adapters/vulkan.h>

#include <atomic>
#include <cstring>
#include <vector>

#include "tests/hooks/adapters/domain_blocks.h"

namespace heapreel::testing {
namespace {

std::atomic<int64_t> live_below{0};  // blocks that the callbacks below the adapter have given out

VKAPI_ATTR void* VKAPI_CALL counted_alloc(void*, size_t n, size_t alignment, VkSystemAllocationScope scope) {
  ++live_below;
  return heapreel_vulkan_plain_alloc(nullptr, n, alignment, scope);
}
VKAPI_ATTR void VKAPI_CALL counted_free(void*, void* p) {
  if (p != nullptr) --live_below;
  heapreel_vulkan_plain_free(nullptr, p);
}
VKAPI_ATTR void* VKAPI_CALL counted_realloc(void*, void* p, size_t n, size_t alignment, VkSystemAllocationScope scope) {
  if (p == nullptr && n != 0) ++live_below;
  if (p != nullptr && n == 0) --live_below;
  return heapreel_vulkan_plain_realloc(nullptr, p, n, alignment, scope);
}
constexpr VkAllocationCallbacks kCounted = {nullptr, counted_alloc, counted_realloc, counted_free, nullptr, nullptr};

TEST_F(AdapterTest, WhatAVulkanDriverAllocatesOnTheHostIsADomain) {
  const VkAllocationCallbacks host = heapreel_vulkan_callbacks_over(&kCounted);
  VkInstanceCreateInfo instance_info = {};
  instance_info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  VkInstance instance = nullptr;
  ASSERT_EQ(vkCreateInstance(&instance_info, &host, &instance), VK_SUCCESS);
  uint32_t devices = 1;
  VkPhysicalDevice physical = nullptr;
  vkEnumeratePhysicalDevices(instance, &devices, &physical);
  if (physical == nullptr) {
    vkDestroyInstance(instance, &host);
    GTEST_SKIP() << "no Vulkan driver works here (mesa-vulkan-drivers has one for the processor)";
  }
  const float priority = 1;
  VkDeviceQueueCreateInfo queue_info = {};
  queue_info.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queue_info.queueCount = 1;
  queue_info.pQueuePriorities = &priority;
  VkDeviceCreateInfo device_info = {};
  device_info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  device_info.queueCreateInfoCount = 1;
  device_info.pQueueCreateInfos = &queue_info;
  VkDevice device = nullptr;
  ASSERT_EQ(vkCreateDevice(physical, &device_info, &host, &device), VK_SUCCESS);
  VkCommandPoolCreateInfo pool_info = {};
  pool_info.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  VkCommandPool pool = nullptr;
  ASSERT_EQ(vkCreateCommandPool(device, &pool_info, &host, &pool), VK_SUCCESS);
  VkCommandBufferAllocateInfo buffers_info = {};
  buffers_info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  buffers_info.commandPool = pool;
  buffers_info.commandBufferCount = 16;
  std::vector<VkCommandBuffer> buffers(16);
  ASSERT_EQ(vkAllocateCommandBuffers(device, &buffers_info, buffers.data()), VK_SUCCESS);

  const DomainBlocks blocks = DomainBlocks::of("Vulkan");
  EXPECT_EQ(blocks.count, uint64_t(live_below.load()));
  EXPECT_EQ(blocks.found_in_malloc, blocks.count);
  EXPECT_GT(blocks.count, 16u);

  vkDestroyCommandPool(device, pool, &host);
  vkDestroyDevice(device, &host);
  vkDestroyInstance(instance, &host);
  EXPECT_EQ(DomainBlocks::of("Vulkan").count, uint64_t(live_below.load()));
}

TEST_F(AdapterTest, VulkansReallocKeepsWhatWasWritten) {
  const VkAllocationCallbacks* host = heapreel_vulkan_callbacks();
  const auto scope = VK_SYSTEM_ALLOCATION_SCOPE_OBJECT;
  auto* p = static_cast<char*>(host->pfnAllocation(host->pUserData, 100, 256, scope));
  std::memset(p, 7, 100);
  p = static_cast<char*>(host->pfnReallocation(host->pUserData, p, 5000, 256, scope));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % 256, 0u);
  EXPECT_EQ(p[0] + p[99], 14);
  EXPECT_EQ(DomainBlocks::of("Vulkan").bytes, 5000u);
  EXPECT_EQ(host->pfnReallocation(host->pUserData, p, 0, 256, scope), nullptr);
  EXPECT_EQ(DomainBlocks::of("Vulkan").count, 0u);
}

}  // namespace
}  // namespace heapreel::testing
