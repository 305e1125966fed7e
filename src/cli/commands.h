#pragma once

namespace drydock::cli {

class Arguments;

// The whole tree of commands. One function a noun, in the file named after it; `migrate` has several.
void declare_commands(Arguments& arguments);

void declare_migrate(Arguments& arguments);
void declare_migrate_run(Arguments& arguments);        // up, rollback, down
void declare_migrate_plan(Arguments& arguments);       // plan
void declare_migrate_preflight(Arguments& arguments);  // preflight
void declare_migrate_verify(Arguments& arguments);     // verify
void declare_migrate_status(Arguments& arguments);     // status, history
void declare_migrate_explain(Arguments& arguments);    // explain
void declare_migrate_test(Arguments& arguments);       // test
void declare_migrate_trace(Arguments& arguments);      // trace
void declare_migrate_drift(Arguments& arguments);      // drift, diff, snapshot
void declare_migrate_files(Arguments& arguments);      // new, docs, graph
void declare_migrate_lint(Arguments& arguments);       // lint
void declare_migrate_repair(Arguments& arguments);     // repair, baseline, release
void declare_validate(Arguments& arguments);
void declare_serve(Arguments& arguments);
void declare_doctor(Arguments& arguments);
void declare_login(Arguments& arguments);  // setup, login, logout, whoami
void declare_db(Arguments& arguments);
void declare_db_register(Arguments& arguments);  // db register, db change
void declare_db_changes(Arguments& arguments);   // db migrations, db migrate, db rollback, db validate
void declare_project(Arguments& arguments);
void declare_org(Arguments& arguments);
void declare_user(Arguments& arguments);
void declare_user_providers(Arguments& arguments);  // user providers, link, unlink
void declare_user_account(Arguments& arguments);    // user password, user totp, user sessions, …
void declare_token(Arguments& arguments);
void declare_audit(Arguments& arguments);
void declare_job(Arguments& arguments);
void declare_schedule(Arguments& arguments);
void declare_key(Arguments& arguments);
void declare_billing(Arguments& arguments);  // plan, usage, invoice
void declare_operator(Arguments& arguments);
void declare_payment(Arguments& arguments);
void declare_pg(Arguments& arguments);
void declare_control(Arguments& arguments);
void declare_config(Arguments& arguments);
void declare_version(Arguments& arguments);  // version, completion

}  // namespace drydock::cli
