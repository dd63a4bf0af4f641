#include "connectors/reports/stream.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace {

constexpr std::size_t piece_bytes = 256u << 10;

}  // namespace

void NodePath::push(std::string_view name) {
  starts_.push_back(pointer_.size());
  pointer_ += '/';
  for (const char c : name) {
    if (c == '~') {
      pointer_ += "~0";
    } else if (c == '/') {
      pointer_ += "~1";
    } else {
      pointer_ += c;
    }
  }
}

void NodePath::pop() {
  pointer_.resize(starts_.back());
  starts_.pop_back();
}

std::string NodePath::name(std::size_t level) const {
  const std::size_t begin = starts_[level] + 1;
  const std::size_t end = level + 1 < starts_.size() ? starts_[level + 1] : pointer_.size();
  std::string name;
  for (std::size_t i = begin; i < end; ++i) {
    const bool escaped = pointer_[i] == '~' && i + 1 < end;
    name += !escaped ? pointer_[i] : pointer_[i + 1] == '1' ? '/' : '~';
    if (escaped) ++i;
  }
  return name;
}

void StreamHandler::refuse(ErrorCode code, std::string message) {
  if (!refusal_) refusal_ = Error{code, std::move(message), {}};
}

ReportInput::ReportInput(std::istream& input, std::string name)
    : input_(input),
      name_(std::move(name)),
      piece_(std::make_unique_for_overwrite<char[]>(piece_bytes)) {}

Result<std::string_view> ReportInput::next() {
  if (!input_.good()) return std::string_view();
  input_.read(piece_.get(), static_cast<std::streamsize>(piece_bytes));
  if (input_.bad()) return fail(ErrorCode::unavailable, "the report cannot be read", name_);
  const std::string_view piece(piece_.get(), static_cast<std::size_t>(input_.gcount()));
  total_bytes_ += piece.size();
  if (total_bytes_ > limits::report_bytes) {
    return fail(ErrorCode::too_large,
                fmt::format("the report has more than {} MiB", limits::report_bytes >> 20), name_);
  }
  return piece;
}

std::string place(const std::string& name, std::size_t line, std::size_t column) {
  return fmt::format("{}:{}:{}", name, line, column);
}

}  // namespace riskd::connectors
