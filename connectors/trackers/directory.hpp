// The embedded tracker: a ticket is a Markdown file, edited with anything.
//
//   Status: To Do                       ← people change this line
//   By: Jane                            ← who changed it, where they like to say so
//   Reason: behind the gateway          ← and why
//   Labels: security-requirement
//   Priority: Highest
//   Relates-to: requirement--web.throttle-logins
//   Marker: riskd:3f0c…                 ← ties the file to its product, template and element
//
//   # Throttle repeated failed sign-ins
//
//   body…
//
//   ## Comments
//
//   ### 2026-11-23 02:10
//
//   comment… <!-- riskd:effect … -->
//
// `By:` names who set the status. When riskd sets one, it takes `By:` and `Reason:` out of the head and keeps
// them above its own comment: an old reason is never taken for a new one. Without `By:` the status is
// riskd's where it is the one that the last effect set (its mark says which). Else nobody knows. The remark is `Reason:`, or else the last block of text
// under `## Comments` that carries no mark of riskd's and stands below the last status that it set.
//
// A product's tickets are in `<folder>/<product>/<name>.md`; the key is `<product>/<name>`, and
// `Relates-to` leaves the product out where it is the same. A person may rename the file: that is
// its key from then on. Files are replaced by renaming, so a reader or a crash never meets half a
// ticket, and what people wrote anywhere else in the file is kept byte by byte. Everything below
// the head may be edited freely; the head is read leniently (letter case, blanks, CRLF) and
// refused with the line where it cannot be understood.
//
// A file without a marker is no ticket: deleting the `Marker` line is deleting the ticket. A ticket
// without a status, one cut off inside its head, an empty file, a symbolic link, and two files with
// one marker are damaged, not deleted. An effect whose mark is in the file changes nothing, the
// status included: what people did after it stays. Status, comment and mark are written at once: a
// crash leaves all or nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "connectors/tracker.hpp"

namespace riskd::connectors {

struct DirectoryTrackerOptions {
  std::string name;    // as configured
  std::string folder;  // made where it is missing, its parent is not
  // Tickets of this tracker are known from before: nothing is made, and until the folder is there
  // with the file `.riskd` in it, every call is Error::unavailable. Otherwise a folder that is not
  // mounted when riskd starts would be taken for a new one, and its tickets for deleted.
  bool in_use = false;
  std::string open_status = "To Do";
  std::string close_status = "Done";
  std::string reopen_status = "To Do";
  std::function<Instant()> clock;  // the time of comments
};

// Error::unavailable where the folder can neither be found nor made, or is not a folder;
// Error::invalid where a status is empty or has several lines, or the clock is missing.
Result<std::unique_ptr<Tracker>> open_directory_tracker(DirectoryTrackerOptions options);

}  // namespace riskd::connectors
