#include "connectors/trackers/directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "connectors/trackers/status_origin.hpp"
#include "connectors/trackers/ticket_file.hpp"
#include "connectors/trackers/ticket_folder.hpp"
#include "connectors/trackers/ticket_marks.hpp"
#include "connectors/trackers/words.hpp"
#include "engine/base/limits.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::connectors {
namespace {

constexpr std::size_t name_bytes = 240;  // of a file's name, without suffix and extension
constexpr int suffixes = 99;             // tried when names are taken
constexpr int attempts = 5;              // at replacing a file that somebody else is writing

// "shop/requirement--web.tls".
struct Key {
  std::string product;
  std::string name;
};

Result<Key> parse_key(const std::string& key) {
  const std::size_t slash = key.find('/');
  if (slash != std::string::npos) {
    Key parsed{key.substr(0, slash), key.substr(slash + 1)};
    if (is_safe_name(parsed.product) && is_ticket_name(parsed.name)) return parsed;
  }
  return fail(ErrorCode::invalid,
              "this is no key of a directory's ticket: those are `PRODUCT/NAME`",
              sanitize_outside(key, limits::id_bytes));
}

std::string key_text(std::string_view product, std::string_view name) {
  return fmt::format("{}/{}", product, name);
}

// One ticket as it was read.
struct ReadTicket {
  std::string name;
  StoredFile file;
  TicketHead head;
};

// nullopt where the file is missing or no ticket.
Result<std::optional<ReadTicket>> read_ticket(const ProductFolder& folder, std::string_view name) {
  auto file = folder.read(name);
  if (!file) return failure(file);
  if (!*file) return std::optional<ReadTicket>();
  auto head = parse_head((*file)->text, folder.path_of(name));
  if (!head) return failure(head);
  if (!*head) return std::optional<ReadTicket>();
  return std::optional(ReadTicket{std::string(name), std::move(**file), std::move(**head)});
}

TicketView view_of(std::string_view product, const ReadTicket& ticket) {
  TicketView view;
  view.key = key_text(product, ticket.name);
  view.marker = ticket.head.marker;
  view.status = ticket.head.status;
  view.labels = ticket.head.labels;
  view.updated = ticket.file.version.updated();
  return view;
}

// As create, close and reopen give it.
TicketView view_with_origin(std::string_view product, const ReadTicket& ticket, bool by_riskd) {
  TicketView view = view_of(product, ticket);
  view.origin = settled(origin_in_file(ticket.file.text, ticket.head), by_riskd);
  return view;
}

class DirectoryTracker final : public Tracker {
 public:
  DirectoryTracker(DirectoryTrackerOptions options, TicketFolder folder)
      : options_(std::move(options)), folder_(std::move(folder)) {}

  std::string_view name() const override { return options_.name; }
  std::string_view kind() const override { return "directory"; }

  Result<std::optional<TicketView>> look_for(const NewTicket& ticket) override {
    const auto folder = folder_.product(ticket.product);
    if (!folder) return failure(folder);
    return *folder ? look_in(**folder, ticket) : std::optional<TicketView>();
  }

  Result<TicketView> create(const NewTicket& ticket) override {
    if (!is_marker(ticket.marker)) {
      return fail(ErrorCode::invalid, "a ticket's marker is 1 to 128 hexadecimal digits");
    }
    if (!is_safe_name(base_name(ticket))) {
      return fail(
          ErrorCode::invalid,
          "the ticket's name cannot be a file's: letters, digits, `.`, `_`, `~` and `-` can",
          sanitize_outside(ticket.name, limits::id_bytes));
    }
    const auto folder = folder_.make_product(ticket.product);
    if (!folder) return failure(folder);
    auto known = look_in(*folder, ticket);
    if (!known) return failure(known);
    if (*known) return std::move(**known);

    const std::string text = new_ticket_text(ticket, options_.open_status);
    if (Status fits = check_size(text); !fits) return failure(fits);
    if (Status ready = ticket.ready(); !ready) return failure(ready);
    for (int suffix = 1; suffix <= suffixes; ++suffix) {
      const std::string name = file_name(ticket, suffix);
      const auto added = folder->add(name, text);
      if (!added) return failure(added);
      if (*added) return read_back(*folder, ticket.product, name, true);
    }
    return fail(ErrorCode::invalid,
                fmt::format("all names from `{}` to `{}` are taken", file_name(ticket, 1),
                            file_name(ticket, suffixes)),
                folder->path_of(ticket.name));
  }

