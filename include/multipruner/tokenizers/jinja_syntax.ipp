// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/tokenizers/jinja_syntax.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A word of a tag of Jinja.
struct JinjaToken {
  enum class Kind : std::uint8_t { end, name, string, integer, sign };
  Kind kind = Kind::end;
  std::string text{};
};

/// A piece of a template: text between tags, or a tag.
struct JinjaPiece {
  enum class Kind : std::uint8_t { text, output, block };
  Kind kind = Kind::text;
  std::string text{};
  std::vector<JinjaToken> tokens{};  ///< of a tag; the last one is `end`
};

MULTIPRUNER_INLINE void refuse_jinja(const std::string& where, const std::string& what) {
  throw UnsupportedError(where, "the chat template uses " + what + ", which is not supported",
                         "Apply the template in transformers (tokenizer.apply_chat_template) and give its text");
}

[[noreturn]] inline void fail_jinja(const std::string& where, const std::string& problem) {
  throw DataError(where, "the chat template is damaged: " + problem, "Restore the file from its source");
}

/// Cuts a template into pieces.
class JinjaScanner {
 public:
  JinjaScanner(std::string_view source, const std::string& where) : source_(source), where_(where) {}

  [[nodiscard]] std::vector<JinjaPiece> pieces() {
    while (position_ < source_.size()) {
      const std::size_t tag = find_tag();
      add_text(tag);
      if (tag == source_.size()) break;
      const char kind = source_[tag + 1];
      position_ = tag + 2;
      if (is_at('-') || is_at('+')) ++position_;
      if (kind == '#') {
        skip_comment();
      } else {
        scan_tag(kind == '%');
      }
      line_starts_ = source_[position_ - 1] == '\n';
    }
    return std::move(pieces_);
  }

 private:
  static constexpr std::string_view white_space = " \t\n\r\f\v";

  [[nodiscard]] bool is_at(char c) const { return position_ < source_.size() && source_[position_] == c; }
  [[nodiscard]] bool is_at(std::string_view text) const { return source_.substr(position_).starts_with(text); }

  [[nodiscard]] std::size_t find_tag() const {
    for (std::size_t at = position_; at + 1 < source_.size(); ++at) {
      if (source_[at] == '{' && std::string_view("{%#").find(source_[at + 1]) != std::string_view::npos) return at;
    }
    return source_.size();
  }

  /// The text up to a tag, whose minus takes away the white space before it. A block alone on its line takes away what
  /// it is indented by (lstrip_blocks).
  void add_text(std::size_t tag) {
    std::string_view text = source_.substr(position_, tag - position_);
    const char sign = tag + 2 < source_.size() ? source_[tag + 2] : ' ';
    if (tag < source_.size() && sign == '-') {
      text = text.substr(0, text.find_last_not_of(white_space) + 1);
    } else if (tag < source_.size() && sign != '+' && source_[tag + 1] != '{') {
      const std::size_t line = text.rfind('\n') + 1;  // npos + 1 is 0
      const bool is_indent = text.find_first_not_of(white_space, line) == std::string_view::npos;
      if ((line > 0 || line_starts_) && is_indent) text = text.substr(0, line);
    }
    if (!text.empty()) pieces_.push_back({JinjaPiece::Kind::text, std::string(text), {}});
  }

  void skip_white_space_here() {
    position_ = std::min(source_.find_first_not_of(white_space, position_), source_.size());
  }

  /// What follows the end of a block or comment: a minus takes away white space, otherwise one line break goes.
  void end_block(char sign) {
    if (sign == '-') {
      skip_white_space_here();
    } else if (sign != '+' && is_at('\n')) {
      ++position_;
    }
  }

  void skip_comment() {
    const std::size_t end = source_.find("#}", position_);
    if (end == std::string_view::npos) fail_jinja(where_, "a comment has no end");
    const char sign = end > position_ ? source_[end - 1] : ' ';
    position_ = end + 2;
    end_block(sign);
  }

