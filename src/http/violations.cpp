#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/encoding.h"
#include "base/text.h"
#include "http/schema.h"

namespace drydock::http {
namespace {

namespace json = boost::json;

// More than this, nobody reads.
constexpr std::size_t kMostViolations = 100;

std::string step(std::string_view pointer, std::string_view name) {
    std::string out{pointer};
    out += '/';
    for (const char c : name) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
    if (at + digits > text.size()) return std::nullopt;
    int value = 0;
    const auto* const end = text.data() + at + digits;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    if (error != std::errc{} || stop != end || value < 0) return std::nullopt;
    return value;
}

bool is_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const auto year = number_at(text, 0, 4);
    const auto month = number_at(text, 5, 2);
    const auto day = number_at(text, 8, 2);
    if (!year || !month || !day) return false;
    return std::chrono::year_month_day{
        std::chrono::year{*year},
        std::chrono::month{static_cast<unsigned>(*month)},
        std::chrono::day{static_cast<unsigned>(*day)}
    }.ok();
}

// RFC 3339, with its offset: without one nobody knows when it is.
bool is_date_time(std::string_view text) {
    if (text.size() < 20 || !is_date(text.substr(0, 10)) || (text[10] != 'T' && text[10] != 't')) return false;
    const auto hour = number_at(text, 11, 2);
    const auto minute = number_at(text, 14, 2);
    const auto second = number_at(text, 17, 2);
    if (!hour || !minute || !second || text[13] != ':' || text[16] != ':') return false;
    if (*hour > 23 || *minute > 59 || *second > 60) return false;
    auto rest = text.substr(19);
    if (rest.starts_with('.')) {
        const auto digits = rest.find_first_not_of("0123456789", 1);
        if (digits == std::string_view::npos || digits == 1 || digits > 10) return false;
        rest.remove_prefix(digits);
    }
    if (rest == "Z" || rest == "z") return true;
    if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return false;
    const auto hours = number_at(rest, 1, 2);
    const auto minutes = number_at(rest, 4, 2);
    return hours && minutes && *hours <= 23 && *minutes <= 59;
}

// Whether a message can go there only a message can tell: this keeps out what can't be an address at all.
bool is_email(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
    if (std::ranges::any_of(text, [](char c) {
            return static_cast<unsigned char>(c) <= ' ' || c == 0x7F || c == '<' || c == '>' || c == ',' || c == ';';
        }))
        return false;
    const auto domain = text.substr(at + 1);
    return text.substr(0, at).find('@') == std::string_view::npos && domain.find('.') != std::string_view::npos &&
           domain.find(':') == std::string_view::npos && kHostName.matches(domain);
}

bool is_uri(std::string_view text) {
    const auto colon = text.find("://");
    if (colon == std::string_view::npos || colon == 0 || colon + 3 >= text.size()) return false;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (!letter(text[0])) return false;
    const auto scheme = text.substr(0, colon);
    if (!std::ranges::all_of(scheme, [&](char c) {
            return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        }))
        return false;
    return std::ranges::all_of(text, [](char c) {
        return static_cast<unsigned char>(c) > ' ' && static_cast<unsigned char>(c) < 0x7F && c != '"' && c != '<' &&
               c != '>' && c != '\\' && c != '`';
    });
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::string bounds(const Schema& schema, std::string_view unit) {
    if (schema.least && schema.most && *schema.least == *schema.most)
        return fmt::format("must have exactly {} {}", *schema.least, unit);
    if (schema.least && schema.most && *schema.least > 0)
        return fmt::format("must have {} to {} {}", *schema.least, *schema.most, unit);
    if (schema.most) return fmt::format("must have at most {} {}", *schema.most, unit);
    return fmt::format("must have at least {} {}", schema.least.value_or(0), unit);
}

class Checker {
public:
    explicit Checker(Direction direction) : direction_(direction) {}

    void check(const Schema& schema, const json::value& value, const std::string& pointer) {
        if (found_.size() >= kMostViolations) return;
        if (value.is_null() && schema.type != Type::any) {
            if (!schema.is_nullable) wrong(pointer, "must not be null");
            return;
        }
        switch (schema.type) {
            case Type::text:
                return check_text(schema, value, pointer);
            case Type::integer:
                return check_integer(schema, value, pointer);
            case Type::number:
                return check_number(schema, value, pointer);
            case Type::boolean:
                if (!value.is_bool()) wrong(pointer, "must be true or false");
                return;
            case Type::object:
                return check_object(schema, value, pointer);
            case Type::list:
                return check_list(schema, value, pointer);
            case Type::map:
                return check_map(schema, value, pointer);
            case Type::any:
                return check_any(value, pointer);
        }
    }

    std::vector<Violation> found_;

private:
    void wrong(std::string pointer, std::string message) {
        if (found_.size() < kMostViolations) found_.push_back({std::move(pointer), std::move(message)});
    }
    bool outside(const Schema& schema, std::size_t count) const {
        const auto n = static_cast<std::int64_t>(count);
        return (schema.least && n < *schema.least) || (schema.most && n > *schema.most);
    }
    bool has_nul(std::string_view text, const std::string& pointer) {
        if (text.find('\0') == std::string_view::npos) return false;
        wrong(pointer, "must not hold the character U+0000");
        return true;
    }

    void check_text(const Schema& schema, const json::value& value, const std::string& pointer) {
        if (!value.is_string()) return wrong(pointer, "must be a string");
        if (schema.mark == FieldClass::secret && direction_ == Direction::answer)
            return wrong(pointer, "is a secret, which no answer may hold");
        const std::string_view text{value.get_string().data(), value.get_string().size()};
        if (has_nul(text, pointer)) return;
        if (!schema.choices.empty() && std::ranges::find(schema.choices, text) == schema.choices.end())
            return wrong(pointer, fmt::format("must be one of: {}", fmt::join(schema.choices, ", ")));
        if (outside(schema, characters(text))) wrong(pointer, bounds(schema, "characters"));
        if (schema.pattern && !schema.pattern->matches(text)) wrong(pointer, std::string{schema.pattern->says});
        switch (schema.format) {
            case Format::none:
                return;
            case Format::uuid:
                if (!is_uuid(text)) wrong(pointer, "must be a UUID");
                return;
            case Format::date_time:
                if (!is_date_time(text)) wrong(pointer, "must be a time as 2026-01-31T12:00:00Z");
                return;
            case Format::date:
                if (!is_date(text)) wrong(pointer, "must be a day as 2026-01-31");
                return;
            case Format::email:
                if (!is_email(text)) wrong(pointer, "must be an e-mail address");
                return;
            case Format::uri:
                if (!is_uri(text)) wrong(pointer, "must be an address as https://example.org/path");
                return;
        }
    }

    void check_integer(const Schema& schema, const json::value& value, const std::string& pointer) {
        if (!value.is_int64()) {
            const bool too_big = value.is_uint64() && value.get_uint64() > static_cast<std::uint64_t>(INT64_MAX);
            return wrong(pointer, too_big ? "is out of range" : "must be a whole number");
        }
        const auto n = value.get_int64();
        if ((schema.least && n < *schema.least) || (schema.most && n > *schema.most))
            wrong(pointer, fmt::format("must be from {} to {}", schema.least.value_or(0), schema.most.value_or(0)));
    }

    void check_number(const Schema& schema, const json::value& value, const std::string& pointer) {
        if (!value.is_number()) return wrong(pointer, "must be a number");
        const auto n = value.to_number<double>();
        if (!std::isfinite(n)) return wrong(pointer, "is out of range");
        if ((schema.least && n < static_cast<double>(*schema.least)) ||
            (schema.most && n > static_cast<double>(*schema.most)))
            wrong(pointer, fmt::format("must be from {} to {}", schema.least.value_or(0), schema.most.value_or(0)));
    }

    void check_object(const Schema& schema, const json::value& value, const std::string& pointer) {
        if (!value.is_object()) return wrong(pointer, "must be an object");
        const auto& object = value.get_object();
        for (const auto& [key, member] : object) {
            const std::string_view name{key.data(), key.size()};
            const auto field = std::ranges::find(schema.fields, name, &Field::name);
            if (field == schema.fields.end()) {
                unknown(schema, name, pointer);
                continue;
            }
            check_member(*field, member, step(pointer, name));
        }
        for (const auto& field : schema.fields)
            if (must_be_there(field) && !object.if_contains(field.name))
                wrong(step(pointer, field.name), "is required");
    }

    bool must_be_there(const Field& field) const {
        if (direction_ == Direction::request)
            return field.presence == Presence::required || field.presence == Presence::required_input;
        if (field.schema.mark == FieldClass::secret && field.schema.type == Type::text) return false;
        return field.presence == Presence::required || field.presence == Presence::output;
    }

    void check_member(const Field& field, const json::value& member, const std::string& pointer) {
        const bool output = field.presence == Presence::output || field.presence == Presence::maybe_output;
        const bool input = field.presence == Presence::input || field.presence == Presence::required_input;
        if (output && direction_ == Direction::request)
            return wrong(pointer, "is set by the server and can't be given");
        if (input && direction_ == Direction::answer) return wrong(pointer, "is declared for requests only");
        check(field.schema, member, pointer);
    }

    void unknown(const Schema& schema, std::string_view name, const std::string& pointer) {
        std::vector<std::string> known;
        for (const auto& field : schema.fields) known.push_back(field.name);
        const auto meant = did_you_mean(name, known);
        wrong(
            step(pointer, name.substr(0, 200)),
            meant ? fmt::format("is not known; did you mean \"{}\"?", *meant) : std::string{"is not known"}
        );
    }

    void check_list(const Schema& schema, const json::value& value, const std::string& pointer) {
        if (!value.is_array()) return wrong(pointer, "must be a list");
        const auto& array = value.get_array();
        if (outside(schema, array.size())) wrong(pointer, bounds(schema, "items"));
        for (std::size_t i = 0; i < array.size() && found_.size() < kMostViolations; ++i)
            check(*schema.item, array[i], step(pointer, std::to_string(i)));
        if (!schema.is_unique) return;
        std::vector<std::string> texts;
        for (const auto& item : array) texts.push_back(json::serialize(item));
        std::ranges::sort(texts);
        if (std::ranges::adjacent_find(texts) != texts.end()) wrong(pointer, "must not have the same item twice");
    }

    void check_map(const Schema& schema, const json::value& value, const std::string& pointer) {
        if (!value.is_object()) return wrong(pointer, "must be an object");
        const auto& object = value.get_object();
        if (outside(schema, object.size())) wrong(pointer, bounds(schema, "members"));
        for (const auto& [key, member] : object) {
            const std::string_view name{key.data(), key.size()};
            if (!has_nul(name, pointer)) check(*schema.item, member, step(pointer, name));
        }
    }

    // Whatever it is: a text that PostgreSQL can't keep is refused here and not by the database.
    void check_any(const json::value& value, const std::string& pointer) {
        if (value.is_string()) {
            has_nul({value.get_string().data(), value.get_string().size()}, pointer);
        } else if (value.is_array()) {
            for (const auto& item : value.get_array()) check_any(item, pointer);
        } else if (value.is_object()) {
            for (const auto& [key, member] : value.get_object()) {
                if (has_nul({key.data(), key.size()}, pointer)) return;
                check_any(member, pointer);
            }
        }
    }

    Direction direction_;
};

}  // namespace

std::vector<Violation> violations(const Schema& schema, const json::value& value, Direction direction) {
    Checker checker{direction};
    checker.check(schema, value, "");
    return std::move(checker.found_);
}

std::optional<json::value> read_text(const Schema& schema, std::string_view text) {
    switch (schema.type) {
        case Type::text:
            return json::value(json::string(text.data(), text.size()));
        case Type::boolean:
            if (text == "true") return json::value(true);
            if (text == "false") return json::value(false);
            return std::nullopt;
        case Type::integer: {
            std::int64_t n = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
            if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
            return json::value(n);
        }
        case Type::number: {
            double n = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
            if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(n)) return std::nullopt;
            return json::value(n);
        }
        case Type::list: {
            json::array items;
            for (const auto part : split(text, ',')) {
                auto item = read_text(*schema.item, part);
                if (!item) return std::nullopt;
                items.push_back(*std::move(item));
            }
            return json::value(std::move(items));
        }
        default:
            return std::nullopt;
    }
}

}  // namespace drydock::http
