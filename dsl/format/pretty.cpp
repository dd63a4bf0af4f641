#include "dsl/format/pretty.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/utf8.hpp"

namespace riskd::dsl {
namespace {

Doc made(Doc::Kind kind, std::vector<Doc> parts = {}) {
  Doc doc;
  doc.kind = kind;
  doc.parts = std::move(parts);
  return doc;
}

// Whether something in it always ends the line.
bool must_break(const Doc& doc) {
  switch (doc.kind) {
    case Doc::Kind::hard_line:
    case Doc::Kind::text_line:
    case Doc::Kind::empty_line:
    case Doc::Kind::own_comment:
    case Doc::Kind::tail_comment:
      return true;
    case Doc::Kind::text:
    case Doc::Kind::space:
    case Doc::Kind::line:
    case Doc::Kind::soft_line:
    case Doc::Kind::pad:
      return false;
    case Doc::Kind::concat:
    case Doc::Kind::indent:
    case Doc::Kind::group:
      break;
  }
  return std::any_of(doc.parts.begin(), doc.parts.end(), must_break);
}

class Printer {
 public:
  explicit Printer(int width) : width_(width) {}

  std::string run(const Doc& doc) {
    stack_.push_back({0, false, &doc});
    while (!stack_.empty()) {
      const Command command = stack_.back();
      stack_.pop_back();
      step(command);
    }
    trim();
    return std::move(out_);
  }

 private:
  struct Command {
    int indentation;
    bool flat;
    const Doc* doc;
  };

  void step(const Command& command) {
    const Doc& doc = *command.doc;
    switch (doc.kind) {
      case Doc::Kind::text:
        if (doc.text.empty()) return;
        if (comment_open_) new_line(command.indentation);
        write(doc.text);
        return;
      case Doc::Kind::space:
        blank(command, 1);
        return;
      case Doc::Kind::pad:
        blank(command, command.flat ? 1 : static_cast<int>(doc.number));
        return;
      case Doc::Kind::line:
        if (command.flat)
          blank(command, static_cast<int>(doc.number));
        else
          new_line(command.indentation);
        return;
      case Doc::Kind::soft_line:
        if (!command.flat) new_line(command.indentation);
        return;
      case Doc::Kind::hard_line:
        new_line(command.indentation);
        return;
      case Doc::Kind::text_line:
        trim();
        out_ += '\n' + std::string(static_cast<std::size_t>(command.indentation), ' ');
        column_ = command.indentation;
        return;
      case Doc::Kind::empty_line:
        empty_line_wanted_ = true;
        return;
      case Doc::Kind::own_comment:
        if (!at_line_start()) new_line(command.indentation);
        write(doc.text);
        comment_open_ = true;
        return;
      case Doc::Kind::tail_comment:
        trim();
        out_ += "  " + doc.text;
        comment_open_ = true;
        return;
      case Doc::Kind::concat:
        push(doc, command.indentation, command.flat);
        return;
      case Doc::Kind::indent:
        push(doc, command.indentation + 2, command.flat);
        return;
      case Doc::Kind::group:
        push(doc, command.indentation, command.flat || fits(doc));
        return;
    }
  }

  void push(const Doc& doc, int indentation, bool flat) {
    for (std::size_t i = doc.parts.size(); i > 0; --i)
      stack_.push_back({indentation, flat, &doc.parts[i - 1]});
  }

  // Whether the group and what follows it up to the next place to break fit on the line.
  bool fits(const Doc& group) const {
    if (must_break(group)) return false;
    int room = width_ - column_ - flat_width(group);
    for (std::size_t i = stack_.size(); i > 0 && room >= 0; --i) {
      if (!rest_fits(*stack_[i - 1].doc, stack_[i - 1].flat, room)) break;
    }
    return room >= 0;
  }

