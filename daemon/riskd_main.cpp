// The daemon: start-up and shut-down are the list of named steps in `run`.

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/api/api.hpp"
#include "daemon/api/server_options.hpp"
#include "daemon/console/log_line.hpp"
#include "daemon/console/log_output.hpp"
#include "daemon/server/server.hpp"
#include "daemon/service/config.hpp"
#include "daemon/service/memory.hpp"
#include "daemon/service/meters.hpp"
#include "daemon/service/policy.hpp"
#include "daemon/service/service.hpp"
#include "daemon/service/start_check.hpp"
#include "daemon/supervisor/supervisor.hpp"
#include "daemon/supervisor/watchdog.hpp"

namespace riskd {
namespace {

constexpr int exit_failure = 1;
constexpr int exit_usage = 64;
constexpr int exit_dead_store = 74;  // EX_IOERR of sysexits.h: a supervisor starts riskd again

constexpr const char* examples = R"(Examples:
  riskd --config examples/shop/riskd.toml            run until SIGTERM; SIGHUP reloads the policy
  riskd --config /etc/riskd/riskd.toml --check-config  report what is wrong, change nothing
)";

Instant clock_now() {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(
              std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

std::string describe(const Error& error) {
  return error.where.empty() ? error.message : error.where + ": " + error.message;
}

// The signals that `wait` takes; blocked before any thread is made, so that no other takes them.
sigset_t our_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  return signals;
}

console::LogPriority priority_of(spdlog::level::level_enum level) {
  using console::LogPriority;
  switch (level) {
    case spdlog::level::critical:
      return LogPriority::critical;
    case spdlog::level::err:
      return LogPriority::error;
    case spdlog::level::warn:
      return LogPriority::warning;
    case spdlog::level::info:
      return LogPriority::info;
    case spdlog::level::debug:
    case spdlog::level::trace:
    case spdlog::level::off:
    case spdlog::level::n_levels:
      break;
  }
  return LogPriority::debug;
}

// systemd's journal reads standard error (systemd.exec(5), JOURNAL_STREAM).
bool is_read_by_journal() {
  const char* named = std::getenv("JOURNAL_STREAM");
  struct stat found {};
  return named != nullptr && ::fstat(STDERR_FILENO, &found) == 0 &&
         fmt::format("{}:{}", found.st_dev, found.st_ino) == named;
}

// The log on standard error, where a reader that stops reading stops nobody.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void use(service::LogFormatting format) {
    using service::LogFormatting;
    const bool is_text = format == LogFormatting::text ||
                         (format == LogFormatting::automatic && ::isatty(STDERR_FILENO) == 1);
    const std::lock_guard lock(mutex_);
    format_ = format == LogFormatting::json ? console::LogFormat::json
              : is_text                     ? console::LogFormat::text
                                            : console::LogFormat::logfmt;
  }

  std::uint64_t left_out() const { return output_.left_out(); }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const auto time =
        std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch());
    output_.write(console::log_line(format_, priority_of(message.level), Instant{time.count()},
                                    {message.payload.data(), message.payload.size()},
                                    is_of_journal_));
  }
  void flush_() override { output_.flush(); }

 private:
  console::LogOutput output_{STDERR_FILENO};
  console::LogFormat format_ = console::LogFormat::logfmt;  // guarded by the base's mutex_
  const bool is_of_journal_ = is_read_by_journal();
};

class Daemon {
 public:
  Daemon(std::string config_file, std::shared_ptr<LogSink> log)
      : config_file_(std::move(config_file)), log_(std::move(log)) {}

  int check_config() {
    for (const Step& step : {Step{"read the configuration", &Daemon::read_config},
                             Step{"compile the policy", &Daemon::check_policy}}) {
      if (!take(step)) return exit_failure;
    }
    std::size_t found = 0;
    const auto report = [&](const std::string& where, const std::string& what) {
      ++found;
      fmt::print(stderr, "riskd: {}: {}\n", where, what);
    };
    for (const service::StartFinding& each : service::check_start(config_))
      report(each.where, each.what);
    for (const Error& each : server::check_tls(api::server_options(config_), clock_now()))
      report(each.where, each.message);
    if (found > 0) return exit_failure;
    fmt::print("{}: sound\n", config_file_);
    return 0;
  }

