#include "connectors/trackers/gitlab_json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "connectors/trackers/markdown.hpp"
#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/text_blocks.hpp"
#include "connectors/trackers/web_tracker.hpp"
#include "engine/base/ascii.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr std::size_t title_characters = 255;  // docs.gitlab.com/ee/api/issues.html
constexpr std::size_t description_bytes =
    1'048'576;  // characters there: bytes are on the safe side
constexpr std::size_t project_bytes = 1'024;
constexpr std::string_view zero_width_space = "\xe2\x80\x8b";

bool is_project_part(std::string_view part) {
  if (part.empty() || part == "." || part == ".." || part.front() == '-') return false;
  return std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

// Characters, not bytes, at a character's end.
std::string cut_characters(std::string text, std::size_t most) {
  std::size_t characters = 0, last = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) continue;
    if (++characters == most) last = i;
    if (characters > most) return text.substr(0, last) + "…";
  }
  return text;
}

std::string cut_bytes(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

// GitLab looks for references (#1, !2, ~label, %milestone, $snippet, &epic, ^alert), mentions and
// addresses in the text that Markdown has left, so that a backslash or an entity does not always keep
// them away; a space that is not seen does (docs.gitlab.com/ee/user/markdown.html, references).
std::string without_references(std::string_view text) {
  constexpr std::string_view begins = "@#!~%$&^";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    const bool last = i + 1 == text.size();
    // The last one too: another piece may follow.
    const bool reference =
        begins.find(text[i]) != std::string_view::npos && (last || text[i + 1] != ' ');
    if (reference || (text[i] == ':' && !last && text[i + 1] == '/')) out += zero_width_space;
  }
  return out;
}

RichText without_references(const RichText& text) {
  RichText out = text;
  for (TextPiece& piece : out) {
    if (piece.outside) piece.text = without_references(piece.text);
  }
  return out;
}

std::string state_of(const json::value& issue) {
  const std::string state = text_at(issue, "state");
  return state == "opened" ? "open" : state;
}

// By the quick action /duplicate; GitLab reports it from 15 on
// (docs.gitlab.com/ee/user/project/issues/managing_issues.html).
bool is_duplicate(const json::value& issue) {
  const json::value* links = member(issue, "_links");
  return links != nullptr && state_of(issue) == "closed" &&
         !text_at(*links, "closed_as_duplicate_of").empty();
}

// Labels are texts; objects where details were asked for.
std::vector<std::string> labels_of(const json::value& issue) {
  std::vector<std::string> labels;
  for (const json::value& each : array_at(issue, "labels")) {
    std::string name = each.is_object() ? text_at(each, "name") : text_of(&each);
    if (!name.empty()) labels.push_back(std::move(name));
  }
  return labels;
}

}  // namespace

bool is_gitlab_number(std::string_view text) {
  return !text.empty() && text.size() <= 18 && text.front() != '0' &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_gitlab_project(std::string_view text) {
  if (is_gitlab_number(text)) return true;
  if (text.size() > project_bytes || text.find('/') == std::string_view::npos) return false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    if (!is_project_part(text.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

std::optional<GitlabKey> parse_gitlab_key(std::string_view text) {
  const std::size_t hash = text.rfind('#');
  if (hash == std::string_view::npos) return std::nullopt;
  const std::string_view project = text.substr(0, hash), iid = text.substr(hash + 1);
  if (!is_gitlab_project(project) || !is_gitlab_number(iid)) return std::nullopt;
  return GitlabKey{std::string(project), std::string(iid)};
}

std::string gitlab_project_path(std::string_view project) {
  return "/projects/" + url_escaped(project);
}

std::string gitlab_issue_path(const GitlabKey& key) {
  return gitlab_project_path(key.project) + "/issues/" + key.iid;
}

TicketView gitlab_view(const json::value& issue, const std::string& project) {
  TicketView view;
  const std::string iid = text_at(issue, "iid");
  if (const json::value* references = member(issue, "references")) {
    std::string full = text_at(*references, "full");
    if (const auto key = parse_gitlab_key(full); key && key->iid == iid) view.key = std::move(full);
  }
  if (view.key.empty()) view.key = project + "#" + iid;
  view.marker = marker_in(text_at(issue, "description"));
  view.state = state_of(issue);
  view.closed = view.state == "closed";
  if (is_duplicate(issue)) view.reason = "duplicate";
  view.labels = labels_of(issue);
  if (const auto updated = parse_instant(text_at(issue, "updated_at"))) view.updated = *updated;
  std::string url = text_at(issue, "web_url");
  if (url.starts_with("https://") || url.starts_with("http://")) view.url = std::move(url);
  return view;
}

Account gitlab_account(const json::value* user) {
  if (user == nullptr) return {};
  Account account{text_at(*user, "id"), text_at(*user, "name")};
  if (account.name.empty()) account.name = text_at(*user, "username");
  return account;
}

std::string gitlab_moved_to(const json::value& issue) {
  const std::string id = text_at(issue, "moved_to_id");
  return is_gitlab_number(id) ? id : std::string();
}

std::string gitlab_title(const RichText& title) {
  return cut_characters(std::string(trimmed(to_plain_line(without_references(title)))),
                        title_characters);
}

std::string gitlab_markdown(const RichText& text) { return to_markdown(without_references(text)); }

std::string gitlab_description(const RichText& body, std::string_view marker) {
  const std::string end = "\n\n" + hidden_marker(marker);
  return cut_bytes(gitlab_markdown(body), description_bytes - end.size()) + end;
}

std::string gitlab_label(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ',' || c == '\n' || c == '\r'; }, ' ');
  return std::string(trimmed(name));
}

std::string gitlab_labels(const std::string& own, const std::vector<std::string>& labels,
                          const std::string& priority) {
  std::vector<std::string> all{gitlab_label(own)};
  for (const std::string& each : labels) all.push_back(gitlab_label(each));
  if (!priority.empty()) all.push_back(gitlab_label("priority::" + priority));
  std::string text;
  for (auto each = all.begin(); each != all.end(); ++each) {
    if (each->empty() || std::find(all.begin(), each, *each) != each) continue;
    text += (text.empty() ? "" : ",") + *each;
  }
  return text;
}

}  // namespace riskd::connectors
