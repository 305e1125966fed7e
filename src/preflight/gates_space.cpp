// The gate about space on the server's disks.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "preflight/disk.h"
#include "preflight/gates.h"
#include "preflight/queries.h"

namespace drydock::preflight {
namespace {

namespace fs = std::filesystem;
using effects::Certainty;

// What the run writes in one place. New copies of tables take the place of the old ones at the end of their
// migration, so of these only the migration with most counts; indexes stay.
struct Need {
    std::map<std::string, std::int64_t> copies;  // by migration
    std::int64_t indexes = 0;
    bool perhaps = false;  // some of it only if the catalog or the data say so

    std::int64_t bytes() const {
        std::int64_t most = 0;
        for (const auto& [migration, size] : copies) most = std::max(most, size);
        return most + indexes;
    }
};

void add_touch(
    const Touch& touch, const std::vector<Relation>& members, std::map<std::string, Need>& needs, Evidence& evidence
) {
    const bool rewrites = touch.rewrites != Certainty::no;
    if (!rewrites && !touch.builds_index) return;
    std::int64_t bytes = 0;
    for (const auto& member : members) {
        if (member.found == Relation::Found::table_of_index) continue;
        auto& need = needs[member.location];
        if (rewrites) {
            need.copies[touch.where.migration] += member.total_bytes;
            need.perhaps |= touch.rewrites == Certainty::maybe;
            bytes += member.total_bytes;
        } else {
            need.indexes += member.own_bytes;
            bytes += member.own_bytes;
        }
    }
    if (bytes == 0) return;
    evidence.add(fmt::format(
        "{} {} {}: up to {}",
        touch.where.text(),
        !rewrites                          ? "builds an index on"
        : touch.rewrites == Certainty::yes ? "rewrites"
                                           : "may rewrite",
        members.front().name,
        size_text(bytes)
    ));
}

// Where the server's files are, if they are on this machine and we can be sure that they are this server's.
Result<fs::path> local_data_directory(const Situation& s) {
    const auto not_known = [](std::string why) {
        return Error{.code = ErrorCode::not_found, .message = std::move(why)};
    };
    DRYDOCK_TRY(const auto rows, s.look.ask(queries::data_directory, s.limits));
    const auto address = rows.text(0, 1);
    const bool socket = rows.is_null(0, 1);
    if (!socket && !address.starts_with("127.") && address != "::1") {
        return not_known("the server is on another machine");
    }
    if (rows.is_null(0, 0)) return not_known("the role may not know data_directory (GRANT pg_read_all_settings)");
    const fs::path directory{rows.text(0, 0)};
    std::error_code error;
    if (!fs::is_directory(directory, error)) return not_known("the server's folder is not on this machine");
    const auto sure = is_data_directory_of(directory, rows.integer(0, 2));
    if (sure && !*sure) return not_known("the folder of that name on this machine is another server's");
    // A loopback address may lead into a container; a Unix socket is this machine's.
    if (!sure && !socket) return not_known("the server's folder can't be read here");
    return directory;
}

void judge(Gate& gate, const std::string& place, const Need& need, const Space& space) {
    const auto bytes = need.bytes();
    const auto free = space.free;
    if (free < bytes && !need.perhaps) {
        raise(gate, Outcome::block);
        gate.why = fmt::format("{} has {} free, and the run needs up to {}", place, size_text(free), size_text(bytes));
    } else if (free < 2 * bytes) {
        raise(gate, Outcome::warn);
        if (gate.outcome == Outcome::warn) {
            gate.why = fmt::format(
                "{} has {} free; the run needs up to {}, and about as much again for WAL",
                place,
                size_text(free),
                size_text(bytes)
            );
        }
    } else if (gate.outcome == Outcome::pass) {
        gate.why = fmt::format("up to {} needed, {} free at {}", size_text(bytes), size_text(free), place);
    }
}

}  // namespace

Gate gate_disk(const Situation& s) {
    if (!s.relations) return unknown("disk", s.relations.error());
    Gate gate{.id = "disk"};
    std::map<std::string, Need> needs;
    std::int64_t needed = 0;
    {
        Evidence evidence{gate};
        for (const auto& [place, members] : *s.relations) {
            for (const auto& touch : s.demand.relations[place].touches) add_touch(touch, members, needs, evidence);
        }
    }
    for (const auto& [location, need] : needs) needed += need.bytes();
    if (needs.empty()) {
        gate.why = "no table that is there is rewritten, and no index is built on one";
        return gate;
    }
    if (!s.sizes_known) return unknown("disk", Error{.message = "the sizes of the tables: " + s.sizes_problem});
    if (needed == 0) {
        gate.why = "what is rewritten or indexed is empty";
        return gate;
    }
    const auto directory = local_data_directory(s);
    if (!directory) {
        gate.outcome = Outcome::unknown;
        gate.why = fmt::format(
            "the run needs up to {}, and as much again for WAL; how much is free is not known: {}",
            size_text(needed),
            directory.error().message
        );
        gate.hint = "look on the server: df of its data directory";
        return gate;
    }
    for (const auto& [location, need] : needs) {
        const auto place = location.empty() ? directory->string() : location;
        const auto space = space_at(place);
        if (!space) {
            raise(gate, Outcome::unknown);
            gate.why = fmt::format("up to {} needed; {}", size_text(need.bytes()), space.error().message);
            continue;
        }
        judge(gate, place, need, *space);
    }
    if (gate.outcome > Outcome::unknown) gate.hint = "make room first: a full disk stops the server for everybody";
    return gate;
}

}  // namespace drydock::preflight
