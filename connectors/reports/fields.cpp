#include "connectors/reports/fields.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/base/ascii.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// The digits at the front of `text`, at most six; CWE numbers have four.
std::string_view digits(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && digit(text[size])) ++size;
  return size <= 6 ? text.substr(0, size) : std::string_view();
}

// What a terminal takes for a colour at the front of `text`: ESC, "[", numbers, a letter.
std::size_t colour_bytes(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end == std::string_view::npos || !letter(text[end]) ? 0 : end + 1;
}

constexpr std::size_t first_lines = 5;
constexpr std::size_t longest_url = 2'000;

}  // namespace

std::string_view clip(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string one_line(std::string_view text) {
  std::string result(clip(trimmed(text), limits::report_field_bytes));
  std::replace_if(result.begin(), result.end(), control, ' ');
  return result;
}

std::string message_of(std::string_view text) {
  std::string message;
  while (!text.empty() && message.size() <= limits::report_message_bytes) {
    if (const std::size_t colour = colour_bytes(text); colour > 0) {
      text.remove_prefix(colour);
      continue;
    }
    const char c = text.front();
    text.remove_prefix(1);
    if (c != ' ' && !control(c))
      message += c;
    else if (!message.empty() && message.back() != ' ')
      message += ' ';
  }
  return std::string(trimmed(clip(message, limits::report_message_bytes)));
}

std::string message_before_stack(std::string_view text) {
  const std::string_view all = text;
  std::size_t lines = 0;
  while (!text.empty() && lines < first_lines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    // "at shop.Login.check(Login.java:12)" of Java and JavaScript, what pytest puts before a traceback.
    if (line.starts_with("at ") || line.starts_with("Traceback (most")) break;
    if (!line.empty()) ++lines;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return message_of(all.substr(0, all.size() - text.size()));
}

std::string first_url(std::string_view text) {
  const std::size_t begin = std::min(text.find("http://"), text.find("https://"));
  if (begin == std::string_view::npos) return {};
  text = text.substr(begin, longest_url + 1);
  const auto ends = [](char c) {
    return c == ' ' || c == '<' || c == '>' || c == '"' || control(c);
  };
  const auto end = std::find_if(text.begin(), text.end(), ends);
  const std::string_view url(text.data(), static_cast<std::size_t>(end - text.begin()));
  return url.size() > longest_url ? std::string() : std::string(url);
}

std::string word(std::string_view text) {
  std::string result = in_lower_case(one_line(text));
  std::replace(result.begin(), result.end(), ' ', '-');
  return result;
}

std::optional<int> parse_int(std::string_view text) {
  text = trimmed(text);
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || text.empty()) return std::nullopt;
  return value;
}

void add_cwe(std::vector<int>& list, int number) {
  if (number <= 0 || number > 999'999 || list.size() >= kept_words) return;
  const auto at = std::lower_bound(list.begin(), list.end(), number);
  if (at == list.end() || *at != number) list.insert(at, number);
}

void add_cwe_tokens(std::vector<int>& list, std::string_view text) {
  constexpr int last_plain = 1'999;  // behind a blank a greater number is a year: "CWE 2024 Top 25"
  for (std::size_t at = 0; at + 3 < text.size(); ++at) {
    if ((text[at] != 'c' && text[at] != 'C') || in_lower_case(text.substr(at, 3)) != "cwe")
      continue;
    if (at > 0 && (letter(text[at - 1]) || digit(text[at - 1]))) continue;
    std::size_t begin = at + 3;
    bool blank = false;
    for (const std::size_t most = begin + 2; begin < text.size() && begin < most; ++begin) {
      if (std::string_view("-_: =#/").find(text[begin]) == std::string_view::npos) break;
      blank = blank || text[begin] == ' ';
    }
    const std::string_view number = digits(text.substr(begin));
    const std::size_t after = begin + number.size();
    if (number.empty() || (after < text.size() && letter(text[after]))) continue;
    const int value = parse_int(number).value_or(0);
    if (!blank || value <= last_plain) add_cwe(list, value);
  }
}

void add_cwe_url(std::vector<int>& list, std::string_view text) {
  add_cwe_tokens(list, text);
  const std::string url = in_lower_case(text);
  static constexpr std::string_view site = "cwe.mitre.org/data/definitions/";
  for (std::size_t at = url.find(site); at != std::string::npos; at = url.find(site, at + 1))
    add_cwe(list, parse_int(digits(std::string_view(url).substr(at + site.size()))).value_or(0));
}

void add_cwe_field(std::vector<int>& list, std::string_view text) {
  add_cwe_tokens(list, text);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(", ;"), text.size());
    if (const auto number = parse_int(text.substr(0, end))) add_cwe(list, *number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void add_once(std::vector<std::string>& list, std::string value) {
  if (value.empty() || list.size() >= kept_words) return;
  if (std::find(list.begin(), list.end(), value) != list.end()) return;
  list.push_back(std::move(value));
}

}  // namespace riskd::connectors
