// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/tokenizers/jinja_template.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A value of Jinja; one that is undefined is a discarded one.
using JinjaValue = nlohmann::ordered_json;

/// A date as Python's strftime writes it in English.
[[nodiscard]] inline std::string formatted_date(std::chrono::year_month_day date, std::string_view format,
                                                const std::string& where) {
  constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                    "May",       "June",     "July",     "August",
                                                    "September", "October",  "November", "December"};
  const auto two_digits = [](unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  const std::string_view month = months.at(static_cast<unsigned>(date.month()) - 1);
  std::string text;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      text += format[i];
      continue;
    }
    switch (format[++i]) {
      case 'd':
        text += two_digits(static_cast<unsigned>(date.day()));
        break;
      case 'm':
        text += two_digits(static_cast<unsigned>(date.month()));
        break;
      case 'Y':
        text += std::to_string(static_cast<int>(date.year()));
        break;
      case 'B':
        text += month;
        break;
      case 'b':
        text += month.substr(0, 3);
        break;
      default:
        refuse_jinja(where, std::string("the date format %") + format[i]);
    }
  }
  return text;
}

/// One rendering of a template.
class JinjaRun {
 public:
  JinjaRun(const std::string& where, const JinjaValue& variables, std::chrono::year_month_day today)
      : where_(where), today_(today) {
    scopes_.emplace_back();
    for (const auto& [name, value] : variables.items()) scopes_.back().emplace(name, value);
  }

  [[nodiscard]] std::string render(const JinjaStatement::Block& statements) {
    static_cast<void>(run(statements));
    return std::move(output_);
  }

 private:
  using Expression = JinjaExpression;
  using Kind = JinjaExpression::Kind;
  using Statement = JinjaStatement;
  using Value = JinjaValue;
  using Scope = std::map<std::string, Value, std::less<>>;

  enum class Flow : std::uint8_t { on, leave, next };

  /// The arguments of a call.
  struct Arguments {
    std::vector<Value> values{};  ///< without a name
    std::map<std::string, Value> named{};
  };

  // No conversation needs more; templates are files of others.
  static constexpr std::size_t longest_text = std::size_t{1} << 28U;
  static constexpr std::int64_t most_steps = 10'000'000;

  // ---- statements ----

  [[nodiscard]] Flow run(const Statement::Block& block) {
    for (const Statement& statement : block) {
      if (const Flow flow = run(statement); flow != Flow::on) return flow;
    }
    return Flow::on;
  }

  [[nodiscard]] Flow run(const Statement& statement) {
    if (++steps_ > most_steps) fail("it does not come to an end");
    switch (statement.kind) {
      case Statement::Kind::text:
        add(output_, statement.text);
        return Flow::on;
      case Statement::Kind::output:
        add(output_, text_of(evaluate(statement.expressions.front())));
        return Flow::on;
      case Statement::Kind::condition:
        return run_condition(statement);
      case Statement::Kind::loop:
        return run_loop(statement);
      case Statement::Kind::assignment:
        assign(statement.names, evaluate(statement.expressions.front()));
        return Flow::on;
      case Statement::Kind::capture:
        assign(statement.names, captured(statement.blocks.front()));
        return Flow::on;
      case Statement::Kind::group:
        return run(statement.blocks.front());
      case Statement::Kind::macro:
        macros_[statement.names.front()] = &statement;
        return Flow::on;
      case Statement::Kind::leave:
        return Flow::leave;
      case Statement::Kind::next:
        return Flow::next;
    }
    return Flow::on;
  }

  [[nodiscard]] Flow run_condition(const Statement& statement) {
    for (std::size_t i = 0; i < statement.expressions.size(); ++i) {
      if (is_true(evaluate(statement.expressions[i]))) return run(statement.blocks[i]);
    }
    return statement.blocks.size() > statement.expressions.size() ? run(statement.blocks.back()) : Flow::on;
  }

