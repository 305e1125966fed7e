#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "migrate/engine.h"
#include "preflight/demand.h"
#include "preflight/look.h"
#include "preflight/preflight.h"
#include "preflight/window.h"

namespace drydock::preflight {

// A relation of the target that a pending statement touches, by name or because it belongs to one.
struct Relation {
    std::int64_t oid = 0;
    std::string name;  // quoted, with its schema
    char kind = 'r';
    enum class Found : std::uint8_t { named, child, table_of_index } found = Found::named;
    std::string location;  // of its tablespace; empty: the default one
    std::int64_t own_bytes = 0;
    std::int64_t total_bytes = 0;
};

// All that the gates judge by.
struct Situation {
    const migrate::Context& context;
    const migrate::Selection& selection;
    const Options& options;
    const migrate::Facts& facts;
    const migrate::History& history;
    Result<migrate::Plan> plan;  // an Error: `up` would refuse it
    std::vector<Window> windows;
    Demand demand;
    std::string other_run;      // who is at it already; empty: nobody
    std::string without_world;  // why only the texts of the files were looked at; empty: the catalog was, too
    // By the place of Demand::relations: what is there, the named one first. An Error where it could not be read.
    Result<std::map<std::size_t, std::vector<Relation>>> relations;
    bool sizes_known = false;
    std::string sizes_problem;  // why not
    Look& look;
    const Limits& limits;

    std::string role() const;  // that the migrations run as
};

Result<std::map<std::size_t, std::vector<Relation>>> read_relations(
    Look& look, const std::vector<Wanted>& wanted, const Limits& limits
);
Result<> read_sizes(Look& look, std::map<std::size_t, std::vector<Relation>>& relations, const Limits& limits);

// One function a gate, in the order of docs/preflight.md.
Gate gate_target(const Situation& situation);
Gate gate_plan(const Situation& situation);
Gate gate_backup(const Situation& situation);
Gate gate_window(const Situation& situation);
Gate gate_extensions(const Situation& situation);
Gate gate_rights(const Situation& situation);
Gate gate_locks(const Situation& situation);
Gate gate_transactions(const Situation& situation);
Gate gate_big_tables(const Situation& situation);
Gate gate_disk(const Situation& situation);
Gate gate_replication(const Situation& situation);
Gate gate_connections(const Situation& situation);
Gate gate_data(const Situation& situation);

// Words that several gates use.
Gate off(std::string_view id, std::string_view setting);
Gate unknown(std::string_view id, const Error& error);
Outcome outcome_of(Policy policy);
std::string counted(std::size_t count, std::string_view what);  // "1 session", "2 sessions"
std::string size_text(std::int64_t bytes);
std::string age_text(std::int64_t seconds);
void raise(Gate& gate, Outcome outcome);  // to the worse of both
// Adds a line; after the first few only counts them.
class Evidence {
public:
    explicit Evidence(Gate& gate) : gate_(gate) {}
    Evidence(const Evidence&) = delete;
    Evidence& operator=(const Evidence&) = delete;
    ~Evidence();
    void add(std::string line);

private:
    Gate& gate_;
    std::size_t left_out_ = 0;
};

}  // namespace drydock::preflight
