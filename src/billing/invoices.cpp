#include "billing/invoices.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "audit/audit.h"
#include "base/hash.h"
#include "billing/card_number.h"
#include "billing/permission.h"
#include "billing/queries.h"

namespace drydock::billing {
namespace {

constexpr std::string_view kNoInvoice = "there is no such invoice in the organization";

// "2026-07" → "2026-07-01".
Result<std::string> first_day(std::string_view period) {
    const auto digits = [&](std::size_t from, std::size_t count) {
        return period.substr(from, count).find_first_not_of("0123456789") == std::string_view::npos;
    };
    const bool right = period.size() == 7 && period[4] == '-' && digits(0, 4) && digits(5, 2) &&
                       period.substr(0, 4) >= "2000" && period.substr(5) >= "01" && period.substr(5) <= "12";
    if (right) return fmt::format("{}-01", period);
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = "the period of an invoice is a month",
        .hint = "As 2026-07; it begins and ends at midnight UTC."
    };
}

std::vector<InvoiceLine> lines_of(const pg::Rows& rows) {
    std::vector<InvoiceLine> lines;
    for (int row = 0; row < rows.size(); ++row) {
        lines.push_back({
            .metric = std::string{rows.text(row, 0)},
            .description = std::string{rows.text(row, 1)},
            .quantity = std::string{rows.text(row, 2)},
            .unit_price_minor = std::string{rows.text(row, 3)},
            .amount_minor = rows.integer(row, 4),
        });
    }
    return lines;
}

Invoice invoice_of(const pg::Rows& rows, int row) {
    const auto text = [&](int column) { return std::string{rows.text(row, column)}; };
    return {
        .id = text(0),
        .number = text(1),
        .status = text(2),
        .currency = text(3),
        .period_start = text(4),
        .period_end = text(5),
        .issued_at = text(6),
        .due_at = text(7),
        .paid_at = text(11),
        .provider_reference = text(12),
        .subtotal_minor = rows.integer(row, 8),
        .tax_minor = rows.integer(row, 9),
        .total_minor = rows.integer(row, 10),
    };
}

Result<Invoice> load(control::Transaction& transaction, std::string_view id) {
    DRYDOCK_TRY(
        const auto rows, transaction.one(queries::invoice, {transaction.actor().organization_id, id}, kNoInvoice)
    );
    DRYDOCK_TRY(const auto lines, transaction.query(queries::invoice_lines, {id}));
    auto invoice = invoice_of(rows, 0);
    invoice.lines = lines_of(lines);
    return invoice;
}

// What an invoice says, as one hash: each field as its length, a colon and itself. Not the status, which goes on.
std::string content_hash(const Invoice& invoice, std::string_view organization) {
    std::string form{"drydock-invoice-1"};
    const auto add = [&](std::string_view field) { form += fmt::format("{}:{}", field.size(), field); };
    for (const std::string_view field :
         {organization,
          std::string_view{invoice.id},
          std::string_view{invoice.number},
          std::string_view{invoice.currency},
          std::string_view{invoice.period_start},
          std::string_view{invoice.period_end},
          std::string_view{invoice.issued_at},
          std::string_view{invoice.due_at}})
        add(field);
    for (const auto amount : {invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor})
        add(std::to_string(amount));
    for (const auto& line : invoice.lines) {
        for (const auto* const field : {&line.metric, &line.description, &line.quantity, &line.unit_price_minor})
            add(*field);
        add(std::to_string(line.amount_minor));
    }
    return sha256_hex(form);
}

struct Draft {
    std::string id;
    bool month_is_over = false;
};

Result<> check_terms(const pg::Rows& terms, std::string_view period) {
    if (terms.is_null(0, 0)) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("the organization had no plan in {}: there is nothing to charge for", period)
        };
    }
    if (terms.boolean(0, 2)) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("the plans of {} have different currencies, and an invoice has one", period)
        };
    }
    return {};
}

Result<std::string> open_draft(
    control::Transaction& transaction, std::string_view period, std::string_view day, std::string_view currency
) {
    const auto& organization = transaction.actor().organization_id;
    DRYDOCK_TRY(const auto live, transaction.query(queries::live_invoice, {organization, day}));
    if (live.size() == 0) {
        const auto number = fmt::format("draft-{}", period);
        DRYDOCK_TRY(const auto made, transaction.query(queries::begin_invoice, {organization, day, number, currency}));
        return std::string{made.text(0, 0)};
    }
    if (live.text(0, 2) == "draft") return std::string{live.text(0, 0)};
    return Error{
        .code = ErrorCode::conflict,
        .message = fmt::format("{} is billed already, by invoice {}", period, live.text(0, 1)),
        .hint = "An issued invoice does not change. Where it is wrong, void it and compute the month anew."
    };
}

