#include "connectors/trackers/ticket_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/plain_text.hpp"
#include "connectors/trackers/markdown.hpp"
#include "connectors/trackers/status_origin.hpp"
#include "connectors/trackers/text_lines.hpp"
#include "connectors/trackers/ticket_marks.hpp"
#include "connectors/trackers/words.hpp"
#include "engine/base/ascii.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::connectors {
namespace {

constexpr std::string_view marker_scheme = "riskd:";
constexpr std::size_t shown_bytes = 60;  // of a line that is quoted in a message

// "Name: value", the name in lower case. nullopt where the line is nothing of the kind.
struct HeadLine {
  std::string name;
  std::string_view value;
};
std::optional<HeadLine> split(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view name = trimmed(line.substr(0, colon));
  if (name.empty()) return std::nullopt;
  return HeadLine{in_lower_case(name), trimmed(line.substr(colon + 1))};
}

std::vector<std::string> split_list(std::string_view value) {
  std::vector<std::string> items;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view item = trimmed(value.substr(0, comma));
    if (!item.empty()) items.emplace_back(item);
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return items;
}

// The first mistake is kept: a head that is not a ticket's may hold as many as it likes.
struct HeadReader {
  TicketHead head;
  bool has_status = false;
  bool has_marker = false;
  std::size_t marker_number = 0;
  std::optional<std::pair<std::size_t, std::string>> mistake;

  void refuse(std::size_t line, std::string message) {
    if (!mistake) mistake.emplace(line, std::move(message));
  }

  void read(const TextFileLine& line, const std::string_view text) {
    const auto field = split(line.text);
    if (!field || find_invalid_utf8(line.text)) {
      const std::string shown = sanitize_outside(line.text, shown_bytes);
      refuse(line.number, fmt::format("`{}` is no line of a ticket's head: write `Name: value`, or "
                                      "put an empty line above it",
                                      shown));
    } else if (field->name == "status") {
      read_status(line, field->value, text);
    } else if (field->name == "marker") {
      read_marker(line, field->value);
    } else if (field->name == "by" || field->name == "reason") {
      if (!field->value.empty()) (field->name == "by" ? head.by : head.reason) = field->value;
      head.origin_lines.emplace_back(line.begin, line.end);
    } else if (field->name == "labels") {
      for (std::string& label : split_list(field->value)) head.labels.push_back(std::move(label));
    } else if (field->name == "relates-to") {
      head.relates_to.emplace_back(field->value);
      for (std::string& key : split_list(field->value)) head.relates_to.push_back(std::move(key));
    }
  }

  void read_status(const TextFileLine& line, std::string_view value, std::string_view text) {
    if (has_status) {
      refuse(line.number, "this is the second `Status:` line: leave one of them");
    } else if (value.empty()) {
      refuse(line.number, "the status is empty: write for example `Status: To Do`");
    }
    has_status = true;
    if (value.empty()) return;
    head.status = value;
    head.status_begin = static_cast<std::size_t>(value.data() - text.data());
    head.status_end = head.status_begin + value.size();
    head.line_end = line.crlf ? "\r\n" : "\n";
  }

  void read_marker(const TextFileLine& line, std::string_view value) {
    const std::string folded = in_lower_case(value);
    const std::string_view marker =
        std::string_view(folded).substr(std::min(folded.size(), marker_scheme.size()));
    if (folded.substr(0, marker_scheme.size()) != marker_scheme || !is_marker(marker)) {
      refuse(line.number,
             "the marker is damaged: write `Marker: riskd:…` as it was, or delete the "
             "line where this is no ticket of riskd's");
    } else if (has_marker && marker != head.marker) {
      refuse(line.number, "this is a second, other `Marker:` line: leave the one that was there");
    }
    if (!has_marker) {
      head.marker = marker;
      head.marker_line = line.begin;
      marker_number = line.number;
    }
    has_marker = true;
  }
};

// Whether a `Marker:` line stands between the head and the title: an empty line cut the head in
// two.
std::optional<std::size_t> find_cut_off_marker(TextFileLines lines) {
  for (TextFileLine line; lines.next(line);) {
    if (!line.text.empty() && line.text.front() == '#') return std::nullopt;
    const auto field = split(line.text);
    if (field && field->name == "marker" &&
        in_lower_case(field->value).substr(0, marker_scheme.size()) == marker_scheme) {
      return line.number;
    }
  }
  return std::nullopt;
}

// Adds `lines`, which end with "\n", with the file's own line ends.
void add_lines(std::string& text, std::string_view lines, std::string_view line_end) {
  for (const char c : lines) {
    if (c == '\n') {
      text += line_end;
    } else {
      text += c;
    }
  }
}

// So that exactly one empty line stands at the end.
void add_empty_line(std::string& text, std::string_view line_end) {
  if (!text.empty() && text.back() != '\n') text += line_end;
  if (text.empty()) return;
  const std::size_t before =
      text.size() < 2 ? std::string::npos : text.rfind('\n', text.size() - 2);
  const std::string_view line =
      std::string_view(text).substr(before == std::string::npos ? 0 : before + 1);
  if (line.find_first_not_of("\r\n") != std::string_view::npos) text += line_end;
}

// What `By:` and `Reason:` said of the status that was there, above the comment.
RichText with_former(const TicketHead& head, const RichText& comment) {
  if (head.by.empty() && head.reason.empty()) return comment;
  RichText text{{"Before: ", false}, {head.status, true}};
  if (!head.by.empty()) text.insert(text.end(), {{" by ", false}, {head.by, true}});
  if (!head.reason.empty()) text.insert(text.end(), {{", reason: ", false}, {head.reason, true}});
  text.push_back({"\n\n", false});
  text.insert(text.end(), comment.begin(), comment.end());
  return text;
}

}  // namespace

