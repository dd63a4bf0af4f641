// What GitLab's interface says, as riskd understands it, and the other way round: keys, issues, labels
// and texts. No request is made here.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/tracker.hpp"
#include "connectors/trackers/status_origin.hpp"

namespace riskd::connectors {

// "group/sub/shop#12": the project's path or number, and the issue's number in it.
struct GitlabKey {
  std::string project, iid;
};

// A path of groups and a project, or a number. What comes from outside is asked first.
bool is_gitlab_project(std::string_view text);
bool is_gitlab_number(std::string_view text);
std::optional<GitlabKey> parse_gitlab_key(std::string_view text);

// The project as a part of a path: "/projects/group%2Fshop".
std::string gitlab_project_path(std::string_view project);
std::string gitlab_issue_path(const GitlabKey& key);

// Of an issue that was asked for in `project`. The key is as GitLab writes it (`references.full`); of a
// version that does not have it, with the project as it was asked for.
TicketView gitlab_view(const boost::json::value& issue, const std::string& project);

// A user's id and name; empty where `user` is null.
Account gitlab_account(const boost::json::value* user);

// The number of the issue as which it goes on in another project; empty where it was not moved.
std::string gitlab_moved_to(const boost::json::value& issue);

// On one line, cut to what GitLab takes. Titles are not Markdown, but mentions and references in
// them act: of outside text they do not.
std::string gitlab_title(const RichText& title);

// Markdown in which outside text is neither a mention nor a reference nor a quick action.
std::string gitlab_markdown(const RichText& text);

// The marker is its last line.
std::string gitlab_description(const RichText& body, std::string_view marker);

// As one text with commas: `own`, those of the ticket, and the scoped label `priority::NAME`.
std::string gitlab_labels(const std::string& own, const std::vector<std::string>& labels,
                          const std::string& priority);
// A name as it can be one: a comma would make it two.
std::string gitlab_label(std::string name);

}  // namespace riskd::connectors