  void scan_tag(bool is_block) {
    JinjaPiece piece{is_block ? JinjaPiece::Kind::block : JinjaPiece::Kind::output, {}, {}};
    const std::string_view end = is_block ? "%}" : "}}";
    for (int open = 0;;) {
      skip_white_space_here();
      if (position_ == source_.size()) fail_jinja(where_, "a tag has no end");
      const char sign = source_[position_];
      const bool signs = sign == '-' || (is_block && sign == '+');
      if (open == 0 && (is_at(end) || (signs && source_.substr(position_ + 1).starts_with(end)))) {
        position_ += end.size() + (signs ? 1 : 0);
        piece.tokens.emplace_back();
        pieces_.push_back(std::move(piece));
        if (is_block) return end_block(sign);
        if (sign == '-') skip_white_space_here();
        return;
      }
      piece.tokens.push_back(scan_token());
      if (piece.tokens.back().kind == JinjaToken::Kind::sign) {
        const char bracket = piece.tokens.back().text.front();
        if (std::string_view("([{").find(bracket) != std::string_view::npos) ++open;
        if (std::string_view(")]}").find(bracket) != std::string_view::npos) --open;
      }
    }
  }

  [[nodiscard]] static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  [[nodiscard]] static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

  [[nodiscard]] JinjaToken scan_token() {
    const char c = source_[position_];
    if (c == '"' || c == '\'') return scan_string(c);
    const std::size_t begin = position_;
    if (is_letter(c)) {
      while (position_ < source_.size() && (is_letter(source_[position_]) || is_digit(source_[position_]))) ++position_;
      return {JinjaToken::Kind::name, std::string(source_.substr(begin, position_ - begin))};
    }
    if (is_digit(c)) {
      while (position_ < source_.size() && is_digit(source_[position_])) ++position_;
      if (is_at('.') && position_ + 1 < source_.size() && is_digit(source_[position_ + 1])) {
        refuse_jinja(where_, "a number with a point");
      }
      return {JinjaToken::Kind::integer, std::string(source_.substr(begin, position_ - begin))};
    }
    for (const std::string_view sign : {"//", "**", "==", "!=", ">=", "<="}) {
      if (!is_at(sign)) continue;
      position_ += sign.size();
      return {JinjaToken::Kind::sign, std::string(sign)};
    }
    if (std::string_view("+-/*%~[](){}<>=.:|,").find(c) == std::string_view::npos) {
      fail_jinja(where_, std::string("the character ") + c + " stands in a tag");
    }
    ++position_;
    return {JinjaToken::Kind::sign, std::string(1, c)};
  }

  [[nodiscard]] JinjaToken scan_string(char quote) {
    std::string text;
    for (++position_;; ++position_) {
      if (position_ >= source_.size()) fail_jinja(where_, "a string has no end");
      const char c = source_[position_];
      if (c == quote) break;
      if (c != '\\') {
        text += c;
        continue;
      }
      if (++position_ == source_.size()) fail_jinja(where_, "a string has no end");
      add_escape(source_[position_], text);
    }
    ++position_;
    return {JinjaToken::Kind::string, std::move(text)};
  }

  /// An escape sequence of Python; what is none keeps its backslash.
  void add_escape(char c, std::string& text) const {
    constexpr std::string_view names = "ntrabfv\\'\"\n", values = "\n\t\r\a\b\f\v\\'\"";
    if (std::string_view("uUxN01234567").find(c) != std::string_view::npos) {
      refuse_jinja(where_, std::string("the escape sequence \\") + c);
    }
    const std::size_t at = names.find(c);
    if (at == std::string_view::npos) text.append(1, '\\').append(1, c);
    if (at < values.size()) text += values[at];  // a line break that is escaped is none
  }

  std::string_view source_;
  const std::string& where_;
  std::size_t position_ = 0;
  bool line_starts_ = true;
  std::vector<JinjaPiece> pieces_;
};

