#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/error.h"
#include "base/result.h"

namespace drydock::prove {

enum class Verdict : std::uint8_t {
    proven,          // applied, taken back by its file, applied again: the same each time
    generated,       // the same with a rollback that drydock made
    not_reversible,  // no rollback there is, or can be made
    failed,          // it can't be applied, or what its rollback leaves is not what was there
    not_provable,    // the shadow lacks something
    not_run,         // an earlier one stopped the chain
};
std::string_view name(Verdict verdict);  // "proven", "not reversible"

// What was found out about one migration.
struct Proof {
    std::string id;
    std::string file;
    Verdict verdict = Verdict::not_run;
    std::string grade;   // of the rollback: "exact", "data lost" …; empty: exact
    std::string reason;  // one sentence; empty when the verdict says it all
    std::optional<Error> error;
    std::vector<std::string> differences;  // "after rollback: - index app.x"
    std::vector<std::string> notes;
    std::string rollback_sql;         // the generated one
    std::vector<std::string> left{};  // what its grade gives up of the catalog, the order of columns aside
    bool known = false;               // by an earlier run
    std::chrono::nanoseconds apply{0};
    std::chrono::nanoseconds roll_back{0};
    std::chrono::nanoseconds total{0};
};

// All that can be taken back, taken back newest first, and applied again.
struct WholeProof {
    std::size_t count = 0;          // migrations; 0: there was nothing to take back
    std::string from;               // the oldest of them
    std::string stopped_by;         // why not further; empty: down to the empty database
    std::size_t proven_before = 0;  // below them, by earlier runs
    bool known = false;
    std::optional<Error> error;
    std::vector<std::string> differences;
    std::chrono::nanoseconds total{0};

    bool failed() const { return error.has_value() || !differences.empty(); }
};

// A consolidated schema file against the chain of migrations.
struct SchemaProof {
    std::string file;
    bool known = false;
    std::optional<Error> error;
    std::vector<std::string> differences;  // from the migrations to the file: "- table x" is missing in the file

    bool failed() const { return error.has_value() || !differences.empty(); }
};

struct TestReport {
    int server_version = 0;
    std::vector<Proof> proofs;  // of the wanted ones
    std::optional<WholeProof> whole;
    std::optional<SchemaProof> schema;
    std::vector<std::string> notes;
    std::size_t replayed = 0;    // migrations that ran in this run
    std::size_t from_cache = 0;  // migrations whose state came out of the cache
    std::chrono::nanoseconds total{0};

    std::size_t count(Verdict verdict) const;
    bool failed() const;
};

// docs/json.md tells the fields.
boost::json::object to_json(const Proof& proof);
boost::json::object to_json(const TestReport& report);

// What is kept of a proof, and back. nullopt: not of this form.
std::string to_text(const Proof& proof);
std::optional<Proof> proof_from(std::string_view text);

}  // namespace drydock::prove
