#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "effects/effect.h"
#include "effects/estimate.h"
#include "layouts/folder.h"
#include "lint/finding.h"
#include "migrate/options.h"
#include "migrate/road.h"
#include "migrate/source.h"
#include "sql/tree.h"

namespace drydock::plan {

// What a file's SQL is going to do, as far as its text tells. Shown by plan, explain and docs.
struct StatementView {
    std::size_t line = 0;
    std::size_t column = 0;
    sql::Shape shape = sql::Shape::ordinary;
    std::string command;
    std::size_t step = 0;  // of the road, from 1; 0 for the file's own BEGIN and COMMIT
    effects::Effect effect;
    std::optional<effects::Estimate> estimate;  // where sizes are known
    sql::Analysis analysis;                     // only where objects were asked for
    std::vector<lint::Finding> findings;        // of the plan
};

struct ScriptView {
    migrate::Source source;
    migrate::Road road;
    std::string road_text;  // "in one transaction", "step by step: CREATE INDEX CONCURRENTLY (line 4) can't …"
    std::vector<StatementView> statements;
    std::vector<std::string> without_value;  // placeholders; a stand-in took their place
};

enum class Detail : unsigned char { effects, objects };

// `reader`: goes on with what earlier files of the run have changed; nullptr: this file alone, from its text.
// Errors: as Source::read and plan_road, but a placeholder without a value is none.
Result<ScriptView> view_script(
    const std::filesystem::path& path,
    const layouts::Header& header,
    const migrate::PlaceholderValues& values,
    Detail detail,
    effects::Reader* reader = nullptr
);

}  // namespace drydock::plan
