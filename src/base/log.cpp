#include "base/log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <mutex>
#include <vector>

#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace drydock::log {
namespace {

constexpr std::size_t kQueue = 8192;  // lines; a writer waits when the disk is that far behind, and none is lost

struct State {
    std::mutex mutex;
    Options options{.level = Level::off};
    std::shared_ptr<spdlog::logger> logger;
    std::shared_ptr<spdlog::details::thread_pool> pool;
};
State& state() {
    static State instance;
    return instance;
}
std::atomic<Level> g_level{Level::off};

constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warning", "error"};

void append_json(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (byte < 0x20 || byte == 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
        } else {
            out += c;
        }
    }
    out += '"';
}

// Bare where that can be told apart, quoted otherwise.
void append_text(std::string& out, std::string_view text) {
    const auto plain =
        !text.empty() && text.find_first_of(" \"=\\") == std::string_view::npos &&
        std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
    if (plain)
        out += text;
    else
        append_json(out, text);
}

void append_value(std::string& out, Format format, const Value& value) {
    if (const auto* const text = std::get_if<std::string_view>(&value)) {
        if (format == Format::json)
            append_json(out, *text);
        else
            append_text(out, *text);
    } else if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
        fmt::format_to(std::back_inserter(out), "{}", *integer);
    } else if (const auto* const number = std::get_if<double>(&value)) {
        fmt::format_to(std::back_inserter(out), "{:.6g}", *number);
    } else {
        out += std::get<bool>(value) ? "true" : "false";
    }
}

std::string now_text() {
    const auto now = std::chrono::system_clock::now();
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        parts.tm_year + 1900,
        parts.tm_mon + 1,
        parts.tm_mday,
        parts.tm_hour,
        parts.tm_min,
        parts.tm_sec,
        millis
    );
}

spdlog::sink_ptr make_sink(const Options& options) {
    if (options.file.empty()) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file.string());
}

}  // namespace

std::string line(Format format, std::string_view time, Level level, std::string_view event, Fields fields) {
    const auto name = kNames[static_cast<std::size_t>(level)];
    std::string out;
    if (format == Format::json) {
        fmt::format_to(std::back_inserter(out), R"({{"time":"{}","level":"{}","event":)", time, name);
        append_json(out, event);
        for (const auto& field : fields) {
            out += ',';
            append_json(out, field.name);
            out += ':';
            append_value(out, format, field.value);
        }
        out += '}';
        return out;
    }
    fmt::format_to(std::back_inserter(out), "{} {:<7} {}", time, name, event);
    for (const auto& field : fields) {
        out += ' ';
        out += field.name;
        out += '=';
        append_value(out, format, field.value);
    }
    return out;
}

Result<> configure(const Options& options) {
    auto& current = state();
    const std::lock_guard lock{current.mutex};
    try {
        auto pool = std::make_shared<spdlog::details::thread_pool>(kQueue, 1);
        auto logger = std::make_shared<spdlog::async_logger>("drydock", make_sink(options), pool);
        logger->set_pattern("%v");
        logger->set_level(spdlog::level::trace);
        logger->flush_on(spdlog::level::trace);  // by the writing thread: a line is there as soon as it was said
        current.options = options;
        current.pool = std::move(pool);
        std::atomic_store(&current.logger, std::shared_ptr<spdlog::logger>{std::move(logger)});
    } catch (const spdlog::spdlog_ex& error) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("the log file {} can't be written", options.file.string()),
            .hint = "Choose another one with log.file, or leave it out to log to standard error.",
            .detail = error.what(),
        };
    }
    g_level = options.level;
    return {};
}

Result<> reopen() {
    Options options;
    {
        const std::lock_guard lock{state().mutex};
        options = state().options;
    }
    if (options.level == Level::off) return {};
    return configure(options);
}

void shutdown() {
    g_level = Level::off;
    auto& current = state();
    const std::lock_guard lock{current.mutex};
    if (auto logger = std::atomic_exchange(&current.logger, std::shared_ptr<spdlog::logger>{})) logger->flush();
    current.pool.reset();
}

bool enabled(Level level) {
    return level >= g_level.load(std::memory_order_relaxed) && g_level != Level::off;
}

void write(Level level, std::string_view event, Fields fields) {
    if (!enabled(level)) return;
    auto& current = state();
    const auto logger = std::atomic_load(&current.logger);
    if (!logger) return;
    constexpr std::array kLevels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};
    logger->log(
        kLevels[static_cast<std::size_t>(level)], line(current.options.format, now_text(), level, event, fields)
    );
}

void failure(std::string_view event, const Error& problem, List fields) {
    if (!enabled(Level::error)) return;
    std::vector<Field> all{fields};
    all.emplace_back("code", traits(problem.code).name);
    all.emplace_back("message", problem.message);
    if (!problem.detail.empty()) all.emplace_back("detail", problem.detail);
    if (!problem.sqlstate.empty()) all.emplace_back("sqlstate", problem.sqlstate);
    if (!problem.statement.empty()) all.emplace_back("statement", std::string_view{problem.statement}.substr(0, 80));
    const auto place = fmt::format("{}:{}", problem.where.file_name(), problem.where.line());
    all.emplace_back("where", place);
    write(Level::error, event, all);
}

}  // namespace drydock::log
