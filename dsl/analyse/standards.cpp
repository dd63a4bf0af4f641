#include "dsl/analyse/standards.hpp"

#include <algorithm>

#include "dsl/analyse/standard_ids.hpp"
#include "dsl/text/diagnostic.hpp"
#include "engine/base/ascii.hpp"

namespace riskd::dsl {
namespace {

std::string in_backticks(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string full_name(const StandardIds& list) {
  return std::string(list.name) + (list.version.empty() ? "" : " " + std::string(list.version));
}

std::vector<std::string> ids_of(const StandardIds& list) {
  std::vector<std::string> ids;
  std::size_t begin = 0;
  while (begin <= list.ids.size()) {
    const std::size_t end = std::min(list.ids.find(',', begin), list.ids.size());
    ids.emplace_back(list.ids.substr(begin, end - begin));
    begin = end + 1;
  }
  return ids;
}

// "a", "a or b", "a, b or c".
std::string joined(const std::vector<std::string>& all, const std::string& last = " or ") {
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i)
    text += (i == 0 ? "" : i + 1 == all.size() ? last : ", ") + all[i];
  return text;
}

// Of the same chapter, if there is one: `6.3.8` for `6.3.99`, and not `1.3.9`.
std::string nearest_id(std::string_view id, const std::vector<std::string>& ids) {
  if (const std::size_t dot = id.rfind('.'); dot != std::string_view::npos) {
    std::vector<std::string> siblings;
    for (const std::string& each : ids) {
      if (each.starts_with(id.substr(0, dot + 1))) siblings.push_back(each);
    }
    const std::string near = closest(id, siblings);
    if (!near.empty()) return near;
    if (!siblings.empty()) return siblings.back();
  }
  return closest(id, ids);
}

// What stands behind the name of a list; nothing where the text does not begin with it.
std::optional<std::string_view> what_follows(std::string_view cited, std::string_view name) {
  if (!cited.starts_with(name)) return std::nullopt;
  cited.remove_prefix(name.size());
  if (cited.empty()) return cited;
  if (cited.front() != ' ') return std::nullopt;
  cited.remove_prefix(1);
  return cited;
}

CitationFault without_id(const std::string& name, const std::string& example) {
  return {in_backticks(name) + " is a list, and no requirement of it is named",
          "write its id behind it: `standard \"" + name + " " + example + "\"`"};
}

std::optional<CitationFault> fault_in(const StandardIds& list, std::string_view id) {
  const std::string name = full_name(list);
  const std::vector<std::string> ids = ids_of(list);
  if (id.empty()) return without_id(name, ids.front());
  if (std::find(ids.begin(), ids.end(), id) != ids.end()) return std::nullopt;
  // `A01` of `A01:2021` and `A01:2025`.
  std::vector<std::string> editions;
  for (const std::string& each : ids) {
    if (each.starts_with(std::string(id) + ":"))
      editions.push_back(in_backticks(name + " " + each));
  }
  if (!editions.empty())
    return CitationFault{
        in_backticks(id) + " does not say which edition of " + in_backticks(name) + " it is of",
        "write " + joined(editions)};
  const std::string near = nearest_id(id, ids);
  return CitationFault{in_backticks(name) + " has no " + in_backticks(id),
                       near.empty() ? "its ids are like " + in_backticks(ids.front())
                                    : "did you mean " + in_backticks(name + " " + near) + "?"};
}

// Of a list that is known in several versions, and none of them was written.
CitationFault without_version(std::string_view cited, std::string_view name,
                              std::string_view rest) {
  std::vector<std::string> right;
  std::vector<std::string> versions;
  for (const StandardIds& list : standard_ids) {
    if (list.name != name) continue;
    versions.push_back(in_backticks(full_name(list)));
    const std::vector<std::string> ids = ids_of(list);
    if (std::find(ids.begin(), ids.end(), rest) != ids.end())
      right.push_back(in_backticks(full_name(list) + " " + std::string(rest)));
  }
  std::string help = "the versions that riskd knows are " + joined(versions, " and ");
  if (versions.size() == 1) help = "the version that riskd knows is " + versions.front();
  if (!right.empty()) help = "say which it is: " + joined(right);
  if (name == "ASVS") {
    const auto* moved = std::find_if(std::begin(asvs_renumbered), std::end(asvs_renumbered),
                                     [&](const RenumberedId& each) { return each.before == rest; });
    if (moved != std::end(asvs_renumbered)) {
      std::string after(moved->after);
      for (std::size_t at = after.find(' '); at != std::string::npos; at = after.find(' ', at + 3))
        after.replace(at, 1, ", ");
      help += "; ASVS 5.0 numbered anew: what 4.0.3 calls " + std::string(rest) + " is " + after +
              " there";
    }
  }
  return {
      in_backticks(cited) + " does not say which version of " + in_backticks(name) + " it cites",
      help};
}

CitationFault of_no_list(std::string_view cited, const std::vector<std::string>& declared) {
  std::vector<std::string> names = declared;
  for (const StandardIds& list : standard_ids) names.push_back(full_name(list));
  const std::size_t blank = cited.rfind(' ');
  const std::string list(cited.substr(0, blank));
  for (const std::string& each : names) {
    if (!what_follows(in_lower_case(cited), in_lower_case(each))) continue;
    return {"no list is called " + in_backticks(cited.substr(0, each.size())),
            "write " + in_backticks(each + std::string(cited.substr(each.size())))};
  }
  const std::string near = closest(list, names);
  if (!near.empty() && blank != std::string_view::npos)
    return {"no list is called " + in_backticks(list),
            "did you mean " + in_backticks(near + std::string(cited.substr(blank))) + "?"};
  return {in_backticks(cited) + " is of no list that riskd knows or that the policy declares",
          "declare your own at the top of a file: `standard \"" + list +
              "\" \"…\"`, its name and its title"};
}

}  // namespace

std::optional<CitationFault> fault_of_citation(std::string_view cited,
                                               const std::vector<std::string>& declared) {
  // The longest name decides: `ACME 2` may be declared beside `ACME`.
  const std::string* own = nullptr;
  for (const std::string& each : declared) {
    if (what_follows(cited, each) && (own == nullptr || each.size() > own->size())) own = &each;
  }
  if (own != nullptr) {
    if (what_follows(cited, *own)->empty()) return without_id(*own, "…");
    return std::nullopt;
  }
  const StandardIds* known = nullptr;
  const StandardIds* family = nullptr;
  for (const StandardIds& list : standard_ids) {
    const std::string name = full_name(list);
    if (what_follows(cited, name) && (known == nullptr || name.size() > full_name(*known).size()))
      known = &list;
    if (what_follows(cited, list.name) &&
        (family == nullptr || list.name.size() > family->name.size()))
      family = &list;
  }
  if (known != nullptr) return fault_in(*known, *what_follows(cited, full_name(*known)));
  if (family != nullptr)
    return without_version(cited, family->name, *what_follows(cited, family->name));
  return of_no_list(cited, declared);
}

std::string known_list(std::string_view name) {
  for (const StandardIds& list : standard_ids) {
    if (name == list.name || name == full_name(list)) return full_name(list);
  }
  return {};
}

}  // namespace riskd::dsl
