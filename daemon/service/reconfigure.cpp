#include "daemon/service/reconfigure.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <future>
#include <memory>
#include <utility>
#include <vector>

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

Status reroute_all(Writer& writer) {
  const auto done = std::make_shared<std::promise<Status>>();
  writer.add(RerouteWork{[done](Status status) { done->set_value(std::move(status)); }});
  return done->get_future().get();
}

}  // namespace

Result<ReloadResult> reconfigure(const Reconfigured& parts, const Config& next,
                                 const std::string& poster) {
  const auto before = parts.shared.config();
  prometheus::Counter& refused = parts.shared.meters->reload(Reload::refused);
  if (const auto keys = fixed_at_start(*before, next); !keys.empty()) {
    refused.Increment();
    return fail(ErrorCode::unsupported,
                fmt::format("{} {} another start of riskd", fmt::join(keys, ", "),
                            keys.size() == 1 ? "takes" : "take"),
                next.file);
  }
  auto trackers = parts.trackers.prepare(next);
  if (!trackers) {
    refused.Increment();
    return failure(trackers);
  }
  // What the policy brings is sent to the trackers of this configuration: those that are gone stop before.
  parts.shared.use(std::make_shared<const Config>(next));
  auto reloaded = parts.policies.reload({}, poster, "");
  if (!reloaded || !reloaded->done) {
    parts.shared.use(before);
    return reloaded;
  }
  parts.trackers.replace(std::move(*trackers));
  if (Status routed = reroute_all(parts.writer); !routed) {
    spdlog::error("effects that wait stay with their trackers until the next start: {}",
                  routed.error().message);
  }
  parts.trackers.wake();
  return reloaded;
}

}  // namespace riskd::service
