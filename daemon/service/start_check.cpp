#include "daemon/service/start_check.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

namespace riskd::service {
namespace {

class StartCheck {
 public:
  explicit StartCheck(const Config& config) : config_(config) {}

  std::vector<StartFinding> run() {
    check_socket(config_.socket_path);
    for (const ProxyConfig& proxy : config_.proxies) check_socket(proxy.socket.path);
    if (auto wrong = unusable(config_.store_path)) prevents(config_.store_path, *wrong);
    for (const TrackerConfig& tracker : config_.trackers) {
      if (tracker.kind == "directory") check_tickets(tracker);
    }
    return std::move(findings_);
  }

 private:
  void prevents(std::string where, std::string what) {
    findings_.push_back({true, std::move(where), std::move(what)});
  }

  static std::string parent_of(const std::string& path) {
    const std::string parent = std::filesystem::path(path).parent_path().string();
    return parent.empty() ? "." : parent;
  }

  // Why this user cannot use the folder, or make it with its parents.
  static std::optional<std::string> unusable(const std::string& folder) {
    std::string at = folder;
    struct stat found {};
    while (::stat(at.c_str(), &found) != 0) {
      if (errno != ENOENT) return fmt::format("`{}`: {}", at, std::strerror(errno));
      if (at == "/" || at == ".") return fmt::format("`{}` is not there", at);
      at = parent_of(at);
    }
    if (!S_ISDIR(found.st_mode)) return fmt::format("`{}` is no folder", at);
    if (::access(at.c_str(), R_OK | W_OK | X_OK) != 0)
      return fmt::format("this user may not write to `{}`: {}", at, std::strerror(errno));
    return std::nullopt;
  }

  void check_socket(const std::string& path) {
    constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
    if (path.size() > longest)
      return prevents(path,
                      fmt::format("the path of the socket has {} bytes, and the system takes {}",
                                  path.size(), longest));
    struct stat found {};
    if (::lstat(path.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode))
      return prevents(path, "something else than a socket is there");
    if (::stat(parent_of(parent_of(path)).c_str(), &found) != 0)
      return prevents(path, fmt::format("`{}` is not there, and only the last folder is made",
                                        parent_of(parent_of(path))));
    // The service manager makes a folder in /run when it starts riskd (RuntimeDirectory= of systemd.exec(5)).
    const bool is_made_later =
        parent_of(parent_of(path)) == "/run" && ::stat(parent_of(path).c_str(), &found) != 0;
    if (is_made_later) return;
    if (auto wrong = unusable(parent_of(path))) prevents(path, *wrong);
  }

  // Whether somebody has an flock on the file. One that cannot be opened is free.
  static bool is_locked(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool is_free = ::flock(file, LOCK_EX | LOCK_NB) == 0;
    ::close(file);
    return !is_free;
  }

  void check_tickets(const TrackerConfig& tracker) {
    const std::string where = fmt::format("{}:{}", config_.file, tracker.line);
    const auto found = [&](std::string what) {
      findings_.push_back({false, where, fmt::format("tracker `{}`: {}", tracker.name, what)});
    };
    std::error_code error;
    const auto real = std::filesystem::weakly_canonical(tracker.path, error);
    const auto [other, is_first] =
        folders_.emplace(error ? tracker.path : real.string(), tracker.name);
    if (!is_first)
      return found(
          fmt::format("tracker `{}` has the same folder, `{}`", other->second, tracker.path));
    if (auto wrong = unusable(tracker.path)) return found(*wrong);
    const bool is_ours = is_locked(config_.store_path + "/riskd.lock");  // this riskd runs
    if (!is_ours && is_locked(tracker.path + "/.riskd"))
      found(fmt::format("another riskd uses `{}`", tracker.path));
  }

  const Config& config_;
  std::map<std::string, std::string> folders_;  // of tickets, and whose they are
  std::vector<StartFinding> findings_;
};

}  // namespace

std::vector<StartFinding> check_start(const Config& config) { return StartCheck(config).run(); }

}  // namespace riskd::service