Result<Draft> draft(control::Transaction& transaction, std::string_view period, std::string_view day) {
    const auto& organization = transaction.actor().organization_id;
    DRYDOCK_TRY_VOID(lock_organization(transaction));
    DRYDOCK_TRY(const auto terms, transaction.query(queries::terms, {organization, day}));
    DRYDOCK_TRY_VOID(check_terms(terms, period));
    const auto currency = terms.text(0, 1);
    DRYDOCK_TRY(auto id, open_draft(transaction, period, day, currency));
    DRYDOCK_TRY(const auto computed, transaction.query(queries::compute_lines, {organization, day, terms.text(0, 0)}));
    DRYDOCK_TRY_VOID(transaction.query(queries::clear_lines, {id}));
    for (int row = 0; row < computed.size(); ++row) {
        const auto place = std::to_string(row + 1);
        DRYDOCK_TRY_VOID(transaction.query(
            queries::add_line,
            {id,
             organization,
             place,
             computed.text(row, 0),
             computed.text(row, 1),
             computed.text(row, 2),
             computed.text(row, 3),
             computed.text(row, 4)}
        ));
    }
    DRYDOCK_TRY_VOID(transaction.query(queries::set_terms, {id, organization, terms.text(0, 0)}));
    DRYDOCK_TRY_VOID(transaction.query(queries::set_total, {id, currency}));
    return Draft{.id = std::move(id), .month_is_over = terms.boolean(0, 3)};
}

Result<> audited(
    control::Transaction& transaction, std::string_view action, const Invoice& invoice, std::string details
) {
    return audit::append(
        transaction,
        {.action = std::string{action},
         .object_type = "invoice",
         .object_id = invoice.id,
         .object_name = invoice.number,
         .details = std::move(details)}
    );
}

}  // namespace

Result<Invoice> compute_invoice(
    control::Store& store, const control::Actor& actor, std::string_view period, const Limits& limits
) {
    DRYDOCK_TRY(const auto day, first_day(period));
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<Invoice> {
        DRYDOCK_TRY_VOID(require(transaction, "billing:write", "compute an invoice"));
        DRYDOCK_TRY_VOID(transaction.become(control::Actor::system(actor.organization_id)));
        DRYDOCK_TRY(const auto made, draft(transaction, period, day));
        DRYDOCK_TRY(auto invoice, load(transaction, made.id));
        DRYDOCK_TRY_VOID(transaction.become(actor));
        DRYDOCK_TRY_VOID(audited(
            transaction,
            "billing.invoice_computed",
            invoice,
            fmt::format(R"({{"total_minor": {}}})", invoice.total_minor)
        ));
        return invoice;
    });
}

Result<Invoice> issue_invoice(
    control::Store& store, std::string_view organization, std::string_view period, int due_days, const Limits& limits
) {
    DRYDOCK_TRY(const auto day, first_day(period));
    const auto days = std::to_string(due_days);
    return store
        .run(control::Actor::system(organization), limits, [&](control::Transaction& transaction) -> Result<Invoice> {
            DRYDOCK_TRY(const auto made, draft(transaction, period, day));
            if (!made.month_is_over) {
                return Error{
                    .code = ErrorCode::conflict,
                    .message = fmt::format("{} is not over, so it can't be billed yet", period),
                    .hint = "A draft can be computed at any time."
                };
            }
            DRYDOCK_TRY_VOID(transaction.query(queries::number_invoice, {made.id, organization, days}));
            DRYDOCK_TRY(auto invoice, load(transaction, made.id));
            const auto hash = content_hash(invoice, organization);
            DRYDOCK_TRY_VOID(transaction.query(queries::set_content_hash, {made.id, hash}));
            DRYDOCK_TRY_VOID(transaction.query(queries::open_invoice, {made.id}));
            invoice.status = "open";
            DRYDOCK_TRY_VOID(audited(
                transaction,
                "billing.invoice_issued",
                invoice,
                fmt::format(
                    R"({{"number": "{}", "total_minor": {}, "currency": "{}", "content_hash": "{}"}})",
                    invoice.number,
                    invoice.total_minor,
                    invoice.currency,
                    hash
                )
            ));
            return invoice;
        });
}

