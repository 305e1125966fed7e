#include "drift/expected.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "drift/queries.h"
#include "drift/roles.h"
#include "shadow/extensions.h"

namespace drydock::drift {
namespace {

constexpr pg::Query kSuperuser{"drift.superuser", "SELECT rolname FROM pg_catalog.pg_roles WHERE oid = 10"};
constexpr pg::Query kRole{"drift.role", "SELECT SESSION_USER"};
constexpr int kVersionFactor = 10'000;

Result<std::string> value(pg::Connection& connection, const pg::Query& query, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, connection.query(query, limits));
    return std::string{rows.size() > 0 ? rows.text(0, 0) : ""};
}

// The text of a migration: what history keeps, or the file's.
Result<std::string> text_of(
    const std::optional<std::string>& kept,
    const std::string& id,
    bool ours,
    const migrate::Context& context,
    const Options& options
) {
    const auto index = ours ? context.project.find_id(id) : std::nullopt;
    const bool take_file = index && (options.source == Source::files || !kept);
    if (take_file) return read_file(context.project.at(*index).path);
    if (kept) return *kept;
    return Error{
        .code = ErrorCode::not_found,
        .message = fmt::format("history keeps no SQL of {}, and there is no file of that name", id),
        .hint = "bring the file back from version control, or compare with a stored snapshot: --snapshot FILE"
    };
}

Error no_history(const migrate::Facts& facts) {
    return {
        .code = ErrorCode::not_found,
        .message = fmt::format("{} has no history: nothing says what it should be", facts.database),
        .hint = "run `drydock migrate up` or `baseline` first, or compare with a stored snapshot: --snapshot FILE"
    };
}

// Extensions that the target has and the shadow can't have are nobody's fault.
Result<> leave_out_extensions(Report& report, shadow::Shadow& shadow, const Limits& limits) {
    std::set<std::string, std::less<>> missing;
    for (const auto& object : report.found.objects) {
        if (object.kind != catalog::Kind::extension) continue;
        if (report.expected.find(object.kind, "", "", object.name)) continue;
        DRYDOCK_TRY(const bool there, shadow.has_extension(object.name, limits));
        if (!there) missing.insert(object.name);
    }
    for (const auto& name : missing) {
        report.notes.push_back(fmt::format(
            "the extension {} can't be compared: the shadow lacks it ({})",
            name,
            shadow::how_to_install(name, shadow.server_version() / kVersionFactor)
        ));
    }
    remove_objects(report.found, [&](const catalog::Object& object) {
        return object.kind == catalog::Kind::extension && missing.contains(object.name);
    });
    return {};
}

}  // namespace

Result<Applied> read_applied(
    migrate::Target& target, const migrate::Context& context, const Options& options, const Limits& limits
) {
    if (!target.facts().history_exists) return no_history(target.facts());
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::applied, limits));
    Applied applied;
    std::map<std::string, std::size_t> by_role;
    for (int row = 0; row < rows.size(); ++row) {
        std::string id{rows.text(row, 1)};
        const auto project = rows.text(row, 0);
        const bool ours = project == context.options.project;
        DRYDOCK_TRY(auto text, text_of(rows.optional_text(row, 2), id, ours, context, options));
        ++by_role[std::string{rows.text(row, 3)}];
        // Two projects may have a migration of one name.
        applied.migrations.push_back({.id = ours ? id : fmt::format("{}/{}", project, id), .sql = std::move(text)});
    }
    if (applied.migrations.empty()) return no_history(target.facts());
    applied.role = std::ranges::max_element(by_role, {}, [](const auto& pair) { return pair.second; })->first;
    if (by_role.size() > 1) {
        applied.notes.push_back(fmt::format(
            "{} roles have run migrations here; what they made is expected to belong to {}",
            by_role.size(),
            applied.role
        ));
    }
    return applied;
}

Result<> expect_replayed(
    Report& report,
    migrate::Target& target,
    const Applied& applied,
    const Options& options,
    Progress& progress,
    const Limits& limits
) {
    DRYDOCK_TRY(auto state, prove::replay_stored(options.shadow, applied.migrations, options.replay, progress, limits));
    report.migrations = applied.migrations.size() - state.skipped.size();
    for (auto& skipped : state.skipped) report.skipped.push_back({skipped.id, std::move(skipped.error)});
    report.notes.insert(report.notes.end(), applied.notes.begin(), applied.notes.end());
    report.notes.insert(report.notes.end(), state.notes.begin(), state.notes.end());

    DRYDOCK_TRY(auto connection, pg::Connection::open(state.database.conninfo(), limits));
    DRYDOCK_TRY(report.expected, catalog::read_snapshot(connection, {.dependencies = true}, limits));
    DRYDOCK_TRY(const auto empty, state.shadow.create_database({}, limits));
    DRYDOCK_TRY(auto beside, pg::Connection::open(empty.conninfo(), limits));
    DRYDOCK_TRY(const auto start, catalog::read_snapshot(beside, {}, limits));
    Roles roles{.shadow_superuser = {}, .superuser = {}, .shadow_role = {}, .role = applied.role};
    DRYDOCK_TRY(roles.shadow_superuser, value(connection, kSuperuser, limits));
    DRYDOCK_TRY(roles.shadow_role, value(connection, kRole, limits));
    DRYDOCK_TRY(roles.superuser, value(target.connection(), kSuperuser, limits));
    rename_roles(report.expected, start, roles);
    return leave_out_extensions(report, state.shadow, limits);
}

Result<> expect_stored(Report& report, const Options& options) {
    report.file = options.snapshot.string();
    DRYDOCK_TRY(const auto text, read_file(options.snapshot));
    auto stored = catalog::from_json(text);
    if (!stored) return std::move(stored).error().in(report.file);
    report.expected = *std::move(stored);
    const int then = report.expected.server_version / kVersionFactor;
    const int now = report.found.server_version / kVersionFactor;
    if (then != 0 && then != now) {
        report.notes.push_back(fmt::format(
            "the snapshot was read from PostgreSQL {} and the target runs {}: they word some definitions differently",
            then,
            now
        ));
    }
    return {};
}

}  // namespace drydock::drift
