// The embedded tracker: a ticket is a Markdown file, edited with anything.
//
//   Status: To Do                       ← people change this line
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
// A product's tickets are in `<folder>/<product>/<name>.md`; the key is the file's name without
// `.md`. Files are replaced by renaming, so a reader or a crash never meets half a ticket, and what
// people wrote anywhere else in the file is kept byte by byte. Everything below the head may be
// edited freely; the head is read leniently (letter case, blanks, CRLF) and refused with the line
// where it cannot be understood.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "connectors/tracker.hpp"

namespace riskd::connectors {

struct DirectoryTrackerOptions {
  std::string name;               // as configured
  std::string folder;             // made where it is missing
  std::string open_status = "To Do";
  std::string close_status = "Done";
  std::string reopen_status = "To Do";
  std::function<Instant()> clock;  // the time of comments
};

// Error::unavailable where the folder can neither be found nor made, or is not a folder.
Result<std::unique_ptr<Tracker>> open_directory_tracker(DirectoryTrackerOptions options);

}  // namespace riskd::connectors
