#include "tools/command/run/recorder_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tools/command/run/close_if_open.h"
#include "tools/command/run/recorder_main.h"
#include "tools/command/run/recorder_messages.h"
#include "tools/command/text/ending.h"

namespace heapreel::tools {
namespace {

void append_text(std::string& text, const char* piece, size_t bytes) {
  const size_t room = kMostReportedBytes - std::min(text.size(), kMostReportedBytes);
  text.append(piece, std::min(bytes, room));
}

void send_note(int fd, RunNote note) {
  // When the recorder is gone, collect() notices it.
  [[maybe_unused]] const ssize_t sent = send(fd, &note, sizeof note, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

RecorderProcess::RecorderProcess(const RecorderTask& task, std::vector<int> close_there) : recorded_(task.process) {
  int channel[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0) return;
  close_there.push_back(channel[0]);
  id_ = fork();
  if (id_ == 0) be_recorder(task, channel[1], close_there);
  close(channel[1]);
  channel_fd_ = channel[0];
  if (id_ < 0) close_if_open(channel_fd_);
}

RecorderProcess::~RecorderProcess() {
  close_if_open(channel_fd_);
}

RecorderProcess::RecorderProcess(RecorderProcess&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      recorded_(other.recorded_),
      channel_fd_(std::exchange(other.channel_fd_, -1)),
      growing_(std::move(other.growing_)),
      report_(std::move(other.report_)),
      death_(std::move(other.death_)) {}

RecorderProcess& RecorderProcess::operator=(RecorderProcess&& other) noexcept {
  close_if_open(channel_fd_);
  id_ = std::exchange(other.id_, -1);
  recorded_ = other.recorded_;
  channel_fd_ = std::exchange(other.channel_fd_, -1);
  growing_ = std::move(other.growing_);
  report_ = std::move(other.report_);
  death_ = std::move(other.death_);
  return *this;
}

void RecorderProcess::tell_end(std::optional<int> wait_status) const {
  send_note(channel_fd_, {.kind = RunNote::kProcessEnded,
                          .is_status_known = wait_status.has_value(),
                          .wait_status = wait_status.value_or(0)});
}

void RecorderProcess::stop_recording() const {
  send_note(channel_fd_, {.kind = RunNote::kStopRecording});
}

void RecorderProcess::kill() const {
  if (is_there()) ::kill(id_, SIGKILL);
}

void RecorderProcess::take(const char* message, size_t bytes) {
  uint32_t kind = 0;
  if (bytes < sizeof kind) return;
  std::memcpy(&kind, message, sizeof kind);
  const char* const rest = message + sizeof kind;
  const size_t rest_bytes = bytes - sizeof kind;
  switch (static_cast<RecorderMessage>(kind)) {
    case RecorderMessage::kEnding:
      return append_text(growing_.ending, rest, rest_bytes);
    case RecorderMessage::kDoubts:
      return append_text(growing_.doubts, rest, rest_bytes);
    case RecorderMessage::kSummary:
      return append_text(growing_.summary, rest, rest_bytes);
    case RecorderMessage::kFigures:
      if (rest_bytes != sizeof(RecorderFigures)) return;
      std::memcpy(static_cast<RecorderFigures*>(&growing_), rest, sizeof(RecorderFigures));
      report_ = std::move(growing_);
      return;
  }
}

bool RecorderProcess::collect() {
  constexpr int kMostAtOnce = 64;  // the run has others to look after
  char message[kMostMessageBytes];
  for (int count = 0; count < kMostAtOnce && channel_fd_ >= 0; ++count) {
    const ssize_t got = recv(channel_fd_, message, sizeof message, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    // The recorder ended without reading the last note. The kernel says so once, before the messages that the recorder
    // had sent.
    if (got < 0 && errno == ECONNRESET) continue;
    if (got > 0) {
      take(message, static_cast<size_t>(got));
      continue;
    }
    // It is closed: the recorder has ended, or is about to.
    close_if_open(channel_fd_);
  }
  if (channel_fd_ >= 0) return false;
  int status = 0;
  const pid_t ended = waitpid(id_, &status, report_ ? 0 : WNOHANG);
  if (ended == 0) return false;
  if (!report_) death_ = ended == id_ ? Ending::from_wait_status(status).text() : "unknown";
  return true;
}

}  // namespace heapreel::tools
