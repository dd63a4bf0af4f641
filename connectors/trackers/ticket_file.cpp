#include "connectors/trackers/ticket_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/trackers/markdown.hpp"
#include "engine/utf8.hpp"

namespace riskd::connectors {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::string_view marker_scheme = "riskd:";
constexpr std::size_t shown_bytes = 60;  // of a line that is quoted in a message

struct Line {
  std::string_view text;   // without its end
  std::size_t begin = 0;   // offset in the file
  std::size_t number = 0;  // from 1
  bool crlf = false;
};

// Steps through a text line by line.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    if (text.substr(0, byte_order_mark.size()) == byte_order_mark) at_ = byte_order_mark.size();
  }

  bool next(Line& line) {
    if (at_ >= text_.size()) return false;
    const std::size_t newline = text_.find('\n', at_);
    const std::size_t end = newline == std::string_view::npos ? text_.size() : newline;
    line.begin = at_;
    line.number = ++number_;
    line.text = text_.substr(at_, end - at_);
    line.crlf = newline != std::string_view::npos && !line.text.empty() && line.text.back() == '\r';
    while (!line.text.empty() && line.text.back() == '\r') line.text.remove_suffix(1);
    at_ = newline == std::string_view::npos ? end : end + 1;
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t number_ = 0;
};

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return text.substr(text.size());
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// "Name: value", the name in lower case. nullopt where the line is nothing of the kind.
struct HeadLine {
  std::string name;
  std::string_view value;
};
std::optional<HeadLine> split(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view name = trim(line.substr(0, colon));
  if (name.empty()) return std::nullopt;
  return HeadLine{lower(name), trim(line.substr(colon + 1))};
}

std::vector<std::string> split_list(std::string_view value) {
  std::vector<std::string> items;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view item = trim(value.substr(0, comma));
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

  void read(const Line& line, const std::string_view text) {
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
    } else if (field->name == "labels") {
      for (std::string& label : split_list(field->value)) head.labels.push_back(std::move(label));
    } else if (field->name == "relates-to") {
      head.relates_to.emplace_back(field->value);
      for (std::string& key : split_list(field->value)) head.relates_to.push_back(std::move(key));
    }
  }

  void read_status(const Line& line, std::string_view value, std::string_view text) {
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

  void read_marker(const Line& line, std::string_view value) {
    const std::string folded = lower(value);
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
std::optional<std::size_t> find_cut_off_marker(Lines lines) {
  for (Line line; lines.next(line);) {
    if (!line.text.empty() && line.text.front() == '#') return std::nullopt;
    const auto field = split(line.text);
    if (field && field->name == "marker" &&
        lower(field->value).substr(0, marker_scheme.size()) == marker_scheme) {
      return line.number;
    }
  }
  return std::nullopt;
}

// How the key stands in a mark: nothing of it can end an HTML comment.
std::string file_effect_mark(std::string_view effect_key) {
  std::string mark = "<!-- riskd:effect ";
  char previous = '-';
  for (const char c : effect_key) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("._~:/@+=").find(c) != std::string_view::npos ||
                       (c == '-' && previous != '-');
    if (plain) {
      mark += c;
    } else {
      mark += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    previous = plain ? c : '%';
  }
  return mark + " -->";
}

// Whether what is added at the end stands under "## Comments": it is the last heading that high.
bool ends_in_comments(std::string_view text) {
  bool comments = false;
  Lines lines(text);
  for (Line line; lines.next(line);) {
    if (line.text.substr(0, 2) == "# " || line.text.substr(0, 3) == "## ") {
      comments = lower(trim(line.text)) == "## comments";
    }
  }
  return comments;
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

}  // namespace

Result<std::optional<TicketHead>> parse_head(std::string_view text, std::string_view path) {
  const auto damaged = [&](std::size_t line, std::string message) {
    return fail(ErrorCode::invalid, std::move(message), fmt::format("{}:{}", path, line));
  };
  HeadReader reader;
  Lines lines(text);
  bool any = false;
  bool ended = false;
  for (Line line; !ended && lines.next(line);) {
    const bool empty = trim(line.text).empty();
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
  return std::string(trim(value));
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
  std::string changed(text.substr(0, head.status_begin));
  changed += status;
  changed += text.substr(head.status_end);
  return changed;
}

std::string with_relation(std::string_view text, const TicketHead& head, std::string_view other) {
  std::string changed(text.substr(0, head.marker_line));
  changed += fmt::format("Relates-to: {}{}", other, head.line_end);
  changed += text.substr(head.marker_line);
  return changed;
}

std::string with_comment(std::string_view text, const TicketHead& head, Instant at,
                         std::string_view effect_key, const RichText& comment) {
  std::string changed(text);
  add_empty_line(changed, head.line_end);
  std::string body = to_markdown(comment);
  while (!body.empty() && (body.back() == '\n' || body.back() == ' ')) body.pop_back();
  if (body.empty()) {
    add_lines(changed, file_effect_mark(effect_key) + "\n", head.line_end);
    return changed;
  }
  if (!ends_in_comments(changed)) add_lines(changed, "## Comments\n\n", head.line_end);
  // After several lines a mark on the last one could undo it (the end of a code block).
  const std::string_view gap = body.find('\n') == std::string::npos ? " " : "\n\n";
  add_lines(
      changed,
      fmt::format("### {}\n\n{}{}{}\n", to_display(at), body, gap, file_effect_mark(effect_key)),
      head.line_end);
  return changed;
}

bool has_effect(std::string_view text, std::string_view effect_key) {
  return text.find(file_effect_mark(effect_key)) != std::string_view::npos;
}

}  // namespace riskd::connectors
