#include "snapshot/reel/breach_actions.h"

#include <heapreel/heapreel_c.h>
#include <heapreel/skip_list.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <utility>

#include "engine/memory/platform.h"
#include "engine/tracer/tracer.h"
#include "snapshot/model/frame_picker.h"
#include "snapshot/recorded/current_symbol_options.h"
#include "snapshot/recorded/recorded_frames.h"

namespace heapreel {
namespace {

// Looking up names may take seconds on a busy machine. Only a callback that hangs takes as long as this.
constexpr std::chrono::seconds kActionPatience{30};

thread_local bool t_acts = false;

std::string message_of(const BreachReport& report, const std::string& site) {
  std::string text = "the budget of ";
  text += report.budget;
  text += " is broken: ";
  text += report.limit;
  text += " is ";
  text += std::to_string(report.value);
  text += report.is_of_all ? " over all game frames, the most in game frame " : " in game frame ";
  text += std::to_string(report.game_frame);
  text += ", at most ";
  text += std::to_string(report.most);
  if (!site.empty()) text.append(", most of it by ").append(site);
  return text;
}

// A single call, so that lines of several processes do not mix.
void log(const std::string& message) {
  std::string line = "heapreel: ";
  line.append(message).append("\n");
  const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  static_cast<void>(written);  // when stderr is closed, there is nobody to tell
}

bool has_debugger() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "TracerPid:") return status >> word && word != "0";
  }
  return false;
}

// All signals are blocked in this thread, and a debugger is told only of one that is not.
void stop_in_debugger() {
  sigset_t trap;
  sigemptyset(&trap);
  sigaddset(&trap, SIGTRAP);
  pthread_sigmask(SIG_UNBLOCK, &trap, nullptr);
  raise(SIGTRAP);
}

}  // namespace

void BreachActions::push(BreachReport report) {
  {
    std::lock_guard lock(mutex_);
    if (!has_thread_) {
      const auto run = [](void* actions) -> void* {
        static_cast<BreachActions*>(actions)->run();
        return nullptr;
      };
      has_thread_ = engine::platform::start_background_thread(run, this);
      if (!has_thread_) return;
    }
    queue_.push_back(std::move(report));
  }
  changed_.notify_all();
}

void BreachActions::settle() {
  if (t_acts) return;
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kActionPatience, [this] { return queue_.empty() && !is_acting_; });
}

void BreachActions::run() {
  engine::platform::name_this_thread("heapreel-breach");
  t_acts = true;
  const engine::UntracedScope untraced;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !queue_.empty(); });
    const BreachReport report = std::move(queue_.front());
    queue_.pop_front();
    is_acting_ = true;
    lock.unlock();
    act(report);
    lock.lock();
    is_acting_ = false;
    changed_.notify_all();
  }
}

void BreachActions::act(const BreachReport& report) {
  const std::string site = site_of(report);
  // Several call stacks may lead to one call site.
  std::string known = report.budget;
  known.append(1, '\0').append(report.limit).append(1, '\0').append(site);
  if (!acted_.insert(std::move(known)).second) return;
  const std::string message = message_of(report, site);
  const engine::OnBreach action = engine::on_breach();
  if (const engine::BreachCallback callback = engine::breach_callback();
      action == engine::OnBreach::kCallback && callback.call != nullptr) {
    heapreel_breach breach = {};
    breach.size = sizeof breach;
    breach.budget = report.budget.c_str();
    breach.limit = report.limit.data();  // a literal
    breach.value = report.value;
    breach.most = report.most;
    breach.game_frame = report.game_frame;
    breach.site = site.c_str();
    breach.message = message.c_str();
    return callback.call(&breach, callback.context);
  }
  log(message);
  if (action == engine::OnBreach::kAbort) std::abort();
  if (action == engine::OnBreach::kDebug && has_debugger()) stop_in_debugger();
}

std::string BreachActions::site_of(const BreachReport& report) const {
  if (report.stack.empty()) return "";
  try {
    const RecordedStack stack{
        .kind = RecordedStack::Kind::kWalked, .pcs = report.stack, .known_modules = report.known_modules};
    RecordedFrames frames(symbolizer_options(current_symbol_options().options));
    const std::vector<Traceback> tracebacks = frames.tracebacks({&stack, 1}, recorded_modules(*tracer_.modules));
    const Frame& frame = FramePicker(SkipList::for_native_code()).pick(tracebacks.front());
    std::string text = frame.function();
    if (!text.empty()) text += " at ";
    text += frame.filename();
    if (frame.lineno() != 0) text.append(":").append(std::to_string(frame.lineno()));
    return text;
  } catch (const std::exception&) {
    return "";  // names are an extra: the breach is told without them
  }
}

}  // namespace heapreel
