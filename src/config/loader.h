#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/toml_file.h"

namespace drydock::config {

// Lays the layers over each other, the weakest first. Used once, by Settings::load.
class Loader {
public:
    explicit Loader(const LoadOptions& options) : options_(options) {}
    Result<Settings> run();

private:
    Result<> find_files();
    Result<> choose_overlay();
    Result<> apply_file();
    Result<> apply_entry(const TomlEntry& entry, std::vector<std::string> path, Layer layer, bool chosen);
    Result<> apply_placeholder(const TomlEntry& entry, const std::vector<std::string>& path, Layer layer, bool chosen);
    Result<> apply_variables(Layer layer);
    Result<> apply_options();
    void compose_database_url();
    void default_data_dir();

    std::optional<Value> variable(std::string_view name, Layer layer) const;
    Result<> set(const Setting& setting, std::string_view text, Value value);
    std::string label(const std::filesystem::path& file) const;
    Error unknown_key(const TomlEntry& entry, const std::vector<std::string>& path) const;

    const LoadOptions& options_;
    Settings settings_;
    std::vector<TomlEntry> entries_;
    std::string overlay_;
};

}  // namespace drydock::config
