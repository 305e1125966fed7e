#include "tenancy/projects.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "audit/audit.h"
#include "control/events.h"
#include "control/version.h"
#include "tenancy/queries.h"

namespace drydock::tenancy {
namespace {

constexpr std::string_view kMissing = "there is no such project";

Project read(const pg::Rows& rows, int row = 0) {
    return {
        .id = std::string{rows.text(row, 0)},
        .slug = std::string{rows.text(row, 1)},
        .name = std::string{rows.text(row, 2)},
        .description = std::string{rows.text(row, 3)},
        .status = std::string{rows.text(row, 4)},
        .databases = rows.integer(row, 5),
        .created_at = std::string{rows.text(row, 6)},
        .updated_at = std::string{rows.text(row, 7)},
        .version = std::string{rows.text(row, 8)},
    };
}

Result<Project> in(control::Transaction& transaction, const std::string& id) {
    DRYDOCK_TRY(const auto rows, transaction.one(queries::project, {id}, kMissing));
    return read(rows);
}

Result<Project> lock(control::Transaction& transaction, const std::string& id, const std::string& seen) {
    DRYDOCK_TRY_VOID(transaction.one(queries::lock_project, {id}, kMissing));
    DRYDOCK_TRY(auto project, in(transaction, id));
    if (!control::fits(seen, project.version)) return control::changed_meanwhile(project.version);
    return project;
}

Result<> tell(
    control::Transaction& transaction, const Project& project, const char* what, const boost::json::object& details
) {
    const auto text = boost::json::serialize(details);
    DRYDOCK_TRY_VOID(audit::append(
        transaction,
        {.action = std::string{"project."} + what,
         .object_type = "project",
         .object_id = project.id,
         .object_name = project.slug,
         .details = text}
    ));
    return control::publish(
        transaction, {.topic = "projects", .kind = what, .subject_id = project.id, .payload = text}
    );
}

void note(boost::json::object& details, const char* what, const std::string& from, const std::string& to) {
    if (from != to) details[what] = {{"from", from}, {"to", to}};
}

pg::Param param(const std::optional<std::string>& text) {
    return text ? pg::Param{*text} : pg::Param{};
}

Error taken(const std::string& slug) {
    return {
        .code = ErrorCode::conflict,
        .message = fmt::format("there is a project {} already", slug),
        .hint = "Choose another slug, or change that project.",
    };
}

// With its keys goes what they have sealed, in backups taken later too.
Result<> shred_keys(control::Transaction& transaction, const std::string& project) {
    DRYDOCK_TRY(const auto keys, transaction.query(queries::delete_data_keys, {project}));
    for (int row = 0; row < keys.size(); ++row) {
        DRYDOCK_TRY_VOID(audit::append(
            transaction,
            {.action = "data_key.destroyed",
             .object_type = "data_key",
             .object_id = std::string{keys.text(row, 0)},
             .object_name = fmt::format("{} {}", keys.text(row, 1), keys.text(row, 2)),
             .details = boost::json::serialize(boost::json::object{{"project_id", project}})}
        ));
    }
    return {};
}

// What still belongs to a project that was to be deleted, from the constraint that spoke.
Error in_use(const Error& error) {
    if (error.sqlstate != "23503") return error;
    return {
        .code = ErrorCode::conflict,
        .message = "the project is not empty: databases or secrets belong to it",
        .hint = "Remove its databases and credentials first, or archive it.",
        .detail = error.detail,
    };
}

}  // namespace

Result<std::vector<Project>> list_projects(
    control::Store& store, const control::Actor& actor, const ProjectFilter& filter, const Limits& limits
) {
    const auto most = std::to_string(filter.most);
    DRYDOCK_TRY(
        const auto rows, store.read(actor, queries::projects, {param(filter.status), filter.after, most}, limits)
    );
    std::vector<Project> projects;
    for (int row = 0; row < rows.size(); ++row) projects.push_back(read(rows, row));
    return projects;
}

Result<Project> get_project(
    control::Store& store, const control::Actor& actor, const std::string& id, const Limits& limits
) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::project, {id}, limits));
    if (rows.size() == 0) return Error{.code = ErrorCode::not_found, .message = std::string{kMissing}};
    return read(rows);
}

Result<Project> find_project(
    control::Store& store, const control::Actor& actor, const std::string& slug, const Limits& limits
) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::project_by_slug, {slug}, limits));
    if (rows.size() == 0) {
        return Error{
            .code = ErrorCode::not_found,
            .message = fmt::format("there is no project {}", slug),
            .hint = "`drydock project list` shows those that you may see.",
        };
    }
    return read(rows);
}

Result<Project> create_project(
    control::Store& store, const control::Actor& actor, const NewProject& project, const Limits& limits
) {
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<Project> {
        auto made = transaction.query(
            queries::create_project, {actor.organization_id, project.slug, project.name, project.description}
        );
        if (!made) return made.error().sqlstate == "23505" ? taken(project.slug) : std::move(made).error();
        DRYDOCK_TRY(auto created, in(transaction, std::string{made->text(0, 0)}));
        DRYDOCK_TRY_VOID(tell(transaction, created, "created", {{"name", created.name}}));
        return created;
    });
}

Result<Project> change_project(
    control::Store& store,
    const control::Actor& actor,
    const std::string& id,
    const ProjectChange& change,
    const std::string& seen,
    const Limits& limits
) {
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<Project> {
        DRYDOCK_TRY(const auto before, lock(transaction, id, seen));
        DRYDOCK_TRY_VOID(transaction.one(
            queries::change_project, {id, param(change.name), param(change.description), param(change.status)}, kMissing
        ));
        DRYDOCK_TRY(auto after, in(transaction, id));
        boost::json::object details;
        note(details, "name", before.name, after.name);
        note(details, "description", before.description, after.description);
        note(details, "status", before.status, after.status);
        DRYDOCK_TRY_VOID(tell(transaction, after, "changed", details));
        return after;
    });
}

Result<> delete_project(
    control::Store& store,
    const control::Actor& actor,
    const std::string& id,
    const std::string& seen,
    const Limits& limits
) {
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(const auto before, lock(transaction, id, seen));
        if (auto shredded = shred_keys(transaction, id); !shredded) return in_use(std::move(shredded).error());
        const auto gone = transaction.one(queries::delete_project, {id}, kMissing);
        if (!gone) return in_use(gone.error());
        return tell(transaction, before, "deleted", {{"name", before.name}});
    });
}

}  // namespace drydock::tenancy