/// Makes statements of pieces.
class JinjaParser {
 public:
  JinjaParser(std::vector<JinjaPiece> pieces, const std::string& where) : pieces_(std::move(pieces)), where_(where) {}

  [[nodiscard]] JinjaStatement::Block parse() {
    JinjaStatement::Block all = parse_block();
    if (next_ < pieces_.size()) fail_jinja(where_, "\"" + word().text + "\" ends nothing");
    return all;
  }

 private:
  using Expression = JinjaExpression;
  using Kind = JinjaExpression::Kind;
  using Statement = JinjaStatement;

  static constexpr int deepest = 200;  // what nests deeper is no template, and would need a deep stack

  /// Counts how deep the parser is.
  class Nesting {
   public:
    explicit Nesting(JinjaParser& parser) : depth_(++parser.nesting_), parser_(parser) {
      if (depth_ > deepest) refuse_jinja(parser.where_, "more than " + std::to_string(deepest) + " levels");
    }
    ~Nesting() { --parser_.nesting_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    int depth_;
    JinjaParser& parser_;
  };

  // ---- statements ----

  /// Statements up to a tag that ends or continues a block.
  [[nodiscard]] Statement::Block parse_block() {
    const Nesting nesting(*this);
    Statement::Block block;
    for (; next_ < pieces_.size(); ++next_) {
      JinjaPiece& piece = pieces_[next_];
      token_ = 0;
      if (piece.kind == JinjaPiece::Kind::text) {
        block.push_back({.kind = Statement::Kind::text, .text = std::move(piece.text)});
      } else if (piece.kind == JinjaPiece::Kind::output) {
        Statement output{.kind = Statement::Kind::output};
        output.expressions.push_back(parse_tuple());
        expect_end();
        block.push_back(std::move(output));
      } else if (word().text.starts_with("end") || word().text == "else" || word().text == "elif") {
        return block;
      } else {
        block.push_back(parse_statement());
      }
    }
    return block;
  }

  [[nodiscard]] Statement parse_statement() {
    const std::string tag = take_name();
    if (tag == "if") return parse_if();
    if (tag == "for") return parse_for();
    if (tag == "set") return parse_set();
    if (tag == "macro") return parse_macro();
    if (tag == "generation") return parse_group();
    if (tag != "break" && tag != "continue") refuse_jinja(where_, "{% " + tag + " %}");
    expect_end();
    return {.kind = tag == "break" ? Statement::Kind::leave : Statement::Kind::next};
  }

  /// The statements inside of a tag; then its end, or what continues it, is the next piece.
  void parse_inside(Statement& statement) {
    expect_end();
    ++next_;
    statement.blocks.push_back(parse_block());
    if (next_ == pieces_.size()) fail_jinja(where_, "a block has no end");
    token_ = 0;
  }

  void end_of(const std::string& tag) {
    const std::string found = take_name();
    if (found != "end" + tag) fail_jinja(where_, "\"" + found + "\" stands where " + tag + " should end");
    expect_end();
  }

  [[nodiscard]] Statement parse_if() {
    Statement statement{.kind = Statement::Kind::condition};
    do {
      statement.expressions.push_back(parse_expression());
      parse_inside(statement);
    } while (accept("elif"));
    if (accept("else")) parse_inside(statement);
    end_of("if");
    return statement;
  }

  [[nodiscard]] Statement parse_for() {
    Statement statement{.kind = Statement::Kind::loop};
    do {
      statement.names.push_back(take_name());
    } while (accept(","));
    if (!accept("in")) fail_jinja(where_, "a loop has no \"in\"");
    statement.expressions.push_back(parse_or());
    if (accept("if")) statement.expressions.push_back(parse_expression());
    if (word().text == "recursive") refuse_jinja(where_, "a recursive loop");
    parse_inside(statement);
    if (accept("else")) parse_inside(statement);
    end_of("for");
    return statement;
  }

