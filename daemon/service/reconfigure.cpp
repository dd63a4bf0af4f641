#include "daemon/service/reconfigure.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/service/policy.hpp"

namespace riskd::service {
namespace {

// What riskd.toml says of this and a running riskd cannot take.
std::vector<std::string> fixed_at_start(const Config& before, const Config& after) {
  std::vector<std::string> keys;
  const auto see = [&](bool is_same, const char* key) {
    if (!is_same) keys.emplace_back(key);
  };
  see(before.store_path == after.store_path, "[store] path");
  see(before.store_mebibytes == after.store_mebibytes, "[store] max-mebibytes");
  see(before.socket_path == after.socket_path && before.socket_mode == after.socket_mode &&
          before.socket_group == after.socket_group,
      "[socket]");
  see(before.tls == after.tls && before.proxies == after.proxies, "[[listen]]");
  see(before.warm_products == after.warm_products, "[limits] warm-products");
  see(before.peer_connections == after.peer_connections, "[limits] peer-connections");
  see(before.peer_requests == after.peer_requests, "[limits] peer-requests");
  see(before.peer_mebibytes == after.peer_mebibytes, "[limits] peer-mebibytes");
  see(before.peer_facts_per_second == after.peer_facts_per_second,
      "[limits] peer-facts-per-second");
  see(before.body_mebibytes == after.body_mebibytes, "[limits] body-mebibytes");
  return keys;
}

// Nothing is sent to any tracker while it lives.
class Paused {
 public:
  explicit Paused(Trackers& trackers) : trackers_(trackers) { trackers_.pause(true); }
  ~Paused() {
    trackers_.pause(false);
    trackers_.wake();
  }
  Paused(const Paused&) = delete;

 private:
  Trackers& trackers_;
};

Status reroute_all(Writer& writer) {
  const auto done = std::make_shared<std::promise<Status>>();
  writer.add(RerouteWork{[done](Status status) { done->set_value(std::move(status)); }});
  return done->get_future().get();
}

// What a configuration brings when all of it can be used.
struct Tried {
  dsl::Compilation policy;  // where it has errors, nothing else was tried
  Trackers::Next trackers;
};

Result<Tried> try_all(const Reconfigured& parts, const Config& before, const Config& next) {
  if (const auto keys = fixed_at_start(before, next); !keys.empty()) {
    return fail(ErrorCode::unsupported,
                fmt::format("{} {} another start of riskd", fmt::join(keys, ", "),
                            keys.size() == 1 ? "takes" : "take"),
                next.file);
  }
  auto compiled = compile_policy(next, {});
  if (!compiled) return failure(compiled);
  if (!compiled->sound()) return Tried{std::move(*compiled), {}};
  if (Status mapped = check_status_maps(next, *compiled->program); !mapped) return failure(mapped);
  auto trackers = parts.trackers.prepare(next);
  if (!trackers) return failure(trackers);
  return Tried{std::move(*compiled), std::move(*trackers)};
}

}  // namespace

Result<ReloadResult> reconfigure(const Reconfigured& parts, const Config& next,
                                 const std::string& poster) {
  // One at a time; and nobody brings another policy into force meanwhile, of paths that may not come to hold.
  const auto held = parts.policies.hold();
  const auto before = parts.shared.config();
  auto tried = try_all(parts, *before, next);
  if (!tried) {
    parts.shared.meters->reload(Reload::refused).Increment();
    return failure(tried);
  }
  if (!tried->policy.sound()) return parts.policies.reload(std::move(tried->policy), poster);
  // From here on only the store can refuse. What the policy brings is sent when its tracker is that of this configuration.
  const Paused paused(parts.trackers);
  parts.shared.use(std::make_shared<const Config>(next));
  auto reloaded = parts.policies.reload(std::move(tried->policy), poster);
  if (reloaded && reloaded->done) {
    parts.trackers.replace(std::move(tried->trackers));
  } else {
    parts.shared.use(before);
  }
  if (Status routed = reroute_all(parts.writer); !routed) {
    spdlog::error("effects that wait stay with their trackers until the next start: {}",
                  routed.error().message);
  }
  return reloaded;
}

}  // namespace riskd::service