  // Takes from `room` what `doc` needs up to the next place to break; false where there is one.
  static bool rest_fits(const Doc& doc, bool flat, int& room) {
    switch (doc.kind) {
      case Doc::Kind::text:
        room -= static_cast<int>(count_utf8(doc.text));
        return true;
      case Doc::Kind::space:
      case Doc::Kind::pad:
        room -= 1;
        return true;
      case Doc::Kind::line:
      case Doc::Kind::soft_line:
        return flat;
      case Doc::Kind::hard_line:
      case Doc::Kind::text_line:
      case Doc::Kind::empty_line:
      case Doc::Kind::own_comment:
      case Doc::Kind::tail_comment:
        return false;
      case Doc::Kind::concat:
      case Doc::Kind::indent:
      case Doc::Kind::group:
        break;
    }
    for (const Doc& part : doc.parts) {
      if (room < 0 || !rest_fits(part, flat, room)) return false;
    }
    return true;
  }

  void write(const std::string& value) {
    out_ += value;
    column_ += static_cast<int>(count_utf8(value));
    comment_open_ = false;
  }

  void blank(const Command& command, int count) {
    if (comment_open_) return new_line(command.indentation);
    if (at_line_start()) return;
    out_.append(static_cast<std::size_t>(count), ' ');
    column_ += count;
  }

  bool at_line_start() const {
    const std::size_t last = out_.find_last_not_of(' ');
    return !comment_open_ && (last == std::string::npos || out_[last] == '\n');
  }

  void trim() { out_.erase(out_.find_last_not_of(' ') + 1); }

  void new_line(int indentation) {
    trim();
    if (!out_.empty() && out_.back() != '\n') out_ += '\n';
    if (empty_line_wanted_ && out_.size() > 1 && !out_.ends_with("\n\n")) out_ += '\n';
    empty_line_wanted_ = false;
    comment_open_ = false;
    out_.append(static_cast<std::size_t>(indentation), ' ');
    column_ = indentation;
  }

  int width_;
  int column_ = 0;
  std::string out_;
  std::vector<Command> stack_;
  bool comment_open_ = false;  // the line ends in a comment: nothing more fits on it
  bool empty_line_wanted_ = false;
};

}  // namespace

Doc text(std::string value) {
  Doc doc;
  doc.text = std::move(value);
  return doc;
}
Doc space() { return made(Doc::Kind::space); }
Doc line(std::size_t blanks) {
  Doc doc = made(Doc::Kind::line);
  doc.number = static_cast<std::uint32_t>(blanks);
  return doc;
}
Doc soft_line() { return made(Doc::Kind::soft_line); }
Doc hard_line() { return made(Doc::Kind::hard_line); }
Doc text_line() { return made(Doc::Kind::text_line); }
Doc empty_line() { return made(Doc::Kind::empty_line); }
Doc pad(std::size_t blanks) {
  Doc doc = made(Doc::Kind::pad);
  doc.number = static_cast<std::uint32_t>(blanks);
  return doc;
}
Doc concat(std::vector<Doc> parts) { return made(Doc::Kind::concat, std::move(parts)); }
Doc indent(std::vector<Doc> parts) { return made(Doc::Kind::indent, std::move(parts)); }
Doc group(std::vector<Doc> parts) { return made(Doc::Kind::group, std::move(parts)); }

int flat_width(const Doc& doc) {
  switch (doc.kind) {
    case Doc::Kind::text:
      return static_cast<int>(count_utf8(doc.text));
    case Doc::Kind::line:
      return static_cast<int>(doc.number);
    case Doc::Kind::space:
    case Doc::Kind::pad:
      return 1;
    case Doc::Kind::soft_line:
      return 0;
    case Doc::Kind::hard_line:
    case Doc::Kind::text_line:
    case Doc::Kind::empty_line:
    case Doc::Kind::own_comment:
    case Doc::Kind::tail_comment:
      return -1;
    case Doc::Kind::concat:
    case Doc::Kind::indent:
    case Doc::Kind::group:
      break;
  }
  int sum = 0;
  for (const Doc& part : doc.parts) {
    const int width = flat_width(part);
    if (width < 0) return -1;
    sum += width;
  }
  return sum;
}

std::string print(const Doc& doc, int width) { return Printer(width).run(doc); }

}  // namespace riskd::dsl
