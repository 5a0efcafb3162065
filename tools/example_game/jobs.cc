#include "tools/example_game/jobs.h"

#include <pthread.h>

#include <cstdio>

namespace {
thread_local ucontext_t* t_scheduler;
thread_local void* t_fiber;
// A fiber that was resumed elsewhere must not use the address of the old thread's variables.
[[gnu::noinline]] void*& current_fiber() {
  asm volatile("");
  return t_fiber;
}
[[gnu::noinline]] ucontext_t*& current_scheduler() {
  asm volatile("");
  return t_scheduler;
}
}  // namespace

Jobs::Jobs() {
  for (int i = 0; i < 2; ++i) threads_.emplace_back([this, i] { worker(i); });
}
Jobs::~Jobs() {
  {
    std::lock_guard lock(mutex_);
    quit_ = true;
  }
  wake_.notify_all();
  for (std::thread& t : threads_) t.join();
}
void Jobs::entry() {
  auto* self = static_cast<Fiber*>(current_fiber());
  for (;;) {
    self->work();
    self->work = nullptr;
    self->done = true;
    swapcontext(&self->context, current_scheduler());
  }
}
void Jobs::yield() {
  auto* self = static_cast<Fiber*>(current_fiber());
  swapcontext(&self->context, current_scheduler());
}
void Jobs::submit(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (spare_.empty()) {
    all_.push_back(std::make_unique<Fiber>());
    Fiber* made = all_.back().get();
    getcontext(&made->context);
    made->context.uc_stack.ss_sp = made->stack.get();
    made->context.uc_stack.ss_size = 64 << 10;
    makecontext(&made->context, &Jobs::entry, 0);
    spare_.push_back(made);
  }
  Fiber* fiber = spare_.back();
  spare_.pop_back();
  fiber->work = std::move(work);
  fiber->tag = HEAPREEL_TAG_CAPTURE();
  fiber->done = false;
  ready_.push_back(fiber);
  ++unfinished_;
  wake_.notify_one();
}
void Jobs::wait_all() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return unfinished_ == 0; });
}
void Jobs::worker(int number) {
  char name[16];
  std::snprintf(name, sizeof name, "worker%d", number);
  pthread_setname_np(pthread_self(), name);
  ucontext_t scheduler{};
  current_scheduler() = &scheduler;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return quit_ || !ready_.empty(); });
    if (ready_.empty()) return;
    Fiber* fiber = ready_.front();
    ready_.pop_front();
    lock.unlock();
    current_fiber() = fiber;
    {
      HEAPREEL_TAG_RESTORE(fiber->tag);  // what the fiber was doing when it was put aside
      swapcontext(&scheduler, &fiber->context);
      fiber->tag = HEAPREEL_TAG_CAPTURE();
    }
    lock.lock();
    if (fiber->done) {
      spare_.push_back(fiber);
      if (--unfinished_ == 0) idle_.notify_all();
    } else {
      ready_.push_back(fiber);
      wake_.notify_one();
    }
  }
}
