#include "jobs/job.h"

#include <gmock/gmock.h>

#include "jobs/kinds.h"

namespace drydock::jobs {
namespace {

constexpr JobState kStates[] = {
    JobState::queued, JobState::running, JobState::succeeded, JobState::failed, JobState::cancelled, JobState::unknown
};

TEST(JobState, HasAWireNameThatReadsBack) {
    for (const auto state : kStates) EXPECT_EQ(job_state(name_of(state)), state);
    EXPECT_EQ(job_state("done"), std::nullopt);
    EXPECT_EQ(name_of(JobState::unknown), "unknown");
}

TEST(JobState, OnceFinishedNeverRunsAgain) {
    for (const auto from : kStates) {
        if (!is_finished(from)) continue;
        EXPECT_FALSE(may_move(from, JobState::queued));
        EXPECT_FALSE(may_move(from, JobState::running));
    }
    EXPECT_TRUE(may_move(JobState::unknown, JobState::succeeded));
    EXPECT_FALSE(may_move(JobState::succeeded, JobState::failed));
    EXPECT_FALSE(may_move(JobState::queued, JobState::succeeded)) << "nothing is done without being begun";
}

TEST(Kinds, NamesTheOneThatWasMeant) {
    Kinds kinds;
    ASSERT_TRUE(kinds.add({.name = "backup.run"}));
    EXPECT_TRUE(kinds.get("backup.run"));
    const auto wrong = kinds.get("backup.rum");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(wrong.error().hint, "Did you mean backup.run?");
}

TEST(Kinds, RefuseWhatIsNotWellDescribed) {
    Kinds kinds;
    ASSERT_TRUE(kinds.add({.name = "a"}));
    EXPECT_FALSE(kinds.add({.name = "a"}));
    EXPECT_FALSE(kinds.add({.name = ""}));
    EXPECT_FALSE(kinds.add({.name = "b", .max_attempts = 0}));
}

}  // namespace
}  // namespace drydock::jobs
