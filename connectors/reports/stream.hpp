// What every streaming reader needs, whatever its syntax: the bytes in bounded pieces, the place in
// the tree of elements or members, and a way to refuse what was read there.
#pragma once

#include <cstddef>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"

namespace riskd::connectors {

// Where a reader stands, as the names from the root down: "/site/alerts/pluginid". Names are joined
// as in a JSON pointer (RFC 6901: `~` is "~0", `/` is "~1"), so that no name can pass for two.
class NodePath {
 public:
  void push(std::string_view name);
  void pop();

  std::string_view pointer() const { return pointer_; }
  std::size_t depth() const { return starts_.size(); }

  // The name at `level`, counted from 0 at the root; `level` is less than depth().
  std::string name(std::size_t level) const;

 private:
  std::string pointer_;
  std::vector<std::size_t> starts_;
};

// The base of every handler. A handler that meets something that it will not read calls refuse();
// the stream then stops and returns that error with the place where it stood.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;

  bool refused() const { return refusal_.has_value(); }
  Error refusal() const { return refusal_.value_or(Error{}); }

 protected:
  // The first refusal wins.
  void refuse(ErrorCode code, std::string message);

 private:
  std::optional<Error> refusal_;
};

// A report's bytes in pieces. Holds one piece at a time.
class ReportInput {
 public:
  ReportInput(std::istream& input, std::string name);

  // The next piece; empty at the end. Valid until the next call.
  //   too_large    limits::report_bytes was passed
  //   unavailable  the stream broke
  Result<std::string_view> next();

  const std::string& name() const { return name_; }

 private:
  std::istream& input_;
  std::string name_;
  std::unique_ptr<char[]> piece_;  // not filled with zeros: most reports use a small part
  std::size_t total_bytes_ = 0;
};

// "zap.xml:12:3"
std::string place(const std::string& name, std::size_t line, std::size_t column);

}  // namespace riskd::connectors
