#include <atomic>
#include <future>
#include <random>
#include <thread>

#include "billing/billing_pgtest.h"
#include "billing/card_number.h"
#include "billing/limits.h"
#include "billing/metering.h"
#include "billing/payment_methods.h"
#include "billing/subscriptions.h"
#include "billing/tokens.h"

namespace drydock::billing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class MeterTest : public BillingTest {
protected:
    std::int64_t meter_once() {
        const auto done = meter(*store_, organization('a'), limits());
        EXPECT_TRUE(done) << done.error().message << done.error().detail;
        return done ? done->records : -1;
    }
    void add_database(std::string_view name, std::string_view status = "active") {
        run(admin_,
            fmt::format(
                "INSERT INTO platform.databases (project_id, name, type, status) VALUES ('{}', '{}', 'redis', '{}')",
                id('a', 10),
                name,
                status
            ));
    }
    // "databases -2 1": how many days ago, and how many.
    std::vector<std::string> recorded() {
        return rows(
            admin_,
            fmt::format(
                "SELECT concat_ws(' ', metric, (period_start AT TIME ZONE 'UTC')::date - (now() AT TIME ZONE "
                "'UTC')::date, "
                "trunc(quantity)) FROM platform.usage_records WHERE organization_id = '{}' ORDER BY metric, "
                "period_start",
                organization('a')
            )
        );
    }
};

TEST_F(MeterTest, KeepsTheMostOfADayHoweverOftenItRuns) {
    add_database("second");
    add_database("sleeping", "inactive");
    EXPECT_EQ(meter_once(), 1);
    EXPECT_EQ(meter_once(), 0) << "the same changes nothing";
    EXPECT_THAT(recorded(), ElementsAre("databases 0 2"));
    add_database("third");
    EXPECT_EQ(meter_once(), 1);
    run(admin_, "DELETE FROM platform.databases WHERE name IN ('second', 'third')");
    EXPECT_EQ(meter_once(), 0);
    EXPECT_THAT(recorded(), ElementsAre("databases 0 3"));
    EXPECT_EQ(
        value(
            admin_,
            fmt::format("SELECT count(*) FROM platform.usage_records WHERE organization_id = '{}'", organization('b'))
        ),
        "0"
    );
}

TEST_F(MeterTest, FillsInTheDaysThatItMissed) {
    add_database("new");
    admin("UPDATE platform.databases SET created_at = now() - interval '30 days' WHERE name = 'main'");
    use("databases", value(admin_, "SELECT (now() AT TIME ZONE 'UTC')::date - 3"), "7");
    EXPECT_EQ(meter_once(), 3);
    EXPECT_THAT(recorded(), ElementsAre("databases -3 7", "databases -2 1", "databases -1 1", "databases 0 2"));
}

TEST_F(MeterTest, BeginsWithTheProjectAndGoesBackNoFurtherThanTwoMonths) {
    admin("UPDATE platform.projects SET created_at = now() - interval '1000 days'");
    EXPECT_EQ(meter_once(), 63);
}

TEST_F(MeterTest, RecordsTheStorageThatIsKnown) {
    const auto size = [&](std::string_view database, std::int64_t bytes) {
        return store_->run(system('a'), limits(), [&](Transaction& transaction) {
            return record_size(transaction, database, bytes);
        });
    };
    ASSERT_TRUE(size(id('a', 17), 1000));
    ASSERT_TRUE(size(id('a', 17), 5000));
    EXPECT_EQ(size(id('b', 17), 1).error().code, ErrorCode::not_found);
    add_database("unknown");
    EXPECT_EQ(meter_once(), 2);
    EXPECT_THAT(recorded(), ElementsAre("databases 0 2", "storage_bytes 0 5000"));
}

TEST_F(MeterTest, LeavesBilledDaysAlone) {
    add_database("second");
    admin(fmt::format(
        "INSERT INTO platform.invoices (organization_id, number, currency, period_start, period_end, status, "
        "issued_at) "
        "VALUES ('{}', '1', 'EUR', now() - interval '60 days', now() + interval '60 days', 'open', now())",
        organization('a')
    ));
    EXPECT_EQ(meter_once(), 0);
}

