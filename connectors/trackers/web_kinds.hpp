// The trackers on the web, a row each: how one is opened, what its configuration may say, and its webhooks.
//
// The rows have the names of engine/vocabulary/vocabulary.hpp, which also has `directory`, the tracker that is not on
// the web. A test holds the two lists against each other.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "connectors/trackers/web_tracker.hpp"
#include "connectors/trackers/webhook.hpp"

namespace riskd::connectors {

struct WebKind {
  std::string_view name;  // "jira"

  // Error::invalid where the options do not fit together. Makes no request.
  Result<std::unique_ptr<Tracker>> (*open)(WebTrackerOptions options) = nullptr;

  // The keys of the configuration that this kind takes, and not every tracker on the web.
  std::span<const std::string_view> keys;

  // Whether it reads from the tracker which statuses close and reopen a ticket, where none are configured.
  bool finds_statuses = false;

  // nullopt where the kind has no webhooks; then `ticket_of_webhook` is null too.
  std::optional<WebhookSignature> signature;

  // The key of the ticket that a webhook's body is about; empty where it is about none, or is not read.
  std::string (*ticket_of_webhook)(std::string_view body) = nullptr;
};

// All, by name.
std::span<const WebKind> web_kinds();

// null where there is no such kind.
const WebKind* web_kind(std::string_view name);

}  // namespace riskd::connectors
