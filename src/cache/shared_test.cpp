#include "cache/shared_test.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace drydock::cache {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Steady = control::Clock::Steady;

using namespace sharing;

class SharedTest : public ::testing::Test {
protected:
    SharedTest() {
        // Machines that were started at different times.
        two_.now = Steady::time_point{std::chrono::hours{90}};
        one_.told(kNoon);
        two_.told(kNoon);
    }
    void pass(milliseconds time) {
        one_.now += time;
        two_.now += time;
    }
    std::string got(Server& server, milliseconds oldest = seconds{2}) {
        const auto found = server.shared.get("a", oldest, limits_);
        return found ? found->value : "nothing";
    }
    std::string& stored() { return values_->kept.begin()->second; }

    static constexpr microseconds kNoon = std::chrono::hours{480'000};
    std::shared_ptr<Open> values_ = std::make_shared<Open>();
    // Nobody is there to be asked: a question that is not answered from what was told fails at once.
    const Limits limits_ = Limits::within(seconds{-1});
    Server one_{values_};
    Server two_{values_};
};

TEST_F(SharedTest, AValueIsFoundUntilItIsTooOldWhateverTheStoreGivesBack) {
    one_.shared.set("a", "1", one_.now, seconds{2}, limits_);
    EXPECT_EQ(got(two_), "1");
    EXPECT_EQ(values_->lifetimes.begin()->second, seconds{2});
    pass(milliseconds{1'990});
    EXPECT_EQ(got(two_), "1");
    pass(milliseconds{10});
    EXPECT_EQ(got(two_), "nothing") << "the store has it still";
    EXPECT_EQ(got(one_), "nothing");
    EXPECT_EQ(two_.shared.figures().hits, 2U);
    EXPECT_EQ(two_.shared.figures().misses, 1U);
}

TEST_F(SharedTest, ItsAgeCountsFromWhenItWasBegunToBeRead) {
    const auto begun = one_.now;
    pass(milliseconds{1'500});
    one_.shared.set("a", "1", begun, seconds{2}, limits_);
    EXPECT_EQ(values_->lifetimes.begin()->second, milliseconds{500});
    const auto found = two_.shared.get("a", seconds{2}, limits_);
    ASSERT_TRUE(found);
    EXPECT_LE(two_.now - found->read, milliseconds{1'510});
    EXPECT_GE(two_.now - found->read, milliseconds{1'500});
    pass(milliseconds{500});
    EXPECT_EQ(got(two_), "nothing");
    one_.shared.set("a", "2", begun, seconds{2}, limits_);
    EXPECT_EQ(got(two_, minutes{1}), "1") << "what is over before it arrives is not sent";
}

TEST_F(SharedTest, ASlowAnswerMakesAValueSeemOlderAndNeverYounger) {
    Server slow{values_};
    slow.told(kNoon, milliseconds{700});
    Server quick{values_};
    quick.told(kNoon);
    slow.shared.set("a", "1", slow.now, seconds{2}, limits_);
    const auto found = quick.shared.get("a", seconds{2}, limits_);
    ASSERT_TRUE(found);
    EXPECT_EQ(quick.now - found->read, milliseconds{0}) << "for all that is known";
    quick.shared.set("a", "2", quick.now, seconds{2}, limits_);
    const auto back = slow.shared.get("a", seconds{2}, limits_);
    ASSERT_TRUE(back);
    EXPECT_EQ(slow.now - back->read, milliseconds{700}) << "it may have been as long ago as the answer took";
    EXPECT_FALSE(slow.shared.get("a", milliseconds{700}, limits_));
}

TEST_F(SharedTest, WhoHasChangedSomethingFindsNothingOfBefore) {
    one_.shared.set("a", "old", one_.now, seconds{2}, limits_);
    pass(milliseconds{10});
    two_.shared.distrust();
    EXPECT_EQ(got(two_), "nothing");
    EXPECT_EQ(got(one_), "old") << "the other one may, for moments";
    pass(milliseconds{10});
    EXPECT_EQ(got(two_), "nothing") << "however long ago the change was";
    one_.shared.set("a", "new", one_.now, seconds{2}, limits_);
    EXPECT_EQ(got(two_), "new");
}

TEST_F(SharedTest, NothingIsBelievedOfAClockThatIsNotKnownOrIsAnothers) {
    Server unknowing{values_};
    one_.shared.set("a", "1", one_.now, seconds{2}, limits_);
    EXPECT_EQ(got(unknowing), "nothing");
    two_.told(kNoon, microseconds{0}, 2);
    EXPECT_EQ(got(two_), "nothing") << "another server of PostgreSQL: its clock says nothing of that one's";
    two_.told(kNoon - seconds{1});
    EXPECT_EQ(got(two_), "nothing") << "of the future: the clock was put back";
    two_.told(kNoon);
    EXPECT_EQ(got(two_), "1");
    two_.now += seconds{31};
    EXPECT_EQ(got(two_, minutes{10}), "nothing") << "what was told long ago counts no more";
}

TEST_F(SharedTest, NothingThatSomebodyElseWroteIsBelieved) {
    one_.shared.set("a", "1", one_.now, seconds{2}, limits_);
    const auto good = stored();
    std::vector<std::string> bad{
        "", "1", std::string(23, 'x'), std::string(24, 'x'), std::string(168, 'x'), good + "x"
    };
    for (std::size_t at = 0; at < good.size(); ++at) {
        bad.push_back(good);
        bad.back()[at] = static_cast<char>(bad.back()[at] ^ 1);
        bad.push_back(good.substr(0, at));
    }
    for (const auto& text : bad) {
        stored() = text;
        EXPECT_EQ(got(two_), "nothing");
    }
    EXPECT_EQ(two_.shared.figures().refused, bad.size());
    stored() = good;
    EXPECT_EQ(got(two_), "1");
}

TEST_F(SharedTest, AValueCountsUnderItsOwnNameOnly) {
    one_.shared.set("a", "of a", one_.now, seconds{2}, limits_);
    const auto of_a = stored();
    const auto name_of_a = values_->kept.begin()->first;
    one_.shared.set("b", "of b", one_.now, seconds{2}, limits_);
    ASSERT_EQ(values_->kept.size(), 2U);
    for (auto& [name, value] : values_->kept)
        if (name != name_of_a) value = of_a;
    EXPECT_FALSE(two_.shared.get("b", seconds{2}, limits_));
    // Under the same name in another space.
    Server other{values_, kKey, "u"};
    other.told(kNoon);
    other.shared.set("a", "of u", other.now, seconds{2}, limits_);
    for (auto& [name, value] : values_->kept) value = of_a;
    EXPECT_FALSE(other.shared.get("a", seconds{2}, limits_));
    EXPECT_EQ(got(two_), "of a");
}

TEST_F(SharedTest, WhoHasAnotherMasterKeyNeitherFindsNorOpensAnything) {
    one_.shared.set("a", "secret-of-one", one_.now, seconds{2}, limits_);
    Server stranger{values_, kOtherKey};
    stranger.told(kNoon);
    EXPECT_EQ(got(stranger), "nothing");
    stranger.shared.set("a", "forged", stranger.now, seconds{2}, limits_);
    ASSERT_EQ(values_->kept.size(), 2U) << "they don't even have the same names";
    for (auto& [name, value] : values_->kept) {
        EXPECT_EQ((name + value).find("secret-of-one"), std::string::npos);
        EXPECT_EQ((name + value).find("forged"), std::string::npos);
    }
    std::swap(values_->kept.begin()->second, values_->kept.rbegin()->second);
    EXPECT_EQ(got(two_), "nothing");
}

TEST_F(SharedTest, AStoreThatIsDownOrNotThereIsDoneWithout) {
    values_->down = true;
    for (int i = 0; i < 10; ++i) {
        two_.shared.set("a", "1", two_.now, seconds{2}, Limits{});
        EXPECT_FALSE(two_.shared.get("a", seconds{2}, Limits{}));
    }
    Shared none{"t", {}, keys_of(kKey), two_.clock};
    none.set("a", "1", two_.now, seconds{2}, limits_);
    EXPECT_FALSE(none.get("a", seconds{2}, limits_));
    none.distrust();
}

}  // namespace
}  // namespace drydock::cache
