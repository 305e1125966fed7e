#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"

// The pages that people and scripts rely on say what the program does.
namespace drydock::cli {
namespace {

std::string page(const char* name) {
    auto text = read_file(std::filesystem::path{__FILE__}.parent_path() / "../../docs" / name);
    EXPECT_TRUE(text) << name;
    return text ? *std::move(text) : std::string{};
}

TEST(Documentation, ExitCodesAreThoseOfTheTable) {
    const auto text = page("exit-codes.md");
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        const auto& known = traits(static_cast<ErrorCode>(code));
        bool found = false;
        for (const auto line : split(text, '\n')) {
            found |= line.starts_with(fmt::format("| {} |", known.exit_code)) &&
                     line.find(fmt::format("`{}`", known.name)) != std::string_view::npos;
        }
        EXPECT_TRUE(found) << known.name << " is not listed with exit code " << known.exit_code;
    }
}

TEST(Documentation, EveryCommandHasItsJsonDescribed) {
    const auto text = page("json.md");
    Arguments arguments;
    declare_commands(arguments);
    for (const auto& command : arguments.describe()) {
        if (!command.commands.empty() || command.path == "completion" || command.path == "pg psql") continue;
        const auto name = command.path.substr(command.path.find(' ') + 1);
        const bool found = text.find(fmt::format("`{}`", command.path)) != std::string::npos ||
                           text.find(fmt::format("`{}`", name)) != std::string::npos;
        EXPECT_TRUE(found) << command.path << " is not in docs/json.md";
    }
}

}  // namespace
}  // namespace drydock::cli
