#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "lint/lint.h"
#include "plan/world.h"
#include "shadow/shadow.h"

namespace drydock::cli {

class Session;

// What the settings say of `migrate lint`, which `plan` goes by as well.
Result<lint::Options> lint_settings(const Session& session);
// Adds the rules of a list ("idx-create, con-fk") with a severity. `where` is what an error calls the list.
Result<> set_severities(
    lint::Options& options, std::string_view rules, std::string_view where, lint::Severity severity
);
Result<std::string> known_rule(std::string_view id, std::string_view where);

// What is known of the database that the files will run on.
struct LintTarget {
    std::unique_ptr<plan::PlanWorld> known;
    std::set<std::string, std::less<>> applied;  // ids of migrations; only where the project was asked for
    bool replicas = false;                       // it has standbys, or slots that keep its log
    lint::Evidence evidence = lint::Evidence::target;
};

Result<LintTarget> read_lint_target(Session& session, bool with_history);
// How big the relations that the files work on are. Those that can't be read in time stay unknown.
Result<> read_lint_sizes(Session& session, const std::vector<lint::Input>& inputs, LintTarget& target);
// The catalog that a throw-away server has after the project's migrations before the first of these files; after all
// of them when none of the files belongs to the project.
Result<LintTarget> replay_for_lint(Session& session, const std::vector<std::string>& files);

}  // namespace drydock::cli