TEST_F(MeterTest, ReportsUsageByProject) {
    use("databases", "2026-04-01", "4");
    use("databases", "2026-04-02", "2");
    use("databases", "2026-05-01", "9");
    use("databases", "2026-04-01", "9", 'b');
    const auto report = usage_report(*store_, actor('a', "viewer"), "2026-04-01", "2026-05-01", limits());
    ASSERT_TRUE(report);
    ASSERT_THAT(*report, SizeIs(1));
    const auto& usage = report->front();
    EXPECT_EQ(usage.project + ' ' + usage.metric, "Shop databases");
    EXPECT_EQ(usage.average + ' ' + usage.peak + ' ' + usage.latest, "0.200000 4.000000 2.000000");
    EXPECT_EQ(usage.days, 2);
    EXPECT_FALSE(usage.limit);
    EXPECT_EQ(
        usage_report(*store_, actor('a', "viewer"), "2026-04-01", "2026-04-01", limits()).error().code,
        ErrorCode::invalid_argument
    );
    EXPECT_EQ(
        usage_report(*store_, actor('a', "viewer"), "April", "2026-04-01", limits()).error().code,
        ErrorCode::invalid_argument
    );
    admin(fmt::format("DELETE FROM platform.projects WHERE id = '{}'", id('a', 10)));
    const auto after = usage_report(*store_, actor('a', "viewer"), "2026-04-01", "2026-05-01", limits()).value();
    ASSERT_THAT(after, SizeIs(1));
    EXPECT_EQ(after[0].project + ' ' + after[0].project_id, "deleted project " + id('a', 10));
    EXPECT_EQ(after[0].peak, "4.000000");
}

TEST_F(MeterTest, RecordsUsageOfTheOrganizationsOwnProjectsOnly) {
    for (const auto& project : {id('b', 10), id('a', 99)}) {
        const auto refused = failure(
            admin_,
            fmt::format(
                "INSERT INTO platform.usage_records (project_id, organization_id, metric, period_start, period_end, "
                "quantity) VALUES ('{}', '{}', 'databases', now(), now() + interval '1 day', 1)",
                project,
                organization('a')
            )
        );
        EXPECT_EQ(refused.sqlstate, "23503") << refused.message;
    }
}

TEST_F(MeterTest, BeginsTheNextMonthAndEndsWhatIsToEnd) {
    subscribe("team", "2026-01-01");
    admin("UPDATE platform.subscriptions SET current_period_end = '2026-02-01 00:00+00'");
    meter_once();
    EXPECT_EQ(
        value(
            admin_, "SELECT current_period_start <= now() AND current_period_end > now() FROM platform.subscriptions"
        ),
        "t"
    );
    admin(
        "UPDATE platform.subscriptions SET current_period_start = '2026-01-01 00:00+00', current_period_end = "
        "'2026-02-01 00:00+00', cancel_at_period_end = true"
    );
    EXPECT_TRUE(meter(*store_, organization('a'), limits())->subscription_ended);
    EXPECT_EQ(
        value(admin_, "SELECT status || ' ' || (cancelled_at = '2026-02-01 00:00+00') FROM platform.subscriptions"),
        "cancelled true"
    );
    EXPECT_EQ(audited(), "billing.subscription_ended");
}

class LimitTest : public MeterTest {
protected:
    Result<> check(const Actor& who, std::int64_t more, Metric metric = Metric::databases) {
        return store_->run(who, limits(), [&](Transaction& transaction) {
            return check_limit(transaction, id('a', 10), metric, more);
        });
    }
    Result<> set(std::string_view role, const ProjectLimits& wanted) {
        return set_limits(*store_, actor('a', role), id('a', 10), wanted, limits());
    }
};

TEST_F(LimitTest, IsThePlansOrTheProjectsOwn) {
    EXPECT_TRUE(check(actor('a', "member"), 1'000'000)) << "without a plan there is no limit";
    subscribe("team", "2026-01-01");
    EXPECT_TRUE(check(actor('a', "member"), 2));
    const auto refused = check(actor('a', "member"), 3);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    EXPECT_EQ(refused.error().message, "project \"Shop\" has 1 of 3 databases, and no place for more");
    EXPECT_THAT(refused.error().hint, HasSubstr("raise the project's limit"));
    ASSERT_TRUE(set("admin", {.max_databases = 1, .max_storage_bytes = 10}));
    EXPECT_FALSE(check(actor('a', "member"), 1));
    EXPECT_TRUE(check(actor('a', "member"), 0));
    EXPECT_FALSE(check(actor('a', "member"), 9'223'372'036'854'775'807));
    EXPECT_TRUE(check(actor('a', "member"), 10, Metric::storage_bytes));
    EXPECT_THAT(check(actor('a', "member"), 11, Metric::storage_bytes).error().message, HasSubstr("0 of 10 bytes"));
    EXPECT_EQ(check(actor('b', "owner"), 1).error().code, ErrorCode::not_found);
}