  Result<TicketView> close(const std::string& key, const std::string& effect_key,
                           const RichText& comment, const std::string& seen) override {
    return edit(key, effect(effect_key, options_.close_status, comment, seen));
  }
  Result<TicketView> reopen(const std::string& key, const std::string& effect_key,
                            const RichText& comment, const std::string& seen) override {
    return edit(key, effect(effect_key, options_.reopen_status, comment, seen));
  }
  Result<StatusOrigin> origin(const TicketView& ticket) override {
    const auto found = find(ticket.key);
    if (!found) return failure(found);
    return origin_in_file(found->ticket.file.text, found->ticket.head);
  }
  Status comment(const std::string& key, const std::string& effect_key,
                 const RichText& comment) override {
    const auto edited = edit(key, effect(effect_key, {}, comment, {}));
    if (!edited) return failure(edited);
    return Done{};
  }

  Status link(const std::string& key, const std::string& other) override {
    if (key == other) return fail(ErrorCode::invalid, "a ticket cannot relate to itself", key);
    for (const std::string& each : {key, other}) {  // both are there before either is changed
      if (const auto found = find(each); !found) return failure(found);
    }
    for (const auto& [from, to] : {std::pair(key, other), std::pair(other, key)}) {
      const auto edited = edit(from, relation(from, to));
      if (!edited) return failure(edited);
    }
    return Done{};
  }

  Result<TicketListing> list(const ListRequest& request) override {
    TicketListing all;
    all.asked_at = options_.clock();
    for (const std::string& product : request.products) {
      auto one = list_product(product, request.since);
      if (!one) return failure(one);
      const auto add = [](auto& to, auto& from) {
        std::move(from.begin(), from.end(), std::back_inserter(to));
      };
      add(all.tickets, one->tickets);
      add(all.unreadable, one->unreadable);
      add(all.unreadable_keys, one->unreadable_keys);
    }
    return all;
  }

  CheckReport check() override {
    using enum CheckFinding::Severity;
    const auto folder = folder_.product("riskd-check");
    if (!folder) return {{{error, folder.error().message, "see " + folder.error().where}}, {}};
    return {{{good, fmt::format("the folder `{}` can be read", options_.folder), ""}},
            {{options_.open_status, std::nullopt},
             {options_.close_status, std::nullopt},
             {options_.reopen_status, std::nullopt}}};
  }

 private:
  Result<std::optional<TicketView>> look_in(const ProductFolder& folder,
                                            const NewTicket& ticket) const {
    const auto known = find_by_marker(folder, ticket);
    if (!known) return failure(known);
    if (!*known) return std::optional<TicketView>();
    const bool as_made = same_words((*known)->head.status, options_.open_status);
    return std::optional(view_with_origin(ticket.product, **known, as_made));
  }

