#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "effects/effect.h"
#include "effects/world.h"
#include "migrate/engine.h"
#include "sql/tree.h"

namespace drydock::preflight {

// A statement of a pending file, as people are told of it.
struct Where {
    std::string migration;
    std::size_t line = 0;
    std::string command;

    std::string text() const;  // "014_index:3 CREATE INDEX"
};

// What one statement does to one relation that it does not make itself.
struct Touch {
    Where where;
    effects::LockMode lock = effects::LockMode::none;
    effects::Certainty rewrites = effects::Certainty::no;
    effects::Certainty scans = effects::Certainty::no;
    bool builds_index = false;
    std::string why;
};

// A statement that the server is going to refuse, whatever the rows are.
struct Refused {
    Where where;
    std::string why;
};

// A relation by its name, and the schema that stands for an unqualified one where the file set search_path.
struct Name {
    std::string schema{};
    std::string name{};
    std::string path_schema{};

    friend auto operator<=>(const Name&, const Name&) = default;
};

struct Wanted {
    Name name;
    std::vector<Touch> touches;
    // Partitions, child tables and tables of indexes are not listed for themselves: the text alone does not tell.
    bool with_family = false;

    effects::LockMode strongest() const;
};

struct ExtensionWanted {
    Where where;
    std::string name;
    std::string version;  // empty: the server's default
    bool if_not_exists = false;
    bool cascade = false;
    bool update = false;  // ALTER EXTENSION … UPDATE
};

// A right that a statement needs on what is there already.
struct RightWanted {
    enum class Kind : std::uint8_t {
        create_in_schema,
        create_schema,
        own_relation,  // or the schema it is in, for a DROP: own_relation all the same, which is stricter
        own_type,
        own_routine,
        read_rows,
        insert_rows,
        update_rows,
        delete_rows,
        truncate,
    };
    Kind kind = Kind::own_relation;
    Name name;
    Where where;
};

// A query that returns rows when rows that are there would make a statement fail.
struct Probe {
    Where where;
    std::string condition;  // "rows of app.big in which t is null"
    std::string relation;
    std::string path_schema;
    std::string sql;
};

// What the pending files need of the database.
struct Demand {
    std::vector<Wanted> relations;
    std::vector<ExtensionWanted> extensions;
    std::vector<RightWanted> rights;
    std::vector<Probe> probes;
    std::vector<Where> concurrent;    // waits for older transactions
    std::vector<Where> not_analysed;  // nothing is known of these
    std::vector<Where> other_roles;   // SET ROLE: whose rights count from there on is not known
    std::vector<Refused> refused;     // as the catalog says
    std::vector<std::string> unread;  // a file that can't be read or cut, and why: `up` would refuse it
};

// Of the migrations `indexes` of the project, in that order; with `world`, what the catalog adds to their texts.
Demand read_demand(
    const migrate::Context& context, const std::vector<std::size_t>& indexes, const effects::World* world
);

}  // namespace drydock::preflight
