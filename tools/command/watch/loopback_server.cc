#include "tools/command/watch/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostRequestBytes = 16 << 10;
constexpr size_t kMostConnections = 64;
constexpr std::chrono::seconds kPatience(30);
constexpr int kTimeoutLookEveryMs = 1000;  // so often, connections that take too long are looked for

std::string reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    default:
      return "Not Found";
  }
}

// The value of a header, whose name is in lower case; empty where there is none.
std::string header_of(const std::string& request, std::string_view name) {
  for (size_t at = request.find("\r\n"); at != std::string::npos; at = request.find("\r\n", at + 2)) {
    const size_t colon = request.find(':', at + 2);
    if (colon == std::string::npos || colon - at - 2 != name.size()) continue;
    bool same = true;
    for (size_t i = 0; i < name.size(); ++i) {
      const char c = request[at + 2 + i];
      same = same && (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) == name[i];
    }
    if (!same) continue;
    const size_t begin = request.find_first_not_of(' ', colon + 1);
    return begin == std::string::npos ? "" : request.substr(begin, request.find("\r\n", begin) - begin);
  }
  return {};
}

}  // namespace

LoopbackServer::LoopbackServer(uint16_t port, Handler handler) : handler_(std::move(handler)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  waker_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const int yes = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || waker_ < 0 || bind(listener_, generic, size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    throw unreadable(format("nothing can listen on 127.0.0.1:{}: {}", port, std::strerror(errno)));
  }
  port_ = ntohs(address.sin_port);
}

LoopbackServer::~LoopbackServer() {
  for (const Connection& connection : connections_) close(connection.fd);
  if (listener_ >= 0) close(listener_);
  if (waker_ >= 0) close(waker_);
}

void LoopbackServer::wake() const {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(waker_, &one, sizeof(one));
}

void LoopbackServer::tell(uint64_t number) {
  number_.store(number, std::memory_order_release);  // what the number stands for is there before it
  wake();
}

void LoopbackServer::stop() {
  stopped_.store(true, std::memory_order_release);
  wake();
}

void LoopbackServer::run() {
  while (!stopped_.load(std::memory_order_acquire)) {
    const uint64_t number = number_.load(std::memory_order_acquire);
    std::vector<pollfd> polled = {{listener_, POLLIN, 0}, {waker_, POLLIN, 0}};
    bool waits = false;
    for (Connection& connection : connections_) {
      if (connection.is_stream && is_drained(connection) && connection.told < number) {
        connection.head = "data: " + std::to_string(number) + "\n\n";
        connection.body = nullptr;
        connection.sent = 0;
        connection.told = number;
        connection.moved = Clock::now();
      }
      const bool sends = connection.answered && !is_drained(connection);
      waits |= sends;
      polled.push_back({connection.fd, static_cast<short>(POLLIN | (sends ? POLLOUT : 0)), 0});
    }
    count_viewers();
    if (poll(polled.data(), polled.size(), waits ? kTimeoutLookEveryMs : -1) < 0)
      continue;  // a signal: stop() may have been called
    if ((polled[1].revents & POLLIN) != 0) {
      uint64_t ignored;
      [[maybe_unused]] const ssize_t got = read(waker_, &ignored, sizeof(ignored));
    }
    size_t at = 2;
    for (auto connection = connections_.begin(); connection != connections_.end(); ++at) {
      const short events = polled[at].revents;
      bool goes_on = (events & (POLLERR | POLLNVAL)) == 0;
      if (goes_on && (events & (POLLIN | POLLHUP)) != 0) goes_on = read_from(*connection);
      if (goes_on && (events & POLLOUT) != 0) goes_on = write_to(*connection);
      const bool is_stuck =
          connection->answered && !is_drained(*connection) && Clock::now() - connection->moved > kPatience;
      goes_on = goes_on && !is_stuck;
      if (goes_on) {
        ++connection;
      } else {
        close(connection->fd);
        connection = connections_.erase(connection);
      }
    }
    if ((polled[0].revents & POLLIN) != 0) accept_all();
  }
}

void LoopbackServer::count_viewers() {
  size_t viewers = 0;
  size_t waiting = 0;
  for (const Connection& connection : connections_) {
    viewers += connection.is_stream ? 1 : 0;
    waiting += connection.answered && !is_drained(connection) ? 1 : 0;
  }
  viewers_.store(viewers, std::memory_order_relaxed);
  waiting_.store(waiting, std::memory_order_relaxed);
}

void LoopbackServer::accept_all() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    if (connections_.size() >= kMostConnections) {
      close(fd);
    } else {
      connections_.push_back({.fd = fd});
    }
  }
}

bool LoopbackServer::read_from(Connection& connection) const {
  char buffer[4096];
  for (;;) {
    const ssize_t got = recv(connection.fd, buffer, sizeof(buffer), 0);
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (connection.answered) continue;
    connection.request.append(buffer, static_cast<size_t>(got));
    if (connection.request.size() > kMostRequestBytes) return false;
    if (connection.request.find("\r\n\r\n") != std::string::npos) answer(connection);
  }
}

void LoopbackServer::answer(Connection& connection) const {
  const std::string& request = connection.request;
  Answer answer{.status = 400};
  const size_t end = request.find(' ', 4);
  if (request.starts_with("GET /") && end != std::string::npos) {
    const std::string host = header_of(request, "host");
    const bool is_ours = host == format("127.0.0.1:{}", port_) || host == format("localhost:{}", port_);
    const std::string path = request.substr(4, end - 4);
    answer = is_ours ? handler_(path.substr(0, path.find('?'))) : Answer{.status = 403};
  }
  if (answer.body == nullptr)
    answer.body = std::make_shared<const std::string>(answer.is_stream ? "" : reason(answer.status) + "\n");
  connection.head = format_exact(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
      "Referrer-Policy: no-referrer\r\nX-Frame-Options: DENY\r\nConnection: {}\r\n",
      answer.status, reason(answer.status), answer.type, answer.is_stream ? "keep-alive" : "close");
  if (!answer.is_stream) connection.head += format_exact("Content-Length: {}\r\n", answer.body->size());
  connection.head += "\r\n";
  connection.body = std::move(answer.body);
  connection.is_stream = answer.is_stream;
  connection.answered = true;
  connection.moved = Clock::now();
}

bool LoopbackServer::is_drained(const Connection& connection) const {
  return connection.sent == connection.head.size() + (connection.body == nullptr ? 0 : connection.body->size());
}

bool LoopbackServer::write_to(Connection& connection) const {
  const size_t head = connection.head.size();
  while (!is_drained(connection)) {
    const bool in_head = connection.sent < head;
    const std::string& part = in_head ? connection.head : *connection.body;
    const size_t from = in_head ? connection.sent : connection.sent - head;
    const ssize_t put = send(connection.fd, part.data() + from, part.size() - from, MSG_NOSIGNAL);
    if (put < 0) return errno == EAGAIN || errno == EINTR;
    connection.sent += static_cast<size_t>(put);
    connection.moved = Clock::now();
  }
  return connection.is_stream;
}

}  // namespace heapreel::tools