  [[nodiscard]] Statement parse_set() {
    Statement statement{.kind = Statement::Kind::assignment};
    statement.names.push_back(take_name());
    if (accept(".")) statement.names.push_back(take_name());
    if (word().text == ",") refuse_jinja(where_, "an assignment to several names");
    if (accept("=")) {
      statement.expressions.push_back(parse_tuple());
      expect_end();
      return statement;
    }
    statement.kind = Statement::Kind::capture;
    if (word().text == "|") refuse_jinja(where_, "a filter of a block");
    parse_inside(statement);
    end_of("set");
    return statement;
  }

  [[nodiscard]] Statement parse_macro() {
    Statement statement{.kind = Statement::Kind::macro};
    statement.names.push_back(take_name());
    expect("(");
    while (!accept(")")) {
      if (statement.names.size() > 1) expect(",");
      statement.names.push_back(take_name());
      statement.expressions.push_back(accept("=") ? parse_expression() : Expression{});
    }
    parse_inside(statement);
    end_of("macro");
    return statement;
  }

  [[nodiscard]] Statement parse_group() {
    Statement statement{.kind = Statement::Kind::group};
    parse_inside(statement);
    end_of("generation");
    return statement;
  }

  // ---- words of a tag ----

  [[nodiscard]] const JinjaToken& word() const { return pieces_[next_].tokens[token_]; }

  /// Whether a name or a sign comes next, which is then passed.
  bool accept(std::string_view text) {
    const bool found = is_next(text);
    if (found) ++token_;
    return found;
  }

  [[nodiscard]] bool is_next(std::string_view text) const {
    const JinjaToken::Kind kind = word().kind;
    return (kind == JinjaToken::Kind::name || kind == JinjaToken::Kind::sign) && word().text == text;
  }

  void expect(std::string_view text) {
    if (!accept(text)) fail_here("\"" + std::string(text) + "\" is missing");
  }

  void expect_end() {
    if (word().kind != JinjaToken::Kind::end) fail_here("something is too much");
  }

  [[nodiscard]] std::string take_name() {
    if (word().kind != JinjaToken::Kind::name) fail_here("a name is missing");
    return pieces_[next_].tokens[token_++].text;
  }

  [[noreturn]] void fail_here(const std::string& problem) const {
    const bool at_end = word().kind == JinjaToken::Kind::end;
    fail_jinja(where_, problem + (at_end ? " at the end of a tag" : " before \"" + word().text + "\""));
  }

  // ---- expressions, in the order of Jinja's own parser ----

  [[nodiscard]] Expression make(Kind kind, std::string text, std::vector<Expression> parts = {}) const {
    Expression made{.kind = kind, .text = std::move(text), .parts = std::move(parts)};
    for (const Expression& part : made.parts) made.depth = std::max(made.depth, part.depth + 1);
    if (made.depth > deepest) refuse_jinja(where_, "more than " + std::to_string(deepest) + " levels");
    return made;
  }

  /// An expression, or several with commas, which make a list.
  [[nodiscard]] Expression parse_tuple() {
    Expression first = parse_expression();
    if (!is_next(",")) return first;
    std::vector<Expression> parts;
    parts.push_back(std::move(first));
    while (accept(",") && !is_next(")") && word().kind != JinjaToken::Kind::end) parts.push_back(parse_expression());
    return make(Kind::list, "", std::move(parts));
  }

  [[nodiscard]] Expression parse_expression() {
    const Nesting nesting(*this);
    Expression value = parse_or();
    while (accept("if")) {
      Expression condition = parse_or();
      Expression otherwise = accept("else") ? parse_expression() : Expression{};
      value = make(Kind::conditional, "", {std::move(condition), std::move(value), std::move(otherwise)});
    }
    return value;
  }

  /// Operations from left to right, whose operands another function reads.
  [[nodiscard]] Expression parse_operations(std::initializer_list<std::string_view> signs,
                                            Expression (JinjaParser::*operand)()) {
    Expression value = (this->*operand)();
    for (;;) {
      const auto sign = std::find_if(signs.begin(), signs.end(), [&](std::string_view one) { return is_next(one); });
      if (sign == signs.end()) return value;
      ++token_;
      value = make(Kind::operation, std::string(*sign), {std::move(value), (this->*operand)()});
    }
  }

