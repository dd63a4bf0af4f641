// What a change did to a product: the line of changes that the daemon answers with, or two models, and
// beside each new value the one that was so before.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace riskd::riskctl {

// Ratings are as riskd prints them; empty: not known, or there was none.
struct RiskMove {
  std::string id, title, band;
  std::string before, now;
  std::string projected_before, projected;
};
struct Turn {
  std::string id, before, now;  // words; `now` is empty where it left the model
};

struct Change {
  std::string rating_before, rating, band;
  std::vector<std::string> patterns_begun, patterns_ended;
  std::vector<RiskMove> begun, ended, moved;
  std::vector<std::pair<std::string, std::string>> renamed;  // the earlier id, the present one
  std::vector<Turn> states;                                  // of countermeasures
  std::vector<Turn> tests;                                   // of weaknesses
  std::vector<Turn> tickets;  // "requirement:web.tls", by what they should be

  bool moves_rating() const { return rating != rating_before && !rating_before.empty(); }
  bool empty() const;
};

// A product's model as far as it is known: whole, where it begins with a model; otherwise what the
// changes showed.
class Snapshot {
 public:
  Snapshot() = default;
  explicit Snapshot(const boost::json::value& model);

  // Takes a line of changes in, and says what it changed.
  Change apply(const boost::json::value& line);

  friend Change between(const Snapshot& before, const Snapshot& after);

 private:
  struct Risk {
    std::string title, band, current, projected;
    std::set<std::string> countermeasures;
  };
  void rename(const std::string& was, const std::string& id);
  void add_risk(const boost::json::value& risk);
  void apply_risk(const boost::json::value& risk, Change& change);
  void end_risk(const std::string& id, Change& change);

  std::string rating_, band_;
  std::set<std::string> patterns_;
  std::map<std::string, Risk> risks_;
  std::map<std::string, std::string> states_, tests_, tickets_;
};

// What differs between two models of a product.
Change between(const Snapshot& before, const Snapshot& after);

}  // namespace riskd::riskctl
