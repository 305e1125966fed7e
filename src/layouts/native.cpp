#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "base/files.h"
#include "base/hash.h"
#include "base/text.h"
#include "layouts/folder.h"

namespace drydock::layouts {
namespace {

namespace fs = std::filesystem;

enum class Role { migration, rollback, verify };

struct Found {
    fs::path path;
    Role role = Role::migration;
    std::string number;
    std::string name;
};

Error bad(const fs::path& path, std::string_view message, std::string_view hint) {
    Error error{.code = ErrorCode::invalid_argument, .message = std::string{message}, .hint = std::string{hint}};
    error.place.file = path.string();
    return error;
}

std::string_view strip_leading_zeros(std::string_view digits) {
    const auto first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? std::string_view{"0"} : digits.substr(first);
}

// "rollback-006_databases.sql" -> rollback, 006, databases. Nothing when the name fits no pattern.
std::optional<Found> recognise(const fs::path& path) {
    Found found{.path = path};
    std::string_view stem;
    const auto name = path.filename().string();
    if (!name.ends_with(".sql")) return std::nullopt;
    stem = std::string_view{name}.substr(0, name.size() - 4);
    if (stem.starts_with("rollback-")) {
        found.role = Role::rollback;
        stem.remove_prefix(9);
    } else if (stem.starts_with("verify-")) {
        found.role = Role::verify;
        stem.remove_prefix(7);
    }
    const auto digits = std::min(stem.find_first_not_of("0123456789"), stem.size());
    if (digits == 0) return std::nullopt;
    found.number = stem.substr(0, digits);
    stem.remove_prefix(digits);
    if (stem.starts_with('_') && stem.size() > 1) {
        found.name = stem.substr(1);
        return found;
    }
    if (stem.empty() && found.role != Role::migration) return found;
    return std::nullopt;
}

Result<std::vector<fs::path>> sql_files(const fs::path& dir) {
    std::error_code error;
    const auto status = fs::status(dir, error);
    if (status.type() == fs::file_type::not_found) {
        return Error{
            .code = ErrorCode::not_found,
            .message = fmt::format("the migrations folder {} does not exist", dir.string()),
            .hint = "name it with --dir, or make the first migration with `drydock migrate new NAME`"
        };
    }
    if (error) return file_error("reading", dir, error.value());
    if (status.type() != fs::file_type::directory) {
        return bad(
            dir,
            fmt::format("{} is a file, not a folder of migrations", dir.string()),
            "name the folder that holds it with --dir"
        );
    }
    std::vector<fs::path> files;
    auto entry = fs::recursive_directory_iterator(dir, fs::directory_options::follow_directory_symlink, error);
    if (error) return file_error("reading", dir, error.value());
    while (entry != fs::recursive_directory_iterator{}) {
        const auto name = entry->path().filename().string();
        const bool folder = entry->is_directory(error);
        if (error) return file_error("reading", entry->path(), error.value());
        if (folder && (name.starts_with('.') || (entry.depth() == 0 && name == "hooks")))
            entry.disable_recursion_pending();
        if (!folder && !name.starts_with('.') && to_lower(name).ends_with(".sql")) files.push_back(entry->path());
        const auto here = entry->path();
        entry.increment(error);
        if (error) return file_error("reading", here, error.value());
    }
    return files;
}

Result<> check_encoding(const fs::path& path, std::string_view text) {
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        return bad(path, "the file is UTF-16, not UTF-8", "save it as UTF-8");
    }
    const auto at = first_invalid_utf8(text);
    if (!at) return {};
    const auto line =
        static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(*at), '\n')) + 1;
    auto error =
        bad(path,
            fmt::format("byte 0x{:02X} is not valid UTF-8", static_cast<unsigned char>(text[*at])),
            "save the file as UTF-8 (for a Latin-1 file: `iconv -f latin1 -t utf-8`)");
    error.place.line = line;
    const auto line_start = text.rfind('\n', *at);
    error.place.column = *at - (line_start == std::string_view::npos ? 0 : line_start + 1) + 1;
    return error;
}

