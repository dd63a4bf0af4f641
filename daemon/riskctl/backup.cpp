// riskctl backup, riskctl restore, riskctl compact.
#include "daemon/store/backup.hpp"
#include "daemon/log/restore.hpp"
#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/log.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/store/check.hpp"

namespace riskd::riskctl {
namespace {

struct Given {
  std::string store, folder, head;
};

int back_up(const Given& given, const SharedOptions& options) {
  const auto store = store_folder(given.store, options);
  if (!store) return exit_bad_input;
  if (Status copied = store::copy_store(*store, given.folder); !copied)
    return complain(copied.error());
  const auto copy = store::open_store_to_read(given.folder);
  if (!copy) return complain(copy.error());
  const log::Verified verified = log::verify(**copy, {}, show_log_progress);
  clear_progress();
  return print_verified(verified, false, options);
}

int restore(const Given& given, const SharedOptions& options) {
  std::optional<store::LogHead> known;
  if (!given.head.empty()) {
    const auto head = read_log_head(given.head);
    if (!head) return complain(head.error());
    known = *head;
  }
  const auto verified = log::restore(given.folder, given.store, known, show_log_progress);
  clear_progress();
  if (!verified) return complain(verified.error());
  const int code = print_verified(*verified, known.has_value(), options);
  if (code == exit_success && !options.json) {
    print("restored {}\n", given.store);
    print(
        "         nothing is written to a tracker before `riskctl sync --release`: first make "
        "sure\n"
        "         that no other riskd writes to them\n");
  }
  return code;
}

int compact(const std::string& folder) {
  const std::uint64_t before = store::file_bytes(folder);
  if (Status done = store::compact_store(folder); !done) return complain(done.error());
  print("store    {}, {} before\n", size_words(static_cast<double>(store::file_bytes(folder))),
        size_words(static_cast<double>(before)));
  return exit_success;
}

}  // namespace

void add_backup(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto copied = std::make_shared<Given>();
  CLI::App* backup = app.add_subcommand("backup", "copies the store, also while riskd runs");
  backup->add_option("FOLDER", copied->folder, "a new folder for the copy")->required();
  backup->add_option("--store", copied->store, "the store; without it, that of the running riskd")
      ->type_name("FOLDER");
  backup->footer(
      "The copy is the store as it was at one moment, with the key of its markers, for this user\n"
      "alone. It is read whole and verified before this ends. Run it as a user who may read the\n"
      "store.\n\n"
      "Examples:\n  riskctl backup /backup/riskd-friday\n"
      "  riskctl backup --store /var/lib/riskd /backup/riskd-friday");
  backup->callback([&options, &outcome, copied] { outcome.code = back_up(*copied, options); });

  const auto made = std::make_shared<Given>();
  CLI::App* back = app.add_subcommand("restore", "makes a store from a backup; riskd does not run");
  back->add_option("BACKUP", made->folder, "the folder of the backup")->required();
  back->add_option("STORE", made->store, "a new folder: `path` of [store] in riskd.toml")
      ->required();
  back->add_option("--head", made->head, "what `riskctl log head` printed at an earlier time")
      ->type_name("FILE");
  back->footer(
      "The log is verified first; a backup with a fault is not restored. The riskd that starts "
      "with\n"
      "the store holds all effects until `riskctl sync --release`, so a copy never writes to a "
      "live\n"
      "tracker by itself.\n\n"
      "Example:\n  riskctl restore /backup/riskd-friday /var/lib/riskd");
  back->callback([&options, &outcome, made] { outcome.code = restore(*made, options); });

  const auto folder = std::make_shared<std::string>();
  CLI::App* compacted = app.add_subcommand(
      "compact", "gives the space of a store that is free back to the disk; riskd does not run");
  compacted->add_option("STORE", *folder, "the folder of the store")->required();
  compacted->footer(
      "riskd uses the space of what was removed again, but the file does not become smaller by\n"
      "itself. The store is written anew beside the old one, which it then replaces at once.\n\n"
      "Example:\n  riskctl compact /var/lib/riskd");
  compacted->callback([&outcome, folder] { outcome.code = compact(*folder); });
}

}  // namespace riskd::riskctl
