#include "validate/assertions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"

namespace drydock::validate {
namespace {

Error bad(const std::string& file, std::size_t line, std::string message) {
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = std::move(message),
        .hint = "an assertion begins with \"-- Assert: what must hold\"; docs/validation.md tells the rest",
        .place = {.file = file, .line = line}
    };
}

}  // namespace

Result<Assertion> parse_assertion(const std::string& file, std::string_view text) {
    Assertion assertion{.id = std::filesystem::path{file}.stem().string(), .sql = std::string{text}};
    if (text.starts_with("\xEF\xBB\xBF")) assertion.sql.erase(0, 3);
    if (const auto broken = first_invalid_utf8(text)) {
        return bad(file, 0, fmt::format("not UTF-8 text: byte {} does not fit", *broken));
    }
    std::size_t number = 0;
    for (const auto whole : split(assertion.sql, '\n')) {
        ++number;
        const auto line = trim(whole);
        if (line.empty()) continue;
        if (!line.starts_with("--")) break;
        const auto comment = line.substr(2);
        const auto colon = comment.find(':');
        if (colon == std::string_view::npos) continue;
        const auto key = to_lower(trim(comment.substr(0, colon)));
        const auto value = trim(comment.substr(colon + 1));
        if (key == "assert") assertion.text = value;
        if (key == "severity") {
            const auto severity = severity_named(value);
            if (!severity) return bad(file, number, fmt::format("\"{}\" is not critical, warning or info", value));
            assertion.severity = *severity;
        }
        if (key == "budget") {
            assertion.budget = parse_duration(value);
            if (!assertion.budget) return bad(file, number, fmt::format("\"{}\" is no duration such as 20s", value));
        }
    }
    if (assertion.text.empty()) return bad(file, 1, "an assertion without \"-- Assert:\"");
    return assertion;
}

Result<std::vector<Assertion>> read_assertions(const std::filesystem::path& folder, bool must_exist) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().extension() == ".sql") files.push_back(entry->path());
    }
    if (error == std::errc::no_such_file_or_directory && !must_exist) return std::vector<Assertion>{};
    if (error) return file_error("reading assertions", folder, error.value());
    std::sort(files.begin(), files.end());
    std::vector<Assertion> all;
    for (const auto& file : files) {
        DRYDOCK_TRY(const auto text, read_file(file));
        DRYDOCK_TRY(auto assertion, parse_assertion(file.string(), text));
        all.push_back(std::move(assertion));
    }
    return all;
}

}  // namespace drydock::validate
