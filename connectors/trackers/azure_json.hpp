// What Azure DevOps' interface says, as riskd understands it, and the other way round: work items, tags,
// texts, history. No request is made here. Answers are anything that somebody sent: what is missing or of
// another kind is empty.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/tracker.hpp"
#include "connectors/trackers/status_origin.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {

inline constexpr const char* azure_default_type = "Task";  // all four processes have it
inline constexpr const char* azure_default_label = "riskd";
inline constexpr const char* azure_default_link = "System.LinkTypes.Related";
inline constexpr const char* azure_repro_steps = "Microsoft.VSTS.TCM.ReproSteps";

// A number of a work item: it is one in the whole organization or collection, and stays when the item
// is moved to another project.
bool is_azure_id(std::string_view text);
// Error::invalid where it is none.
Status check_azure_id(const std::string& id);
// A name or an id of a project, as it can be a part of a path.
bool is_azure_project(std::string_view text);
// As `Custom.Riskd`.
bool is_azure_field(std::string_view text);

std::string azure_item_path(const std::string& id);          // "/_apis/wit/workitems/12"
std::string azure_project_path(const std::string& project);  // "/My%20Project"

// A text in a query: 'it''s'.
std::string azure_quoted(std::string_view text);

struct AzureItem {
  std::int64_t revision = 0;
  std::string project, type;
  TicketView view;  // without `closed`: see AzureTypes
};
// nullopt where the id or the state is missing.
std::optional<AzureItem> azure_item(const boost::json::value& item,
                                    const WebTrackerOptions& options);
// The fields that are read of an item, with commas.
std::string azure_fields(const WebTrackerOptions& options);

// An identity's id and name. Older servers write a text instead: then the person is unknown.
Account azure_account(const boost::json::value& identity);

// ── making ───────────────────────────────────────────────────────────────────────────────────────

// A tag as it can be one: a comma or semicolon would make it two.
std::string azure_tag(std::string_view text);
// Priorities are numbers, from 1 on; nullopt for anything else.
std::optional<std::int64_t> azure_priority(std::string_view text);
// The operation that sets a field.
boost::json::object azure_add(std::string_view field, std::string_view value);
// The operations that make a ticket. `text_field` is where its text is shown.
boost::json::array azure_new_item(const NewTicket& ticket, const WebTrackerOptions& options,
                                  const std::string& text_field);
// A comment with the effect's mark in its last line.
std::string azure_comment(const RichText& comment, std::string_view effect_key);

// ── the past ─────────────────────────────────────────────────────────────────────────────────────

// Read an item's updates (https://learn.microsoft.com/en-us/rest/api/azure/devops/wit/updates/list). The
// first update creates the item. A comment is the field System.History of the update that wrote it.
TicketHistory azure_history(const boost::json::array& updates);
bool azure_has_effect(const boost::json::array& updates, std::string_view effect_key);

// Does the item, asked for with its relations, have that one to `other`?
bool azure_is_linked(const boost::json::value& item, std::string_view type, std::string_view other);

}  // namespace riskd::connectors