TEST_F(LimitTest, IsSetByWhoMayAndAudited) {
    EXPECT_EQ(set("member", {.max_databases = 100}).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(set("admin", {.max_databases = -1}).error().code, ErrorCode::invalid_argument);
    ASSERT_TRUE(set("admin", {.max_databases = 5}));
    ASSERT_TRUE(set("admin", {.max_storage_bytes = 7}));
    EXPECT_EQ(
        value(
            admin_,
            "SELECT string_agg(details #>> '{max_databases,from}' || '>' || coalesce(details #>> '{max_databases,to}', "
            "'-'), ' ') FROM platform.audit_log WHERE action = 'limits.changed' AND details #>> '{max_databases,from}' "
            "IS NOT NULL"
        ),
        "5>-"
    );
}

TEST_F(LimitTest, HoldsHoweverManyRegisterAtOnce) {
    ASSERT_TRUE(set("admin", {.max_databases = 4}));
    std::atomic<int> registered = 0;
    std::atomic<int> refused = 0;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 8; ++thread) {
            threads.emplace_back([&, thread] {
                const auto done =
                    store_->run(actor('a', "member"), limits(), [&](Transaction& transaction) -> Result<> {
                        DRYDOCK_TRY_VOID(check_limit(transaction, id('a', 10), Metric::databases, 1));
                        const auto name = fmt::format("raced {}", thread);
                        constexpr pg::Query kRegister{
                            "register",
                            "INSERT INTO platform.databases (project_id, name, type) VALUES ($1, $2, 'redis')"
                        };
                        DRYDOCK_TRY_VOID(transaction.query(kRegister, {id('a', 10), name}));
                        return {};
                    });
                if (done) {
                    ++registered;
                } else {
                    EXPECT_EQ(done.error().code, ErrorCode::conflict) << done.error().message;
                    ++refused;
                }
            });
        }
    }
    EXPECT_EQ(registered, 3);
    EXPECT_EQ(refused, 5);
}

class PlanTest : public BillingTest {
protected:
    Result<Subscription> change(std::string_view role, std::string_view plan) {
        return change_plan(*store_, actor('a', role), plan, limits());
    }
};

TEST_F(PlanTest, IsChosenFromThoseThatAreOffered) {
    admin("UPDATE platform.plans SET is_offered = false WHERE code = 'dollars'");
    const auto offered = plans(*store_, actor('a', "viewer"), limits());
    ASSERT_TRUE(offered);
    ASSERT_THAT(*offered, SizeIs(3));
    EXPECT_EQ(offered->at(1).code, "team");
    EXPECT_EQ(offered->at(1).max_databases, 3);
    EXPECT_FALSE(offered->at(2).max_databases);
    EXPECT_EQ(change("owner", "dollars").error().code, ErrorCode::not_found);
    EXPECT_EQ(change("owner", "x").error().code, ErrorCode::not_found);
    EXPECT_EQ(change("admin", "team").error().code, ErrorCode::permission_denied);
    EXPECT_FALSE(*subscription(*store_, actor('a', "owner"), limits()));
}

TEST_F(PlanTest, ChangesFromTodayOn) {
    EXPECT_EQ(change("owner", "team")->plan_code, "team");
    const auto large = change("owner", "large");
    ASSERT_TRUE(large);
    EXPECT_EQ(large->since, value(admin_, "SELECT (now() AT TIME ZONE 'UTC')::date"));
    EXPECT_EQ(change("owner", "large")->id, large->id) << "the same one again changes nothing";
    EXPECT_EQ(
        value(
            admin_, "SELECT string_agg(plan_code || ' ' || status, ', ' ORDER BY plan_code) FROM platform.subscriptions"
        ),
        "large active, team cancelled"
    );
    EXPECT_EQ(
        value(
            admin_,
            "SELECT details -> 'plan' ->> 'from' FROM platform.audit_log WHERE action = 'billing.plan_changed' ORDER "
            "BY sequence DESC LIMIT 1"
        ),
        "team"
    );
}

