// The table of routes in docs/socket.md, held to `routes()`: the same rows in the same order.
#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/api/routes.hpp"

namespace riskd::api::socket_page_test {
namespace {

// The rows of the table below "## Routes", as they stand there.
std::vector<std::string> rows_of_page() {
  std::ifstream page(std::string(RISKD_SOURCE_DIR) + "/docs/socket.md");
  REQUIRE(page.good());
  std::vector<std::string> rows;
  bool is_there = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) is_there = line == "## Routes";
    if (is_there && line.starts_with("| `")) rows.push_back(line);
  }
  return rows;
}

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

// "`limit`, `after` "
std::string queries_of(const Route& route) {
  std::string list;
  for (const std::string_view name : route.queries) list += (list.empty() ? "" : ", ") + code(name);
  return list.empty() ? list : list + " ";
}

std::string_view body_of(const Route& route) {
  switch (route.body) {
    case BodyKind::none:
      return "";
    case BodyKind::json:
      return "JSON ";
    case BodyKind::lines:
      return "lines of JSON ";
    case BodyKind::report:
      return "a report ";
  }
  return "";
}

std::string products_of(Scope scope) {
  switch (scope) {
    case Scope::anybody:
    case Scope::known:
    case Scope::any_role:
    case Scope::product:
      return "";
    case Scope::some:
      return " of some product";
    case Scope::all:
      return " of every product";
    case Scope::queried_or_some:
      return " of `product`, or of some product";
    case Scope::queried_or_all:
      return " of `product`, or of every product";
  }
  return "";
}

std::string role_of(const Needs& needs) {
  if (needs.scope == Scope::anybody) return "none, not even a token";
  if (needs.scope == Scope::known) return "none";
  if (needs.scope == Scope::any_role) return "any";
  std::string role = code(to_string(needs.role)) + products_of(needs.scope);
  if (needs.to_release) role += "; " + code(to_string(*needs.to_release)) + " with `release=true`";
  return role;
}

// The row up to its last cell, which says what the route does.
std::string begin_of_row(const Route& route) {
  return "| " + code(route.method) + " | " + code(route.path) + " | " + queries_of(route) + "| " +
         std::string(body_of(route)) + "| " + role_of(route.needs) + " | ";
}

}  // namespace

TEST_CASE("the page of the socket has the routes, with what each takes and needs") {
  const std::vector<std::string> rows = rows_of_page();
  REQUIRE(rows.size() == routes().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string begin = begin_of_row(routes()[i]);
    CHECK_THAT(rows[i], Catch::StartsWith(begin));
    CHECK(rows[i].size() > begin.size() + std::string_view("why |").size());
  }
}

}  // namespace riskd::api::socket_page_test
