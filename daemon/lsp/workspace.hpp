// The policies that an editor has open: what is in its buffers and on disk, compiled and indexed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/lsp/text.hpp"
#include "dsl/index/index.hpp"
#include "dsl/scenario/scenario.hpp"

namespace riskd::lsp {

struct Document {
  std::string uri;
  std::string text;
  std::int64_t version = 0;
};

// One policy as it was last compiled.
struct Analysis {
  dsl::Compilation compiled;
  dsl::NameIndex names;
  std::vector<std::string> uris;  // of each source
  std::vector<bool> ours;         // false: a shipped file, which is read and never changed
  std::optional<dsl::ScenarioRun> scenarios;  // once they were asked for

  std::optional<std::uint32_t> file(std::string_view uri) const;
  std::string_view text(std::uint32_t index) const { return compiled.sources[index].text(); }
};

// A document and a byte in it, in the policy to which it belongs.
struct Spot {
  Analysis& analysis;
  std::uint32_t file = 0;
  std::uint32_t offset = 0;
};

class Workspace {
 public:
  // `rules_folder` may be empty; `paths`, where there are any, are the policy instead of folders.
  Workspace(const std::string& rules_folder, const std::vector<std::string>& paths);

  void add_folder(std::string path);  // nothing where there are `paths`
  void remove_folder(const std::string& path);

  void open(Document document);
  void close(const std::string& uri);
  Document* document(const std::string& uri);
  std::vector<std::string> open_documents() const;  // their URIs
  void changed(const std::string& uri);             // the policy with this document is out of date
  void changed_on_disk();                           // all are

  // The policy with this document, compiled anew where it is out of date.
  Analysis& analyse(const std::string& uri);
  // The same as of its last compilation, so that typing waits for nothing.
  Analysis& last(const std::string& uri);

  // Which policy a document belongs to: "paths:" for that of the command line, a folder, or the URI of a
  // document that is in none.
  std::string root_of(const std::string& uri) const;
  // The folders and files that are policies, opened or not.
  const std::vector<std::string>& places() const { return paths_.empty() ? folders_ : paths_; }
  // Why a policy could not be read from disk; empty where it could.
  const std::string& complaint() const { return complaint_; }

  // The libraries in the rules folder, by name: what `import` may name.
  const std::vector<std::string>& shipped_libraries();

 private:
  struct Policy {
    bool stale = true;
    std::unique_ptr<Analysis> analysis;
  };

  Analysis& analyse_root(const std::string& root);
  bool is_shipped(const std::string& path) const;
  dsl::Sources sources_of(const std::string& root);

  std::string rules_folder_;
  std::vector<std::string> paths_;
  std::vector<std::string> folders_;
  std::map<std::string, Document> documents_;  // by URI
  std::map<std::string, Policy> policies_;     // by root
  std::optional<std::vector<std::string>> shipped_;
  std::string complaint_;
};

}  // namespace riskd::lsp
