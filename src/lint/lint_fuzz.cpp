#include "lint/lint.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "catalog/snapshot.h"

namespace {

using namespace drydock;

void require(bool truth) {
    if (!truth) std::abort();
}

catalog::Object column(std::string_view table, std::string_view name, std::string_view type, std::string_view at) {
    return {
        .kind = catalog::Kind::column,
        .schema = "shop",
        .parent = std::string{table},
        .name = std::string{name},
        .aspects = {{catalog::aspect::position, std::string{at}}, {catalog::aspect::type, std::string{type}}},
    };
}

// Tables, an index and a foreign key by names that the seeds use.
const catalog::Snapshot& snapshot() {
    static const catalog::Snapshot made = [] {
        catalog::Snapshot result{.server_version = 150004};
        auto& objects = result.objects;
        objects.push_back({.kind = catalog::Kind::schema, .name = "shop"});
        for (const std::string_view table : {"customers", "orders"}) {
            objects.push_back({.kind = catalog::Kind::table, .schema = "shop", .name = std::string{table}});
            objects.push_back(column(table, "id", "bigint", "1"));
            objects.push_back(column(table, "customer_id", "integer", "2"));
            objects.push_back(column(table, "note", "character varying(20)", "3"));
        }
        objects.push_back(
            {.kind = catalog::Kind::index,
             .schema = "shop",
             .parent = "orders",
             .name = "orders_note",
             .aspects = {{catalog::aspect::definition, "CREATE INDEX orders_note ON shop.orders USING btree (note)"}}}
        );
        objects.push_back(
            {.kind = catalog::Kind::constraint,
             .schema = "shop",
             .parent = "orders",
             .name = "orders_customer_id_fkey",
             .aspects =
                 {
                     {catalog::aspect::columns, "customer_id"},
                     {catalog::aspect::constraint_type, "foreign key"},
                     {catalog::aspect::definition, "FOREIGN KEY (customer_id) REFERENCES shop.customers(id)"},
                     {catalog::aspect::references, "shop.customers"},
                 }}
        );
        std::sort(objects.begin(), objects.end(), [](const catalog::Object& a, const catalog::Object& b) {
            return catalog::compare_keys(a, b) < 0;
        });
        return result;
    }();
    return made;
}

void check(std::string_view text, const lint::Options& options) {
    const auto report = lint::lint({{.file = "fuzz.sql", .text = text}}, options);
    if (!report) {
        require(!report.error().message.empty() && report.error().place.line > 0);
        return;
    }
    for (const auto& finding : report->findings) {
        require(finding.rule != nullptr && !finding.message.empty());
        require(finding.place.line > 0 && finding.place.column > 0);
        for (const auto& edit : finding.edits) require(edit.at.begin <= edit.at.end && edit.at.end <= text.size());
    }
    static_cast<void>(lint::fixed(text, *report, 0));
}

}  // namespace

// Whatever the text is, with a catalog and without: findings with a place, or an error with one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check(text, {});
    effects::World world{snapshot()};
    world.set_search_path({"shop", "public"});
    check(
        text,
        {.runner = lint::Runner::psql,
         .world = &world,
         .snapshot = &snapshot(),
         .evidence = lint::Evidence::catalog,
         .server_version = 150004}
    );
    return 0;
}
