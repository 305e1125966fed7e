#include "cli/commands.h"

#include "cli/arguments.h"

namespace drydock::cli {

void declare_commands(Arguments& arguments) {
    declare_migrate(arguments);
    declare_validate(arguments);
    declare_serve(arguments);
    declare_doctor(arguments);
    declare_login(arguments);
    declare_db(arguments);
    declare_project(arguments);
    declare_org(arguments);
    declare_user(arguments);
    declare_token(arguments);
    declare_audit(arguments);
    declare_job(arguments);
    declare_schedule(arguments);
    declare_key(arguments);
    declare_billing(arguments);
    declare_operator(arguments);
    declare_pg(arguments);
    declare_control(arguments);
    declare_config(arguments);
    declare_version(arguments);
}

void declare_migrate(Arguments& arguments) {
    arguments.noun("migrate", "Change a database's schema with a folder of SQL files");
    declare_migrate_run(arguments);
    declare_migrate_plan(arguments);
    declare_migrate_preflight(arguments);
    declare_migrate_test(arguments);
    declare_migrate_trace(arguments);
    declare_migrate_status(arguments);
    declare_migrate_verify(arguments);
    declare_migrate_drift(arguments);
    declare_migrate_files(arguments);
    declare_migrate_explain(arguments);
    declare_migrate_lint(arguments);
    declare_migrate_repair(arguments);
}

}  // namespace drydock::cli
