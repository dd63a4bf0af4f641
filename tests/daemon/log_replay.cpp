// log_replay STORE: decides all entries of a store's log again, and compares what follows with what is recorded.
// Exit 0: it is the same; 1: it differs, and where; 2: it could not be tried. The store's daemon has stopped.
#include <cstdio>
#include <string>

#include "daemon/service/replay.hpp"

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: log_replay STORE\n", stderr);
    return 2;
  }
  const auto store = riskd::store::open_store_to_read(arguments[1]);
  if (!store) {
    std::fprintf(stderr, "%s %s\n", store.error().message.c_str(), store.error().where.c_str());
    return 2;
  }
  const auto found = riskd::service::replay_log(**store);
  if (!found) {
    std::fprintf(stderr, "%s %s\n", found.error().message.c_str(), found.error().where.c_str());
    return 2;
  }
  if (!*found) return 0;
  const riskd::service::Divergence& where = **found;
  std::fprintf(stderr, "log/%llu %s\nrecorded: %s\nreplayed: %s\n",
               static_cast<unsigned long long>(where.position), where.product.c_str(),
               where.recorded.c_str(), where.replayed.c_str());
  return 1;
}