  Result<TicketListing> list_product(const std::string& product, Instant since) {
    const auto folder = folder_.product(product);
    if (!folder) return failure(folder);
    TicketListing listing;
    if (!*folder) return listing;
    const auto names = (*folder)->names();
    if (!names) return failure(names);

    const auto unreadable = [&](std::string_view name, Error error) {
      listing.unreadable.push_back(std::move(error));
      if (is_ticket_name(name)) listing.unreadable_keys.push_back(key_text(product, name));
    };
    std::map<std::string, std::vector<ReadTicket>> by_marker;
    for (const std::string& name : *names) {
      auto ticket = read_ticket(**folder, name);
      if (!ticket) {
        unreadable(name, std::move(ticket.error()));
      } else if (!*ticket && is_garbled(**folder, name)) {
        unreadable(name, Error{ErrorCode::invalid,
                               "a file with a ticket's name is not text: restore it, or remove it "
                               "where the ticket is to be closed",
                               (*folder)->path_of(name)});
      } else if (*ticket && !is_ticket_name(name)) {
        unreadable(name, Error{ErrorCode::invalid,
                               "the file's name is too long, or not UTF-8 without control "
                               "characters: rename it",
                               (*folder)->path_of(name)});
      } else if (*ticket) {
        (*ticket)->file.text.clear();
        by_marker[(*ticket)->head.marker].push_back(std::move(**ticket));
      }
    }
    for (const auto& [marker, tickets] : by_marker) {
      if (tickets.size() == 1) {
        // File systems keep whole seconds at worst, and the last one may not be over.
        TicketView view = view_of(product, tickets.front());
        if (view.updated.ms + 2000 >= since.ms) listing.tickets.push_back(std::move(view));
        continue;
      }
      // It is unknown which file is the copy, and their statuses may differ.
      for (std::size_t i = 0; i < tickets.size(); ++i) {
        const std::string& other = tickets[i == 0 ? 1 : 0].name;
        unreadable(
            tickets[i].name,
            Error{ErrorCode::invalid,
                  fmt::format("`{}.md` has the same marker: delete the `Marker:` line of the "
                              "one that is the copy",
                              other),
                  (*folder)->path_of(tickets[i].name)});
      }
    }
    std::sort(listing.tickets.begin(), listing.tickets.end(),
              [](const TicketView& a, const TicketView& b) { return a.key < b.key; });
    return listing;
  }

  // The text that replaces the ticket's; nullopt where nothing is to be changed.
  using Change = std::function<Result<std::optional<std::string>>(const ReadTicket&)>;

  // A name so long that a suffix would not fit is cut, and made unique by its marker.
  static std::string base_name(const NewTicket& ticket) {
    if (ticket.name.size() <= name_bytes) return ticket.name;
    const std::string mark = ticket.marker.substr(0, 16);
    return fmt::format("{}-{}", ticket.name.substr(0, name_bytes - mark.size() - 1), mark);
  }

  static std::string file_name(const NewTicket& ticket, int suffix) {
    const std::string base = base_name(ticket);
    return suffix == 1 ? base : fmt::format("{}-{}", base, suffix);
  }

  static Status check_size(std::string_view text) {
    if (text.size() <= limits::ticket_file_bytes) return Done{};
    return fail(ErrorCode::invalid, fmt::format("the ticket would have {} bytes, more than {}",
                                                text.size(), limits::ticket_file_bytes));
  }

  // The ticket that carries the marker, whatever its file is called. Where there are copies, the
  // one with the ticket's own name, then the first.
  static Result<std::optional<ReadTicket>> find_by_marker(const ProductFolder& folder,
                                                          const NewTicket& ticket) {
    auto names = folder.names();
    if (!names) return failure(names);
    const std::string own = file_name(ticket, 1);
    std::stable_partition(names->begin(), names->end(),
                          [&](const std::string& name) { return name == own; });
    std::optional<Error> damaged;
    for (const std::string& name : *names) {
      auto read = read_ticket(folder, name);
      if (read) {
        if (*read && (*read)->head.marker == ticket.marker) return std::move(*read);
      } else if (name == own || names_marker(folder, name, ticket.marker)) {
        damaged = read.error();
      }
    }
    // It may well be this one: a second ticket would not be mended by mending the first.
    if (damaged) return Unexpected<Error>(*damaged);
    return std::optional<ReadTicket>();
  }

  // Named as riskd names tickets, and not UTF-8 any more: damaged, not given up.
  static bool is_garbled(const ProductFolder& folder, std::string_view name) {
    if (name.find("--") == std::string_view::npos) return false;
    const auto file = folder.read(name);
    return file && *file && find_invalid_utf8((*file)->text).has_value();
  }

  static bool names_marker(const ProductFolder& folder, std::string_view name,
                           const std::string& marker) {
    const auto file = folder.read(name);
    return file && *file && (*file)->text.find(marker) != std::string::npos;
  }

