#include "cli/lint_files.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/files.h"
#include "base/text.h"

namespace drydock::cli {

void LintFiles::add_text(File file) {
    files_.push_back(std::move(file));
    auto& kept = files_.back();
    const auto header = layouts::parse_header(kept.text);
    lint::Input input{.file = kept.path.string(), .text = kept.text, .no_transaction = header.no_transaction};
    if (!header.placeholders.empty()) {
        const auto filled = [this](std::string_view name) -> std::optional<std::string> {
            if (auto value = values_ ? values_(name) : std::nullopt) return value;
            return "placeholder_" + to_lower(name);
        };
        // What can't be cut into statements is linted as it stands: it is not analysed, and says so.
        if (auto source = migrate::Source::stored(kept.text, input.file, header.placeholders, filled)) {
            kept.source = *std::move(source);
            const auto* const running = &*kept.source;
            input.text = running->script().text();
            input.place = [running](std::size_t offset) { return running->place(offset); };
        }
        kept.writable = false;
    }
    inputs_.push_back(std::move(input));
}

Result<> LintFiles::add(const std::filesystem::path& path) {
    DRYDOCK_TRY(auto text, read_file(path));
    add_text({.path = path, .text = std::move(text)});
    return {};
}

Result<> LintFiles::add_stdin() {
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const auto got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_error("reading", "standard input", errno);
        if (got == 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    add_text({.path = "stdin", .text = std::move(text), .writable = false});
    return {};
}

void LintFiles::only_from(std::size_t first) {
    for (std::size_t i = 0; i < inputs_.size(); ++i) inputs_[i].reported = i >= first;
}

std::string LintFiles::masked(std::size_t input, std::string text) const {
    const auto& source = files_[input].source;
    return source ? source->mask(std::move(text)) : text;
}

}  // namespace drydock::cli