TEST_F(PlanTest, IsNotChangedToOneThatIsTooSmallOrOfAnotherCurrency) {
    ASSERT_TRUE(change("owner", "large"));
    EXPECT_THAT(change("owner", "dollars").error().message, HasSubstr("in USD, and this month is charged for in EUR"));
    for (int i = 0; i < 3; ++i) {
        run(admin_,
            fmt::format(
                "INSERT INTO platform.databases (project_id, name, type) VALUES ('{}', 'more {}', 'redis')",
                id('a', 10),
                i
            ));
    }
    EXPECT_THAT(change("owner", "team").error().message, HasSubstr("\"Shop\" has 4 databases"));
    run(admin_, "UPDATE platform.databases SET status = 'inactive' WHERE name = 'more 0'");
    EXPECT_TRUE(change("owner", "team"));
}

TEST_F(PlanTest, EndsWithItsMonthUnlessItIsKept) {
    EXPECT_EQ(cancel_plan(*store_, actor('a', "owner"), limits()).error().code, ErrorCode::not_found);
    ASSERT_TRUE(change("owner", "team"));
    ASSERT_TRUE(cancel_plan(*store_, actor('a', "owner"), limits()));
    ASSERT_TRUE(cancel_plan(*store_, actor('a', "owner"), limits()));
    EXPECT_TRUE((*subscription(*store_, actor('a', "owner"), limits()))->cancel_at_period_end);
    EXPECT_FALSE(change("owner", "team")->cancel_at_period_end);
    EXPECT_EQ(audited(), "billing.plan_changed billing.plan_ends_with_month billing.plan_kept");
}

class PaymentTest : public BillingTest {
protected:
    static constexpr std::string_view kOldKey = "k1 0000000000000000000000000000000000000000000000000000000000000001";
    static crypto::Keyring ring_of(std::string text) {
        return crypto::Keyring::load({.text = Secret{std::move(text)}}, limits()).value();
    }
    const crypto::Keyring& ring() const { return ring_; }
    Result<std::string> add(const NewPaymentMethod& method, std::string_view role = "owner") {
        return add_payment_method(*store_, ring(), actor('a', role), method, limits());
    }
    std::string shown() {
        std::string text;
        const auto methods = payment_methods(*store_, actor('a', "admin"), limits()).value();
        for (const auto& method : methods) {
            text += fmt::format(
                "{} {} {}{};", method.provider, method.brand, method.last4, method.is_default ? " default" : ""
            );
        }
        return text;
    }

private:
    crypto::Keyring ring_ = ring_of(std::string{kOldKey});
};

TEST_F(PaymentTest, IsATokenOfAProvider) {
    const auto first = add(
        {.provider = "acme",
         .provider_token = Secret{"pm_1"},
         .kind = "card",
         .brand = "Visa",
         .last4 = "4242",
         .expires_month = 7,
         .expires_year = 2029}
    );
    ASSERT_TRUE(first) << first.error().message;
    const auto second = add({.provider = "acme", .provider_token = Secret{"pm_2"}, .kind = "wallet"});
    EXPECT_EQ(shown(), "acme Visa 4242 default;acme  ;");
    EXPECT_EQ(
        add({.provider = "acme", .provider_token = Secret{"pm_1"}, .kind = "card"}).error().code, ErrorCode::conflict
    );
    ASSERT_TRUE(make_default_payment_method(*store_, actor('a', "owner"), *second, limits()));
    EXPECT_EQ(shown(), "acme Visa 4242;acme   default;");
    ASSERT_TRUE(remove_payment_method(*store_, actor('a', "owner"), *second, limits()));
    EXPECT_EQ(shown(), "acme Visa 4242 default;");
    EXPECT_EQ(
        remove_payment_method(*store_, actor('a', "owner"), *second, limits()).error().code, ErrorCode::not_found
    );
    EXPECT_EQ(
        audited(),
        "billing.payment_method_added billing.payment_method_added billing.payment_method_made_default "
        "billing.payment_method_removed"
    );
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.audit_log AS a WHERE a::text LIKE '%pm\\_%'"), "0");
}