Result<Migration> read_migration(const Found& found) {
    Migration migration{.number = found.number, .name = found.name, .path = found.path};
    const auto name = found.path.filename().string();
    migration.id = name.substr(0, name.size() - 4);
    DRYDOCK_TRY(const auto file, MappedFile::open(found.path));
    DRYDOCK_TRY_VOID(check_encoding(found.path, file.text()));
    migration.size = file.text().size();
    migration.raw_hash = sha256_hex(file.text());
    migration.header = parse_header(file.text());
    if (const auto& problem = migration.header.problem) {
        auto error = bad(found.path, problem->text, "correct the line, or word it so that it is no header");
        error.place.line = problem->line;
        return error;
    }
    return migration;
}

// Reading and hashing thousands of small files is mostly waiting for the kernel: two hands halve it.
Result<std::vector<Migration>> read_migrations(const std::vector<Found>& found) {
    std::vector<Result<Migration>> results(found.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        constexpr std::size_t kBatch = 64;
        for (;;) {
            const auto begin = next.fetch_add(kBatch);
            if (begin >= found.size()) return;
            for (auto i = begin; i < std::min(begin + kBatch, found.size()); ++i) results[i] = read_migration(found[i]);
        }
    };
    if (found.size() > 128) {
        const std::jthread other{work};
        work();
    } else {
        work();
    }
    std::vector<Migration> migrations;
    migrations.reserve(found.size());
    for (auto& result : results) {
        DRYDOCK_TRY(migrations.emplace_back(), std::move(result));
    }
    return migrations;
}

bool earlier(const Migration& a, const Migration& b) {
    const int order = compare_numbers(a.number, b.number);
    return order != 0 ? order < 0 : a.id < b.id;
}

Result<> refuse_doubles(const std::vector<Migration>& migrations) {
    std::map<std::string_view, const Migration*> seen;
    for (const auto& migration : migrations) {
        const auto [at, fresh] = seen.emplace(migration.id, &migration);
        if (fresh) continue;
        return bad(
            migration.path,
            fmt::format("{} and {} have one name", at->second->path.string(), migration.path.string()),
            "history knows a migration by its file name: rename one of them"
        );
    }
    return {};
}

// Ties a rollback or verify file to the migration it is for.
Result<> attach(std::vector<Migration>& migrations, const Found& file) {
    const auto* const what = file.role == Role::rollback ? "rollback" : "verify";
    std::vector<Migration*> fitting;
    for (auto at = std::lower_bound(
             migrations.begin(),
             migrations.end(),
             file.number,
             [](const Migration& m, const std::string& n) { return compare_numbers(m.number, n) < 0; }
         );
         at != migrations.end() && compare_numbers(at->number, file.number) == 0;
         ++at) {
        if (file.name.empty() || at->name == file.name) fitting.push_back(&*at);
    }
    if (fitting.empty()) {
        return bad(
            file.path,
            fmt::format("{} is the {} of no migration", file.path.filename().string(), what),
            fmt::format(
                "there is no {}_{}.sql: rename the file, or remove it", file.number, file.name.empty() ? "…" : file.name
            )
        );
    }
    if (fitting.size() > 1) {
        return bad(
            file.path,
            fmt::format(
                "{} migrations have the number {}: {} does not say which it is for",
                fitting.size(),
                file.number,
                file.path.filename().string()
            ),
            fmt::format("name it {}-{}.sql", what, fitting[0]->id)
        );
    }
    auto& slot = file.role == Role::rollback ? fitting[0]->rollback : fitting[0]->verify;
    if (slot) {
        return bad(
            file.path,
            fmt::format("{} and {} are both the {} of {}", slot->string(), file.path.string(), what, fitting[0]->id),
            "keep one of them"
        );
    }
    slot = file.path;
    return {};
}

