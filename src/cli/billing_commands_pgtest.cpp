#include "cli/serving_pgtest.h"

// Ways to pay, and invoices.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class BillingCommands : public ServedTest {};

TEST_F(BillingCommands, WaysToPayAreAddedSealedChosenAndRemoved) {
    folder.write("token", "pm_canary_1\n");
    const auto added = drydock(
        {"payment", "add", "acme", "--token-file", "token", "--brand", "Visa", "--last4", "4242", "--expires", "2029-07"
        }
    );
    ASSERT_EQ(added.exit_code, 0) << added.err;
    EXPECT_EQ(
        drydock({"payment", "add", "acme", "--token-file", "token", "--json"}).json_at("/error/code"), "conflict"
    );
    folder.write("token", "4111 1111 1111 1111\n");
    const auto card = drydock({"payment", "add", "acme", "--token-file", "token"});
    EXPECT_EQ(card.exit_code, 3);
    EXPECT_THAT(card.err, AllOf(HasSubstr("card number"), Not(HasSubstr("4111"))));
    folder.write("token", "pm_canary_2\n");
    EXPECT_EQ(drydock({"payment", "add", "acme", "--token-file", "token", "--expires", "7/29"}).exit_code, 3);
    EXPECT_EQ(drydock({"payment", "add", "acme", "--token-file", "token", "--kind", "wallet"}).exit_code, 0);
    EXPECT_EQ(drydock({"payment", "default", "acme"}).exit_code, 3) << "which of both?";
    EXPECT_EQ(drydock({"payment", "default", "4242"}).exit_code, 0);
    const auto list = drydock({"payment", "list"});
    EXPECT_THAT(
        list.out, AllOf(HasSubstr("Visa"), HasSubstr("2029-07"), HasSubstr("wallet"), Not(HasSubstr("canary")))
    );
    EXPECT_EQ(serving().sql("SELECT count(*) FROM platform.payment_methods WHERE provider_token LIKE 'ddk1.%'"), "2");
    EXPECT_EQ(drydock({"payment", "remove", "4242", "--yes"}).exit_code, 0);
    EXPECT_EQ(drydock({"payment", "remove", "acme", "--yes"}).exit_code, 0);
}

TEST_F(BillingCommands, ADraftIsComputedAndAnIssuedInvoiceIsSettled) {
    EXPECT_EQ(drydock({"invoice", "compute", "--json"}).json_at("/error/code"), "conflict") << "without a plan";
    ASSERT_EQ(drydock({"plan", "change", "self-hosted"}).exit_code, 0);
    const auto draft = drydock({"invoice", "compute", "--json"});
    ASSERT_EQ(draft.exit_code, 0) << draft.out << draft.err;
    EXPECT_EQ(draft.json_at("/status"), "draft");
    EXPECT_EQ(drydock({"invoice", "compute", "--json"}).json_at("/id"), draft.json_at("/id")) << "the same one";
    EXPECT_THAT(drydock({"invoice", "compute"}).out, HasSubstr("total"));
    EXPECT_EQ(drydock({"invoice", "compute", "2026-13"}).exit_code, 3);
    const auto id = draft.json_at("/id");
    EXPECT_EQ(drydock({"invoice", "settle", id, "paid", "--yes"}).exit_code, 3) << "a draft is no debt";
    // As if its month were over and it had been issued.
    serving().sql(
        "UPDATE platform.invoices SET number = '2026-0001', status = 'open', issued_at = now(), due_at = now() WHERE "
        "id = '" +
        id + "'"
    );
    EXPECT_EQ(drydock({"invoice", "settle", "2026-0001", "paid"}).exit_code, 3) << "a question that nobody answers";
    EXPECT_EQ(drydock({"invoice", "settle", "2026-0001", "gone", "--yes"}).exit_code, 3);
    const auto paid = drydock({"invoice", "settle", "2026-0001", "paid", "--reference", "ch_1", "--yes", "--json"});
    EXPECT_EQ(paid.json_at("/provider_reference"), "ch_1") << paid.out << paid.err;
    EXPECT_EQ(
        drydock({"invoice", "settle", "2026-0001", "void", "--yes", "--json"}).json_at("/error/code"), "conflict"
    );
    EXPECT_THAT(drydock({"audit", "list", "--action", "billing.invoice_paid"}).out, HasSubstr("2026-0001"));
}

}  // namespace
}  // namespace drydock::cli
