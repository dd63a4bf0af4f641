#include "daemon/service/stored_fact.hpp"

#include <fmt/format.h>

#include <utility>

#include "daemon/wire/json.hpp"

namespace riskd::service {

engine::Provenance provenance_of(const store::FactRecord& record) {
  engine::Provenance from{record.seq, record.at, record.poster};
  if (record.received != record.at) from.received = record.received;
  return from;
}

Result<engine::Fact> stored_fact(const store::FactRecord& record) {
  auto body = wire::read_fact_body(record.body);
  if (body) return engine::Fact{provenance_of(record), std::move(*body)};
  return fail(ErrorCode::corrupt, "a stored fact does not decode: " + body.error().message,
              fmt::format("facts/{}", record.seq));
}

}  // namespace riskd::service
