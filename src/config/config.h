#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

namespace drydock::config {

// From the weakest to the strongest: a later one replaces an earlier one, key by key.
enum class Layer : std::uint8_t { fallback, file, overlay, dotenv, environment, option };

struct Value {
    std::string text{};
    std::string origin{};  // "default", "drydock.toml:12", ".env:3", "environment DATABASE_URL", "option --dir"
    bool given = false;    // by somebody, not by the table
    Layer layer = Layer::fallback;
};

using Lookup = std::function<std::optional<std::string>(std::string_view name)>;
// The variables of this process.
Lookup process_environment();

struct LoadOptions {
    std::filesystem::path working_directory = ".";
    // Empty: DRYDOCK_CONFIG, else drydock.toml in the working directory, if there is one. A file that was asked for
    // must exist. Its folder is the project folder: there .env is read, and paths of both files start there.
    std::filesystem::path file{};
    std::map<std::string, std::string> options{};  // what the command line said: key of the table -> text
    Lookup environment = process_environment();
    std::optional<unsigned> user_id{};  // decides the default of data_dir; none: of this process
};

// The configuration of one run: every setting has a value and knows where it came from.
class Settings {
public:
    // Errors (invalid_argument, with the place in the file): a syntax error, an unknown key ("did you mean"), a value
    // of the wrong type, an environment name that the file does not know; not_found: a missing file.
    static Result<Settings> load(const LoadOptions& options);

    // Asking for a key that is not in the table, or for another type than it has, is a bug and aborts.
    // Durations are 0 where the setting says "none"; an empty text means "not set".
    const std::string& text(std::string_view key) const;  // of any type, as written; paths are ready for use
    std::chrono::milliseconds duration(std::string_view key) const;
    std::int64_t count(std::string_view key) const;
    std::int64_t bytes(std::string_view key) const;  // of a size
    bool flag(std::string_view key) const;
    bool given(std::string_view key) const { return value(key).given; }
    const Value& value(std::string_view key) const;

    // What ${NAME} stands for: the environment, .env, then [placeholders]; nullopt when nobody says.
    std::optional<Value> placeholder(std::string_view name) const;
    // Those of [placeholders], each with its strongest value.
    std::map<std::string, std::string> placeholders() const;

    // For `config show`: settings in the order of the table, then "placeholders.NAME"; secrets and placeholder values
    // that do not stand in the file are masked.
    struct Line {
        std::string key;
        std::string text;
        std::string origin;
        bool given = false;
    };
    std::vector<Line> lines() const;

    const std::filesystem::path& project_folder() const { return folder_; }
    const std::optional<std::filesystem::path>& file() const { return file_; }

private:
    friend class Loader;
    std::map<std::string, Value, std::less<>> values_;
    std::map<std::string, Value, std::less<>> placeholders_;  // of the file
    std::map<std::string, Value, std::less<>> dotenv_;
    Lookup environment_;
    std::filesystem::path folder_;
    std::optional<std::filesystem::path> file_;
};

}  // namespace drydock::config
