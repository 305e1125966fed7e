#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"

namespace drydock::billing {

struct InvoiceLine {
    std::string metric{};  // "base", "databases", "storage_bytes"
    std::string description{};
    std::string quantity{};  // a decimal of six places: months, databases or GiB on the average of the month
    std::string unit_price_minor{};
    std::int64_t amount_minor = 0;

    bool operator==(const InvoiceLine&) const = default;
};

struct Invoice {
    std::string id{};
    std::string number{};
    std::string status{};
    std::string currency{};
    std::string period_start{};
    std::string period_end{};
    std::string issued_at{};
    std::string due_at{};
    std::string paid_at{};
    std::string provider_reference{};  // what the provider calls the payment
    std::int64_t subtotal_minor = 0;
    std::int64_t tax_minor = 0;
    std::int64_t total_minor = 0;
    std::vector<InvoiceLine> lines{};  // where one invoice was asked for
};

// The draft of a month ("2026-07", UTC) from its usage and the plans that held on its days, by their prices now. May be
// computed again, also while the month runs. `conflict` where it is issued already, and where no plan held.
// Needs billing:write. What is written is drydock's own work, as nobody changes an invoice by hand.
Result<Invoice> compute_invoice(
    control::Store& store, const control::Actor& actor, std::string_view period, const Limits& limits
);

// Computes a month that is over once more and issues it: a number without gaps in the organization, and nothing of it
// changes any more, nor the usage it came from. Its hash goes into the audit trail.
Result<Invoice> issue_invoice(
    control::Store& store, std::string_view organization, std::string_view period, int due_days, const Limits& limits
);

enum class Settlement : std::uint8_t { paid, uncollectible, void_ };
// What became of an issued invoice, and where it is paid, what the provider calls the payment. A void one makes room
// for the period to be computed anew; one that is paid or void is so for good: `conflict`. Needs billing:write.
Result<Invoice> settle_invoice(
    control::Store& store,
    const control::Actor& actor,
    std::string_view id,
    Settlement settlement,
    std::string_view provider_reference,
    const Limits& limits
);

struct InvoiceCheck {
    std::vector<std::string> differences{};  // none: the invoice is what usage and terms give
    bool issued = false;                     // only then there is a hash to compare
};
// Computes an invoice again from the usage and the terms it has, and compares each line, the sums, the hash it was
// issued with, and the hash that the audit trail has. Needs billing:read and audit:read.
Result<InvoiceCheck> verify_invoice(
    control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits
);

// Needs billing:read; without it, there are none to see. The newest first.
Result<std::vector<Invoice>> invoices(control::Store& store, const control::Actor& actor, const Limits& limits);
Result<Invoice> invoice(control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits);

}  // namespace drydock::billing
