#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/files.h"
#include "layouts/folder.h"
#include "migrate/project.h"
#include "prove/replay.h"
#include "shadow/shadow.h"
#include "testing/postgres.h"
#include "testing/surroundings.h"

namespace drydock::prove {

inline Limits minute() {
    return Limits::within(std::chrono::minutes{1});
}

// A folder of migrations.
class ProjectFolder {
public:
    void write(const std::string& name, std::string_view text) const {
        std::filesystem::create_directories((path() / name).parent_path());
        const auto written = write_file(path() / name, text);
        EXPECT_TRUE(written) << (written ? "" : written.error().message);
    }
    void remove(const std::string& name) const { std::filesystem::remove(path() / name); }
    const std::filesystem::path& path() const { return folder_.path(); }

    migrate::Project project() const {
        auto folder = layouts::read_native(path());
        auto built = folder ? migrate::Project::build(*std::move(folder)) : Result<migrate::Project>{folder.error()};
        if (!built) {
            ADD_FAILURE() << built.error().message;
            std::abort();
        }
        return *std::move(built);
    }

private:
    testing::TempFolder folder_;
};

// One throw-away server for all tests of this program.
inline shadow::Shadow& shared_shadow() {
    static auto shadow = shadow::Shadow::open({}, std::nullopt, minute());
    if (!shadow) {
        ADD_FAILURE() << shadow.error().message;
        std::abort();
    }
    return *shadow;
}

// The first value of what a query returns, in the replay's own session.
inline std::string value(Replay& replay, std::string_view sql) {
    const auto rows = replay.connection().query({"test", sql}, minute());
    if (!rows) {
        ADD_FAILURE() << rows.error().message;
        return "(error)";
    }
    return rows->size() == 0 ? "" : std::string{rows->text(0, 0)};
}

}  // namespace drydock::prove