  [[nodiscard]] Flow run_loop(const Statement& statement) {
    const Value items = looped(statement);
    for (std::size_t i = 0; i < items.size(); ++i) {
      scopes_.emplace_back();
      set_loop(items, i);
      set_names(statement.names, items[i]);
      const Flow flow = run(statement.blocks.front());
      scopes_.pop_back();
      if (flow == Flow::leave) break;
    }
    if (!items.empty() || statement.blocks.size() < 2) return Flow::on;
    return run(statement.blocks.back());
  }

  /// What a loop goes over: those items that its condition takes.
  [[nodiscard]] Value looped(const Statement& statement) {
    Value items = items_of(evaluate(statement.expressions.front()));
    if (statement.expressions.size() == 1) return items;
    Value taken = Value::array();
    for (const Value& item : items) {
      scopes_.emplace_back();
      set_names(statement.names, item);
      if (is_true(evaluate(statement.expressions.back()))) taken.push_back(item);
      scopes_.pop_back();
    }
    return taken;
  }

  void set_names(const std::vector<std::string>& names, const Value& item) {
    if (names.size() == 1) return void(scopes_.back()[names.front()] = item);
    if (!item.is_array() || item.size() != names.size()) fail("it takes something apart that has not as many parts");
    for (std::size_t i = 0; i < names.size(); ++i) scopes_.back()[names[i]] = item[i];
  }

  void set_loop(const Value& items, std::size_t i) {
    const std::size_t size = items.size();
    Value loop{{"index0", i},          {"index", i + 1},  {"revindex0", size - 1 - i},
               {"revindex", size - i}, {"first", i == 0}, {"last", i + 1 == size},
               {"length", size}};
    if (i > 0) loop["previtem"] = items[i - 1];
    if (i + 1 < size) loop["nextitem"] = items[i + 1];
    scopes_.back()["loop"] = std::move(loop);
  }

