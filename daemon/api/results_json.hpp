// Test results in the answers of the API. Used inside daemon/api/ only.
#pragma once

#include "connectors/report.hpp"
#include "daemon/api/body.hpp"
#include "daemon/service/service.hpp"
#include "engine/evaluate/model.hpp"
#include "engine/explain/test_rows.hpp"

namespace riskd::api {

json::object result_json(const engine::TestRow& row);
json::object unmatched_json(const engine::Unmatched& unmatched);

// What a report lists: by outcome, and its findings by severity.
json::object counts_of(const connectors::Report& report);
json::object severities_of(const connectors::Report& report);

// What the tests of a run came to, once it is posted: "bound" are the elements that they reach, with how many tests mean
// what; "unmatched" those that are about nothing that applies, how many they are, how bad, and the first of them with
// the reason; "suppressed" the tests that somebody accepted.
void add_effect_of_run(json::object& run, const service::ProductView& product,
                       const std::string& suite, const std::string& run_id);

}  // namespace riskd::api
