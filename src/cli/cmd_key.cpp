#include <filesystem>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/session.h"
#include "crypto/keyring.h"
#include "migrate/report_json.h"

// key: what seals secrets. `new` works on a file here; the rest asks the server.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::string file;
    std::optional<std::string> project;
    std::string purpose;
};

Result<int> status(Session& session, const Given&) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = "/keys",
         .columns =
             {{"project"},
              {"purpose"},
              {"version", Table::Align::right},
              {"state"},
              {"sealed by"},
              {"values", Table::Align::right},
              {"made"}},
         .row = [](const json::object& key) -> std::vector<Table::Cell> {
             return {
                 shown(key, "project_id"),
                 shown(key, "purpose"),
                 shown(key, "version"),
                 shown_state(key, "state"),
                 shown(key, "master_key_id"),
                 shown(key, "values"),
                 shown_moment(key, "created_at")
             };
         },
         .when_empty = "no data keys yet: a project's is made with its first secret"}
    ));
    return 0;
}

Result<int> rotate(Session& session, const Given& given) {
    DRYDOCK_TRY(const auto project, needed(given.project, "--project"));
    auto api = remote(session);
    DRYDOCK_TRY(const auto id, project_id(api, project, session.limits()));
    json::object body{{"project_id", id}};
    if (!given.purpose.empty()) body["purpose"] = given.purpose;
    DRYDOCK_TRY(const auto answer, api.call("POST", "/keys/rotate", body, session.limits()));
    const auto& done = answer.body.as_object();
    const bool all = shown(done, "failed") == "0";
    print_done(
        session,
        fmt::format(
            "{} has a new data key; {} values sealed anew{}",
            project,
            shown(done, "resealed"),
            all ? std::string{} : fmt::format(", {} did not open and stay as they were", shown(done, "failed"))
        ),
        done
    );
    return all ? 0 : traits(ErrorCode::failed_partly).exit_code;
}

Result<int> make_new(Session& session, const Given& given) {
    std::error_code ignored;
    std::string id = "k1";
    if (std::filesystem::exists(given.file, ignored)) {
        DRYDOCK_TRY_VOID(
            agree(session, fmt::format("{} is there. Add a new key to it, in force from the next start?", given.file))
        );
        DRYDOCK_TRY(id, crypto::add_key(given.file));
    } else {
        DRYDOCK_TRY_VOID(crypto::create_key_file(given.file));
    }
    print_done(
        session,
        fmt::format("{} has the key {}. Keep a copy elsewhere: without it no secret opens.", given.file, id),
        {{"file", json_text(given.file)}, {"key", id}}
    );
    return 0;
}

}  // namespace

void declare_key(Arguments& arguments) {
    arguments.noun("key", "What seals secrets");
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run) {
        return arguments.verb("key", name, what, [given, run](Session& s) { return run(s, *given); });
    };
    verb("status", "The data keys of each project, and what they seal", status).example("drydock key status");
    verb("rotate", "A new data key for a project; what the old one sealed is sealed anew", rotate)
        .option("--project", given->project, "PROJECT", "Its slug or id")
        .choice("--purpose", given->purpose, {"connection_strings", "credentials"}, "Which of its keys")
        .example("drydock key rotate --project shop");
    verb("new", "A file with a new master key, or one key more in a file", make_new)
        .argument("FILE", given->file, "Which; mode 0600")
        .without_settings()
        .example("drydock key new /etc/drydock/master.key")
        .example("drydock key new /etc/drydock/master.key --yes && systemctl kill --signal=HUP drydock");
}

}  // namespace drydock::cli
