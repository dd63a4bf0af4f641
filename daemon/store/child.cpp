#include "daemon/store/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/store/system_error.hpp"

namespace riskd::store {
namespace {

constexpr int done = 0;
constexpr int failed = 1;

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4'096> piece{};
  while (true) {
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

// What the child says of an error: its code, where, and the message.
std::string to_text(const Error& error) {
  return fmt::format("{}\n{}\n{}", static_cast<int>(error.code), error.where, error.message);
}

// nullopt: it said nothing.
std::optional<Error> from_text(const std::string& text) {
  const std::size_t first = text.find('\n');
  const std::size_t second = first == std::string::npos ? first : text.find('\n', first + 1);
  if (second == std::string::npos) return std::nullopt;
  int code = 0;
  std::from_chars(text.data(), text.data() + first, code);
  return Error{static_cast<ErrorCode>(code), text.substr(second + 1),
               text.substr(first + 1, second - first - 1)};
}

// Without the parent's handlers, and without a core file; and with the parent: a lock that the parent holds must not
// outlive it, so the child also has none of its files but `output`. Returns where that is then.
int leave_parent(int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(failed);  // it is gone already
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) ::signal(signal, SIG_DFL);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  constexpr int kept = STDERR_FILENO + 1;
  if (output != kept) ::dup2(output, kept);
  ::close_range(kept + 1, ~0u, 0);
  return kept;
}

}  // namespace

Result<std::unique_ptr<Child>> Child::start(std::string where,
                                            const std::function<Status()>& work) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failed("make a pipe");
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return system_failed("make a process");
  }
  if (child == 0) {
    const int output = leave_parent(ends[1], parent);
    const Status result = work();
    if (!result) write_all(output, to_text(result.error()));
    ::_exit(result ? done : failed);
  }
  ::close(ends[1]);
  return std::unique_ptr<Child>(new Child(std::move(where), child, ends[0]));
}

Child::~Child() {
  if (!is_over_) {
    end();
    ::waitpid(child_, nullptr, 0);
  }
  ::close(output_);
}

void Child::end() const { ::kill(child_, SIGKILL); }

Status Child::wait() {
  const std::string text = read_all(output_);
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0) {
    if (errno != EINTR) return system_failed("wait for a process");
  }
  is_over_ = true;
  if (WIFEXITED(status) && WEXITSTATUS(status) == done) return Done{};
  auto error = from_text(text);
  if (WIFEXITED(status) && error) return Unexpected<Error>(std::move(*error));
  // A signal, or the end that a sanitizer gives it.
  return fail(ErrorCode::corrupt, "the store's pages are damaged: reading them ended a process",
              where_);
}

Status in_child(const std::string& where, const std::function<Status()>& work) {
  const auto child = Child::start(where, work);
  return child ? (*child)->wait() : failure(child);
}

}  // namespace riskd::store
