#include "pg/pipeline.h"

#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/postgres.h"

namespace drydock::pg {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PipelineTest : public ::testing::Test {
protected:
    PipelineTest() { database.run("CREATE TABLE t(i int PRIMARY KEY)"); }

    testing::Database database;
    Connection connection = database.connect();
    Limits limits = Limits::within(seconds{60});
};

TEST_F(PipelineTest, gives_each_result_in_order) {
    const std::vector<PipelineStep> steps{
        {{"test.insert", "INSERT INTO t VALUES ($1), ($2)"}, {"1", "2"}},
        {{"test.sum", "SELECT sum(i) FROM t"}, {}},
        {{"test.null", "SELECT $1::text"}, {std::nullopt}}
    };
    const auto results = run_pipeline(connection, steps, PipelineMode::one_transaction, limits);
    ASSERT_TRUE(results) << results.error().message;
    ASSERT_EQ(results->size(), 3U);
    EXPECT_EQ((*results)[0]->affected(), 2);
    EXPECT_EQ((*results)[1]->integer(0, 0), 3);
    EXPECT_TRUE((*results)[2]->is_null(0, 0));
    EXPECT_TRUE(connection.query({"test.one", "SELECT 1"}, limits));
}

TEST_F(PipelineTest, an_error_in_the_middle_undoes_one_transaction) {
    const std::vector<PipelineStep> steps{
        {{"test.first", "INSERT INTO t VALUES (1)"}, {}},
        {{"test.twice", "INSERT INTO t VALUES (1)"}, {}},
        {{"test.after", "INSERT INTO t VALUES (2)"}, {}}
    };
    const auto results = run_pipeline(connection, steps, PipelineMode::one_transaction, limits);
    ASSERT_TRUE(results);
    ASSERT_EQ(results->size(), 3U);
    EXPECT_TRUE((*results)[0]);
    ASSERT_FALSE((*results)[1]);
    EXPECT_EQ((*results)[1].error().sqlstate, "23505");
    EXPECT_EQ((*results)[1].error().statement, "test.twice");
    ASSERT_FALSE((*results)[2]);
    EXPECT_EQ((*results)[2].error().code, ErrorCode::cancelled);
    EXPECT_TRUE(connection.usable());
    EXPECT_EQ(connection.query({"test.count", "SELECT count(*) FROM t"}, limits)->integer(0, 0), 0);
}

TEST_F(PipelineTest, an_error_in_the_middle_leaves_separate_steps_alone) {
    const std::vector<PipelineStep> steps{
        {{"test.first", "INSERT INTO t VALUES (1)"}, {}},
        {{"test.twice", "INSERT INTO t VALUES (1)"}, {}},
        {{"test.after", "INSERT INTO t VALUES (2)"}, {}}
    };
    const auto results = run_pipeline(connection, steps, PipelineMode::separate, limits);
    ASSERT_TRUE(results);
    ASSERT_EQ(results->size(), 3U);
    EXPECT_TRUE((*results)[0]);
    EXPECT_FALSE((*results)[1]);
    EXPECT_TRUE((*results)[2]);
    EXPECT_EQ(connection.query({"test.count", "SELECT count(*) FROM t"}, limits)->integer(0, 0), 2);
}

TEST_F(PipelineTest, does_not_deadlock_on_much_data_both_ways) {
    const std::string big(200'000, 'x');
    const std::vector<PipelineStep> steps(200, {{"test.echo", "SELECT $1::text"}, {big}});
    const auto results = run_pipeline(connection, steps, PipelineMode::separate, limits);
    ASSERT_TRUE(results) << results.error().message;
    for (const auto& result : *results) EXPECT_EQ(result->text(0, 0).size(), big.size());
}

TEST_F(PipelineTest, bad_input_sends_nothing) {
    const std::vector<PipelineStep> steps{
        {{"test.insert", "INSERT INTO t VALUES (1)"}, {}}, {{"test.zero", "SELECT $1"}, {std::string_view{"\0", 1}}}
    };
    const auto results = run_pipeline(connection, steps, PipelineMode::separate, limits);
    ASSERT_FALSE(results);
    EXPECT_EQ(results.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(connection.usable());
    EXPECT_EQ(connection.query({"test.count", "SELECT count(*) FROM t"}, limits)->integer(0, 0), 0);
    EXPECT_TRUE(run_pipeline(connection, {}, PipelineMode::separate, limits)->empty());
}

TEST_F(PipelineTest, a_copy_gives_the_connection_up) {
    const std::vector<PipelineStep> steps{{{"test.copy", "COPY t TO STDOUT"}, {}}};
    const auto results = run_pipeline(connection, steps, PipelineMode::separate, limits);
    ASSERT_FALSE(results);
    EXPECT_FALSE(connection.usable());
}

TEST_F(PipelineTest, the_limits_end_it) {
    const std::vector<PipelineStep> steps{{{"test.sleep", "SELECT pg_sleep(600)"}, {}}};
    const auto results = run_pipeline(connection, steps, PipelineMode::separate, Limits::within(milliseconds{50}));
    ASSERT_FALSE(results);
    EXPECT_EQ(results.error().code, ErrorCode::deadline_exceeded);
    EXPECT_FALSE(connection.usable());
}

TEST_F(PipelineTest, an_ended_session_ends_it) {
    const std::vector<PipelineStep> steps{
        {{"test.end", "SELECT pg_terminate_backend(pg_backend_pid())"}, {}}, {{"test.one", "SELECT 1"}, {}}
    };
    const auto results = run_pipeline(connection, steps, PipelineMode::one_transaction, limits);
    ASSERT_FALSE(results);
    EXPECT_EQ(results.error().code, ErrorCode::unavailable);
    EXPECT_EQ(results.error().sqlstate, "57P01");
    EXPECT_FALSE(connection.usable());
}

TEST_F(PipelineTest, what_is_prepared_is_sent_once) {
    const std::vector<PipelineStep> steps{
        {.query = {"test.one", "SELECT $1::int + 1"}, .params = {"1"}, .prepare = true},
        {.query = {"test.again", "SELECT $1::int + 1"}, .params = {"5"}, .prepare = true},
        {.query = {"test.kept", "SELECT count(*) FROM pg_prepared_statements"}}
    };
    for (int i = 0; i < 3; ++i) {
        const auto results = run_pipeline(connection, steps, PipelineMode::one_transaction, limits);
        ASSERT_TRUE(results) << results.error().message;
        EXPECT_EQ((*results)[0]->integer(0, 0), 2);
        EXPECT_EQ((*results)[1]->integer(0, 0), 6);
        EXPECT_EQ((*results)[2]->integer(0, 0), 1);
    }
}

TEST_F(PipelineTest, a_statement_that_cant_be_prepared_is_the_error_of_its_step) {
    const std::vector<PipelineStep> steps{
        {.query = {"test.first", "SELECT 1"}, .prepare = true},
        {.query = {"test.bad", "SELECT nothing"}, .prepare = true},
        {.query = {"test.after", "SELECT 2"}, .prepare = true}
    };
    for (int i = 0; i < 2; ++i) {
        const auto results = run_pipeline(connection, steps, PipelineMode::one_transaction, limits);
        ASSERT_TRUE(results) << results.error().message;
        ASSERT_EQ(results->size(), 3U);
        EXPECT_TRUE((*results)[0]);
        ASSERT_FALSE((*results)[1]);
        EXPECT_EQ((*results)[1].error().sqlstate, "42703");
        EXPECT_EQ((*results)[1].error().statement, "test.bad");
        ASSERT_FALSE((*results)[2]);
        EXPECT_EQ((*results)[2].error().code, ErrorCode::cancelled);
        EXPECT_TRUE(connection.usable());
    }
    const auto separate = run_pipeline(connection, steps, PipelineMode::separate, limits);
    ASSERT_TRUE(separate);
    EXPECT_FALSE((*separate)[1]);
    EXPECT_EQ((*separate)[2]->integer(0, 0), 2);
}

TEST_F(PipelineTest, a_prepared_statement_that_the_server_forgot_is_sent_again) {
    const std::vector<PipelineStep> steps{{.query = {"test.one", "SELECT 1"}, .prepare = true}};
    ASSERT_TRUE(run_pipeline(connection, steps, PipelineMode::one_transaction, limits));
    ASSERT_TRUE(connection.run_message("DISCARD ALL", limits));
    const auto forgotten = run_pipeline(connection, steps, PipelineMode::one_transaction, limits);
    ASSERT_TRUE(forgotten);
    ASSERT_FALSE(forgotten->front());
    EXPECT_EQ(forgotten->front().error().sqlstate, "26000");
    const auto again = run_pipeline(connection, steps, PipelineMode::one_transaction, limits);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->front()->integer(0, 0), 1);
}

TEST_F(PipelineTest, a_receiver_gets_each_result_and_may_refuse_more) {
    const std::vector<PipelineStep> steps{
        {{"test.one", "SELECT 1"}, {}},
        {{"test.two", "SELECT 2"}, {}},
        {{"test.insert", "INSERT INTO t VALUES (3)"}, {}}
    };
    std::vector<std::int64_t> seen;
    const auto refused = run_pipeline(
        connection,
        steps,
        PipelineMode::one_transaction,
        [&](std::size_t step, Result<Rows> rows) -> Result<> {
            seen.push_back(rows->integer(0, 0));
            if (step == 1) return Error{.code = ErrorCode::conflict, .message = "enough"};
            return {};
        },
        limits
    );
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "enough");
    EXPECT_EQ(seen, (std::vector<std::int64_t>{1, 2}));
    EXPECT_TRUE(connection.usable());
    EXPECT_EQ(database.run("SELECT count(*) FROM t"), "1");
}

}  // namespace
}  // namespace drydock::pg
