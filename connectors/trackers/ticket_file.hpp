// The text of one ticket file: reading its head, and the few edits that riskd makes. No I/O. The
// layout is in directory.hpp. Whatever an edit does not name stays byte by byte; added lines end as
// the file's own do (LF or CRLF).
//
// The head is the lines before the first empty one, after a byte order mark and empty lines at the
// top. Nothing below it is read but what ticket_marks.hpp reads.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/tracker.hpp"
#include "engine/base/instant.hpp"
#include "engine/base/result.hpp"
#include "engine/base/rich_text.hpp"

namespace riskd::connectors {

struct TicketHead {
  std::string status;
  std::string marker;  // lower case hexadecimal, without "riskd:"
  std::vector<std::string> labels;
  // Each line's value as it stands, and its parts between commas: a key may hold a comma.
  std::vector<std::string> relates_to;
  std::string by, reason;  // the last `By:` and `Reason:` that say something

  std::size_t status_begin = 0;  // offsets of the status in the text
  std::size_t status_end = 0;
  std::size_t marker_line = 0;  // the offset at which the marker's line begins
  std::vector<std::pair<std::size_t, std::size_t>>
      origin_lines;  // where `By:`, `Reason:` begin, end
  std::string_view line_end = "\n";
};

// nullopt where the file is not a riskd ticket: it has no marker. Error::invalid, with `path:line`,
// where it is one, or may have been until somebody damaged it, and cannot be understood.
Result<std::optional<TicketHead>> parse_head(std::string_view text, std::string_view path);

// A marker as riskd makes them: 1 to 128 hexadecimal digits, lower case.
bool is_marker(std::string_view text);

// A new ticket. `ticket.marker` is a marker, `status` is one line.
std::string new_ticket_text(const NewTicket& ticket, std::string_view status);

// `text` is the one that `head` was read from. `By:` and `Reason:` speak of the status that was there
// and go with it.
std::string with_status(std::string_view text, const TicketHead& head, std::string_view status);
std::string with_relation(std::string_view text, const TicketHead& head, std::string_view other);

// Adds the comment at the file's end, under "## Comments", with the effect's mark (see
// ticket_marks.hpp), and sets the status, where one is given. Where the comment is empty the mark
// stands alone, and readers see nothing. What `By:` and `Reason:` said goes above the comment.
std::string with_effect(std::string_view text, const TicketHead& head, Instant at,
                        std::string_view effect_key, std::string_view status,
                        const RichText& comment);

// See directory.hpp. `text` is the one that `head` was read from.
StatusOrigin origin_in_file(std::string_view text, const TicketHead& head);

// Makes a text fit one head line: control characters become blanks, bytes that are not
// UTF-8 become U+FFFD, and no blanks stand at its ends.
std::string to_head_value(std::string_view text);

}  // namespace riskd::connectors
