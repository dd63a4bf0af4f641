// A value, or the error that prevented it. The names are those of C++23's std::expected, so that
// the type can be swapped for it once the compilers of the supported systems have it.
//
// Used for failures of the world: a file that cannot be read, a fact that the policy does not know.
// Mistakes that people make in rule files are diagnostics (dsl/), bugs abort.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace riskd {

// What kind of failure it is; callers choose what to do by it, people read the message.
enum class ErrorCode {
  invalid,      // the input is not what it says it is, or breaks a rule of its format
  too_large,    // a limit of engine/base/limits.hpp was passed
  not_found,    // the thing that was named does not exist
  gone,         // it was there, and is no longer kept
  conflict,     // it exists, but as something else, or in another version
  unsupported,  // well-formed, but of a version or kind that is not read
  forbidden,    // the caller may not do this
  unavailable,  // the world failed: disk, network, another program; trying again may help
  corrupt,      // stored bytes do not decode
};

struct Error {
  ErrorCode code = ErrorCode::invalid;
  std::string message;  // lower case, no full stop, names in backticks
  std::string where;    // "report.xml:12:3", a JSON pointer such as "/answers/reach", or empty
};

template <typename E>
class Unexpected {
 public:
  explicit Unexpected(E error) : error_(std::move(error)) {}
  E& error() { return error_; }

 private:
  E error_;
};

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT
  Result(Unexpected<E> error)
      : state_(std::in_place_index<1>, std::move(error.error())) {}  // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return get(); }
  const T& value() const& {
    check();
    return std::get<0>(state_);
  }
  T&& value() && { return std::move(get()); }
  T& operator*() & { return get(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(get()); }
  T* operator->() { return &get(); }
  const T* operator->() const { return &value(); }

  E& error() { return std::get<1>(state_); }
  const E& error() const { return std::get<1>(state_); }

 private:
  void check() const {
    if (has_value()) return;
    std::fputs("riskd: bug: the value of a failed result was read\n", stderr);
    std::abort();
  }
  T& get() {
    check();
    return std::get<0>(state_);
  }
  std::variant<T, E> state_;
};

// The error of a failed result, or of a reader that stopped, to be handed on: `if (!read) return failure(read);`
template <typename Failed>
auto failure(Failed&& failed) {
  return Unexpected(failed.error());
}

// Success without a value.
struct Done {};
using Status = Result<Done>;

inline Unexpected<Error> fail(ErrorCode code, std::string message, std::string where = {}) {
  return Unexpected<Error>(Error{code, std::move(message), std::move(where)});
}

}  // namespace riskd