  [[nodiscard]] Expression parse_or() { return parse_operations({"or"}, &JinjaParser::parse_and); }
  [[nodiscard]] Expression parse_and() { return parse_operations({"and"}, &JinjaParser::parse_not); }

  [[nodiscard]] Expression parse_not() {
    const Nesting nesting(*this);
    if (accept("not")) return make(Kind::negation, "not", {parse_not()});
    return parse_comparison();
  }

  [[nodiscard]] Expression parse_comparison() {
    Expression value = parse_sum();
    bool compared = false;
    for (;;) {
      const std::optional<std::string> sign = take_comparison();
      if (!sign) return value;
      if (std::exchange(compared, true)) refuse_jinja(where_, "a chain of comparisons");
      Expression comparison = make(Kind::operation, *sign == "not in" ? "in" : *sign, {std::move(value), parse_sum()});
      value = *sign == "not in" ? make(Kind::negation, "not", {std::move(comparison)}) : std::move(comparison);
    }
  }

  [[nodiscard]] std::optional<std::string> take_comparison() {
    for (const std::string_view sign : {"==", "!=", "<=", ">=", "<", ">", "in"}) {
      if (accept(sign)) return std::string(sign);
    }
    if (!is_next("not") || pieces_[next_].tokens[token_ + 1].text != "in") return std::nullopt;
    token_ += 2;
    return "not in";
  }

  [[nodiscard]] Expression parse_sum() { return parse_operations({"+", "-"}, &JinjaParser::parse_joined); }
  [[nodiscard]] Expression parse_joined() { return parse_operations({"~"}, &JinjaParser::parse_product); }
  [[nodiscard]] Expression parse_product() {
    return parse_operations({"*", "/", "//", "%", "**"}, &JinjaParser::parse_filtered);
  }

  [[nodiscard]] Expression parse_filtered() { return parse_filters(parse_unary()); }

  [[nodiscard]] Expression parse_unary() {
    const Nesting nesting(*this);
    for (const char* sign : {"-", "+"}) {
      if (accept(sign)) return parse_postfix(make(Kind::negation, sign, {parse_unary()}));
    }
    return parse_postfix(parse_primary());
  }

  [[nodiscard]] Expression parse_primary() {
    const JinjaToken token = word();
    switch (token.kind) {
      case JinjaToken::Kind::name:
        ++token_;
        return parse_word(token.text);
      case JinjaToken::Kind::string: {
        Expression value = make(Kind::string, "");
        for (; word().kind == JinjaToken::Kind::string; ++token_) value.text += word().text;
        return value;
      }
      case JinjaToken::Kind::integer:
        if (token.text.size() > 9) refuse_jinja(where_, "the number " + token.text);
        ++token_;
        return make(Kind::integer, token.text);
      default:
        break;
    }
    if (accept("(")) {
      Expression value = is_next(")") ? make(Kind::list, "") : parse_tuple();
      expect(")");
      return value;
    }
    if (accept("[")) return make(Kind::list, "", parse_items("]"));
    if (accept("{")) return make(Kind::dictionary, "", parse_items("}"));
    fail_here("a value is missing");
  }

  [[nodiscard]] Expression parse_word(const std::string& text) const {
    for (const std::string_view constant : {"true", "false", "none"}) {
      std::string capital(constant);
      capital[0] = static_cast<char>(capital[0] - 'a' + 'A');
      if (text == constant || text == capital) return make(Kind::constant, std::string(constant));
    }
    return make(Kind::name, text);
  }

  /// Values up to a bracket; in braces, keys and values.
  [[nodiscard]] std::vector<Expression> parse_items(std::string_view end) {
    std::vector<Expression> items;
    while (!accept(end)) {
      if (!items.empty()) expect(",");
      if (accept(end)) break;
      items.push_back(parse_expression());
      if (end != "}") continue;
      expect(":");
      items.push_back(parse_expression());
    }
    return items;
  }

