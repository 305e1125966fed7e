#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/result.h"

// What a server tells its operator: one line an event, with named values. Nothing secret has a way in: a Secret is no
// Value. Safe from any thread; before configure() nothing is written, so that commands stay quiet.
namespace drydock::log {

enum class Level : std::uint8_t { debug, info, warning, error, off };
enum class Format : std::uint8_t { text, json };

struct Options {
    Level level = Level::info;
    Format format = Format::json;
    std::filesystem::path file{};  // empty: standard error. Appended to, and opened anew by reopen()
};

Result<> configure(const Options& options);
// After a log rotation.
Result<> reopen();
// Writes what is buffered; nothing is logged after it.
void shutdown();
bool enabled(Level level);

using Value = std::variant<std::string_view, std::int64_t, double, bool>;
struct Field {
    Field(std::string_view n, std::string_view v) : name(n), value(v) {}
    Field(std::string_view n, const std::string& v) : name(n), value(std::string_view{v}) {}
    Field(std::string_view n, const char* v) : name(n), value(std::string_view{v}) {}
    Field(std::string_view n, bool v) : name(n), value(v) {}
    Field(std::string_view n, double v) : name(n), value(v) {}
    template <std::integral T>
    Field(std::string_view n, T v) : name(n), value(static_cast<std::int64_t>(v)) {}

    std::string_view name;
    Value value;
};
using Fields = std::span<const Field>;

using List = std::initializer_list<Field>;

void write(Level level, std::string_view event, Fields fields);
inline void debug(std::string_view event, List fields = {}) {
    write(Level::debug, event, {fields.begin(), fields.size()});
}
inline void info(std::string_view event, List fields = {}) {
    write(Level::info, event, {fields.begin(), fields.size()});
}
inline void warning(std::string_view event, List fields = {}) {
    write(Level::warning, event, {fields.begin(), fields.size()});
}
inline void error(std::string_view event, List fields = {}) {
    write(Level::error, event, {fields.begin(), fields.size()});
}
// An Error with all that is for the log only.
void failure(std::string_view event, const Error& error, List fields = {});

// One line as it is written, without its end: for tests, and for who writes elsewhere.
std::string line(Format format, std::string_view time, Level level, std::string_view event, Fields fields);

}  // namespace drydock::log
