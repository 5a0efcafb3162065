// The examples of hooks/TAGS.md: what each allocates under which tag, as a snapshot has it.
#include <heapreel/engine.h>
#include <heapreel/heapreel.h>

#include <gtest/gtest.h>

#include <ucontext.h>

#include <condition_variable>
#include <coroutine>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#if HAS_BOOST_CONTEXT
#include <boost/context/fiber.hpp>
#endif

namespace heapreel::testing {
namespace {

class TagGuideTest : public ::testing::Test {
 protected:
  void SetUp() override { heapreel::start(1); }  // no stacks: whose blocks they are is all that is looked at
  void TearDown() override {
    EXPECT_EQ(HEAPREEL_TAG_CAPTURE(), 0u) << "a tag was left behind on the thread";
    for (void* block : blocks_) std::free(block);
    heapreel::stop();
  }
  // Allocates a block wherever it is called.
  void* allocate() {
    void* block = std::malloc(16);
    std::lock_guard lock(mutex_);
    blocks_.push_back(block);
    return block;
  }
  static std::string tag_of(const void* block) {
    for (const Trace& trace : take_snapshot().traces()) {
      if (trace.domain == 0 && trace.address == reinterpret_cast<uintptr_t>(block)) return trace.tag;
    }
    return "not found";
  }

 private:
  std::mutex mutex_;
  std::vector<void*> blocks_;
};

// --- fibers -----------------------------------------------------------------------------------------------------------

struct Fiber {
  ucontext_t context;
  std::unique_ptr<char[]> stack{new char[64 << 10]};
  HEAPREEL_TAG_ID tag = 0;  // what it was doing when it was left
  std::function<void()> work;
  bool done = false;
};

ucontext_t scheduler;
Fiber* running;

void leave_fiber() {
  swapcontext(&running->context, &scheduler);
}

void enter_fiber(Fiber& fiber) {
  HEAPREEL_TAG_RESTORE(fiber.tag);  // and back to the scheduler's own tag at the end of this scope
  running = &fiber;
  swapcontext(&scheduler, &fiber.context);
  fiber.tag = HEAPREEL_TAG_CAPTURE();
}

void fiber_main() {
  running->work();
  running->done = true;
  leave_fiber();
}

void make_fiber(Fiber& fiber, std::function<void()> work) {
  fiber.work = std::move(work);
  fiber.tag = HEAPREEL_TAG_CAPTURE();  // it begins with the tag of who makes it
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = 64 << 10;
  makecontext(&fiber.context, fiber_main, 0);
}

TEST_F(TagGuideTest, FibersOfUcontextKeepTheirTags) {
  Fiber streaming, audio;
  void* blocks[5] = {};
  {
    HEAPREEL_TAG("Jobs");
    make_fiber(streaming, [&] {
      blocks[0] = allocate();
      HEAPREEL_TAG("Streaming");
      leave_fiber();
      blocks[1] = allocate();
    });
  }
  make_fiber(audio, [&] {
    HEAPREEL_TAG("Audio");
    leave_fiber();
    blocks[2] = allocate();
  });
  enter_fiber(streaming);
  enter_fiber(audio);
  blocks[3] = allocate();
  HEAPREEL_TAG("Frame");
  enter_fiber(audio);
  std::thread([&] { enter_fiber(streaming); }).join();  // goes on on another thread
  blocks[4] = allocate();
  EXPECT_TRUE(streaming.done && audio.done);
  EXPECT_EQ(tag_of(blocks[0]), "Jobs");
  EXPECT_EQ(tag_of(blocks[1]), "Streaming");
  EXPECT_EQ(tag_of(blocks[2]), "Audio");
  EXPECT_EQ(tag_of(blocks[3]), "");
  EXPECT_EQ(tag_of(blocks[4]), "Frame");
}

#if HAS_BOOST_CONTEXT
struct TaggedFiber {
  boost::context::fiber fiber;
  HEAPREEL_TAG_ID tag = HEAPREEL_TAG_CAPTURE();

