#include "cli/lint_world.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/session.h"
#include "cli/shadow_options.h"
#include "migrate/engine.h"
#include "migrate/sizes.h"
#include "migrate/target.h"
#include "prove/replay.h"
#include "sql/script.h"

namespace drydock::cli {
namespace {

using lint::Severity;

constexpr std::chrono::seconds kSizesTime{5};

// The relations that statements lock, asked of the effects themselves.
std::vector<migrate::RelationName> relations_of(const std::vector<lint::Input>& inputs, const effects::World& world) {
    std::set<std::pair<std::string, std::string>> found;
    effects::Reader reader{&world};
    for (const auto& input : inputs) {
        const auto script = sql::Script::read(input.text, input.file);
        if (!script) continue;
        for (const auto& statement : script->statements()) {
            for (const auto& relation : reader.read(script->text_of(statement)).relations) {
                if (relation.kind != effects::RelationKind::index) found.emplace(relation.schema, relation.name);
            }
        }
        reader.end_script();
    }
    std::vector<migrate::RelationName> names;
    for (const auto& [schema, name] : found) names.push_back({schema, name});
    return names;
}

// Anybody may ask for the slots; who may not see the standbys is told that there are none.
bool has_replicas(pg::Connection& connection, const Limits& limits) {
    const auto rows = connection.query(
        {.name = "lint_replicas",
         .text = "SELECT EXISTS (SELECT FROM pg_stat_replication) OR EXISTS (SELECT FROM pg_replication_slots)"},
        limits
    );
    return rows && rows->size() > 0 && rows->text(0, 0) == "t";
}

// How many of the chain stand before the first of the files.
std::size_t before_first(
    const migrate::Project& project, const std::vector<std::size_t>& chain, const std::vector<std::string>& files
) {
    for (std::size_t i = 0; i < chain.size(); ++i) {
        const auto& path = project.at(chain[i]).path;
        const bool given = std::any_of(files.begin(), files.end(), [&](const std::string& file) {
            std::error_code error;
            return file != "-" && std::filesystem::equivalent(file, path, error) && !error;
        });
        if (given) return i;
    }
    return chain.size();
}

}  // namespace

Result<std::string> known_rule(std::string_view id, std::string_view where) {
    if (lint::find_rule(id) != nullptr) return std::string{id};
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("{}: there is no rule \"{}\"", where, id),
        .hint = lint::rule_hint(id)
    };
}

Result<> set_severities(
    lint::Options& options, std::string_view rules, std::string_view where, lint::Severity severity
) {
    for (const auto part : split(rules, ',')) {
        if (trim(part).empty()) continue;
        DRYDOCK_TRY(const auto id, known_rule(trim(part), where));
        options.severities[id] = severity;
    }
    return {};
}

Result<lint::Options> lint_settings(const Session& session) {
    const auto& settings = session.settings();
    lint::Options options;
    for (const auto severity : {Severity::notice, Severity::warning, Severity::error}) {
        const auto key = fmt::format("lint.{}", lint::name(severity));
        DRYDOCK_TRY_VOID(set_severities(options, settings.text(key), key, severity));
    }
    DRYDOCK_TRY_VOID(set_severities(options, settings.text("lint.disable"), "lint.disable", Severity::off));
    options.sets_lock_timeout = settings.duration("migrate.lock_timeout").count() > 0;
    return options;
}

Result<LintTarget> read_lint_target(Session& session, bool with_history) {
    DRYDOCK_TRY(const auto where, session.target());
    const auto options = session.engine_options();
    LintTarget result;
    if (with_history) {
        DRYDOCK_TRY(const auto project, session.project());
        const migrate::Context context{where, project, options};
        DRYDOCK_TRY(const auto standing, migrate::standing(context, {}, false, session.limits()));
        for (const auto& item : standing.plan.items) {
            const bool ran = item.state == migrate::State::applied || item.state == migrate::State::changed;
            if (ran) result.applied.insert(item.id);
        }
    }
    DRYDOCK_TRY(auto target, migrate::Target::open(where, options, session.limits()));
    DRYDOCK_TRY(result.known, plan::read_world(target.connection(), session.limits()));
    result.replicas = has_replicas(target.connection(), session.limits());
    return result;
}

Result<> read_lint_sizes(Session& session, const std::vector<lint::Input>& inputs, LintTarget& target) {
    const auto names = relations_of(inputs, *target.known->world);
    if (names.empty()) return {};
    DRYDOCK_TRY(const auto where, session.target());
    // On a connection of its own: a table that somebody has locked costs a moment and nothing else.
    const auto soon = session.limits().at_most(kSizesTime);
    auto connection = migrate::Target::open(where, session.engine_options(), soon);
    if (!connection) return {};
    const auto sizes = migrate::relation_sizes(connection->connection(), names, soon);
    if (!sizes) {
        session.note("the sizes of the tables could not be read");
        return {};
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!(*sizes)[i]) continue;
        const auto& size = *(*sizes)[i];
        target.known->world->set_sizes(
            names[i].schema, names[i].name, {.heap_bytes = size.heap_bytes, .rows = size.rows.value_or(-1)}
        );
    }
    return {};
}

Result<LintTarget> replay_for_lint(Session& session, const std::vector<std::string>& files) {
    DRYDOCK_TRY(const auto project, session.project());
    const auto options = replay_options(session);
    DRYDOCK_TRY(const auto chain, prove::chain(project, options.engine));
    const auto count = files.empty() ? 0 : before_first(project, chain, files);
    DRYDOCK_TRY(const auto where, shadow_options(session));
    DRYDOCK_TRY(
        auto state, prove::replay_project(where, project, count, options, session.progress(), session.limits())
    );
    for (const auto& note : state.notes) session.note(note);
    for (const auto& skipped : state.skipped) {
        session.warn(fmt::format("{} did not run in the shadow: {}", skipped.id, skipped.error.message));
    }
    DRYDOCK_TRY(auto connection, pg::Connection::open(state.database.conninfo(), session.limits()));
    LintTarget result{.evidence = lint::Evidence::shadow};
    DRYDOCK_TRY(result.known, plan::read_world(connection, session.limits()));
    return result;
}

}  // namespace drydock::cli