  int run() {
    service::give_back_at_once();
    const std::vector<Step> start = {
        {"read the configuration", &Daemon::read_config},
        {"set up the log", &Daemon::set_up_log},
        {"take the signals", &Daemon::take_signals},
        {"take the socket that is given", &Daemon::take_socket},
        {"open store, policy and trackers", &Daemon::open_service},
        {"listen", &Daemon::listen},
    };
    for (const Step& step : start) {
      if (!take(step)) return exit_failure;
    }
    console::LogOutput(STDOUT_FILENO)
        .write(
            fmt::format("riskd {} listening on {}\n", RISKD_VERSION, fmt::join(places(), " and ")));
    meet_supervisor();
    wait();
    const std::vector<std::pair<const char*, std::function<void()>>> stop = {
        {"leave the supervisor",
         [this] {
           supervisor::tell_stopping();
           watchdog_.reset();
         }},
        {"leave the trackers", [this] { service_->stop_trackers(); }},
        {"finish the requests",
         [this] {
           server_->stop();
           server_.reset();
         }},
        {"close the routes", [this] { handler_.reset(); }},
        {"stop the service", [this] { service_.reset(); }},
    };
    for (const auto& [name, act] : stop) {
      spdlog::debug("stop: {}", name);
      act();
    }
    spdlog::info("stopped");
    if (!is_dead_) return 0;
    spdlog::critical("the store could not be written any more: start riskd again");
    return exit_dead_store;
  }

 private:
  struct Step {
    const char* name;
    Status (Daemon::*act)();
  };

  bool take(const Step& step) {
    spdlog::debug("start: {}", step.name);
    const Status done = (this->*step.act)();
    if (!done) fmt::print(stderr, "riskd: cannot {}: {}\n", step.name, describe(done.error()));
    return static_cast<bool>(done);
  }

  Status read_config() {
    auto config = service::read_config(config_file_);
    if (!config) return failure(config);
    config_ = std::move(*config);
    current_ = std::make_shared<const service::Config>(config_);
    return Done{};
  }

  Status check_policy() {
    const auto compilation = service::compile_policy(config_, {}, service::FileNames::whole);
    if (!compilation) return failure(compilation);
    if (!compilation->sound()) {
      return fail(ErrorCode::invalid, "it has errors\n" + service::render_all(*compilation));
    }
    return service::check_status_maps(config_, *compilation->program);
  }

  Status set_up_log() {
    log_->use(config_.log_format);
    spdlog::set_level(spdlog::level::from_str(config_.log_level));
    return Done{};
  }

  Status take_signals() {
    const sigset_t signals = our_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signal(SIGPIPE, SIG_IGN);
    return Done{};
  }

  Status take_socket() {
    const auto given = supervisor::take_socket();
    if (given) given_socket_ = *given;
    return given ? Status(Done{}) : failure(given);
  }

  Status open_service() {
    // The main thread waits for signals.
    const auto stop = [this] {
      if (!is_dead_.exchange(true)) ::kill(::getpid(), SIGTERM);
    };
    auto opened = service::open_service(config_, clock_now, stop);
    if (!opened) return failure(opened);
    service_ = std::move(*opened);
    service_->meters().log_lines_left_out = [log = log_] { return log->left_out(); };
    return Done{};
  }

  Status listen() {
    handler_ = api::make_handler(*service_, [this] { return current(); });
    server::ServerOptions options = api::server_options(config_);
    options.given_socket = given_socket_;
    auto started = server::start_server(options, *handler_);
    if (!started) return failure(started);
    server_ = std::move(*started);
    return Done{};
  }

