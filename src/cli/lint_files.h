#pragma once

#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "layouts/folder.h"
#include "lint/lint.h"
#include "migrate/options.h"
#include "migrate/source.h"

namespace drydock::cli {

// The files that are linted, kept as long as their findings are. Placeholders are filled in, with stand-ins where they
// have no value, and places are those of the file.
class LintFiles {
public:
    explicit LintFiles(migrate::PlaceholderValues values) : values_(std::move(values)) {}

    // Errors: not_found and the like; what the text holds is never one.
    Result<> add(const std::filesystem::path& path);
    Result<> add_stdin();
    // Those after this are reported; those before are there for what they change.
    void only_from(std::size_t first);

    const std::vector<lint::Input>& inputs() const { return inputs_; }
    // Has it a text that `--fix` may write? Not with placeholders, and not standard input.
    bool may_be_written(std::size_t input) const { return files_[input].writable; }
    const std::filesystem::path& path(std::size_t input) const { return files_[input].path; }
    std::string masked(std::size_t input, std::string text) const;

private:
    struct File {
        std::filesystem::path path;
        std::string text;
        std::optional<migrate::Source> source;  // with placeholders
        bool writable = true;
    };
    void add_text(File file);

    migrate::PlaceholderValues values_;
    std::deque<File> files_;
    std::vector<lint::Input> inputs_;
};

}  // namespace drydock::cli
