// `store`: where the store is, for an admin who copies it. The one answer that names a folder of this machine.
#include "daemon/api/routes.hpp"

namespace riskd::api {

void get_store(const CallPtr& call) {
  json::object answer;
  answer["path"] = call->paths->store();
  call->reply(json_answer(std::move(answer)));
}

}  // namespace riskd::api
