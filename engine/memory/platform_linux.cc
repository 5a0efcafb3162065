#include "engine/memory/platform.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/memory/blocked_signals.h"
#include "engine/memory/control_group.h"
#include "engine/memory/proc_file.h"
#include "engine/memory/test_clock.h"

namespace heapreel::engine::platform {

namespace {

constinit size_t page_bytes_for_test = 0;

std::atomic<uint64_t (*)()> g_test_clock{nullptr};

timespec to_timespec(uint64_t ns) {
  return {.tv_sec = static_cast<time_t>(ns / 1'000'000'000), .tv_nsec = static_cast<long>(ns % 1'000'000'000)};
}

uint64_t read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// futex(2) compares and sleeps in the kernel; the type has no wrapper in libc.
long futex(const std::atomic<uint32_t>& word, int operation, uint32_t value, const timespec* timeout) {
  return syscall(SYS_futex, &word, operation, value, timeout, nullptr, 0);
}

uint64_t limit_of(int resource) {
  rlimit limit{};
  const bool limited = getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return limited ? limit.rlim_cur : UINT64_MAX;
}

// The bytes of a line "Name:   123 kB"; 0 when there is none.
uint64_t meminfo_bytes(const char* meminfo, const char* name) {
  const char* at = std::strstr(meminfo, name);
  if (at == nullptr) return 0;
  at += std::strlen(name);
  while (*at == ' ') ++at;
  uint64_t kib = 0;
  for (; *at >= '0' && *at <= '9'; ++at) kib = kib * 10 + static_cast<uint64_t>(*at - '0');
  return kib * 1024;
}

}  // namespace

MemoryLimits memory_limits() {
  const int saved_errno = errno;
  MemoryLimits limits = {.address_space = limit_of(RLIMIT_AS), .private_memory = limit_of(RLIMIT_DATA)};
  char mode[8];
  read_proc("/proc/sys/vm/overcommit_memory", mode, sizeof mode);
  if (mode[0] == '2') {
    limits.commits_strictly = true;
    char meminfo[4096];
    read_proc("/proc/meminfo", meminfo, sizeof meminfo);
    const uint64_t most = meminfo_bytes(meminfo, "CommitLimit:");
    const uint64_t committed = meminfo_bytes(meminfo, "Committed_AS:");
    const uint64_t left = most > committed ? most - committed : 0;
    if (left < limits.private_memory) limits.private_memory = left;
  }
  errno = saved_errno;
  return limits;
}

uint64_t address_space_limit(uint32_t process) {
  const int saved_errno = errno;
  rlimit limit{};
  const bool limited =
      prlimit(static_cast<pid_t>(process), RLIMIT_AS, nullptr, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  errno = saved_errno;
  return limited ? limit.rlim_cur : UINT64_MAX;
}

uint64_t touched_memory_limit() {
  const int saved_errno = errno;
  char membership[4096];
  read_proc("/proc/self/cgroup", membership, sizeof membership);
  const uint64_t limit = control_group_limit(membership, "/sys/fs/cgroup");
  errno = saved_errno;
  return limit;
}

int create_shared_memory(size_t bytes) {
  // A file larger than RLIMIT_FSIZE would raise SIGXFSZ in the host.
  rlimit limit{};
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < bytes) return -1;
  const int saved_errno = errno;
  int fd = static_cast<int>(syscall(SYS_memfd_create, "heapreel", MFD_CLOEXEC));
  if (fd >= 0 && ftruncate(fd, static_cast<off_t>(bytes)) != 0) {
    close(fd);
    fd = -1;
  }
  errno = saved_errno;
  return fd;
}

size_t file_bytes(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? static_cast<size_t>(status.st_size) : 0;
}

bool read_object(int fd, void* place, size_t bytes, size_t offset) {
  return pread(fd, place, bytes, static_cast<off_t>(offset)) == static_cast<ssize_t>(bytes);
}

bool keep_free(uintptr_t address, size_t bytes) {
  const int saved_errno = errno;
  void* const wanted = reinterpret_cast<void*>(address);
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
  void* const got = mmap(wanted, bytes, PROT_NONE, kFlags, -1, 0);
  if (got != MAP_FAILED && got != wanted) munmap(got, bytes);  // an older kernel took the address as a hint
  errno = saved_errno;
  return got == wanted;
}

bool write_object(int fd, const void* content, size_t bytes, size_t offset) {
  return pwrite(fd, content, bytes, static_cast<off_t>(offset)) == static_cast<ssize_t>(bytes);
}

Mapping map_at(uintptr_t address, size_t bytes, int fd, size_t offset, bool may_write) {
  const int saved_errno = errno;
  const int flags = (fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS) | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
  void* wanted = reinterpret_cast<void*>(address);
  // A program that links the tracer may have asked that all memory is locked, and so filled, when it is mapped
  // (MCL_FUTURE). The kernel does not fill memory that may not be read.
  const bool may_be_locked = fd < 0;
  const int protection = may_write ? PROT_READ | PROT_WRITE : PROT_READ;
  void* got = mmap(wanted, bytes, may_be_locked ? PROT_NONE : protection, flags, fd, static_cast<off_t>(offset));
  Mapping mapping;
  if (got == wanted && may_be_locked && (munlock(got, bytes), mprotect(got, bytes, protection)) != 0) {
    munmap(got, bytes);
  } else if (got == wanted) {
    mapping = {static_cast<std::byte*>(got), bytes};
    madvise(got, bytes, MADV_DONTDUMP);
    madvise(got, bytes, MADV_DONTFORK);
  } else if (got != MAP_FAILED) {
    munmap(got, bytes);  // a kernel older than MAP_FIXED_NOREPLACE took the address as a hint
  }
  errno = saved_errno;
  return mapping;
}

bool make_private(void* place, size_t bytes) {
  const int saved_errno = errno;
  void* copy = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  bool moved = false;
  if (copy != MAP_FAILED) {
    std::memcpy(copy, place, bytes);
    moved = mremap(copy, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, place) == place;
    if (!moved) munmap(copy, bytes);
  }
  errno = saved_errno;
  return moved;
}

void forbid_writing(void* place, size_t bytes) {
  const int saved_errno = errno;
  mprotect(place, bytes, PROT_READ);
  errno = saved_errno;
}

Mapping map_private(size_t bytes) {
  const int saved_errno = errno;
  void* got = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  errno = saved_errno;
  return got == MAP_FAILED ? Mapping{} : Mapping{static_cast<std::byte*>(got), bytes};
}

void map_empty_over(std::byte* base, size_t bytes) {
  const int saved_errno = errno;
  // Mapped as shared, although nobody shares it: private writable memory would all count as data, touched or not.
  mmap(base, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  errno = saved_errno;
}

void unmap(std::byte* base, size_t bytes) {
  munmap(base, bytes);
}

void close_descriptor(int fd) {
  close(fd);
}

bool wipe_on_fork(void* page, size_t bytes) {
  const int saved_errno = errno;
  const bool wiped = madvise(page, bytes, MADV_WIPEONFORK) == 0;
  errno = saved_errno;
  return wiped;
}

size_t page_bytes() {
  return page_bytes_for_test != 0 ? page_bytes_for_test : getauxval(AT_PAGESZ);
}

void set_page_bytes_for_test(size_t bytes) {
  page_bytes_for_test = bytes;
}

void release_pages(std::byte* base, size_t bytes, bool shared) {
  const int saved_errno = errno;
  const size_t page = page_bytes();
  const size_t before = (page - reinterpret_cast<uintptr_t>(base) % page) % page;
  const size_t whole = bytes > before ? (bytes - before) / page * page : 0;
  // MADV_REMOVE punches a hole into shared memory; private memory needs MADV_DONTNEED.
  if (whole != 0 && madvise(base + before, whole, shared ? MADV_REMOVE : MADV_DONTNEED) == 0) {
    std::memset(base, 0, before);
    std::memset(base + before + whole, 0, bytes - before - whole);
  } else {
    std::memset(base, 0, bytes);
  }
  errno = saved_errno;
}

size_t resident_bytes(std::byte* base, size_t bytes) {
  const int saved_errno = errno;
  constexpr size_t kChunkPages = 16384;
  static unsigned char residency[kChunkPages];  // callers are serialised by the tracer's control lock
  const size_t page_size = page_bytes();
  size_t resident = 0;
  for (size_t done = 0; done < bytes; done += kChunkPages * page_size) {
    const size_t chunk = bytes - done < kChunkPages * page_size ? bytes - done : kChunkPages * page_size;
    if (mincore(base + done, chunk, residency) != 0) continue;
    for (size_t page = 0; page < (chunk + page_size - 1) / page_size; ++page) {
      resident += (residency[page] & 1) != 0 ? page_size : 0;
    }
  }
  errno = saved_errno;
  return resident;
}

uint32_t thread_id() {
  return static_cast<uint32_t>(syscall(SYS_gettid));
}

uint32_t process_id() {
  return static_cast<uint32_t>(syscall(SYS_getpid));
}

uint32_t storage_owner_id() {
  clockid_t clock = 0;
  if (pthread_getcpuclockid(pthread_self(), &clock) != 0) return 0;
  // A thread's clock is its number: clock_getcpuclockid(3), kernel's posix-timers.h.
  constexpr int kKindBits = 3;
  return ~static_cast<uint32_t>(clock >> kKindBits);
}

void thread_name(uint32_t process, uint32_t thread, char (&name)[24]) {
  const int saved_errno = errno;
  if (process == 0) process = process_id();
  read_proc(ProcPath().add("/proc/").add(process).add("/task/").add(thread).add("/comm").text(), name, sizeof name);
  if (name[0] == '\0') read_proc(ProcPath().add("/proc/").add(process).add("/comm").text(), name, sizeof name);
  if (char* const end = std::strchr(name, '\n'); end != nullptr) *end = '\0';
  errno = saved_errno;
}

uint64_t monotonic_ns() {
  // relaxed: a test sets it before anything reads it
  if (const auto test_clock = g_test_clock.load(std::memory_order_relaxed); test_clock != nullptr) return test_clock();
  return read_clock(CLOCK_MONOTONIC);
}

void set_clock_for_test(uint64_t (*now_ns)()) {
  // relaxed: as above
  g_test_clock.store(now_ns, std::memory_order_relaxed);
}

uint64_t wall_clock_ns() {
  return read_clock(CLOCK_REALTIME);
}

void sleep_ns(uint64_t ns) {
  const int saved_errno = errno;
  const timespec duration = to_timespec(ns);
  // Not nanosleep(), because pthread_cancel() ends a thread there: the program does not expect that of malloc.
  syscall(SYS_nanosleep, &duration, nullptr);
  errno = saved_errno;
}

void sleep_punctually() {
  prctl(PR_SET_TIMERSLACK, 1000UL);
}

void futex_wait(const std::atomic<uint32_t>& word, uint32_t expected, uint64_t timeout_ns) {
  const int saved_errno = errno;
  const timespec timeout = to_timespec(timeout_ns);
  futex(word, FUTEX_WAIT, expected, &timeout);
  errno = saved_errno;
}

void futex_wake_all(const std::atomic<uint32_t>& word) {
  const int saved_errno = errno;
  futex(word, FUTEX_WAKE, INT32_MAX, nullptr);
  errno = saved_errno;
}

bool process_fence() {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) == 0;
}

void allow_process_fence() {
  const int saved_errno = errno;
  syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0);
  errno = saved_errno;
}

bool start_background_thread(void* (*entry)(void*), void* argument) {
  const BlockedSignals blocked;
  pthread_t thread;
  const int failed = pthread_create(&thread, nullptr, entry, argument);
  if (failed == 0) pthread_detach(thread);
  return failed == 0;
}

void name_this_thread(const char* name) {
  prctl(PR_SET_NAME, name);
}

}  // namespace heapreel::engine::platform
