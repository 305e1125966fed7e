#include "targets/target.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "targets/kinds.h"

namespace drydock::targets {

std::string_view wire_name(Outcome outcome) {
    constexpr std::array<std::string_view, 3> kNames{"passed", "failed", "skipped"};
    return kNames[static_cast<std::size_t>(outcome)];
}

Result<pg::Conninfo> Target::conninfo(bool, const Limits&) {
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("this is for PostgreSQL; the database is of the type {}", wire_name(address().type)),
    };
}

std::string_view fact(const Facts& facts, std::string_view name) {
    const auto found = std::ranges::find(facts, name, &Facts::value_type::first);
    return found == facts.end() ? std::string_view{} : std::string_view{found->second};
}

bool run_step(TestReport& report, std::string_view name, const std::function<Result<>()>& work) {
    const auto begun = Limits::Clock::now();
    auto done = work();
    Step step{.name = std::string{name}, .outcome = Outcome::passed, .time = Limits::Clock::now() - begun};
    if (!done) {
        step.outcome = Outcome::failed;
        step.message = done.error().message;
        step.hint = done.error().hint;
    }
    report.steps.push_back(std::move(step));
    return static_cast<bool>(done);
}

void report_dialling(TestReport& report, const net::Timing& timing, bool tls, const Error* failed) {
    bool over = false;
    const auto add = [&](std::string_view name, const std::optional<std::chrono::nanoseconds>& time) {
        Step step{.name = std::string{name}};
        if (time) {
            step.outcome = Outcome::passed;
            step.time = *time;
        } else if (failed && !over) {
            over = true;
            step.outcome = Outcome::failed;
            step.message = failed->message;
            step.hint = failed->hint;
        }
        report.steps.push_back(std::move(step));
    };
    // An address needs no look-up, and nothing says what it took.
    auto name = timing.name;
    if (!name && (timing.tcp || !failed)) name = std::chrono::nanoseconds{};
    add("name", name);
    add("tcp", timing.tcp);
    if (tls) {
        add("tls", timing.tls);
    } else {
        report.steps.push_back({.name = "tls", .message = over ? "" : "not asked for"});
    }
    if (failed && !over) {
        report.steps.push_back(
            {.name = "sign_in", .outcome = Outcome::failed, .message = failed->message, .hint = failed->hint}
        );
    }
}

void finish(TestReport& report) {
    constexpr std::array<std::string_view, 5> kSteps{"name", "tcp", "tls", "sign_in", "rights"};
    for (std::size_t i = report.steps.size(); i < kSteps.size(); ++i) {
        report.steps.push_back({.name = std::string{kSteps[i]}});
    }
    report.success = true;
    for (const auto& step : report.steps) {
        if (step.outcome != Outcome::failed) continue;
        report.success = false;
        report.message = step.message;
        return;
    }
    report.message = "connected";
}

Result<std::shared_ptr<Target>> make_target(Address address, const net::Dialler& dialler, TargetOptions options) {
    DRYDOCK_TRY_VOID(address.check());
    switch (address.type) {
        case Type::postgresql:
            return make_postgres(std::move(address), dialler, std::move(options));
        case Type::mongodb:
            return make_mongo(std::move(address), dialler, std::move(options));
        case Type::redis:
            return make_redis(std::move(address), dialler, std::move(options));
    }
    std::abort();
}

}  // namespace drydock::targets