Result<std::optional<TicketHead>> parse_head(std::string_view text, std::string_view path) {
  const auto damaged = [&](std::size_t line, std::string message) {
    return fail(ErrorCode::invalid, std::move(message), fmt::format("{}:{}", path, line));
  };
  HeadReader reader;
  TextFileLines lines(text);
  bool any = false;
  bool ended = false;
  for (TextFileLine line; !ended && lines.next(line);) {
    const bool empty = trimmed(line.text).empty();
    if (!empty && line.text.front() == '#') {
      ended = true;
    } else if (!empty) {
      any = true;
      reader.read(line, text);
    } else if (any) {
      ended = true;
    }
  }
  if (!any && !ended) {
    return damaged(1, "the file is empty: write the ticket again as it was, or delete the file");
  }
  if (!reader.has_marker) {
    if (!reader.has_status) return std::optional<TicketHead>();
    if (!ended) {
      return damaged(1,
                     "the file ends inside the head of a ticket: write the rest as it was, or "
                     "delete the file");
    }
    if (const auto line = find_cut_off_marker(lines)) {
      return damaged(*line,
                     "an empty line above cuts the marker off the ticket's head: delete that "
                     "empty line");
    }
    return std::optional<TicketHead>();
  }
  if (reader.mistake) return damaged(reader.mistake->first, reader.mistake->second);
  if (!reader.has_status) {
    return damaged(reader.marker_number,
                   "the head has no status: write for example `Status: To Do` above this line");
  }
  return std::optional(std::move(reader.head));
}

bool is_marker(std::string_view text) {
  return !text.empty() && text.size() <= 128 &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string to_head_value(std::string_view text) {
  std::string value;
  while (!text.empty()) {
    const Utf8Char c = next_utf8(text);
    if (c.code < 0x20 || c.code == 0x7f) {
      value += ' ';
    } else {
      value += c.valid ? text.substr(0, c.bytes) : "\xef\xbf\xbd";
    }
    text.remove_prefix(c.bytes);
  }
  return std::string(trimmed(value));
}

std::string new_ticket_text(const NewTicket& ticket, std::string_view status) {
  std::string text = fmt::format("Status: {}\n", status);
  std::string labels;
  for (const std::string& label : ticket.labels) {
    std::string item = to_head_value(label);
    std::replace(item.begin(), item.end(), ',', ' ');
    if (item.empty()) continue;
    if (!labels.empty()) labels += ", ";
    labels += item;
  }
  if (!labels.empty()) text += fmt::format("Labels: {}\n", labels);
  const std::string priority = to_head_value(ticket.priority);
  if (!priority.empty()) text += fmt::format("Priority: {}\n", priority);
  text += fmt::format("Marker: {}{}\n\n# {}\n", marker_scheme, ticket.marker,
                      to_markdown_line(ticket.title));
  std::string body = to_markdown(ticket.body);
  while (!body.empty() && body.back() == '\n') body.pop_back();
  if (!body.empty()) text += fmt::format("\n{}\n", body);
  return text;
}

std::string with_status(std::string_view text, const TicketHead& head, std::string_view status) {
  std::string changed(text);
  // From the end on, so that the offsets stay right.
  const auto set = [&] {
    changed.replace(head.status_begin, head.status_end - head.status_begin, status);
  };
  bool is_set = false;
  for (auto line = head.origin_lines.rbegin(); line != head.origin_lines.rend(); ++line) {
    if (!is_set && line->first < head.status_begin) {
      set();
      is_set = true;
    }
    changed.erase(line->first, line->second - line->first);
  }
  if (!is_set) set();
  return changed;
}

std::string with_relation(std::string_view text, const TicketHead& head, std::string_view other) {
  std::string changed(text.substr(0, head.marker_line));
  changed += fmt::format("Relates-to: {}{}", other, head.line_end);
  changed += text.substr(head.marker_line);
  return changed;
}

std::string with_effect(std::string_view text, const TicketHead& head, Instant at,
                        std::string_view effect_key, std::string_view status,
                        const RichText& comment) {
  std::string changed(text);
  add_empty_line(changed, head.line_end);
  const std::string mark = file_effect_mark(effect_key, status);
  std::string body = to_markdown(status.empty() ? comment : with_former(head, comment));
  while (!body.empty() && (body.back() == '\n' || body.back() == ' ')) body.pop_back();
  if (body.empty()) {
    add_lines(changed, mark + "\n", head.line_end);
  } else {
    if (!ends_in_comments(changed)) add_lines(changed, "## Comments\n\n", head.line_end);
    // After several lines a mark on the last one could undo it (the end of a code block).
    const std::string_view gap = body.find('\n') == std::string::npos ? " " : "\n\n";
    add_lines(changed, fmt::format("### {}\n\n{}{}{}\n", to_display(at), body, gap, mark),
              head.line_end);
  }
  // At the end first: the offsets of the head stay right.
  return status.empty() ? changed : with_status(changed, head, status);
}

StatusOrigin origin_in_file(std::string_view text, const TicketHead& head) {
  StatusOrigin origin;
  const auto set = status_of_effects(text);
  if (!head.by.empty()) {  // written after riskd's last effect, which would have taken it away
    origin.actor = Actor::person;
    origin.person = remark_text(head.by);
  } else if (set && same_words(*set, head.status)) {
    origin.actor = Actor::riskd;
  }
  origin.remark =
      remark_text(head.reason.empty() ? plain_of(Markup::markdown, last_words(text)) : head.reason);
  return origin;
}

}  // namespace riskd::connectors
