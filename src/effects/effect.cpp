#include "effects/effect.h"

#include <array>
#include <span>
#include <utility>

#include <pg_query/pg_query.pb-c.h>

#include "effects/tree.h"
#include "sql/parser.h"

namespace drydock::effects {

namespace {

struct LockText {
    std::string_view name;
    std::string_view blocks;
};
constexpr std::array kLocks = {
    LockText{"no lock", "nothing"},
    LockText{"ACCESS SHARE", "DDL that needs the table for itself"},
    LockText{"ROW SHARE", "DDL that needs the table for itself, and EXCLUSIVE locks"},
    LockText{"ROW EXCLUSIVE", "index builds and DDL that blocks writes"},
    LockText{"SHARE UPDATE EXCLUSIVE", "other DDL and VACUUM"},
    LockText{"SHARE", "writes"},
    LockText{"SHARE ROW EXCLUSIVE", "writes, and other DDL"},
    LockText{"EXCLUSIVE", "writes, and SELECT … FOR UPDATE"},
    LockText{"ACCESS EXCLUSIVE", "reads and writes"},
};

}  // namespace

std::string_view name(LockMode mode) {
    return kLocks[static_cast<std::size_t>(mode)].name;
}
std::string_view what_it_blocks(LockMode mode) {
    return kLocks[static_cast<std::size_t>(mode)].blocks;
}

std::string_view name(Certainty certainty) {
    switch (certainty) {
        case Certainty::no:
            return "no";
        case Certainty::yes:
            return "yes";
        default:
            return "maybe";
    }
}

std::string_view name(RelationKind kind) {
    static constexpr auto kNames = std::to_array<std::string_view>(
        {"unknown", "table", "foreign table", "view", "materialized view", "index", "sequence", "composite type"}
    );
    return kNames[static_cast<std::size_t>(kind)];
}

Reader::Reader(const World* world) : memory_(std::make_unique<Memory>()) {
    if (world != nullptr) memory_->world = *world;
}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Effect Reader::read(std::string_view statement) {
    Effect effect;
    const std::string problem =
        sql::for_each_tree(std::span{&statement, 1}, [&](std::size_t, const sql::Parsed& parsed) {
            if (parsed.tree == nullptr) {
                effect.note = "not analysed: " + parsed.problem;
            } else if (parsed.tree->n_stmts == 0) {
                effect.analysed = true;
            } else {
                effect = read(*parsed.tree->stmts[0]->stmt);
            }
        });
    if (!problem.empty()) effect.note = "not analysed: " + problem;
    return effect;
}

void Reader::end_script() {
    memory_->end_transaction();
}

Effect Reader::read(const PgQuery__Node& statement) {
    TreeReader reader{*memory_};
    reader.read(&statement);
    return reader.take();
}

const World* Reader::world() const {
    return memory_->world ? &*memory_->world : nullptr;
}

}  // namespace drydock::effects