  void resume() {
    HEAPREEL_TAG_RESTORE(tag);
    fiber = std::move(fiber).resume();
    tag = HEAPREEL_TAG_CAPTURE();
  }
};

TEST_F(TagGuideTest, FibersOfBoostContextKeepTheirTags) {
  void* blocks[3] = {};
  TaggedFiber streaming{boost::context::fiber([&](boost::context::fiber&& caller) {
    HEAPREEL_TAG("Streaming");
    caller = std::move(caller).resume();
    blocks[0] = allocate();
    return std::move(caller);
  })};
  streaming.resume();
  blocks[1] = allocate();
  HEAPREEL_TAG("Frame");
  streaming.resume();
  blocks[2] = allocate();
  EXPECT_EQ(tag_of(blocks[0]), "Streaming");
  EXPECT_EQ(tag_of(blocks[1]), "");
  EXPECT_EQ(tag_of(blocks[2]), "Frame");
}
#endif

// --- coroutines -------------------------------------------------------------------------------------------------------

// A base for promise types: each co_await gives the thread its tag back, and takes the coroutine's up again behind it.
struct TaggedPromise {
  HEAPREEL_TAG_ID resumer = HEAPREEL_TAG_CAPTURE();

  template <class Awaitable>
  struct Tagged {
    Awaitable inner;
    TaggedPromise& promise;
    HEAPREEL_TAG_ID tag = 0;
    bool suspended = false;

    bool await_ready() { return inner.await_ready(); }
    template <class Handle>
    auto await_suspend(Handle handle) {
      suspended = true;
      tag = heapreel_tag_push(promise.resumer);
      return inner.await_suspend(handle);
    }
    decltype(auto) await_resume() {
      if (suspended) promise.resumer = heapreel_tag_push(tag);
      return inner.await_resume();
    }
  };
  template <class Awaitable>
  Tagged<Awaitable> await_transform(Awaitable awaitable) {
    return {std::move(awaitable), *this};
  }
  // The last one that resumed it has its tag back as well.
  std::suspend_always final_suspend() noexcept {
    heapreel_tag_pop(resumer);
    return {};
  }
};

struct Task {
  struct promise_type : TaggedPromise {
    Task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

TEST_F(TagGuideTest, CoroutinesKeepTheirTags) {
  void* blocks[5] = {};
  const auto stream = [&]() -> Task {
    HEAPREEL_TAG("Streaming");
    blocks[0] = allocate();
    co_await std::suspend_always{};
    blocks[1] = allocate();
    co_await std::suspend_never{};
    co_await std::suspend_always{};
    blocks[2] = allocate();
  };
  Task task = stream();
  blocks[3] = allocate();
  {
    HEAPREEL_TAG("Frame");
    task.handle.resume();
    blocks[4] = allocate();
  }
  std::thread([&] { task.handle.resume(); }).join();  // goes on on another thread
  EXPECT_TRUE(task.handle.done());
  task.handle.destroy();
  for (int i : {0, 1, 2}) EXPECT_EQ(tag_of(blocks[i]), "Streaming") << i;
  EXPECT_EQ(tag_of(blocks[3]), "");
  EXPECT_EQ(tag_of(blocks[4]), "Frame");
}

// --- thread pools -----------------------------------------------------------------------------------------------------

class Pool {
 public:
  Pool() : thread_([this] { work(); }) {}
  ~Pool() {
    submit(nullptr);
    thread_.join();
  }
  void submit(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back({std::move(job), HEAPREEL_TAG_CAPTURE()});
    wake_.notify_one();
  }

 private:
  struct Job {
    std::function<void()> work;
    HEAPREEL_TAG_ID tag;  // of who submitted it
  };
  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !jobs_.empty(); });
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      if (!job.work) return;
      HEAPREEL_TAG_RESTORE(job.tag);
      job.work();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::thread thread_;
};

TEST_F(TagGuideTest, JobsOfAThreadPoolHaveTheTagOfWhoSubmittedThem) {
  void* blocks[3] = {};
  {
    Pool pool;
    {
      HEAPREEL_TAG("Particles");
      pool.submit([&] {
        blocks[0] = allocate();
        HEAPREEL_TAG("Particles/Emit");
        blocks[1] = allocate();
      });
    }
    pool.submit([&] { blocks[2] = allocate(); });
  }
  EXPECT_EQ(tag_of(blocks[0]), "Particles");
  EXPECT_EQ(tag_of(blocks[1]), "Particles/Emit");
  EXPECT_EQ(tag_of(blocks[2]), "");
}

}  // namespace
}  // namespace heapreel::testing