TEST_F(PaymentTest, KeepsItsTokenSealedForItsOwnRow) {
    const auto first = add({.provider = "acme", .provider_token = Secret{"pm_1"}, .kind = "card"}).value();
    const auto second = add({.provider = "other", .provider_token = Secret{"pm_1"}, .kind = "card"}).value();
    const auto stored = [&](const std::string& of) {
        return value(admin_, fmt::format("SELECT provider_token FROM platform.payment_methods WHERE id = '{}'", of));
    };
    EXPECT_THAT(stored(first), ::testing::StartsWith("ddk1."));
    EXPECT_EQ(value(admin_, "SELECT count(*) FROM platform.payment_methods AS m WHERE m::text LIKE '%pm\\_%'"), "0");
    EXPECT_EQ(open_token(ring(), organization('a'), first, stored(first))->reveal(), "pm_1");
    EXPECT_FALSE(open_token(ring(), organization('a'), first, stored(second))) << "moved to another row";
    EXPECT_FALSE(open_token(ring(), organization('b'), first, stored(first)));
}

TEST_F(PaymentTest, IsSealedAnewByANewMasterKeyAndWhatWasInClearIsSealed) {
    const auto id = add({.provider = "acme", .provider_token = Secret{"pm_1"}, .kind = "card"}).value();
    const auto both = ring_of(std::string{kOldKey} + "\nk2 " + std::string(63, '0') + "2");
    const auto count = [&](std::string_view key) {
        return tokens_sealed_by(*store_, organization('a'), key, limits()).value();
    };
    run(admin_,
        "INSERT INTO platform.master_keys (id, check_value) VALUES ('k2', sha256('k2')); "
        "ALTER TABLE platform.payment_methods DROP CONSTRAINT payment_methods_provider_token_sealed_check; "
        "INSERT INTO platform.payment_methods (organization_id, provider, provider_token, kind) VALUES ('" +
            organization('a') + "', 'acme', 'pm_old', 'card')");
    EXPECT_EQ(count("k1"), 1);
    EXPECT_EQ(reseal_tokens(*store_, both, organization('a'), limits()).value(), 2);
    EXPECT_EQ(count("k1"), 0);
    EXPECT_EQ(count("k2"), 2);
    EXPECT_EQ(reseal_tokens(*store_, both, organization('a'), limits()).value(), 0);
    run(admin_, "UPDATE platform.payment_methods SET master_key_id = NULL WHERE id = '" + id + "'");
    EXPECT_EQ(count("k1"), 1) << "of a former version, which noted no key: it may be this one's";
    EXPECT_EQ(reseal_tokens(*store_, both, organization('a'), limits()).value(), 1);
    EXPECT_EQ(count("k1"), 0);
    EXPECT_EQ(
        add({.provider = "acme", .provider_token = Secret{"pm_2"}, .kind = "card"}).error().code, ErrorCode::not_found
    ) << "a server that was not given the new key does not guess";
    EXPECT_EQ(
        add_payment_method(
            *store_,
            both,
            actor('a', "owner"),
            {.provider = "acme", .provider_token = Secret{"pm_old"}, .kind = "card"},
            limits()
        )
            .error()
            .code,
        ErrorCode::conflict
    );
    EXPECT_EQ(shown(), "acme   default;acme  ;");
    EXPECT_EQ(reseal_tokens(*store_, both, organization('b'), limits()).value(), 0) << "of one organization alone";
}

// Each way round, one waits for the other: nothing comes between a last look at what a key has sealed and its end.
TEST_F(PaymentTest, IsNotSealedByAMasterKeyThatIsRetiredAtThisMoment) {
    const auto last = ring_of("last " + std::string(63, '0') + "3");
    run(admin_, "INSERT INTO platform.master_keys (id, check_value) VALUES ('last', sha256('last'))");
    constexpr std::string_view kRetire = "SELECT platform.retire_master_key('last')";
    const NewPaymentMethod method{.provider = "acme", .provider_token = Secret{"pm_1"}, .kind = "card"};
    const auto adding = [&] { return add_payment_method(*store_, last, actor('a', "owner"), method, limits()); };
    const auto waiting = [&](const auto& work, int sessions) {
        auto started = std::async(std::launch::async, work);
        while (started.wait_for(std::chrono::seconds{0}) != std::future_status::ready &&
               control::schema::lock_waiters(admin_) < sessions)
            std::this_thread::yield();
        return started;
    };
    without_settings();
    settings_ = fmt::format("SELECT set_config('app.current_user_id', '{}', true);", kSystem);

    auto blocker = database_.connect();
    run(blocker, "BEGIN; SELECT FROM platform.audit_heads FOR UPDATE");
    auto added = waiting(adding, 1);
    auto retired = waiting([&] { return change(kRetire); }, 2);
    run(blocker, "COMMIT");
    const auto id = added.get();
    ASSERT_TRUE(id) << id.error().message;
    EXPECT_EQ(retired.get(), "23503");
    ASSERT_TRUE(remove_payment_method(*store_, actor('a', "owner"), *id, limits()));

    run(connection_, in_transaction(kRetire));
    auto late = waiting(adding, 1);
    run(connection_, "COMMIT");
    const auto refused = late.get();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable) << refused.error().message;
}

