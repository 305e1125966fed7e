#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/fwd.hpp>

#include "lint/lint.h"
#include "migrate/engine.h"
#include "migrate/sizes.h"
#include "plan/script_view.h"

namespace drydock::plan {

// How big the relations of a plan are on the target, by schema and name as the files name them. A name that is not
// in the map is not there yet.
using Sizes = std::map<std::pair<std::string, std::string>, migrate::RelationSize>;

// What `migrate plan` has to say.
struct PlanReport {
    struct Entry {
        migrate::Item item;
        std::string path;
        ScriptView view;
        bool no_transaction = false;  // its header says so
    };

    migrate::Facts facts;
    std::string project;
    std::vector<Entry> run;              // in the order in which they would run
    std::vector<migrate::Item> waiting;  // that would not run, and why
    std::size_t applied = 0;
    std::vector<std::size_t> applied_here{};  // those with a file, as indexes of the project
    std::size_t skipped = 0;                  // for other environments
    std::vector<std::string> warnings;
    std::optional<Error> refusal;       // why `up` would not even begin
    bool catalog_known = false;         // else statements are told from their text
    std::optional<Sizes> sizes;         // nothing: they could not be read
    std::optional<Error> not_linted{};  // why `lint` is empty: a drydock:allow that names no rule
    lint::Report lint;                  // what `migrate lint` says of the run; its findings stand at their statements
};

// `lint_options`: the settings; what is known of the target is filled in.
Result<PlanReport> make_report(
    const migrate::Context& context,
    const migrate::Selection& selection,
    const lint::Options& lint_options,
    const Limits& limits
);

// docs/json.md tells the fields.
boost::json::object plan_json(const PlanReport& report, bool with_sql);
// The statements of one file, each with what it locks; `explain` shows them, too.
boost::json::array statements_json(const ScriptView& view, const Sizes* sizes);

}  // namespace drydock::plan
