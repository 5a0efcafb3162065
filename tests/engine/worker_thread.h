// A thread that lives on between the things it is told to do, one at a time.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace heapreel::engine::testing {

class WorkerThread {
 public:
  WorkerThread() : thread_([this] { work(); }) {}
  ~WorkerThread() {
    begin({});
    thread_.join();
  }
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  // Runs `task` on the thread; returns when it is done.
  void run(std::function<void()> task) {
    begin(std::move(task));
    wait();
  }
  // The two halves of run(), for threads that work side by side. An empty task ends the thread.
  void begin(std::function<void()> task) {
    std::lock_guard guard(mutex_);
    task_ = std::move(task);
    busy_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [this] { return !busy_; });
  }

  std::thread::native_handle_type native_handle() { return thread_.native_handle(); }

 private:
  void work() {
    std::unique_lock guard(mutex_);
    for (;;) {
      changed_.wait(guard, [this] { return busy_; });
      if (!task_) return;
      guard.unlock();
      task_();
      guard.lock();
      busy_ = false;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> task_;
  bool busy_ = false;
  std::thread thread_;
};

}  // namespace heapreel::engine::testing
