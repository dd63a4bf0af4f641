#include "daemon/service/store_check.hpp"

#include <spdlog/spdlog.h>

namespace riskd::service {

void StoreCheck::start() {
  thread_ = std::thread([this] {
    const Status checked = shared_.store->finish_check();
    if (checked || shared_.damage.is_stopping()) return;
    spdlog::error(
        "the store is damaged: {} {}. It is served to be read, and takes nothing; restore a backup",
        checked.error().message, checked.error().where);
    shared_.damage.set(checked.error());
  });
}

void StoreCheck::stop() {
  if (!thread_.joinable()) return;
  shared_.damage.stop();
  shared_.store->end_check();
  thread_.join();
}

}  // namespace riskd::service