Result<Invoice> settle_invoice(
    control::Store& store,
    const control::Actor& actor,
    std::string_view id,
    Settlement settlement,
    std::string_view provider_reference,
    const Limits& limits
) {
    const std::string_view status = settlement == Settlement::paid    ? "paid"
                                    : settlement == Settlement::void_ ? "void"
                                                                      : "uncollectible";
    DRYDOCK_TRY_VOID(refuse_card_numbers({provider_reference}));
    if (!provider_reference.empty() && settlement != Settlement::paid) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "only a paid invoice has a payment that the provider knows",
            .hint = "Leave its reference out.",
        };
    }
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<Invoice> {
        DRYDOCK_TRY_VOID(require(transaction, "billing:write", "settle an invoice"));
        DRYDOCK_TRY_VOID(transaction.become(control::Actor::system(actor.organization_id)));
        DRYDOCK_TRY_VOID(lock_organization(transaction));
        DRYDOCK_TRY(
            const auto settled,
            transaction.query(queries::settle_invoice, {actor.organization_id, id, status, provider_reference})
        );
        DRYDOCK_TRY(auto invoice, load(transaction, id));
        if (settled.size() == 0) {
            return Error{
                .code = ErrorCode::conflict,
                .message = fmt::format("this invoice is {}, and can't become {}", invoice.status, status),
                .hint = "Only one that is issued and neither paid nor void can be settled.",
            };
        }
        DRYDOCK_TRY_VOID(transaction.become(actor));
        DRYDOCK_TRY_VOID(audited(
            transaction,
            fmt::format("billing.invoice_{}", status),
            invoice,
            boost::json::serialize(boost::json::object{{"provider_reference", invoice.provider_reference}})
        ));
        return invoice;
    });
}

Result<InvoiceCheck> verify_invoice(
    control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits
) {
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<InvoiceCheck> {
        const auto& organization = actor.organization_id;
        DRYDOCK_TRY(const auto invoice, load(transaction, id));
        DRYDOCK_TRY(
            const auto kept,
            transaction.one(
                queries::invoice_terms,
                {organization, id},
                "the terms that this invoice was computed by are gone: it can't be verified"
            )
        );
        if (!kept.boolean(0, 3)) {
            return Error{
                .code = ErrorCode::permission_denied,
                .message = "you may not read the audit trail, which an invoice is compared with",
                .hint = "Owners and administrators may (audit:read)."
            };
        }
        DRYDOCK_TRY(
            const auto computed,
            transaction.query(
                queries::compute_lines, {organization, invoice.period_start.substr(0, 10), kept.text(0, 0)}
            )
        );
        InvoiceCheck check{.issued = invoice.status != "draft"};
        const auto differs = [&](std::string text) { check.differences.push_back(std::move(text)); };
        const auto lines = lines_of(computed);
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < std::max(lines.size(), invoice.lines.size()); ++i) {
            if (i < lines.size()) sum += lines[i].amount_minor;
            if (i >= lines.size()) {
                differs(fmt::format("line {} ({}) is not in what usage gives", i + 1, invoice.lines[i].description));
            } else if (i >= invoice.lines.size()) {
                differs(fmt::format("line {} ({}) is missing", i + 1, lines[i].description));
            } else if (lines[i] != invoice.lines[i]) {
                differs(fmt::format(
                    "line {} is {} × {} = {}, and usage gives {} × {} = {}",
                    i + 1,
                    invoice.lines[i].quantity,
                    invoice.lines[i].unit_price_minor,
                    invoice.lines[i].amount_minor,
                    lines[i].quantity,
                    lines[i].unit_price_minor,
                    lines[i].amount_minor
                ));
            }
        }
        if (sum != invoice.subtotal_minor) {
            differs(fmt::format("the sum is {}, and usage gives {}", invoice.subtotal_minor, sum));
        }
        if (!check.issued) return check;
        const auto hash = content_hash(invoice, organization);
        if (hash != kept.text(0, 1)) differs("it is not what was issued: its hash does not fit");
        if (hash != kept.text(0, 2)) differs("it is not what the audit trail says was issued");
        return check;
    });
}

Result<std::vector<Invoice>> invoices(control::Store& store, const control::Actor& actor, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::invoices, {actor.organization_id}, limits));
    std::vector<Invoice> result;
    for (int row = 0; row < rows.size(); ++row) result.push_back(invoice_of(rows, row));
    return result;
}

Result<Invoice> invoice(control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits) {
    return store.run(actor, limits, [&](control::Transaction& transaction) { return load(transaction, id); });
}

}  // namespace drydock::billing
