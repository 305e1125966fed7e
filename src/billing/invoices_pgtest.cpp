#include "billing/invoices.h"

#include <random>
#include <thread>

#include "billing/billing_pgtest.h"

namespace drydock::billing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
__extension__ using Whole = unsigned __int128;  // bytes times days times a million

class InvoiceTest : public BillingTest {
protected:
    Result<Invoice> compute(std::string_view period) {
        return compute_invoice(*store_, actor('a', "owner"), period, limits());
    }
    Result<Invoice> issue(std::string_view period) {
        return issue_invoice(*store_, organization('a'), period, 14, limits());
    }
    static std::string lines(const Result<Invoice>& invoice) {
        if (!invoice) return invoice.error().message + invoice.error().detail;
        std::string text;
        for (const auto& line : invoice->lines) {
            text +=
                fmt::format("{} {} x {} = {}\n", line.metric, line.quantity, line.unit_price_minor, line.amount_minor);
        }
        return text + std::to_string(invoice->total_minor);
    }
    std::vector<std::string> differences(const Invoice& invoice) {
        const auto check = verify_invoice(*store_, actor('a', "admin"), invoice.id, limits());
        if (!check) return {check.error().message};
        return check->differences;
    }
};

TEST_F(InvoiceTest, ChargesForThePlanAndForWhatIsBeyondIt) {
    subscribe("team", "2026-01-01");
    for (int day = 1; day <= 30; ++day) {
        use("databases", fmt::format("2026-04-{:02}", day), day <= 10 ? "5" : "2");
        use("storage_bytes", fmt::format("2026-04-{:02}", day), "16106127360");  // 15 GiB, 5 of them included
    }
    const auto invoice = compute("2026-04");
    ASSERT_TRUE(invoice) << invoice.error().message << invoice.error().detail;
    // 3 databases more on 10 of 30 days is one on the average; 10 GiB more.
    EXPECT_EQ(
        lines(invoice),
        "base 1.000000 x 4900.000000 = 4900\ndatabases 1.000000 x 333.000000 = 333\nstorage_bytes 10.000000 x "
        "17.000000 = "
        "170\n5403"
    );
    EXPECT_EQ(invoice->lines[0].description, "Team, 30 of 30 days");
    EXPECT_EQ(invoice->currency, "EUR");
    EXPECT_EQ(invoice->period_start + " " + invoice->period_end, "2026-04-01T00:00:00Z 2026-05-01T00:00:00Z");
    EXPECT_EQ(invoice->status, "draft");
}

TEST_F(InvoiceTest, ChargesEachDayByThePlanThatItEndedWith) {
    subscribe("team", "2025-12-15", "2026-02-11");
    subscribe("self-hosted", "2026-02-11", "2026-02-11");
    subscribe("large", "2026-02-11");
    use("databases", "2026-02-10", "4");
    use("databases", "2026-02-11", "4");
    use("databases", "2026-02-28", "27");
    EXPECT_EQ(
        lines(compute("2026-02")),
        "base 0.357143 x 4900.000000 = 1750\n"    // 10 of 28 days
        "databases 0.071429 x 333.000000 = 24\n"  // 2 on one day, beyond 2
        "base 0.642857 x 19999.000000 = 12856\n"  // 18 of 28 days
        "databases 0.250000 x 250.000000 = 63\n"  // 7 on one day, beyond 20; 62.5 is rounded away from zero
        "14693"
    );
    EXPECT_THAT(lines(compute("2025-12")), HasSubstr("base 0.548387 x 4900.000000 = 2687")) << "17 of 31 days";
    EXPECT_THAT(lines(compute("2025-11")), HasSubstr("had no plan in 2025-11"));
}

// The rule of docs/billing.md in whole numbers.
Whole rounded(Whole over, Whole under) {
    return (2 * over + under) / (2 * under);
}

