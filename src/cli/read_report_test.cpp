#include "cli/read_report.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "migrate/report_json.h"

namespace drydock::cli {
namespace {

TEST(ReadReport, WhatAServerSaysOfARunIsReadAsItWasWritten) {
    migrate::RunReport report{.run_id = "r1", .warnings = {"w"}, .not_run = {"003_c"}};
    report.done.push_back(
        {.id = "001_a", .statements = 3, .rows = 7, .duration = std::chrono::milliseconds{12}, .tries = 2}
    );
    report.done.push_back({.id = "002_b", .down = true, .resumed = true});
    report.error = Error{
        .code = ErrorCode::failed_partly,
        .message = "no",
        .hint = "try it",
        .place = {.file = "003_c.sql", .line = 4, .column = 2, .text = " SELECT"},
        .detail = "Key (id)=(1) is there.",
        .sqlstate = "23505",
    };
    const auto written = migrate::to_json(report);
    EXPECT_EQ(boost::json::serialize(migrate::to_json(run_report_of(written))), boost::json::serialize(written));
    EXPECT_EQ(run_report_of(written).error->code, ErrorCode::failed_partly) << "the exit code is that of the code";
}

TEST(ReadReport, WhatItDoesNotKnowIsAFailureAndNoCrash) {
    const auto report = run_report_of(
        boost::json::parse(
            R"({"done":[7,{"id":5}],"not_run":"x","warnings":[1],"error":{"code":"of_tomorrow","message":"m"}})"
        )
            .as_object()
    );
    ASSERT_EQ(report.done.size(), 1U);
    EXPECT_EQ(report.error->code, ErrorCode::failed);
    EXPECT_EQ(report.error->message, "m");
}

}  // namespace
}  // namespace drydock::cli