Result<> check_named_rollbacks(const std::vector<Migration>& migrations) {
    for (const auto& migration : migrations) {
        const auto& named = migration.header.rollback;
        if (!named || (migration.rollback && migration.rollback->filename() == fs::path{named->text}.filename()))
            continue;
        auto error =
            bad(migration.path,
                fmt::format("the header names the rollback {}, which is not there", named->text),
                fmt::format("add rollback-{}.sql, or remove the line", migration.id));
        error.place.line = named->line;
        return error;
    }
    return {};
}

Result<std::vector<Hook>> read_hooks(const fs::path& dir) {
    std::vector<Hook> hooks;
    std::error_code error;
    const auto folder = dir / "hooks";
    if (!fs::is_directory(folder, error)) return hooks;
    for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator{};
         entry.increment(error)) {
        const auto path = entry->path();
        const auto stem = path.stem().string();
        if (stem.starts_with('.')) continue;
        if (!stem.starts_with("before-") && !stem.starts_with("after-")) {
            return bad(
                path,
                fmt::format("{} is no hook name", path.filename().string()),
                "hooks are called before-run, after-run, before-<migration> or after-<migration>"
            );
        }
        struct stat info{};
        if (::stat(path.c_str(), &info) != 0) return file_error("reading", path, errno);
        const bool executable = (info.st_mode & 0111U) != 0;
        if (path.extension() != ".sql" && !executable) {
            return bad(
                path,
                fmt::format("the hook {} is neither SQL nor executable", path.filename().string()),
                "make it executable with chmod +x"
            );
        }
        hooks.push_back({stem, path, path.extension() != ".sql"});
    }
    if (error) return file_error("reading", folder, error.value());
    std::sort(hooks.begin(), hooks.end(), [](const Hook& a, const Hook& b) { return a.path < b.path; });
    return hooks;
}

// A mistyped one would never run, and nobody would be told.
Result<> check_hooks(const Folder& folder) {
    std::vector<std::string> names{"run"};
    for (const auto& migration : folder.migrations) names.push_back(migration.id);
    for (const auto& hook : folder.hooks) {
        const auto of = hook.when.substr(hook.when.find('-') + 1);
        if (std::find(names.begin(), names.end(), of) != names.end()) continue;
        const auto near = did_you_mean(of, names);
        return bad(
            hook.path,
            fmt::format(
                "the hook {} is for {}, which is neither \"run\" nor a migration", hook.path.filename().string(), of
            ),
            near ? fmt::format("did you mean {}?", *near) : "rename it, or remove it"
        );
    }
    return {};
}

}  // namespace

int compare_numbers(std::string_view a, std::string_view b) {
    a = strip_leading_zeros(a);
    b = strip_leading_zeros(b);
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    return a.compare(b);
}

Result<Folder> read_native(const fs::path& dir) {
    Folder folder{.dir = dir, .layout = "native"};
    DRYDOCK_TRY(const auto paths, sql_files(dir));
    std::vector<Found> migrations;
    std::vector<Found> companions;
    for (const auto& path : paths) {
        auto found = recognise(path);
        if (!found) {
            return bad(
                path,
                fmt::format("{} is no name of a migration", path.filename().string()),
                "migrations are called NNN_name.sql, with rollback-NNN.sql and verify-NNN.sql beside them; move other "
                "SQL elsewhere"
            );
        }
        (found->role == Role::migration ? migrations : companions).push_back(std::move(*found));
    }
    DRYDOCK_TRY(folder.migrations, read_migrations(migrations));
    std::sort(folder.migrations.begin(), folder.migrations.end(), earlier);
    DRYDOCK_TRY_VOID(refuse_doubles(folder.migrations));
    for (const auto& companion : companions) DRYDOCK_TRY_VOID(attach(folder.migrations, companion));
    DRYDOCK_TRY_VOID(check_named_rollbacks(folder.migrations));
    DRYDOCK_TRY(folder.hooks, read_hooks(dir));
    DRYDOCK_TRY_VOID(check_hooks(folder));
    return folder;
}

}  // namespace drydock::layouts