TEST_F(InvoiceTest, IsWhatWholeNumbersGive) {
    std::mt19937_64 random{20260311};
    const auto below = [&](std::uint64_t bound) { return random() % bound; };
    for (int month = 1; month <= 9; ++month) {
        const auto period = fmt::format("2026-{:02}", month);
        const int length = std::stoi(
            value(admin_, fmt::format("SELECT ('{0}-01'::date + interval '1 month')::date - '{0}-01'::date", period))
        );
        admin(fmt::format(
            "DELETE FROM platform.subscriptions; UPDATE platform.plans SET base_price_minor = {}, database_price_minor "
            "= {}, "
            "storage_gib_price_minor = {}, included_databases = {}, included_storage_bytes = {} WHERE code = 'team'",
            below(100'000),
            below(10'000),
            below(1'000),
            below(4),
            below(1ULL << 40)
        ));
        const auto number = [&](std::string_view column) {
            return static_cast<Whole>(
                std::stoull(value(admin_, fmt::format("SELECT {} FROM platform.plans WHERE code = 'team'", column)))
            );
        };
        const auto first = static_cast<int>(below(static_cast<std::uint64_t>(length))) + 1;
        subscribe("team", fmt::format("{}-{:02}", period, first));
        Whole database_days = 0;
        Whole byte_days = 0;
        for (int day = 1; day <= length; ++day) {
            if (below(5) == 0) continue;  // a day that was not metered
            const auto databases = below(12);
            const auto bytes = below(1ULL << 42);
            use("databases", fmt::format("{}-{:02}", period, day), std::to_string(databases));
            use("storage_bytes", fmt::format("{}-{:02}", period, day), std::to_string(bytes));
            if (day < first) continue;
            database_days += databases > number("included_databases") ? databases - number("included_databases") : 0;
            byte_days += bytes > number("included_storage_bytes") ? bytes - number("included_storage_bytes") : 0;
        }
        const auto days = static_cast<Whole>(length);
        const Whole base = rounded(static_cast<Whole>(length - first + 1) * 1'000'000, days);
        const Whole databases = rounded(database_days * 1'000'000, days);
        const Whole storage = rounded(byte_days * 1'000'000, days * (Whole{1} << 30U));
        const Whole total = rounded(base * number("base_price_minor"), 1'000'000) +
                            rounded(databases * number("database_price_minor"), 1'000'000) +
                            rounded(storage * number("storage_gib_price_minor"), 1'000'000);
        const auto invoice = compute(period);
        ASSERT_TRUE(invoice) << invoice.error().message << invoice.error().detail;
        EXPECT_EQ(invoice->total_minor, static_cast<std::int64_t>(total)) << period << '\n' << lines(invoice);
        EXPECT_THAT(differences(*invoice), IsEmpty());
    }
}

TEST_F(InvoiceTest, IsComputedAnewAsLongAsItIsADraft) {
    subscribe("team", "2026-01-01");
    use("databases", "2026-04-01", "32");
    const auto first = compute("2026-04");
    EXPECT_EQ(lines(first), "base 1.000000 x 4900.000000 = 4900\ndatabases 1.000000 x 333.000000 = 333\n5233");
    use("databases", "2026-04-02", "32");
    EXPECT_THAT(differences(*first), Not(IsEmpty()));
    const auto second = compute("2026-04");
    EXPECT_EQ(lines(second), "base 1.000000 x 4900.000000 = 4900\ndatabases 2.000000 x 333.000000 = 666\n5566");
    EXPECT_EQ(second->id, first->id);
    EXPECT_THAT(differences(*second), IsEmpty());
    EXPECT_EQ(lines(compute("2026-04")), lines(second));
    EXPECT_EQ(audited(), "billing.invoice_computed billing.invoice_computed billing.invoice_computed");
}

TEST_F(InvoiceTest, DoesNotChangeOnceItIsIssued) {
    subscribe("team", "2026-01-01");
    use("databases", "2026-04-01", "32");
    const auto issued = issue("2026-04");
    ASSERT_TRUE(issued) << issued.error().message << issued.error().detail;
    EXPECT_EQ(issued->status, "open");
    EXPECT_THAT(issued->number, ::testing::MatchesRegex("2...-0001"));
    EXPECT_THAT(compute("2026-04").error().message, HasSubstr("billed already, by invoice " + issued->number));
    EXPECT_EQ(issue("2026-04").error().code, ErrorCode::conflict);
    // Nor by who owns the tables.
    for (const auto* const sql :
         {"UPDATE platform.invoices SET subtotal_minor = 1",
          "UPDATE platform.invoices SET status = 'draft'",
          "UPDATE platform.invoices SET due_at = now()",
          "DELETE FROM platform.invoices",
          "TRUNCATE platform.invoices CASCADE",
          "UPDATE platform.invoice_lines SET description = 'x'",
          "DELETE FROM platform.invoice_lines",
          "INSERT INTO platform.invoice_lines (organization_id, invoice_id, line_number, metric, description, "
          "quantity, "
          "unit_price_minor, amount_minor) SELECT organization_id, id, 9, 'x', 'x', 1, 1, 1 FROM platform.invoices",
          "UPDATE platform.invoice_terms SET terms = '[]'",
          "UPDATE platform.usage_records SET quantity = 1",
          "DELETE FROM platform.usage_records"}) {
        EXPECT_EQ(sqlstate(admin_, sql), "55000") << sql;
    }
    // New prices are for new invoices.
    admin("UPDATE platform.plans SET base_price_minor = 1, name = 'Other' WHERE code = 'team'");
    EXPECT_THAT(differences(*issued), IsEmpty());
}

TEST_F(InvoiceTest, TellsWhenWhatWasIssuedWasAltered) {
    subscribe("team", "2026-01-01");
    use("databases", "2026-04-01", "32");
    const auto issued = issue("2026-04").value();
    ASSERT_THAT(differences(issued), IsEmpty());
    struct Attack {
        std::string_view sql;
        std::string_view back;
        std::size_t differences;
    };
    constexpr Attack kAttacks[] = {
        {"UPDATE platform.invoice_lines SET quantity = 9, amount_minor = 2997 WHERE metric = 'databases'",
         "UPDATE platform.invoice_lines SET quantity = 1, amount_minor = 333 WHERE metric = 'databases'",
         3},
        {"UPDATE platform.invoices SET subtotal_minor = 1", "UPDATE platform.invoices SET subtotal_minor = 5233", 3},
        {"UPDATE platform.invoices SET due_at = due_at + interval '1 year'",
         "UPDATE platform.invoices SET due_at = due_at - interval '1 year'",
         2},
        {"UPDATE platform.usage_records SET quantity = 62", "UPDATE platform.usage_records SET quantity = 32", 2},
        {"UPDATE platform.invoice_terms SET content_hash = sha256('')", "", 1},
    };
    for (const auto& attack : kAttacks) {
        admin(attack.sql);
        EXPECT_EQ(differences(issued).size(), attack.differences)
            << attack.sql << '\n'
            << fmt::format("{}", fmt::join(differences(issued), "\n"));
        if (!attack.back.empty()) admin(attack.back);
    }
}

TEST_F(InvoiceTest, HasItsNumberWithoutAGapAlsoWhenManyIssueAtOnce) {
    subscribe("team", "2026-01-01");
    {
        std::vector<std::jthread> threads;
        for (int month = 1; month <= 8; ++month) {
            for (int twice = 0; twice < 2; ++twice) {
                threads.emplace_back([&, month] {
                    const auto done = issue(fmt::format("2026-{:02}", month));
                    EXPECT_TRUE(done || done.error().code == ErrorCode::conflict)
                        << done.error().message << done.error().detail;
                });
            }
        }
    }
    EXPECT_EQ(
        value(admin_, "SELECT string_agg(split_part(number, '-', 2), ' ' ORDER BY number) FROM platform.invoices"),
        "0001 0002 0003 0004 0005 0006 0007 0008"
    );
    EXPECT_EQ(invoices(*store_, actor('a', "owner"), limits())->size(), 8U);
    EXPECT_THAT(*invoices(*store_, actor('a', "member"), limits()), IsEmpty());
}

TEST_F(InvoiceTest, IsIssuedOnceItsMonthIsOver) {
    subscribe("team", "2026-01-01");
    const auto month = value(admin_, "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')");
    EXPECT_TRUE(compute(month));
    EXPECT_THAT(issue(month).error().message, HasSubstr("is not over"));
    EXPECT_EQ(
        compute_invoice(*store_, actor('a', "admin"), month, limits()).error().code, ErrorCode::permission_denied
    );
    for (const auto* const wrong :
         {"2026", "2026-13", "2026-00", "2026-1", "2026-01-01", "1999-01", "20x6-01", "2026/01"}) {
        EXPECT_EQ(compute(wrong).error().code, ErrorCode::invalid_argument) << wrong;
    }
}

TEST_F(InvoiceTest, IsSettledOnceAndAVoidOneMakesRoom) {
    subscribe("team", "2026-01-01");
    const auto first = issue("2026-04").value();
    const auto settle = [&](const Invoice& invoice, Settlement how, std::string_view reference = "") {
        return settle_invoice(*store_, actor('a', "owner"), invoice.id, how, reference, limits());
    };
    ASSERT_TRUE(settle(first, Settlement::void_));
    EXPECT_EQ(settle(first, Settlement::paid).error().code, ErrorCode::conflict);
    const auto second = issue("2026-04").value();
    EXPECT_NE(second.number, first.number);
    EXPECT_EQ(
        settle_invoice(*store_, actor('a', "admin"), second.id, Settlement::paid, "", limits()).error().code,
        ErrorCode::permission_denied
    );
    EXPECT_EQ(settle(second, Settlement::void_, "ch_1").error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(settle(second, Settlement::paid, "4111 1111 1111 1111").error().message, HasSubstr("card number"));
    ASSERT_TRUE(settle(second, Settlement::uncollectible)) << "it may still be paid";
    const auto paid = settle(second, Settlement::paid, "ch_1");
    ASSERT_TRUE(paid) << paid.error().message;
    EXPECT_EQ(paid->status, "paid");
    EXPECT_EQ(paid->provider_reference, "ch_1");
    EXPECT_FALSE(paid->paid_at.empty());
    EXPECT_EQ(settle(second, Settlement::paid, "ch_2").error().code, ErrorCode::conflict) << "once";
    EXPECT_EQ(
        value(admin_, "SELECT user_id FROM platform.audit_log WHERE action = 'billing.invoice_paid'"),
        user('a', "owner")
    );
    EXPECT_EQ(settle(second, Settlement::void_).error().code, ErrorCode::conflict);
    EXPECT_EQ(settle({.id = id('b', 15)}, Settlement::paid).error().code, ErrorCode::not_found);
    EXPECT_THAT(differences(second), IsEmpty());
    EXPECT_EQ(
        audited(),
        "billing.invoice_issued billing.invoice_void billing.invoice_issued billing.invoice_uncollectible "
        "billing.invoice_paid"
    );
}

TEST_F(InvoiceTest, HasOneCurrency) {
    subscribe("team", "2026-01-01", "2026-04-10");
    subscribe("dollars", "2026-04-10");
    EXPECT_THAT(compute("2026-04").error().message, HasSubstr("different currencies"));
    EXPECT_EQ(compute("2026-05")->currency, "USD");
}

}  // namespace
}  // namespace drydock::billing
