#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/random.h"
#include "migrate/engine.h"
#include "testing/postgres.h"

namespace drydock::migrate {

// Remembers what was reported.
class Heard final : public Progress {
public:
    void report(const ProgressEvent& event) override {
        const std::lock_guard lock{mutex_};
        events_.push_back(event);
    }
    std::vector<ProgressEvent> of(ProgressEvent::Kind kind) const {
        const std::lock_guard lock{mutex_};
        std::vector<ProgressEvent> found;
        for (const auto& event : events_) {
            if (event.kind == kind) found.push_back(event);
        }
        return found;
    }

private:
    mutable std::mutex mutex_;
    std::vector<ProgressEvent> events_;
};

// A folder of migrations and a database of its own to run them on.
class Sandbox {
public:
    Sandbox() : dir_(std::filesystem::temp_directory_path() / ("drydock-test-" + random_hex(6))) {
        std::filesystem::create_directories(dir_);
        options.client = "test@here";
    }
    ~Sandbox() { std::filesystem::remove_all(dir_); }
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    const std::filesystem::path& dir() const { return dir_; }
    void write(std::string_view name, std::string_view text) const {
        std::filesystem::create_directories((dir_ / name).parent_path());
        const auto done = write_file(dir_ / name, text);
        if (!done) FAIL() << done.error().message;
    }
    void remove(std::string_view name) const { std::filesystem::remove(dir_ / name); }

    Result<Project> project() const {
        DRYDOCK_TRY(auto folder, layouts::read_native(dir_));
        return Project::build(std::move(folder));
    }
    Result<RunReport> up(const Selection& selection = {}, const Limits& limits = {}) {
        DRYDOCK_TRY(const auto now, project());
        return migrate::up({database.conninfo(), now, options}, selection, heard, limits);
    }
    Result<RunReport> roll_back(const RollbackSelection& selection) {
        DRYDOCK_TRY(const auto now, project());
        return migrate::roll_back({database.conninfo(), now, options}, selection, heard, {});
    }
    Result<RollbackPlan> plan_rollback(const RollbackSelection& selection) {
        DRYDOCK_TRY(const auto now, project());
        return migrate::plan_rollback({database.conninfo(), now, options}, selection, {});
    }
    Result<Standing> standing() {
        DRYDOCK_TRY(const auto now, project());
        return migrate::standing({database.conninfo(), now, options}, {}, false, {});
    }
    // "001_a=applied 002_b=pending", in order.
    std::string states() {
        const auto now = standing();
        if (!now) return "error: " + now.error().message;
        std::string text;
        for (const auto& item : now->plan.items) {
            text += (text.empty() ? "" : " ") + item.id + "=" + std::string{name(item.state)};
        }
        return text;
    }
    std::string run(std::string_view sql) const { return database.run(sql); }
    bool exists(std::string_view relation) const {
        return run("SELECT to_regclass('" + std::string{relation} + "') IS NOT NULL") == "t";
    }

    testing::Database database;
    Options options;
    Heard heard;

private:
    std::filesystem::path dir_;
};

// The report of a run that is meant to go well.
inline RunReport succeeded(Result<RunReport> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message << "\n" << result.error().hint << "\n" << result.error().detail;
        return {};
    }
    if (result->error) {
        ADD_FAILURE() << result->error->message << "\n"
                      << result->error->place.label() << "\n"
                      << result->error->hint << "\n"
                      << result->error->detail;
    }
    return *std::move(result);
}

// The error of a run that is meant to fail, before it began or on the way.
inline Error failed(Result<RunReport> result) {
    if (!result) return std::move(result).error();
    if (result->error) return *std::move(result->error);
    ADD_FAILURE() << "the run went well";
    return {};
}

}  // namespace drydock::migrate