  [[nodiscard]] Expression parse_postfix(Expression value) {
    for (;;) {
      if (accept(".")) {
        value = make(Kind::attribute, take_name(), {std::move(value)});
      } else if (accept("[")) {
        value = parse_subscript(std::move(value));
      } else if (accept("(")) {
        value = parse_arguments(make(Kind::call, "", {std::move(value)}));
      } else {
        return value;
      }
    }
  }

  [[nodiscard]] Expression parse_subscript(Expression object) {
    std::vector<Expression> parts;
    parts.push_back(std::move(object));
    bool is_slice = false;
    for (int i = 0; i < 3; ++i) {
      parts.push_back(is_next(":") || is_next("]") ? Expression{} : parse_expression());
      if (!accept(":")) break;
      is_slice = true;
    }
    expect("]");
    if (!is_slice && parts.back().kind == Kind::nothing) fail_here("a subscript is missing");
    parts.resize(is_slice ? 4 : 2);
    return make(is_slice ? Kind::slice : Kind::item, "", std::move(parts));
  }

  /// Adds arguments, behind the bracket.
  [[nodiscard]] Expression parse_arguments(Expression call) {
    call.names.resize(call.parts.size());
    while (!accept(")")) {
      if (call.names.size() > 1) expect(",");
      if (accept(")")) break;
      const std::vector<JinjaToken>& tokens = pieces_[next_].tokens;
      const bool named = word().kind == JinjaToken::Kind::name && tokens[token_ + 1].text == "=" &&
                         tokens[token_ + 1].kind == JinjaToken::Kind::sign;
      call.names.push_back(named ? take_name() : "");
      if (named) expect("=");
      call.parts.push_back(parse_expression());
    }
    Expression made = make(call.kind, std::move(call.text), std::move(call.parts));
    made.names = std::move(call.names);
    return made;
  }

  [[nodiscard]] Expression parse_filters(Expression value) {
    for (;;) {
      if (accept("|")) {
        Expression filter = make(Kind::filter, take_name(), {std::move(value)});
        value = accept("(") ? parse_arguments(std::move(filter)) : std::move(filter);
      } else if (accept("is")) {
        value = parse_test(std::move(value));
      } else if (accept("(")) {
        value = parse_arguments(make(Kind::call, "", {std::move(value)}));
      } else {
        return value;
      }
    }
  }

  [[nodiscard]] Expression parse_test(Expression value) {
    const bool negated = accept("not");
    Expression test = make(Kind::test, take_name(), {std::move(value)});
    if (accept("(")) {
      test = parse_arguments(std::move(test));
    } else if (takes_argument()) {
      test.parts.push_back(parse_postfix(parse_primary()));
      test = make(Kind::test, std::move(test.text), std::move(test.parts));
    }
    return negated ? make(Kind::negation, "not", {std::move(test)}) : test;
  }

  [[nodiscard]] bool takes_argument() const {
    if (word().kind == JinjaToken::Kind::name) {
      constexpr std::array<std::string_view, 4> others{"else", "or", "and", "if"};
      return std::ranges::find(others, word().text) == others.end();
    }
    return word().kind == JinjaToken::Kind::string || word().kind == JinjaToken::Kind::integer || is_next("[") ||
           is_next("{");
  }

  std::vector<JinjaPiece> pieces_;
  const std::string& where_;
  std::size_t next_ = 0;   // piece
  std::size_t token_ = 0;  // of it
  int nesting_ = 0;
};

MULTIPRUNER_INLINE JinjaStatement::Block parse_jinja(std::string_view text, const std::string& where) {
  std::string source = with_replaced(with_replaced(text, "\r\n", "\n"), "\r", "\n");
  if (source.ends_with('\n')) source.pop_back();
  return JinjaParser(JinjaScanner(source, where).pieces(), where).parse();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
