// What the engine needs of the operating system. One file per platform implements this (platform_linux.cc); nothing
// else in engine/ makes a system call. No function here allocates, throws, or takes a lock of the host's libraries.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace heapreel::engine::platform {

struct Mapping {
  std::byte* base = nullptr;  // null: the mapping could not be had
  size_t bytes = 0;
};

// What the system lets this process map, in bytes; UINT64_MAX where there is no limit.
struct MemoryLimits {
  uint64_t address_space = UINT64_MAX;   // RLIMIT_AS
  uint64_t private_memory = UINT64_MAX;  // RLIMIT_DATA, and what is left to commit when that is strict
  bool commits_strictly = false;         // vm.overcommit_memory is 2: private memory counts when it is mapped
};
MemoryLimits memory_limits();
// The first of these limits, without opening a file, for this process (0) or another one of this user. UINT64_MAX also
// when it is not known.
uint64_t address_space_limit(uint32_t process = 0);

// What the control groups of this process let it touch before they end it, in bytes; UINT64_MAX: no limit.
uint64_t touched_memory_limit();

// A sealed-off, sparse memory object of `bytes` that can be shared; -1 when it cannot be had (no memfd, RLIMIT_FSIZE).
// The descriptor is close-on-exec.
int create_shared_memory(size_t bytes);

// Size in bytes of the object behind a descriptor; 0 when it is not known.
size_t file_bytes(int fd);

// Copies `bytes` at `offset` of the object behind a descriptor, without mapping it. False when the object ends before
// that.
bool read_object(int fd, void* place, size_t bytes, size_t offset);
// Writes `bytes` to the object at `offset`, without mapping it. False when it does not take all of them.
bool write_object(int fd, const void* content, size_t bytes, size_t offset);

// Keeps [address, address + bytes) free of other mappings, in forked children as well, until it is unmapped. False when
// something lies there.
bool keep_free(uintptr_t address, size_t bytes);

// Maps `bytes` at exactly `address`, backed by `fd` (shared) from `offset` on or, with fd -1, by private anonymous
// memory. Never replaces an existing mapping. Core dumps and forked children do not get the mapping. Without
// `may_write` it can only be read.
Mapping map_at(uintptr_t address, size_t bytes, int fd, size_t offset = 0, bool may_write = true);

// Replaces `bytes` at `place`, whole pages, by private memory with the same contents. What others write to the object
// behind it is no longer seen. False when the system refuses: then nothing has changed.
bool make_private(void* place, size_t bytes);
// Makes whole pages read-only for this process. Where the system refuses, they stay writable.
void forbid_writing(void* place, size_t bytes);

// Private zeroed memory at any address, committed on demand. Forked children get a copy.
Mapping map_private(size_t bytes);

// For a forked child: puts empty memory where the parent's arena was. That memory does not count as the child's data
// (RLIMIT_DATA).
void map_empty_over(std::byte* base, size_t bytes);

void unmap(std::byte* base, size_t bytes);
void close_descriptor(int fd);

// Makes private pages read as zeros in every forked child, from its first instruction on. False when not available.
bool wipe_on_fork(void* page, size_t bytes);

// Bytes of a page of memory, as the kernel has it: 4, 16 or 64 KiB.
size_t page_bytes();
void set_page_bytes_for_test(size_t bytes);  // 0: the kernel's again

// Makes memory read as zeros and gives its whole pages back to the system. `shared` says whether it is mapped as shared
// memory. Where the system refuses (locked memory, filters of system calls), the memory is overwritten with zeros and
// stays in use.
void release_pages(std::byte* base, size_t bytes, bool shared);

// Bytes of [base, base + bytes) that hold memory. Cold: one system call per 64 MiB.
size_t resident_bytes(std::byte* base, size_t bytes);

uint32_t thread_id();   // the kernel's id of the calling thread
uint32_t process_id();  // of the calling process, never cached
// The id of the thread for which the C library made the thread-local storage that the calling thread uses. In a thread
// of a bare clone() that borrows another thread's storage, it is that thread's id. 0 when the C library does not know.
// Makes no system call.
uint32_t storage_owner_id();
// The name of a thread of another process, or of this one (0). When the thread is gone, it is the name of the process;
// when that is gone too, or cannot be read, it is empty. Opens a file.
void thread_name(uint32_t process, uint32_t thread, char (&name)[24]);

uint64_t monotonic_ns();
uint64_t wall_clock_ns();
void sleep_ns(uint64_t ns);
// From here on this thread's sleeps end within about a microsecond of their time, as far as a core is free.
void sleep_punctually();

// Sleeps while *word == expected, until woken, for at most `timeout_ns`. Works across processes. May wake early.
void futex_wait(const std::atomic<uint32_t>& word, uint32_t expected, uint64_t timeout_ns);
void futex_wake_all(const std::atomic<uint32_t>& word);

// After this returns, every thread of every process that called allow_process_fence() has passed a full barrier
// since the call began. False: not available here.
bool process_fence();
void allow_process_fence();

// Starts `entry(argument)` on a thread with every signal blocked; what it returns is not read. False when the thread
// cannot be created. May be called by several threads at once.
bool start_background_thread(void* (*entry)(void*), void* argument);
// What debuggers and `top -H` call this thread. At most 15 bytes.
void name_this_thread(const char* name);

}  // namespace heapreel::engine::platform
