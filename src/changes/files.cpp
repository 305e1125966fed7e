#include "changes/files.h"

#include <algorithm>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "base/hash.h"
#include "base/text.h"
#include "changes/queries.h"

namespace drydock::changes {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestPath = 300;
constexpr std::size_t kDeepest = 8;
constexpr mode_t kMode = 0600;  // not a program's: so a hook is SQL

Error refuse(std::string_view path, std::string what, std::string hint = {}) {
    return {
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("the file {}: {}", path.substr(0, kLongestPath), what),
        .hint = std::move(hint),
    };
}

bool is_plain(std::string_view part) {
    if (part.empty() || part.front() == '.') return false;
    return std::ranges::all_of(part, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    });
}

Result<> check_path(std::string_view path) {
    const auto parts = split(path, '/');
    if (path.size() > kLongestPath || parts.size() > kDeepest) return refuse(path, "its path is too long");
    if (!std::ranges::all_of(parts, is_plain)) {
        return refuse(
            path,
            "its path is not a plain one below the folder",
            "Names are of letters, digits, \".\", \"_\" and \"-\", and don't begin with a point."
        );
    }
    if (!path.ends_with(".sql")) {
        return refuse(path, "only .sql files are taken", "Hooks that are programs run from the command line only.");
    }
    return {};
}

}  // namespace

Result<> check_files(const std::vector<File>& files) {
    if (files.size() > kMostFiles) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("these are {} files; at most {} are taken", files.size(), kMostFiles),
        };
    }
    std::size_t bytes = 0;
    std::set<std::string_view> seen;
    for (const auto& file : files) {
        DRYDOCK_TRY_VOID(check_path(file.path));
        if (!seen.insert(file.path).second) return refuse(file.path, "it is there twice");
        if (file.text.find('\0') != std::string::npos) return refuse(file.path, "it holds a zero byte");
        bytes += file.text.size();
    }
    if (bytes <= kMostBytes) return {};
    return Error{
        .code = ErrorCode::invalid_argument,
        .message =
            fmt::format("the files are {} together; at most {} are taken", human_bytes(bytes), human_bytes(kMostBytes)),
        .hint = "Load data with a program of yours, and keep it out of migrations.",
    };
}

std::string digest_of(std::vector<File> files) {
    std::ranges::sort(files, {}, &File::path);
    std::string all;
    for (const auto& file : files) all += fmt::format("{} {}\n", sha256_hex(file.text), file.path);
    return sha256_hex(all);
}

Result<> store_files(control::Transaction& transaction, std::string_view job, const std::vector<File>& files) {
    json::array items;
    for (const auto& file : files) items.push_back(json::object{{"path", file.path}, {"text", file.text}});
    DRYDOCK_TRY_VOID(
        transaction.query(queries::store_files, {job, transaction.actor().organization_id, json::serialize(items)})
    );
    return {};
}

Result<std::vector<File>> stored_files(
    control::Store& store, const control::Actor& actor, std::string_view job, const Limits& limits
) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::stored_files, {job}, limits));
    if (rows.size() == 0) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "the job has no files",
            .hint = "Such a job is made by a call about a database: POST /databases/{id}/migrations, say.",
        };
    }
    std::vector<File> files;
    for (int row = 0; row < rows.size(); ++row) {
        if (rows.is_null(row, 0)) continue;
        files.push_back({.path = std::string{rows.text(row, 0)}, .text = std::string{rows.text(row, 1)}});
    }
    return files;
}

Result<Unpacked> Unpacked::make(const std::vector<File>& files) {
    DRYDOCK_TRY_VOID(check_files(files));
    Unpacked unpacked;
    DRYDOCK_TRY(unpacked.folder_, PrivateFolder::make("drydock-files"));
    for (const auto& file : files) {
        const auto path = unpacked.dir() / file.path;
        std::error_code error;
        std::filesystem::create_directories(path.parent_path(), error);
        // "a.sql" and "a.sql/b.sql" can't both be.
        if (error) return refuse(file.path, "another one stands where its folder would be");
        if (const auto written = write_file(path, file.text, kMode); !written) return unpacked.shown(written.error());
    }
    return unpacked;
}

std::string Unpacked::shown(std::string text) const {
    const auto folder = dir().string();
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) {
        const bool with_slash = at + folder.size() < text.size() && text[at + folder.size()] == '/';
        text.erase(at, folder.size() + (with_slash ? 1 : 0));
    }
    return text;
}

Error Unpacked::shown(Error error) const {
    error.detail.clear();
    for (auto* const text : {&error.message, &error.hint, &error.place.file}) *text = shown(std::move(*text));
    return error;
}

}  // namespace drydock::changes