  void assign(const std::vector<std::string>& names, Value value) {
    if (names.size() == 1) return void(scopes_.back()[names.front()] = std::move(value));
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      const auto found = scope->find(names.front());
      if (found == scope->end()) continue;
      if (!found->second.is_object()) break;
      return void(found->second[names.back()] = std::move(value));
    }
    fail(names.front() + " is no namespace");
  }

  [[nodiscard]] std::string captured(const Statement::Block& block) {
    std::string outside = std::exchange(output_, {});
    static_cast<void>(run(block));
    return std::exchange(output_, std::move(outside));
  }

  // ---- expressions ----

  [[nodiscard]] Value evaluate(const Expression& expression) {
    Value storage;
    const Value& value = look(expression, storage);
    return &value == &storage ? std::move(storage) : value;
  }

  /// A value where it lies, if it is a variable or a part of one; else in the storage.
  [[nodiscard]] const Value& look(const Expression& expression, Value& storage) {
    static const Value undefined(Value::value_t::discarded);
    if (expression.kind == Kind::name) {
      for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
        const auto found = scope->find(expression.text);
        if (found != scope->end()) return found->second;
      }
      return undefined;
    }
    if (expression.kind != Kind::attribute && expression.kind != Kind::item) {
      return storage = computed(expression);
    }
    const Value key = expression.kind == Kind::attribute ? Value(expression.text) : evaluate(expression.parts[1]);
    const Value& object = look(expression.parts[0], storage);
    if (object.is_string() && key.is_number()) return storage = character(object, key);
    const Value* member = find(object, key);
    if (member == nullptr) return undefined;
    if (&object != &storage) return *member;
    Value kept = *member;
    return storage = std::move(kept);
  }

  [[nodiscard]] const Value* find(const Value& object, const Value& key) const {
    if (object.is_discarded()) fail("it looks for " + shown(key) + " in what is not defined");
    if (object.is_object() && key.is_string()) {
      const auto found = object.find(key.get_ref<const std::string&>());
      return found == object.end() ? nullptr : &*found;
    }
    if (!object.is_array() || !key.is_number()) return nullptr;
    const std::int64_t size = static_cast<std::int64_t>(object.size()), index = key.get<std::int64_t>();
    const std::int64_t at = index < 0 ? size + index : index;
    return at >= 0 && at < size ? &object[static_cast<std::size_t>(at)] : nullptr;
  }

  [[nodiscard]] Value character(const Value& text, const Value& key) const {
    const Value all = characters(text.get_ref<const std::string&>());
    const Value* found = find(all, key);
    return found == nullptr ? Value(Value::value_t::discarded) : *found;
  }

  [[nodiscard]] Value computed(const Expression& expression) {
    switch (expression.kind) {
      case Kind::constant:
        return expression.text == "none" ? Value(nullptr) : Value(expression.text == "true");
      case Kind::string:
        return expression.text;
      case Kind::integer:
        return static_cast<std::int64_t>(std::stoll(expression.text));
      case Kind::list:
        return list_of(expression);
      case Kind::dictionary:
        return dictionary_of(expression);
      case Kind::slice:
        return slice_of(expression);
      case Kind::call:
        return call(expression);
      case Kind::filter:
        return filtered(expression);
      case Kind::test:
        return tested(expression);
      case Kind::negation:
        return negated(expression);
      case Kind::operation:
        return operation(expression);
      case Kind::conditional:
        return evaluate(is_true(evaluate(expression.parts[0])) ? expression.parts[1] : expression.parts[2]);
      case Kind::nothing:
      case Kind::name:
      case Kind::attribute:
      case Kind::item:
        break;
    }
    return Value(Value::value_t::discarded);
  }

  [[nodiscard]] Value list_of(const Expression& expression) {
    Value list = Value::array();
    for (const Expression& part : expression.parts) list.push_back(evaluate(part));
    return list;
  }

  [[nodiscard]] Value dictionary_of(const Expression& expression) {
    Value object = Value::object();
    for (std::size_t i = 0; i < expression.parts.size(); i += 2) {
      object[require_text(evaluate(expression.parts[i]))] = evaluate(expression.parts[i + 1]);
    }
    return object;
  }

  /// Python's slices of lists and texts.
  [[nodiscard]] Value slice_of(const Expression& expression) {
    const Value object = evaluate(expression.parts[0]);
    const bool is_text = object.is_string();
    const Value items = is_text ? characters(object.get_ref<const std::string&>()) : items_of(object);
    const auto size = static_cast<std::int64_t>(items.size());
    const auto given = [&](std::size_t i) -> std::optional<std::int64_t> {
      const Value value = evaluate(expression.parts[i]);
      if (value.is_discarded() || value.is_null()) return std::nullopt;
      return require_number(value);
    };
    const std::int64_t step = given(3).value_or(1);
    if (step == 0) fail("a slice has a step of 0");
    const auto limit = [&](std::optional<std::int64_t> at, std::int64_t otherwise) {
      if (!at) return otherwise;
      return std::clamp(*at < 0 ? *at + size : *at, step > 0 ? std::int64_t{0} : -1, step > 0 ? size : size - 1);
    };
    const std::int64_t begin = limit(given(1), step > 0 ? 0 : size - 1), end = limit(given(2), step > 0 ? size : -1);
    Value taken = Value::array();
    for (std::int64_t i = begin; step > 0 ? i < end : i > end; i += step) {
      taken.push_back(items[static_cast<std::size_t>(i)]);
    }
    return is_text ? Value(joined(taken, "")) : taken;
  }

  [[nodiscard]] Value negated(const Expression& expression) {
    const Value value = evaluate(expression.parts.front());
    if (expression.text == "not") return !is_true(value);
    return expression.text == "-" ? -require_number(value) : require_number(value);
  }

  [[nodiscard]] Value operation(const Expression& expression) {
    const std::string& sign = expression.text;
    Value left = evaluate(expression.parts[0]);
    if (sign == "or") return is_true(left) ? left : evaluate(expression.parts[1]);
    if (sign == "and") return is_true(left) ? evaluate(expression.parts[1]) : left;
    const Value right = evaluate(expression.parts[1]);
    if (sign == "==") return equal(left, right);
    if (sign == "!=") return !equal(left, right);
    if (sign == "in") return contains(right, left);
    if (sign == "~") return concatenated(text_of(left), text_of(right));
    if (sign == "+" && left.is_string() && right.is_string()) return concatenated(left, right);
    if (sign == "+" && left.is_array() && right.is_array()) {
      for (const Value& item : right) left.push_back(item);
      return left;
    }
    if (sign == "<" || sign == ">" || sign == "<=" || sign == ">=") return compared(sign, left, right);
    return arithmetic(sign, left, right);
  }

  [[nodiscard]] Value compared(const std::string& sign, const Value& left, const Value& right) const {
    if (left.is_string() != right.is_string()) fail("it compares a text with what is none");
    const bool less = left.is_string() ? left < right : require_number(left) < require_number(right);
    const bool same = equal(left, right);
    if (sign == "<") return less;
    if (sign == "<=") return less || same;
    return sign == ">" ? !less && !same : !less;
  }

  [[nodiscard]] Value arithmetic(const std::string& sign, const Value& left, const Value& right) const {
    if (left.is_string() || right.is_string()) {
      if (sign == "+") fail("it adds " + shown(right) + " to " + shown(left));
      refuse_jinja(where_, "the operator " + sign + " of a text");
    }
    const std::int64_t a = require_number(left), b = require_number(right);
    std::int64_t result = 0;
    bool overflow = false;
    if (sign == "+") {
      overflow = __builtin_add_overflow(a, b, &result);
    } else if (sign == "-") {
      overflow = __builtin_sub_overflow(a, b, &result);
    } else if (sign == "*") {
      overflow = __builtin_mul_overflow(a, b, &result);
    } else if ((sign == "%" || sign == "//") && b > 0) {
      const std::int64_t rest = (a % b + b) % b;  // with the sign of the divisor, as in Python
      result = sign == "%" ? rest : (a - rest) / b;
    } else {
      refuse_jinja(where_, "the operator " + sign + " with " + std::to_string(b));
    }
    if (overflow) fail("a number is too large");
    return result;
  }

  // ---- calls ----

  [[nodiscard]] Arguments arguments_of(const Expression& expression) {
    Arguments arguments;
    for (std::size_t i = 1; i < expression.parts.size(); ++i) {
      const std::string name = i < expression.names.size() ? expression.names[i] : std::string();
      Value value = evaluate(expression.parts[i]);
      if (name.empty()) {
        arguments.values.push_back(std::move(value));
      } else {
        arguments.named.insert_or_assign(name, std::move(value));
      }
    }
    return arguments;
  }

  [[nodiscard]] Value call(const Expression& expression) {
    const Expression& callee = expression.parts.front();
    const Arguments arguments = arguments_of(expression);
    if (callee.kind == Kind::attribute) {
      Value storage;
      return method(look(callee.parts.front(), storage), callee.text, arguments);
    }
    if (callee.kind != Kind::name) refuse_jinja(where_, "a call of a value");
    return function(callee.text, arguments);
  }

  [[nodiscard]] Value function(const std::string& name, const Arguments& arguments) {
    if (name == "raise_exception") {
      throw DataError(
          where_, "the chat template refuses the conversation: " + text_of(argument(arguments, 0)),
          "Change the conversation, e.g. leave out its system message or let user and assistant take turns");
    }
    if (name == "namespace" || name == "dict") {
      Value object = Value::object();
      for (const auto& [key, value] : arguments.named) object[key] = value;
      return object;
    }
    if (name == "strftime_now") return formatted_date(today_, require_text(argument(arguments, 0)), where_);
    if (name == "range") return range(arguments);
    if (const auto macro = macros_.find(name); macro != macros_.end()) return run_macro(*macro->second, arguments);
    refuse_jinja(where_, "the function " + name);
  }

  /// The text of a macro, which sees the variables of the template itself and its own.
  [[nodiscard]] Value run_macro(const Statement& macro, const Arguments& arguments) {
    constexpr std::size_t deepest_call = 50;
    if (callers_.size() == deepest_call) fail("its macros call each other without end");
    std::vector<Scope> caller = std::exchange(scopes_, {});
    scopes_.push_back(std::move(caller.front()));
    callers_.push_back(std::move(caller));
    scopes_.emplace_back();
    for (std::size_t i = 1; i < macro.names.size(); ++i) {
      const auto named = arguments.named.find(macro.names[i]);
      Value value = i <= arguments.values.size()     ? arguments.values[i - 1]
                    : named != arguments.named.end() ? named->second
                                                     : evaluate(macro.expressions[i - 1]);
      scopes_.back()[macro.names[i]] = std::move(value);
    }
    std::string text = captured(macro.blocks.front());
    callers_.back().front() = std::move(scopes_.front());
    scopes_ = std::move(callers_.back());
    callers_.pop_back();
    return text;
  }

  [[nodiscard]] Value range(const Arguments& arguments) {
    const std::int64_t first = require_number(argument(arguments, 0));
    const std::int64_t begin = arguments.values.size() > 1 ? first : 0;
    const std::int64_t end = arguments.values.size() > 1 ? require_number(argument(arguments, 1)) : first;
    const std::int64_t step = arguments.values.size() > 2 ? require_number(argument(arguments, 2)) : 1;
    if (step == 0) fail("a range has a step of 0");
    Value numbers = Value::array();
    for (std::int64_t i = begin; step > 0 ? i < end : i > end;) {
      if (++steps_ > most_steps) fail("it does not come to an end");
      numbers.push_back(i);
      if (__builtin_add_overflow(i, step, &i)) break;
    }
    return numbers;
  }

  [[nodiscard]] Value method(const Value& object, const std::string& name, const Arguments& arguments) const {
    if (object.is_string()) return text_method(object.get_ref<const std::string&>(), name, arguments);
    if (!object.is_object()) fail("it calls " + name + " of " + shown(object));
    if (name == "get") {
      const Value* found = find(object, argument(arguments, 0));
      if (found != nullptr) return *found;
      return arguments.values.size() > 1 ? arguments.values[1] : Value(nullptr);
    }
    Value list = Value::array();
    for (const auto& [key, value] : object.items()) {
      if (name == "items") {
        list.push_back(Value::array({key, value}));
      } else if (name == "keys") {
        list.push_back(key);
      } else if (name == "values") {
        list.push_back(value);
      } else {
        refuse_jinja(where_, "the method " + name);
      }
    }
    return list;
  }

  [[nodiscard]] Value text_method(const std::string& text, const std::string& name, const Arguments& arguments) const {
    const auto first = [&] { return require_text(argument(arguments, 0)); };
    if (name == "strip" || name == "lstrip" || name == "rstrip") {
      const Value set = arguments.values.empty() ? Value(nullptr) : arguments.values.front();
      return stripped(text, set, name != "rstrip", name != "lstrip");
    }
    if (name == "split") return split_text(text, arguments);
    if (name == "startswith") return text.starts_with(first());
    if (name == "endswith") return text.ends_with(first());
    if (name == "replace") return replaced(text, first(), require_text(argument(arguments, 1)));
    if (name == "join") return joined(items_of(argument(arguments, 0)), text);
    if (!changes_case(name)) refuse_jinja(where_, "the method " + name);
    return changed_case(text, name);
  }

  [[nodiscard]] static bool changes_case(const std::string& name) {
    return name == "upper" || name == "lower" || name == "capitalize" || name == "title";
  }

  [[nodiscard]] Value changed_case(const std::string& text, const std::string& name) const {
    if (!is_ascii(text)) refuse_jinja(where_, name + " of a text that is not ASCII");
    std::string changed;
    bool begins = true;
    for (const char c : text) {
      const bool is_lower = c >= 'a' && c <= 'z', is_upper = c >= 'A' && c <= 'Z';
      const bool capital = name == "upper" || (begins && name != "lower");
      changed += static_cast<char>(capital && is_lower ? c - 'a' + 'A' : !capital && is_upper ? c - 'A' + 'a' : c);
      begins = name == "title" && !is_lower && !is_upper;
    }
    return changed;
  }

  /// Without the characters of a set at its sides, or white space where there is no set.
  [[nodiscard]] std::string stripped(std::string_view text, const Value& set, bool left, bool right) const {
    if (set.is_string()) {
      const std::string& characters = set.get_ref<const std::string&>();
      if (!is_ascii(characters)) refuse_jinja(where_, "strip of characters that are not ASCII");
      if (left) text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
      if (right) text = text.substr(0, text.find_last_not_of(characters) + 1);
      return std::string(text);
    }
    if (right) text = text.substr(0, skip_white_space_backward(text, text.size()));
    if (left) text.remove_prefix(skip_white_space(text, 0));
    return std::string(text);
  }

  [[nodiscard]] Value split_text(std::string_view text, const Arguments& arguments) const {
    if (arguments.values.empty()) refuse_jinja(where_, "split without a separator");
    const std::string separator = require_text(arguments.values.front());
    if (separator.empty()) fail("it splits a text at nothing");
    std::int64_t most = arguments.values.size() > 1 ? require_number(arguments.values[1]) : -1;
    Value pieces = Value::array();
    for (std::size_t end = 0; most != 0 && (end = text.find(separator)) != std::string_view::npos; --most) {
      pieces.push_back(std::string(text.substr(0, end)));
      text.remove_prefix(end + separator.size());
    }
    pieces.push_back(std::string(text));
    return pieces;
  }

  [[nodiscard]] std::string replaced(const std::string& text, const std::string& old, const std::string& with) const {
    if (old.empty()) refuse_jinja(where_, "replace of nothing");
    if (with.size() > old.size() && text.size() / old.size() > longest_text / with.size()) fail("its text is too long");
    return with_replaced(text, old, with);
  }

  // ---- filters and tests ----

  [[nodiscard]] Value filtered(const Expression& expression) {
    const std::string& name = expression.text;
    const Value value = evaluate(expression.parts.front());
    const Arguments arguments = arguments_of(expression);
    if (name == "default" || name == "d") return defaulted(value, arguments);
    if (name == "trim") return stripped(text_of(value), Value(nullptr), true, true);
    if (name == "length" || name == "count") return length(value);
    if (name == "list") return items_of(value);
    if (name == "first" || name == "last") {
      const Value items = items_of(value);
      if (items.empty()) return Value(Value::value_t::discarded);
      return name == "first" ? items.front() : items.back();
    }
    if (name == "string") return text_of(value);
    if (name == "safe") return value;
    if (name == "int") return value.is_number() ? value : Value(refuse_conversion(value));
    if (name == "join")
      return joined(items_of(value), arguments.values.empty() ? "" : require_text(arguments.values[0]));
    if (name == "replace") {
      return replaced(text_of(value), require_text(argument(arguments, 0)), require_text(argument(arguments, 1)));
    }
    if (name == "items") return method(value, name, arguments);
    if (name == "tojson" && arguments.named.empty() && arguments.values.empty()) return json_text(value);
    if (name == "selectattr" || name == "rejectattr") return selected_by(value, arguments, name == "selectattr");
    if (!changes_case(name)) refuse_jinja(where_, "the filter " + name);
    return changed_case(text_of(value), name);
  }

  [[nodiscard]] std::int64_t refuse_conversion(const Value& value) const {
    refuse_jinja(where_, "int of " + shown(value));
  }

  [[nodiscard]] Value defaulted(const Value& value, const Arguments& arguments) const {
    const auto boolean = arguments.named.find("boolean");
    const bool false_too = (arguments.values.size() > 1 && is_true(arguments.values[1])) ||
                           (boolean != arguments.named.end() && is_true(boolean->second));
    const bool keeps = false_too ? is_true(value) : !value.is_discarded();
    return keeps ? value : arguments.values.empty() ? Value("") : arguments.values.front();
  }

  [[nodiscard]] Value selected_by(const Value& list, const Arguments& arguments, bool wanted) {
    const Value key = argument(arguments, 0);
    const std::string test = arguments.values.size() > 1 ? require_text(arguments.values[1]) : "";
    Value taken = Value::array();
    if (!is_true(list)) return taken;  // none, too
    for (const Value& item : items_of(list)) {
      const Value* member = find(item, key);
      const Value value = member == nullptr ? Value(Value::value_t::discarded) : *member;
      const Value other = arguments.values.size() > 2 ? arguments.values[2] : Value(Value::value_t::discarded);
      if ((test.empty() ? is_true(value) : passes(test, value, other)) == wanted) taken.push_back(item);
    }
    return taken;
  }

  [[nodiscard]] Value tested(const Expression& expression) {
    const Arguments arguments = arguments_of(expression);
    const Value other = arguments.values.empty() ? Value(Value::value_t::discarded) : arguments.values.front();
    const Expression& tested = expression.parts.front();
    Value value = evaluate(tested);
    if (value.is_discarded() && tested.kind == Kind::name && is_function(tested.text)) value = true;  // it is defined
    return passes(expression.text, value, other);
  }

  [[nodiscard]] bool is_function(const std::string& name) const {
    constexpr std::array<std::string_view, 5> known{"raise_exception", "namespace", "dict", "strftime_now", "range"};
    return std::ranges::find(known, name) != known.end() || macros_.contains(name);
  }

  [[nodiscard]] bool passes(const std::string& test, const Value& value, const Value& other) const {
    if (test == "defined") return !value.is_discarded();
    if (test == "undefined") return value.is_discarded();
    if (test == "none") return value.is_null();
    if (test == "string") return value.is_string();
    if (test == "mapping") return value.is_object();
    if (test == "boolean") return value.is_boolean();
    if (test == "number") return value.is_number() || value.is_boolean();  // as in Python
    if (test == "integer") return value.is_number();
    if (test == "true" || test == "false") return value.is_boolean() && value.get<bool>() == (test == "true");
    if (test == "iterable") return value.is_structured() || value.is_string() || value.is_discarded();
    if (test == "sequence") return value.is_structured() || value.is_string() || value.is_discarded();
    if (test == "equalto" || test == "eq" || test == "sameas") return equal(value, other);
    if (test == "ne") return !equal(value, other);
    if (test == "in") return contains(other, value);
    if (test == "odd" || test == "even") return (require_number(value) % 2 == 0) == (test == "even");
    refuse_jinja(where_, "the test " + test);
  }

  // ---- values ----

  [[nodiscard]] static bool is_true(const Value& value) {
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number()) return value.get<std::int64_t>() != 0;
    if (value.is_string()) return !value.get_ref<const std::string&>().empty();
    return value.is_structured() && !value.empty();
  }

  [[nodiscard]] static bool equal(const Value& left, const Value& right) {
    if (left.is_discarded() || right.is_discarded()) return left.is_discarded() && right.is_discarded();
    return left == right;
  }

  [[nodiscard]] bool contains(const Value& all, const Value& one) const {
    if (all.is_string() && one.is_string()) {
      return all.get_ref<const std::string&>().find(one.get_ref<const std::string&>()) != std::string::npos;
    }
    if (all.is_object()) return one.is_string() && all.contains(one.get_ref<const std::string&>());
    if (all.is_discarded()) return false;
    if (!all.is_array()) fail("it looks for " + shown(one) + " in " + shown(all));
    return std::any_of(all.begin(), all.end(), [&](const Value& item) { return equal(item, one); });
  }

  /// What a loop goes over: the items of a list, the keys of an object, the characters of a text, nothing.
  [[nodiscard]] Value items_of(const Value& value) const {
    if (value.is_array()) return value;
    if (value.is_string()) return characters(value.get_ref<const std::string&>());
    Value items = Value::array();
    if (value.is_discarded()) return items;
    if (!value.is_object()) fail("it goes over " + shown(value));
    for (const auto& [key, member] : value.items()) items.push_back(key);
    return items;
  }

  [[nodiscard]] static Value characters(std::string_view text) {
    Value items = Value::array();
    while (!text.empty()) {
      const std::size_t length = first_utf8_sequence(text).length;
      items.push_back(std::string(text.substr(0, length)));
      text.remove_prefix(length);
    }
    return items;
  }

  [[nodiscard]] Value length(const Value& value) const {
    if (value.is_string()) return characters(value.get_ref<const std::string&>()).size();
    if (value.is_discarded()) return 0;
    if (!value.is_structured()) fail("it asks for the length of " + shown(value));
    return value.size();
  }

  [[nodiscard]] std::string joined(const Value& items, const std::string& separator) const {
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) add(text, separator);
      add(text, text_of(items[i]));
    }
    return text;
  }

  [[nodiscard]] Value concatenated(const std::string& left, const std::string& right) const {
    std::string text = left;
    add(text, right);
    return text;
  }

  void add(std::string& text, const std::string& more) const {
    if (text.size() + more.size() > longest_text) fail("its text is too long");
    text += more;
  }

  /// As Python's str().
  [[nodiscard]] std::string text_of(const Value& value) const {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_discarded()) return "";
    if (value.is_null()) return "None";
    if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
    if (value.is_number()) return value.dump();
    refuse_jinja(where_, "a list or an object as text");
  }

  /// As Python's json.dumps(value, ensure_ascii=False).
  [[nodiscard]] std::string json_text(const Value& value) const {
    if (value.is_discarded()) fail("it makes JSON of what is not defined");
    if (!value.is_structured()) return value.dump();
    std::string text(1, value.is_array() ? '[' : '{');
    for (const auto& [key, member] : value.items()) {
      if (text.size() > 1) text += ", ";
      if (value.is_object()) text += Value(key).dump() + ": ";
      add(text, json_text(member));
    }
    return text += value.is_array() ? ']' : '}';
  }

  /// A value in an error.
  [[nodiscard]] static std::string shown(const Value& value) {
    if (value.is_discarded()) return "what is not defined";
    const std::string text = value.dump(-1, ' ', true, Value::error_handler_t::replace);
    return text.size() > 40 ? text.substr(0, 40) + "..." : text;
  }

  [[nodiscard]] const Value& argument(const Arguments& arguments, std::size_t i) const {
    if (i >= arguments.values.size()) fail("an argument is missing");
    return arguments.values[i];
  }

  [[nodiscard]] std::string require_text(const Value& value) const {
    if (!value.is_string()) fail("a text is needed where there is " + shown(value));
    return value.get<std::string>();
  }

  [[nodiscard]] std::int64_t require_number(const Value& value) const {
    if (!value.is_number_integer()) fail("a number is needed where there is " + shown(value));
    return value.get<std::int64_t>();
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw DataError(where_, "the chat template cannot be applied: " + problem,
                    "Change the conversation, e.g. leave out its system message, or give text without roles");
  }

  const std::string& where_;
  std::chrono::year_month_day today_;
  std::vector<Scope> scopes_;                ///< the first is that of the template
  std::vector<std::vector<Scope>> callers_;  ///< the scopes of those that have called macros
  std::map<std::string, const Statement*, std::less<>> macros_;
  std::string output_;
  std::int64_t steps_ = 0;
};

MULTIPRUNER_INLINE JinjaTemplate::JinjaTemplate(std::string_view text, std::string where)
    : where_(std::move(where)), statements_(parse_jinja(text, where_)) {}

MULTIPRUNER_INLINE std::string JinjaTemplate::render(const nlohmann::ordered_json& variables,
                                                     std::chrono::year_month_day today) const {
  return JinjaRun(where_, variables, today).render(statements_);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
