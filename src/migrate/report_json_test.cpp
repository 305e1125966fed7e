#include "migrate/report_json.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/json.h"

namespace drydock::migrate {
namespace {

std::string text_of(const boost::json::value& value) {
    return boost::json::serialize(value);
}

TEST(ReportJson, OfARunSaysWhatWasDoneAndWhatWasNot) {
    RunReport report{.run_id = "r1", .warnings = {"w"}, .not_run = {"002_b", "003_c"}};
    report.done.push_back({.id = "001_a", .statements = 3, .rows = 7, .duration = std::chrono::microseconds{12'600}});
    report.error = Error{.code = ErrorCode::failed, .message = "no", .sqlstate = "42P01"};
    EXPECT_EQ(
        text_of(to_json(report)),
        R"({"done":[{"id":"001_a","direction":"up","statements":3,"rows":7,"duration_ms":13,"tries":1}],)"
        R"("not_run":["002_b","003_c"],"warnings":["w"],"run_id":"r1",)"
        R"("error":{"code":"failed","message":"no","sqlstate":"42P01"}})"
    );
}

TEST(ReportJson, OfAnItemNamesItsState) {
    const Item item{.id = "004_d", .state = State::changed, .change = Change::code, .why = "the code is not what ran"};
    EXPECT_EQ(
        text_of(to_json(item)), R"({"id":"004_d","state":"changed","why":"the code is not what ran","change":"code"})"
    );
}

TEST(ReportJson, OfARowLeavesOutWhatIsNotKnown) {
    Row row{.id = "001_a", .status = Status::applied, .rollback_source = "none", .statements = 2};
    row.hashes = {"r", "c", "s"};
    EXPECT_EQ(
        text_of(to_json(row)),
        R"({"id":"001_a","status":"applied","statements":2,"rollback":"none",)"
        R"("hashes":{"raw":"r","canonical":"c","semantic":"s"}})"
    );
}

TEST(ReportJson, OfARollbackSaysWhatWouldBeLost) {
    RollbackPlan plan;
    plan.items.push_back(
        {.id = "002_b",
         .source = "file",
         .label = "rollback-002.sql",
         .losses = {{"b", "table b (3 rows)"}},
         .dependent_of = "depends on 001_a"}
    );
    EXPECT_EQ(
        text_of(to_json(plan)),
        R"j({"rollbacks":[{"id":"002_b","losses":["table b (3 rows)"],"accept":["b"],"source":"file","label":"rollback-002.sql",)j"
        R"("why":"depends on 001_a"}]})"
    );
}

TEST(ReportJson, TextIsAlwaysUtf8) {
    EXPECT_EQ(json_text("caf\xC3\xA9 \xFF!"), "caf\xC3\xA9 \xEF\xBF\xBD!");
    EXPECT_EQ(json_text(""), "");
}

}  // namespace
}  // namespace drydock::migrate
