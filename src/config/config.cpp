#include "config/config.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "base/text.h"
#include "config/loader.h"

namespace drydock::config {
namespace {

[[noreturn]] void misused(std::string_view key, std::string_view problem) {
    fmt::print(stderr, "drydock: the setting \"{}\" {}\n", key, problem);
    std::abort();
}

bool sounds_secret(std::string_view name) {
    const auto lower = to_lower(name);
    for (const std::string_view word : {"password", "passwd", "secret", "token", "key", "credential"}) {
        if (lower.find(word) != std::string::npos) return true;
    }
    return false;
}

}  // namespace

Lookup process_environment() {
    return [](std::string_view name) -> std::optional<std::string> {
        const char* text = std::getenv(std::string{name}.c_str());
        if (text == nullptr) return std::nullopt;
        return text;
    };
}

Result<Settings> Settings::load(const LoadOptions& options) {
    return Loader{options}.run();
}

const Value& Settings::value(std::string_view key) const {
    const auto found = values_.find(key);
    if (found == values_.end()) misused(key, "is not in the table");
    return found->second;
}

const std::string& Settings::text(std::string_view key) const {
    return value(key).text;
}

std::chrono::milliseconds Settings::duration(std::string_view key) const {
    const auto parsed = parse_duration(text(key));
    if (find_setting(key)->type != Type::duration || !parsed) misused(key, "is not a duration");
    return *parsed;
}

std::int64_t Settings::count(std::string_view key) const {
    const auto& written = text(key);
    if (find_setting(key)->type != Type::count) misused(key, "is not a count");
    return std::strtoll(written.c_str(), nullptr, 10);
}

std::int64_t Settings::bytes(std::string_view key) const {
    const auto parsed = parse_bytes(text(key));
    if (find_setting(key)->type != Type::size || !parsed) misused(key, "is not a size");
    return *parsed;
}

bool Settings::flag(std::string_view key) const {
    const auto& written = text(key);
    if (find_setting(key)->type != Type::flag) misused(key, "is not a flag");
    return written == "true";
}

std::optional<Value> Settings::placeholder(std::string_view name) const {
    if (auto text = environment_(name)) {
        return Value{
            .text = *std::move(text),
            .origin = fmt::format("environment {}", name),
            .given = true,
            .layer = Layer::environment
        };
    }
    for (const auto* values : {&dotenv_, &placeholders_}) {
        if (const auto found = values->find(name); found != values->end()) return found->second;
    }
    return std::nullopt;
}

std::map<std::string, std::string> Settings::placeholders() const {
    std::map<std::string, std::string> result;
    for (const auto& [name, value] : placeholders_) result[name] = placeholder(name)->text;
    return result;
}

std::vector<Settings::Line> Settings::lines() const {
    std::vector<Line> result;
    for (const auto& setting : settings()) {
        const auto& setting_value = value(setting.key);
        result.push_back({
            .key = std::string{setting.key},
            .text = shown(setting, setting_value.text),
            .origin = setting_value.origin,
            .given = setting_value.given,
        });
    }
    for (const auto& [name, declared] : placeholders_) {
        const auto strongest = placeholder(name);
        const bool open = strongest->layer <= Layer::overlay && !sounds_secret(name);
        result.push_back({
            .key = "placeholders." + name,
            .text = open ? masked(strongest->text) : "********",
            .origin = strongest->origin,
            .given = true,
        });
    }
    return result;
}

}  // namespace drydock::config
