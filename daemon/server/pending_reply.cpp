#include "daemon/server/pending_reply.hpp"

#include <atomic>
#include <utility>

#include "daemon/server/connection.hpp"
#include "daemon/server/core.hpp"
#include "daemon/server/peer_accounts.hpp"

namespace riskd::server {
namespace {

class PendingReply {
 public:
  PendingReply(std::shared_ptr<Core> core, const std::shared_ptr<Connection>& connection,
               std::optional<SpoolFile> body, std::shared_ptr<Hold> held)
      : core_(std::move(core)),
        connection_(connection),
        body_(std::move(body)),
        held_(std::move(held)) {}
  PendingReply(const PendingReply&) = delete;
  PendingReply& operator=(const PendingReply&) = delete;
  ~PendingReply() {
    if (answered_) return;
    answer(problem(500, "Internal Server Error", "the request was dropped without an answer"));
  }

  void answer(Response response) {
    if (answered_.exchange(true)) return;
    body_.reset();
    if (held_) held_->drop_body();
    if (const auto connection = connection_.lock()) connection->answer(std::move(response));
  }

 private:
  const std::shared_ptr<Core> core_;  // before connection_: a connection needs it to the end
  const std::weak_ptr<Connection> connection_;
  std::optional<SpoolFile> body_;
  const std::shared_ptr<Hold> held_;
  std::atomic<bool> answered_ = false;
};

}  // namespace

Handler::Reply make_reply(std::shared_ptr<Core> core, const std::shared_ptr<Connection>& connection,
                          std::optional<SpoolFile> body, std::shared_ptr<Hold> held) {
  const auto pending =
      std::make_shared<PendingReply>(std::move(core), connection, std::move(body), std::move(held));
  return [pending](Response response) { pending->answer(std::move(response)); };
}

}  // namespace riskd::server