TEST_F(PaymentTest, IsTheOwnersToChange) {
    for (const auto* const role : {"admin", "member", "viewer"}) {
        EXPECT_EQ(
            add({.provider = "acme", .provider_token = Secret{"pm_1"}, .kind = "card"}, role).error().code,
            ErrorCode::permission_denied
        );
    }
    const auto theirs = add({.provider = "acme", .provider_token = Secret{"pm_1"}, .kind = "card"});
    EXPECT_EQ(
        remove_payment_method(*store_, actor('b', "owner"), *theirs, limits()).error().code, ErrorCode::not_found
    );
    EXPECT_THAT(*payment_methods(*store_, actor('a', "member"), limits()), IsEmpty());
}

TEST_F(PaymentTest, NeverHoldsACardNumberInAnyField) {
    const NewPaymentMethod right{.provider = "acme", .provider_token = Secret{"pm_1"}, .kind = "card"};
    for (auto NewPaymentMethod::* const field :
         {&NewPaymentMethod::provider, &NewPaymentMethod::kind, &NewPaymentMethod::brand, &NewPaymentMethod::last4}) {
        auto wrong = right;
        wrong.*field = "a4111-1111-1111-1111";
        const auto refused = add(wrong);
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().message, HasSubstr("looks like a card number"));
        EXPECT_THAT(refused.error().message + refused.error().hint + refused.error().detail, Not(HasSubstr("4111")));
    }
    auto token = right;
    token.provider_token = Secret{"a4111-1111-1111-1111"};
    EXPECT_THAT(add(token).error().message, HasSubstr("looks like a card number"));
    // Nor by SQL.
    EXPECT_EQ(
        sqlstate(
            admin_,
            fmt::format(
                "INSERT INTO platform.payment_methods (organization_id, provider, provider_token, kind) VALUES ('{}', "
                "'a4111111111111111', 'ddk1.pm_1', 'card')",
                organization('a')
            )
        ),
        "23514"
    );
    EXPECT_EQ(
        add({.provider = "acme", .provider_token = Secret{"pm_1"}, .kind = "card", .last4 = "42424"}).error().code,
        ErrorCode::invalid_argument
    );
    EXPECT_EQ(
        add({.provider = "acme", .provider_token = Secret{"pm_1"}, .kind = "card", .expires_month = 7}).error().code,
        ErrorCode::invalid_argument
    );
}

TEST_F(PaymentTest, RefusesAllThatTheDatabaseRefuses) {
    std::mt19937 random{7};
    std::vector<std::string> texts;
    constexpr std::string_view kAlphabet = "0123456789012345678901234567890123456789 -x";
    int found = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text(10 + random() % 16, '4');
        for (auto& c : text) c = kAlphabet[random() % kAlphabet.size()];
        texts.push_back(std::move(text));
    }
    std::string list;
    for (const auto& text : texts) list += fmt::format("('{}'),", text);
    list.pop_back();
    const auto told = value(
        admin_,
        fmt::format(
            "SELECT string_agg(CASE WHEN platform.contains_card_number(t) THEN '1' ELSE '0' END, '') FROM (VALUES {}) "
            "AS v (t)",
            list
        )
    );
    ASSERT_EQ(told.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (told[i] != '1') continue;
        ++found;
        EXPECT_TRUE(contains_card_number(texts[i])) << texts[i];
    }
    EXPECT_GT(found, 100);
}

}  // namespace
}  // namespace drydock::billing