  static Result<TicketView> read_back(const ProductFolder& folder, std::string_view product,
                                      std::string_view name, bool by_riskd) {
    const auto ticket = read_ticket(folder, name);
    if (!ticket) return failure(ticket);
    if (*ticket) return view_with_origin(product, **ticket, by_riskd);
    return fail(ErrorCode::not_found, "the ticket went away while it was written",
                folder.path_of(name));
  }

  // Sets the status where one is given, and adds the comment, in one write; once for each effect key,
  // and not where a person has moved the ticket.
  Change effect(const std::string& effect_key, std::string_view status, const RichText& comment,
                const std::string& seen) {
    return [this, &effect_key, status, &comment,
            &seen](const ReadTicket& ticket) -> Result<std::optional<std::string>> {
      if (effect_key.empty()) return fail(ErrorCode::invalid, "the effect's key is empty");
      const std::string& text = ticket.file.text;
      if (has_effect(text, effect_key) || has_moved(seen, ticket.head.status))
        return std::optional<std::string>();
      const bool sets = !same_words(status, ticket.head.status);
      return std::optional(with_effect(text, ticket.head, options_.clock(), effect_key,
                                       sets ? status : std::string_view(), comment));
    };
  }

  static Change relation(const std::string& from, const std::string& to) {
    return [&from, &to](const ReadTicket& ticket) -> Result<std::optional<std::string>> {
      const std::string product = from.substr(0, from.find('/') + 1);
      const bool same_product = to.substr(0, product.size()) == product;
      const std::string shown = same_product ? to.substr(product.size()) : to;
      for (const std::string& known : ticket.head.relates_to) {
        if (known == shown || known == to) return std::optional<std::string>();
      }
      return std::optional(with_relation(ticket.file.text, ticket.head, shown));
    };
  }

  struct Found {
    Key key;
    ProductFolder folder;
    ReadTicket ticket;
  };
  Result<Found> find(const std::string& key) const {
    auto parsed = parse_key(key);
    if (!parsed) return failure(parsed);
    auto folder = folder_.product(parsed->product);
    if (!folder) return failure(folder);
    if (*folder) {
      auto ticket = read_ticket(**folder, parsed->name);
      if (!ticket) return failure(ticket);
      if (*ticket) return Found{std::move(*parsed), std::move(**folder), std::move(**ticket)};
    }
    return fail(ErrorCode::not_found, fmt::format("there is no ticket `{}`", key),
                fmt::format("{}/{}.md", options_.folder, key));
  }

  // Reads and replaces; again where a person saved the file in between.
  Result<TicketView> edit(const std::string& key, const Change& change) const {
    for (int attempt = 0; attempt < attempts; ++attempt) {
      const auto found = find(key);
      if (!found) return failure(found);
      const auto text = change(found->ticket);
      if (!text) return failure(text);
      if (!*text) return view_with_origin(found->key.product, found->ticket, false);
      if (Status fits = check_size(**text); !fits) return failure(fits);
      const auto replaced =
          found->folder.replace(found->key.name, found->ticket.file.version, **text);
      if (!replaced) return failure(replaced);
      if (*replaced) return read_back(found->folder, found->key.product, found->key.name, false);
    }
    return fail(ErrorCode::unavailable, "somebody else keeps writing the ticket",
                fmt::format("{}/{}.md", options_.folder, key));
  }

  DirectoryTrackerOptions options_;
  TicketFolder folder_;
};

}  // namespace

Result<std::unique_ptr<Tracker>> open_directory_tracker(DirectoryTrackerOptions options) {
  for (const std::string* status :
       {&options.open_status, &options.close_status, &options.reopen_status}) {
    if (status->empty() || to_head_value(*status) != *status) {
      return fail(ErrorCode::invalid, "a status is one line, not empty, without blanks at its ends",
                  sanitize_outside(*status, limits::id_bytes));
    }
  }
  if (!options.clock) return fail(ErrorCode::invalid, "a directory tracker needs a clock");
  auto folder = TicketFolder::open(options.folder, options.in_use);
  if (!folder) return failure(folder);
  return std::unique_ptr<Tracker>(
      std::make_unique<DirectoryTracker>(std::move(options), std::move(*folder)));
}

}  // namespace riskd::connectors