  // Where riskd answers.
  std::vector<std::string> places() const {
    std::vector<std::string> all{config_.socket_path};
    for (const auto& proxy : config_.proxies) all.push_back(proxy.socket.path);
    for (const std::string& address : server_->tls_addresses()) all.push_back("https://" + address);
    return all;
  }

  void meet_supervisor() {
    watchdog_ =
        std::make_unique<supervisor::Watchdog>(supervisor::watchdog_time(), config_.socket_path,
                                               [this] { return service_->state().writer_busy; });
    supervisor::tell_ready(state_in_short());
  }

  std::string state_in_short() const {
    return fmt::format("listening on {}; policy revision {}, {} products", config_.socket_path,
                       service_->policy().revision, service_->products().size());
  }

  // Until SIGTERM or SIGINT.
  void wait() {
    const sigset_t signals = our_signals();
    for (;;) {
      int received = 0;
      if (sigwait(&signals, &received) != 0) continue;
      if (received != SIGHUP) {
        spdlog::info("stopping: {}", received == SIGTERM ? "SIGTERM" : "SIGINT");
        return;
      }
      supervisor::tell_reloading();
      const bool done = reload();
      supervisor::tell_ready(state_in_short() +
                             (done ? "" : "; the last reload was refused: see the log"));
    }
  }

  // riskd.toml, the policy, and the certificates: all or nothing. false: it was refused, or failed.
  bool reload() {
    auto read = service::read_config(config_file_);
    auto certificates = server_->read_certificates();
    if (!read || !certificates) {
      const Error& error = read ? certificates.error() : read.error();
      service_->meters().reload(service::Reload::refused).Increment();
      spdlog::error("nothing was reloaded: {}", describe(error));
      return false;
    }
    const auto result = service_->reconfigure(*read, "SIGHUP");
    if (!result) {
      spdlog::error("nothing was reloaded: {}", describe(result.error()));
      return false;
    }
    if (!result->done) {
      spdlog::error("nothing was reloaded; revision {} of the policy stays in force\n{}",
                    result->revision, service::render_all(result->plan.compilation));
      return false;
    }
    use(std::move(*read));
    (*certificates)();
    spdlog::info("riskd.toml was read again; policy revision {} is in force; {} products changed",
                 result->revision, result->plan.products.size());
    return true;
  }

  std::shared_ptr<const service::Config> current() const {
    const std::lock_guard lock(current_mutex_);
    return current_;
  }
  void use(service::Config config) {
    config_ = std::move(config);
    log_->use(config_.log_format);
    spdlog::set_level(spdlog::level::from_str(config_.log_level));
    const std::lock_guard lock(current_mutex_);
    current_ = std::make_shared<const service::Config>(config_);
  }

  std::atomic<bool> is_dead_ = false;  // the store is
  const std::string config_file_;
  const std::shared_ptr<LogSink> log_;
  service::Config config_;  // of the main thread
  mutable std::mutex current_mutex_;
  std::shared_ptr<const service::Config>
      current_;                                // the same, for others; guarded by current_mutex_
  std::unique_ptr<service::Service> service_;  // goes last
  std::unique_ptr<server::Handler> handler_;
  std::unique_ptr<server::Server> server_;
  int given_socket_ = -1;
  std::unique_ptr<supervisor::Watchdog> watchdog_;
};

int start(int argc, char** argv) {
  CLI::App app("The riskd daemon keeps the threat models of products up to date.", "riskd");
  app.footer(examples);
  app.set_version_flag("--version", std::string("riskd ") + RISKD_VERSION);
  std::string config_file;
  bool check = false;
  app.add_option("--config", config_file, "the configuration, riskd.toml")->required();
  app.add_flag("--check-config", check, "check configuration and policy, and exit");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  const auto log = std::make_shared<LogSink>();
  log->use(service::LogFormatting::automatic);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("riskd", log));
  Daemon daemon(std::move(config_file), log);
  return check ? daemon.check_config() : daemon.run();
}

}  // namespace
}  // namespace riskd

int main(int argc, char** argv) { return riskd::start(argc, argv); }
