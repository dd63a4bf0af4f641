// The types of work items that a project of Azure DevOps has: their states, and what leads where. A state
// has a name that a team may choose, and one of five categories: Proposed, InProgress, Resolved, Completed,
// Removed (https://learn.microsoft.com/en-us/azure/devops/boards/work-items/workflow-and-state-categories).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/trackers/azure_json.hpp"
#include "connectors/trackers/azure_session.hpp"

namespace riskd::connectors {

struct AzureState {
  std::string name, category;
};

// Completed and Removed; what is Resolved is done, and nobody has looked at it yet.
bool is_azure_end(const AzureState& state);

struct AzureType {
  std::string name;                // as Azure DevOps writes it
  std::vector<AzureState> states;  // in the order of the process
  // To which states each one leads; empty where Azure DevOps does not say.
  std::map<std::string, std::vector<std::string>> transitions;
  std::vector<std::string> fields;  // their reference names

  const AzureState* state(std::string_view name) const;
  bool has_field(std::string_view reference) const;
  // Where riskd takes a ticket that is in `from`, and no state is configured: the first that is Completed, or,
  // to open it again, Proposed, else InProgress; of these the first to which `from` leads.
  std::optional<std::string> target(std::string_view from, bool closes) const;
};

// Asks for a type once, and again where a state is not known: a process changes seldom.
class AzureTypes {
 public:
  // It outlives this.
  explicit AzureTypes(AzureSession& session) : session_(session) {}

  // Error::not_found where the project or the type is not there.
  Result<AzureType> of(const std::string& project, const std::string& type);

  // Fills in TicketView::closed. Where the type is not there any more, the states count that the four
  // processes end with.
  Status fill_closed(AzureItem& item);

 private:
  Result<AzureType> ask(const std::string& project, const std::string& type);

  AzureSession& session_;
  std::map<std::pair<std::string, std::string>, AzureType> known_;
};

}  // namespace riskd::connectors
