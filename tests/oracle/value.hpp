// Values of the reference evaluator: Kleene's logic and intervals, from docs/language.md.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace riskd::oracle {

inline constexpr double open_end = std::numeric_limits<double>::infinity();

// A number that lies in lo…hi (a truth is 0 or 1, an unanswered one 0…1), or a set, a text or a list
// of texts that is known, or nothing: a question that is not asked.
struct V {
  enum class Is { number, data, nothing } is = Is::number;
  double lo = -open_end, hi = open_end;
  std::uint64_t bits = 0;
  std::string text;
  std::vector<std::string> list;

  bool known() const { return is == Is::data || (is == Is::number && lo == hi); }
  bool nothing() const { return is == Is::nothing; }
  bool yes() const { return is == Is::number && lo == 1; }
  bool no() const { return nothing() || (is == Is::number && hi == 0); }
  bool operator==(const V&) const = default;
};

inline V span(double lo, double hi) {
  V v;
  if (std::isnan(lo) || std::isnan(hi) || (lo == hi && !std::isfinite(lo))) return v;
  v.lo = lo;
  v.hi = hi;
  return v;
}
inline V number(double x) { return span(x, x); }
inline V truth(bool x) { return number(x ? 1 : 0); }
inline V maybe() { return span(0, 1); }
inline V nothing() {
  V v;
  v.is = V::Is::nothing;
  return v;
}
inline V data(std::uint64_t bits, std::string text = {}, std::vector<std::string> list = {}) {
  V v;
  v.is = V::Is::data;
  v.bits = bits;
  v.text = std::move(text);
  v.list = std::move(list);
  return v;
}
inline V condition(const V& v) { return v.nothing() ? truth(false) : v; }

inline V negation(const V& v) { return v.yes() ? truth(false) : v.no() ? truth(true) : maybe(); }
inline V either(const V& a, const V& b) {
  if (a.yes() || b.yes()) return truth(true);
  return a.no() && b.no() ? truth(false) : maybe();
}
inline V both(const V& a, const V& b) { return negation(either(negation(a), negation(b))); }

inline V same(const V& a, const V& b) {
  if (a.nothing() || b.nothing()) return truth(false);
  if (a.known() && b.known()) return truth(a == b);
  return a.hi < b.lo || b.hi < a.lo ? truth(false) : maybe();
}
inline V below(const V& a, const V& b, bool or_same) {
  if (a.nothing() || b.nothing()) return truth(false);
  if (or_same ? a.hi <= b.lo : a.hi < b.lo) return truth(true);
  if (or_same ? a.lo > b.hi : a.lo >= b.hi) return truth(false);
  return maybe();
}

// The results of `f` at the ends of both ranges, which for + - * / and min and max hold all others.
template <typename F>
V over_ends(const V& a, const V& b, F f) {
  if (a.nothing() || b.nothing()) return nothing();
  const double ends[] = {f(a.lo, b.lo), f(a.lo, b.hi), f(a.hi, b.lo), f(a.hi, b.hi)};
  for (const double end : ends) {
    if (std::isnan(end)) return {};
  }
  return span(*std::min_element(ends, ends + 4), *std::max_element(ends, ends + 4));
}
inline V plus(const V& a, const V& b) {
  if (a.nothing() || b.nothing()) return nothing();
  return span(a.lo + b.lo, a.hi + b.hi);
}
inline V minus(const V& v) { return v.nothing() ? v : span(0 - v.hi, 0 - v.lo); }
inline V times(const V& a, const V& b) {
  return over_ends(a, b, [](double x, double y) { return x == 0 || y == 0 ? 0 : x * y; });
}
inline V over(const V& a, const V& b) {
  if (!a.nothing() && b.is == V::Is::number && b.lo <= 0 && b.hi >= 0) return {};
  return over_ends(a, b, [](double x, double y) { return x / y; });
}
inline V larger(const V& a, const V& b) { return span(std::max(a.lo, b.lo), std::max(a.hi, b.hi)); }
inline V smaller(const V& a, const V& b) { return minus(larger(minus(a), minus(b))); }

// `*` stands for any characters.
inline bool glob(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return glob(pattern.substr(1), text) || (!text.empty() && glob(pattern, text.substr(1)));
  return !text.empty() && pattern[0] == text[0] && glob(pattern.substr(1), text.substr(1));
}

inline std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

// Whatever either may be.
inline V spanning(const V& a, const V& b) {
  if (a == b) return a;
  if (a.is != V::Is::number || b.is != V::Is::number) return {};
  return span(std::min(a.lo, b.lo), std::max(a.hi, b.hi));
}

}  // namespace riskd::oracle
