// What is stored of products beside their history, by the writer alone.
#pragma once

#include "daemon/service/writer.hpp"

namespace riskd::service {

// The writer's part: a snapshot and the end of a day are of no entry of the log; what retention removes is one.
Status keep(store::Transaction& transaction, const KeepWork& work, const Batch& batch);

// Gives the work to the writer, and waits for it.
Status carried_out(Writer& writer, KeepWork work);

}  // namespace riskd::service
